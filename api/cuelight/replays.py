"""What a draft would have done to the recorded chats: the archive's decisions, judged again by two policies.

Named apart from `replay`, which puts recorded facts through the whole corridor; here the evidence is what it was.
"""

from __future__ import annotations

import time
from collections.abc import Callable, Mapping, Sequence
from contextlib import suppress
from dataclasses import dataclass, replace
from threading import Lock, Thread
from typing import TYPE_CHECKING

from cuelight.archive import Archive, Listed, Status
from cuelight.core.errors import NotFound, StoreUnavailable
from cuelight.core.policy import Policy
from cuelight.replay.compared import Effect

if TYPE_CHECKING:
    from cuelight.replay.decided import Columns, Rejudged

MOST = 250_000
"""Decisions of one replay, the newest. Of more there is a month of, a part says the same."""
_FRESH_S = 5.0
"""How long arrays are used although something changed: who moves a slider asks several times a second."""


@dataclass(frozen=True, slots=True)
class Report:
    """`chats` names those of `effect.changes` that are still in the archive, by their place. `left_out`: decisions that
    were recorded without what a replay needs, or beyond the newest `MOST`."""

    effect: Effect
    chats: Mapping[int, Listed]
    status: Status
    left_out: int
    took_s: float


class Replays:
    """Safe for threads. Raises `StoreUnavailable` where the archive cannot be read."""

    def __init__(self, archive: Archive, live: Callable[[], Policy]) -> None:
        self._archive = archive
        self._live = live
        self._lock = Lock()
        self._columns: Columns | None = None
        self._now: tuple[Columns, Policy, Rejudged] | None = None
        self._changes = -1
        self._warmed = False
        self._read_s = 0.0

    def report(self, draft: Policy | None = None, most: int = 100) -> Report:
        """A draft beside the live policy, or the live one alone; up to `most` chats that change. Raises `NotFound`
        where there is no archive yet."""
        from cuelight.replay.effect import effect  # noqa: PLC0415 - see `_judged`

        started_s = time.perf_counter()
        status = self._archive.status()
        if status.state == "missing":
            raise NotFound(
                "no decision is archived yet: `cuelight worker` does that, and `cuelight run` keeps one going"
            )
        live = self._live()
        columns, now = self._judged(live)
        # Saying the same under another name is being the same, and need not be worked out twice.
        same = draft is None or replace(draft, version=live.version) == live
        found = effect(columns, live, live if same or draft is None else draft, most, now)
        chats = self._archive.at_places([change.place for change in found.changes])
        return Report(found, chats, status, max(0, status.chats - found.chats), time.perf_counter() - started_s)

    @property
    def ready(self) -> bool:
        """Whether a replay may begin without reading everything first."""
        return self._now is not None

    def warm(self) -> None:
        """Read everything in the background, once: who looks at the console's first page may open Tune next."""
        with self._lock:
            cold, self._warmed = self._columns is None and not self._warmed, True
        if cold:
            Thread(target=self._warm, name="replays", daemon=True).start()

    def _warm(self) -> None:
        with suppress(StoreUnavailable):  # told of where somebody asks for it
            self._judged(self._live())

    def _judged(self, live: Policy) -> tuple[Columns, Rejudged]:
        """Everything, and what the live policy makes of it: the same for every draft that is tried."""
        # Late: numpy takes a tenth of a second to load, which a service nobody asks for a replay need not wait for.
        from cuelight.replay.decided import rejudge  # noqa: PLC0415

        columns = self.columns()
        known = self._now
        if known is None or known[0] is not columns or known[1] is not live:
            known = self._now = columns, live, rejudge(columns, live)
        return columns, known[2]

    def columns(self) -> Columns:
        """All that can be judged again, newest first."""
        from cuelight.replay.decided import Columns  # noqa: PLC0415 - see `_judged`

        with self._lock:
            changes = self._archive.changes()
            old = self._columns is None or time.monotonic() - self._read_s > _FRESH_S
            if self._columns is None or (changes != self._changes and old):
                self._columns = Columns.read(self._archive.layout, *self._archive.replayable(MOST))
                self._changes, self._read_s = changes, time.monotonic()
            return self._columns

    def listed(self, places: Sequence[int]) -> Mapping[int, Listed]:
        return self._archive.at_places(places)
