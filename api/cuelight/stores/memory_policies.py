"""Policies and shadows in memory: the same answers as Redis, by the same contract suite."""

from __future__ import annotations

from collections import Counter, deque
from collections.abc import Iterable, Mapping, Sequence
from threading import RLock

from cuelight.core.chat import ChatKey
from cuelight.core.outbox import Outbox
from cuelight.core.policy_book import PolicyBook, PolicyDocument, PolicyHead
from cuelight.core.ports import Announcement
from cuelight.core.shadow import LINES_KEPT, Crossing, ShadowLine, ShadowReport


class MemoryPolicyStore:
    """A `PolicyStore` in this process."""

    def __init__(self, outbox: Outbox) -> None:
        self._outbox = outbox
        self._book = PolicyBook()
        self._documents: dict[str, PolicyDocument] = {}
        self._lock = RLock()

    def revision(self) -> int:
        return self._book.revision

    def book(self) -> PolicyBook:
        return self._book

    def change(
        self,
        before: PolicyBook,
        after: PolicyBook,
        *,
        add: Sequence[PolicyDocument] = (),
        drop: Sequence[str] = (),
        announce: Sequence[Announcement] = (),
    ) -> bool:
        with self._lock:
            if self._book != before:
                return False
            for made in add:
                self._documents.setdefault(made.version, made)
            for version in drop:
                self._documents.pop(version, None)
            for announcement in announce:
                self._outbox.announce(announcement)
            self._book = after
            return True

    def get(self, version: str) -> PolicyDocument | None:
        return self._documents.get(version)

    def heads(self) -> Sequence[PolicyHead]:
        with self._lock:
            heads = [PolicyHead(d.version, d.author, d.note, d.created_at) for d in self._documents.values()]
        return sorted(heads, key=lambda h: (h.created_at, h.version), reverse=True)


class MemoryShadowStore:
    """A `ShadowStore` in this process: forgotten with it, so no line needs a life time."""

    def __init__(self) -> None:
        self._counts: dict[str, Counter[Crossing]] = {}
        self._lines: deque[tuple[str, ShadowLine]] = deque(maxlen=LINES_KEPT)
        self._forgotten: set[ChatKey] = set()
        self._lock = RLock()

    def add(self, version: str, counts: Mapping[Crossing, int], lines: Sequence[ShadowLine]) -> None:
        with self._lock:
            self._counts.setdefault(version, Counter()).update(counts)
            self._lines.extendleft((version, line) for line in lines if line.chat not in self._forgotten)

    def report(self, version: str) -> ShadowReport:
        with self._lock:
            counts = dict(self._counts.get(version, {}))
            return ShadowReport(counts, [line for of, line in self._lines if of == version])

    def forget(self, chats: Iterable[ChatKey]) -> int:
        gone = set(chats)
        with self._lock:
            kept = [(of, line) for of, line in self._lines if line.chat not in gone]
            count = len(self._lines) - len(kept)
            self._lines = deque(kept, maxlen=LINES_KEPT)
            self._forgotten |= gone
            return count
