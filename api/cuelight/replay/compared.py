"""What `effect` tells. Apart from it, because working it out loads numpy and showing it does not."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime

from cuelight.core.decision import Cue
from cuelight.core.history import Outcome
from cuelight.core.replay_row import CUES

RED_BUDGET_PER_100 = 0.5
"""Reds per hundred chats that were no impersonation. Above it people stop believing in reds."""


@dataclass(frozen=True, slots=True)
class Tally:
    """Chats of a group by cue, in the order of `CUES`."""

    name: str
    now: tuple[int, ...]
    then: tuple[int, ...]

    @property
    def chats(self) -> int:
        return sum(self.now)

    def per_100(self, cue: Cue) -> tuple[float, float]:
        """Now and then."""
        place, chats = CUES.index(cue), self.chats or 1
        return 100.0 * self.now[place] / chats, 100.0 * self.then[place] / chats


@dataclass(frozen=True, slots=True)
class Pair:
    """A number now and then."""

    now: int
    then: int


@dataclass(frozen=True, slots=True)
class Known:
    """Chats of which somebody found out what they were. `warned` (amber or red) and `red`; `lost`: warned now and not
    then; `gained`: the other way round; `green`: not green now, green then."""

    chats: int
    warned: Pair
    red: Pair
    lost: int
    gained: int
    green: int


@dataclass(frozen=True, slots=True)
class Change:
    """A chat that would get another cue. `reasons`: code, points now, points then (nats), those that differ first."""

    place: int
    at: datetime
    now: Cue
    then: Cue
    score_now: float | None
    score_then: float | None
    outcome: Outcome | None
    reasons: tuple[tuple[str, float, float], ...]


@dataclass(frozen=True, slots=True)
class Effect:
    """`chats` is how many were judged again; `legit` are those found genuine or of verified identity. The histograms
    count scores as thresholds see them, under the draft: of all chats, impersonations and legit ones.

    `red_per_100`, `amber_per_100`: of a hundred chats that were no impersonation, now and then; `reds_by_incident`: how
    many of these reds come while an incident is open, which is no matter of thresholds. `unjudged` names what the draft
    changes that recorded evidence cannot tell.
    """

    chats: int
    since: datetime | None
    until: datetime | None
    total: Tally
    by_customer: tuple[Tally, ...]
    by_network: tuple[Tally, ...]
    impersonations: Known
    legit: Known
    red_per_100: tuple[float, float]
    reds_by_incident: Pair
    amber_per_100: tuple[float, float]
    scores: tuple[int, ...]
    scores_of_impersonations: tuple[int, ...]
    scores_of_legit: tuple[int, ...]
    changed: int
    changes: tuple[Change, ...]
    unjudged: tuple[str, ...]

    @property
    def over_budget(self) -> bool:
        return self.red_per_100[1] > RED_BUDGET_PER_100
