"""What is known across customers: how common a trait is, and who else it has been seen for."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import datetime

Trait = tuple[str, str]
"""A (name, value) pair as `core.chat.traits` yields it."""


@dataclass(frozen=True, slots=True)
class TraitStats:
    """Cross-customer facts about one trait value.

    `customers`: customers with a trusted sighting that bears it. `others_1d`, `others_7d`: customers other
    than the chat's own whose *unproven* chats bore it in the last 1 and 7 days (counting stops at 50).
    `reported`: chats bearing it that were reported as impersonation in the last 90 days, for any customer
    (reports that were withdrawn do not count). `since`: the earliest of those counted in `others_7d`.
    """

    customers: float = 0.0
    others_1d: int = 0
    others_7d: int = 0
    reported: int = 0
    since: datetime | None = None


NEVER_SEEN = TraitStats()


@dataclass(frozen=True, slots=True)
class Crowd:
    """The crowd as far as one chat needs it: stats for the chat's own traits, and totals per trait name.

    `totals[name]`: sum of `customers` over all values of that trait. `prior[name][value]`: shares assumed
    before anything was learnt, with `prior[name][""]` for a value not listed. `contacts_7d`: customers with an
    unproven chat in the last 7 days.
    """

    stats: Mapping[Trait, TraitStats] = field(default_factory=dict)
    totals: Mapping[str, float] = field(default_factory=dict)
    prior: Mapping[str, Mapping[str, float]] = field(default_factory=dict)
    prior_weight: float = 50.0
    contacts_7d: int = 0

    def of(self, name: str, value: str) -> TraitStats:
        return self.stats.get((name, value), NEVER_SEEN)

    def share(self, name: str, value: str) -> float:
        """Probability in (0, 1) that a customer taken at random bears this value: learnt counts over a prior."""
        listed = self.prior.get(name, {})
        prior = listed.get(value, listed.get("", 0.001))
        seen = self.of(name, value).customers
        return (seen + self.prior_weight * prior) / (self.totals.get(name, 0.0) + self.prior_weight)
