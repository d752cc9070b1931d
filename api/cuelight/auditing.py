"""Writing the audit log, reading it, finding out whether it is whole."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass
from datetime import date, datetime, timedelta

import structlog

from cuelight.core.audit import (
    Anchor,
    Anchors,
    AuditEntry,
    AuditStore,
    Finding,
    Keys,
    check,
    entry,
    sealed,
    start_at,
)
from cuelight.core.errors import StoreUnavailable

_log = structlog.get_logger("cuelight.audit")

_TRIES = 100
"""People write here, a few at once; who loses a race tries again at once."""
_PAGE = 1000


@dataclass(frozen=True, slots=True)
class Verified:
    """What checking the whole log gave: how many entries, from which number on, and what is wrong with them."""

    entries: int
    starts_at: int
    findings: tuple[Finding, ...]
    anchored: bool


@dataclass(frozen=True, slots=True)
class Wanted:
    """Which entries somebody looks for; an empty field asks nothing. `action` and `target` are beginnings."""

    by: str = ""
    action: str = ""
    target: str = ""
    since: datetime | None = None
    until: datetime | None = None

    def fits(self, each: AuditEntry) -> bool:
        return (
            self.by.lower() in each.by.lower()
            and each.action.startswith(self.action)
            and each.target.startswith(self.target)
            and (self.since is None or each.at >= self.since)
            and (self.until is None or each.at <= self.until)
        )


@dataclass(frozen=True, slots=True)
class Found:
    """Entries, newest first. `older`: there may be more of numbers below this one."""

    entries: Sequence[AuditEntry]
    older: int | None = None


class AuditLog:
    """Safe for threads and processes. Every method raises `StoreUnavailable` where the store does not answer.

    Append before what is told is done: an entry without its change says that somebody tried, a change without its
    entry would be one that nobody can find.
    """

    def __init__(
        self,
        store: AuditStore,
        anchors: Anchors,
        keys: Callable[[], Keys],
        present_key: Callable[[], int],
        kept: timedelta,
        clock: Callable[[], datetime],
    ) -> None:
        """`keys`: all of the installation's, by number; `present_key`: the number of the one in use."""
        self._store = store
        self._anchors = anchors
        self._keys = keys
        self._present_key = present_key
        self._kept = kept
        self._clock = clock
        self._start = 1
        self._tidied: date | None = None

    def append(self, *, by: str, action: str, target: str, note: str = "") -> AuditEntry:
        """Write what somebody is about to do. `target` names a customer by `customer_target`, never by the id.

        Raises `StoreUnavailable` if it is not written for certain, in the store and (its anchor) outside of it: then
        do not do it.
        """
        now = self._clock()
        for _ in range(_TRIES):
            last = self._store.last()
            made = self._sealed(entry(1 if last is None else last.number + 1, now, by, action, target, note), last)
            if self._store.put(made, last):
                self._tidy(now.date())
                self._anchors.keep(Anchor(made.number, made.seal, now), self._start)
                return made
        raise StoreUnavailable("too many write the audit log at once")

    def read(self, *, after: int | None = None, before: int | None = None, limit: int = 100) -> Sequence[AuditEntry]:
        """Newest first, of numbers above `after` and below `before`."""
        return self._store.read(after=after, before=before, limit=limit)

    def search(
        self, wanted: Wanted, *, before: int | None = None, limit: int = 100, look_at: int | None = None
    ) -> Found:
        """The newest entries that fit, of numbers below `before`; `look_at` bounds how many are looked at for it."""
        found: list[AuditEntry] = []
        looked_at = 0
        while page := self._store.read(before=before, limit=_PAGE):
            for each in page:
                before = each.number
                if wanted.fits(each):
                    found.append(each)
                    if len(found) == limit:
                        return Found(found, before)
            if wanted.since is not None and page[-1].readable and page[-1].at < wanted.since:
                break
            looked_at += len(page)
            if look_at is not None and looked_at >= look_at:
                return Found(found, before)
        return Found(found)

    def entries(self) -> Iterator[AuditEntry]:
        """The whole log, oldest first; also what was put in twice under one number."""
        after, told = None, list[AuditEntry]()
        while page := self._store.read(after=after, limit=_PAGE, newest=False):
            yield from (each for each in page if each not in told)
            number = page[-1].number
            if len(page) < _PAGE:
                return
            # The next page begins with this number again: another entry may stand under it.
            told = [each for each in page if each.number == number]
            after = number if len(told) == len(page) else number - 1

    def verify(self) -> Verified:
        """Check every entry, and the anchors kept on this machine. Raises `DataFileInvalid` for a damaged file."""
        anchors = self._anchors.kept()
        while True:
            start = self._store.start()
            entries = list(self.entries())
            if self._store.start() == start:
                break
        found = check(entries, start, anchors, self._keys())
        return Verified(len(entries), start.number, tuple(found), anchors is not None)

    def _sealed(self, made: AuditEntry, last: AuditEntry | None) -> AuditEntry:
        keys = self._keys()
        before = self._store.start().before if last is None else last.seal
        number = self._present_key() if last is None else max(self._present_key(), last.key)
        if number not in keys:
            raise StoreUnavailable("the audit log is sealed with a newer hash key than this process has")
        return sealed(made, before, keys, number)

    def _tidy(self, today: date) -> None:
        """Once a day let go of what is older than is kept; the newest entry always stays."""
        if self._tidied == today:
            return
        self._tidied = today
        start = self._store.start()
        self._start = start.number
        old, first_kept = None, None
        for each in self.entries():
            if each.at.date() >= today - self._kept or not each.readable:
                first_kept = each
                break
            old = each
        if old is None or first_kept is None:
            return
        moved = start_at(first_kept.number, old.seal, self._keys(), self._present_key())
        if self._store.move_start(start, moved):
            self._start = moved.number
            _log.info("audit_entries_expired", up_to=old.number)
