"""Collectors in this process: for tests and replays."""

from __future__ import annotations

from collections import Counter
from collections.abc import Sequence
from datetime import datetime
from threading import RLock

from cuelight.core import collectors
from cuelight.core.chat import Token
from cuelight.core.collectors import Collector


class MemoryCollectorStore:
    """A `CollectorStore`, safe for threads."""

    def __init__(self) -> None:
        self._collectors: dict[str, Collector] = {}
        self._minute = 0
        self._used: Counter[tuple[str, Token | None]] = Counter()
        self._lock = RLock()

    def put(self, collector: Collector) -> None:
        with self._lock:
            self._collectors[collector.key] = collector

    def get(self, key: str) -> Collector | None:
        with self._lock:
            return self._collectors.get(key)

    def list(self) -> Sequence[Collector]:
        with self._lock:
            return sorted(self._collectors.values(), key=lambda c: (c.created_at, c.key))

    def remove(self, key: str) -> bool:
        with self._lock:
            return self._collectors.pop(key, None) is not None

    def admit(self, key: str, sender: Token, now: datetime, most: int = collectors.KEY_PER_MIN) -> bool:
        minute = int(now.timestamp()) // 60
        with self._lock:
            if minute != self._minute:
                self._minute = minute
                self._used.clear()
            if self._used[key, None] >= most:
                return False
            if self._used[key, sender] >= collectors.ADDRESS_PER_MIN:
                return False
            self._used[key, None] += 1
            self._used[key, sender] += 1
            return True
