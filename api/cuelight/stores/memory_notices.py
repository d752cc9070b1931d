"""Notices in this process. Where one goes is remembered until it is sent or the process ends."""

from __future__ import annotations

from collections import Counter
from collections.abc import Sequence
from datetime import datetime
from threading import RLock

from cuelight.core.notice import Notice, State
from cuelight.stores.keys_notices import DUE_KEPT


class MemoryNoticeStore:
    """A `NoticeStore`, safe for threads."""

    def __init__(self) -> None:
        self._notices: dict[str, Notice] = {}
        self._sealed: dict[str, bytes] = {}
        self._due: dict[str, datetime] = {}
        self._counts: Counter[str] = Counter()
        self._lock = RLock()

    def offer(self, notice: Notice, due_at: datetime, sealed: bytes | None = None) -> bool:
        with self._lock:
            held = self._notices.get(notice.name)
            mine = held is not None and held.customer == notice.customer
            if mine and held is not None and held.state is not State.WAITING:
                return False
            if not mine:
                self._sealed.pop(notice.name, None)
                self._notices[notice.name] = notice
                self.put_off(notice.name, due_at)
            if sealed is not None:
                self._sealed[notice.name] = sealed
            return not mine

    def read(self, name: str) -> Notice | None:
        with self._lock:
            return self._notices.get(name)

    def several(self, names: Sequence[str]) -> Sequence[Notice]:
        return [notice for name in names if (notice := self.read(name)) is not None]

    def sealed(self, name: str) -> bytes | None:
        with self._lock:
            return self._sealed.get(name)

    def change(self, before: Notice, after: Notice, *, done: bool = False, keep: bool = False) -> bool:
        with self._lock:
            if self._notices.get(before.name) != before:
                return False
            self._notices[before.name] = after
            if done:
                self._due.pop(before.name, None)
            if done and not keep:
                self._sealed.pop(before.name, None)
            return True

    def withdraw(self, name: str) -> bool:
        with self._lock:
            held = self._notices.get(name)
            return held is not None and held.state is State.WAITING and self.forget([name]) == 1

    def take_due(self, now: datetime, again_at: datetime, limit: int) -> Sequence[str]:
        with self._lock:
            taken = sorted((name for name, at in self._due.items() if at <= now), key=lambda n: (self._due[n], n))
            self._due.update(dict.fromkeys(taken[:limit], again_at))
            return taken[:limit]

    def put_off(self, name: str, at: datetime) -> None:
        with self._lock:
            self._due[name] = at
            for surplus in sorted(self._due, key=lambda n: (self._due[n], n))[:-DUE_KEPT]:
                del self._due[surplus]

    def admit(self, what: str, most: int, ttl_s: int) -> bool:
        with self._lock:
            admitted = self._counts[what] < most
            self._counts[what] += admitted
            return admitted

    def forget(self, names: Sequence[str]) -> int:
        with self._lock:
            for name in names:
                self._sealed.pop(name, None)
                self._due.pop(name, None)
            return sum(self._notices.pop(name, None) is not None for name in names)
