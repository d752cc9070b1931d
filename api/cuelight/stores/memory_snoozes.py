"""Snoozes in memory."""

from __future__ import annotations

from collections.abc import Sequence
from threading import Lock

from cuelight.core.snooze import Snooze


class MemorySnoozeStore:
    """A `SnoozeStore` in this process, safe for threads."""

    def __init__(self) -> None:
        self._snoozes: dict[str, Snooze] = {}
        self._lock = Lock()

    def add(self, snooze: Snooze) -> None:
        with self._lock:
            self._snoozes[snooze.snooze_id] = snooze

    def list(self) -> Sequence[Snooze]:
        with self._lock:
            return sorted(self._snoozes.values(), key=lambda s: (s.at, s.snooze_id), reverse=True)

    def remove(self, snooze_id: str) -> bool:
        with self._lock:
            return self._snoozes.pop(snooze_id, None) is not None
