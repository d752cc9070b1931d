"""What a draft would have done to the recorded chats: the archive's decisions, judged again by two policies.

Named apart from `replay`, which puts recorded facts through the whole corridor; here the evidence is what it was.
"""

from __future__ import annotations

import time
from collections.abc import Callable, Mapping
from contextlib import suppress
from dataclasses import dataclass, field, replace
from threading import Event, Lock, Thread
from typing import TYPE_CHECKING

from cuelight.archive import Archive, Listed, Status
from cuelight.core.errors import CuelightError, NotFound, StoreUnavailable
from cuelight.core.policy import Policy
from cuelight.replay.compared import Effect

if TYPE_CHECKING:
    from cuelight.replay.decided import Columns, Rejudged

MOST = 250_000
"""Decisions of one replay, the newest. Of more there is a month of, a part says the same."""
_FRESH_S = 5.0
"""How long arrays are used although something changed: who moves a slider asks several times a second."""


class StillReading(CuelightError):
    """The month is being read in the background, for the first time in this process: ask again in a moment."""

    code = "still_reading"


@dataclass(frozen=True, slots=True)
class Report:
    """`chats` names those of `effect.changes` that are still in the archive, by their place. `left_out`: decisions that
    were recorded without what a replay needs, or beyond the newest `MOST`."""

    effect: Effect
    chats: Mapping[int, Listed]
    status: Status
    left_out: int
    took_s: float


@dataclass(frozen=True, slots=True)
class _Month:
    """What was read: `changes` is how often the archive had been written by then, `read_s` when that was."""

    columns: Columns
    changes: int
    read_s: float


@dataclass(slots=True)
class _Reading:
    """One that is under way, or that failed a moment ago."""

    done: Event = field(default_factory=Event)
    error: Exception | None = None
    failed_s: float = 0.0


class Replays:
    """Safe for threads. Raises `StoreUnavailable` where the archive cannot be read.

    A month of decisions is held as arrays. It is read in the background; who cannot wait goes on with the month as it
    was read before.
    """

    def __init__(self, archive: Archive, live: Callable[[], Policy]) -> None:
        self._archive = archive
        self._live = live
        self._lock = Lock()
        self._month: _Month | None = None
        self._now: tuple[Columns, Policy, Rejudged] | None = None
        self._reading: _Reading | None = None

    def report(self, draft: Policy | None = None, most: int = 100, within_s: float | None = None) -> Report:
        """A draft beside the live policy, or the live one alone; up to `most` chats that change. Raises `NotFound`
        where there is no archive yet, and `StillReading` where `within_s` is too short to read it the first time."""
        started_s = time.perf_counter()
        status = self._archive.status()
        if status.state == "missing":
            raise NotFound(
                "no decision is archived yet: `cuelight worker` does that, and `cuelight run` keeps one going"
            )
        live = self._live()
        columns = self.columns(within_s)
        from cuelight.replay.effect import effect  # noqa: PLC0415 - see `_read`

        now = self._judged(columns, live)
        # Saying the same under another name is being the same, and need not be worked out twice.
        same = draft is None or replace(draft, version=live.version) == live
        found = effect(columns, live, live if same or draft is None else draft, most, now)
        chats = self._archive.at_places([change.place for change in found.changes])
        return Report(found, chats, status, max(0, status.chats - found.chats), time.perf_counter() - started_s)

    def warm(self) -> None:
        """Begin to read the month, if it never was: who looks at the console's first page may open Tune next."""
        if self._month is None:
            self._begin()

    def columns(self, within_s: float | None = None) -> Columns:
        """All that can be judged again, newest first: as of some seconds ago, or, where `within_s` is too short to read
        it anew, as it was. Raises `StillReading` where it never was read."""
        known = self._month
        if known is not None and not self._is_old(known):
            return known.columns
        reading = self._begin()
        done = reading.done.wait(within_s)
        if reading.error is not None:
            raise StoreUnavailable("the archive cannot be read") from reading.error
        month = self._month if done else known
        if month is None:
            raise StillReading("the decisions of the last month are being read: ask again in a moment")
        return month.columns

    def _is_old(self, month: _Month) -> bool:
        return time.monotonic() - month.read_s > _FRESH_S and self._archive.changes() != month.changes

    def _begin(self) -> _Reading:
        """The reading that is under way, or another one. What failed a moment ago is not tried again at once."""
        with self._lock:
            reading = self._reading
            if reading is None or (reading.error is not None and time.monotonic() - reading.failed_s > _FRESH_S):
                reading = self._reading = _Reading()
                Thread(target=self._read, args=(reading,), name="replays", daemon=True).start()
            return reading

    def _read(self, reading: _Reading) -> None:
        try:
            # Late: numpy takes a tenth of a second to load, which a service nobody asks for a replay need not wait for.
            from cuelight.replay.decided import Columns  # noqa: PLC0415

            changes = self._archive.changes()
            columns = Columns.read(self._archive.layout, self._archive.replayable(MOST))
            with suppress(StoreUnavailable):  # told of where somebody asks what the live policy is
                self._judged(columns, self._live())
            self._month = _Month(columns, changes, time.monotonic())
            with self._lock:
                self._reading = None
        except Exception as error:  # whatever it is, whoever asks is told
            reading.failed_s, reading.error = time.monotonic(), error
        finally:
            reading.done.set()

    def _judged(self, columns: Columns, live: Policy) -> Rejudged:
        """What the live policy makes of everything: the same for every draft that is tried."""
        from cuelight.replay.decided import rejudge  # noqa: PLC0415 - see `_read`

        known = self._now
        if known is None or known[0] is not columns or known[1] is not live:
            known = self._now = columns, live, rejudge(columns, live)
        return known[2]
