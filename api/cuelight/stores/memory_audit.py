"""The audit log in memory: the same answers as Redis, by the same contract suite."""

from __future__ import annotations

from collections.abc import Sequence
from threading import RLock

from cuelight.core.audit import AuditEntry, Start


class MemoryAuditStore:
    """An `AuditStore` in this process."""

    def __init__(self) -> None:
        self._entries: list[AuditEntry] = []
        self._start = Start()
        self._lock = RLock()

    def last(self) -> AuditEntry | None:
        with self._lock:
            return self._entries[-1] if self._entries else None

    def put(self, entry: AuditEntry, after: AuditEntry | None) -> bool:
        with self._lock:
            if self.last() != after:
                return False
            self._entries.append(entry)
            return True

    def read(
        self, *, after: int | None = None, before: int | None = None, limit: int = 100, newest: bool = True
    ) -> Sequence[AuditEntry]:
        with self._lock:
            found = [
                each
                for each in (reversed(self._entries) if newest else self._entries)
                if (after is None or each.number > after) and (before is None or each.number < before)
            ]
        return found[:limit]

    def start(self) -> Start:
        return self._start

    def move_start(self, before: Start, after: Start) -> bool:
        with self._lock:
            if self._start != before:
                return False
            self._start = after
            self._entries = [each for each in self._entries if each.number >= after.number]
            return True
