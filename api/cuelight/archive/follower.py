"""Follows the store's journal into the archive: everything once, then what changes, within a second or two."""

from __future__ import annotations

import threading
from collections.abc import Callable
from datetime import datetime, timedelta

import structlog

from cuelight.archive.writer import Writer
from cuelight.core.errors import StoreUnavailable
from cuelight.core.journal import Journal

log = structlog.get_logger("cuelight.archive")

_AT_ONCE = 500
_PAUSE_S = 1.0
_SWEEP_EVERY = timedelta(hours=1)
_AGAIN_S = (1.0, 2.0, 5.0, 15.0)
"""Pauses after failures in a row."""


class Follower:
    """One who keeps the archive up to date. `anew_every`: read everything again after this time, where the journal may
    miss something (on a Cluster)."""

    def __init__(
        self,
        journal: Journal,
        writer: Writer,
        keep: timedelta,
        clock: Callable[[], datetime],
        anew_every: timedelta | None = None,
    ) -> None:
        self._journal = journal
        self._writer = writer
        self._keep = keep
        self._clock = clock
        self._anew_every = anew_every
        self._swept_at: datetime | None = None
        self._epoch: str | None = None
        self._stopped = threading.Event()

    def run(self) -> None:
        """Until `stop`. A store or disk that fails is waited for."""
        failures = 0
        while not self._stopped.is_set():
            try:
                more = self.step()
            except StoreUnavailable as error:
                if not failures:
                    log.warning("archive_behind", error=str(error))
                self._stopped.wait(_AGAIN_S[min(failures, len(_AGAIN_S) - 1)])
                failures += 1
                continue
            if failures:
                log.info("archive_again")
            failures = 0
            if not more:
                self._stopped.wait(_PAUSE_S)

    def stop(self) -> None:
        self._stopped.set()

    def step(self) -> bool:
        """Take over what changed; True where there is more to do at once."""
        now, writer = self._clock(), self._writer
        if self._epoch is None:
            self._epoch = self._journal.epoch()
        place = writer.meta("place")
        changes = None
        if place and not self._is_due(now):
            changes = self._journal.read(place, _AT_ONCE)
        if changes is None:
            self.read_everything()
            return True
        if changes.chats or changes.erased:
            filed, gone, unreadable = self._journal.look(changes.chats)
            total = int(writer.meta("unreadable") or 0) + unreadable
            writer.apply(filed, gone, changes.erased, place=changes.place, unreadable=total)
        elif changes.place != place:
            writer.put_meta(place=changes.place)
        if not changes.more:
            writer.put_meta(current_at=now.isoformat(), state="current")
            if self._swept_at is None or now - self._swept_at > _SWEEP_EVERY:
                writer.sweep(now - self._keep)
                self._swept_at = now
        return changes.more

    def read_everything(self) -> None:
        """The whole store, and the end of what it no longer has. What changes meanwhile is read again afterwards."""
        now, writer = self._clock(), self._writer
        end = self._journal.end()
        writer.start_over()
        writer.put_meta(state="reading")
        count = unreadable = 0
        for filed, unread in self._journal.everything():
            if self._stopped.is_set():
                return
            writer.apply(filed)
            count, unreadable = count + len(filed), unreadable + unread
        writer.sweep(now - self._keep, generations=True)
        writer.put_meta(
            place=end,
            epoch=self._epoch or self._journal.epoch(),
            read_at=now.isoformat(),
            current_at=now.isoformat(),
            state="current",
            unreadable=unreadable,
        )
        log.info("archive_read", chats=count, unreadable=unreadable)

    def _is_due(self, now: datetime) -> bool:
        """Whether everything has to be read: another store, other signals, somebody asked for it, or it is time."""
        meta = self._writer.meta
        if meta("epoch") != self._epoch or meta("layout") != self._writer.layout.name:
            return True
        if meta("state") in ("wanted", "reading"):
            return True
        read_at = meta("read_at")
        return read_at is None or (
            self._anew_every is not None and now - datetime.fromisoformat(read_at) > self._anew_every
        )
