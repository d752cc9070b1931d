"""The policy: versioned weights, thresholds, floors and constants, owned by the security team."""

from __future__ import annotations

import math
from collections.abc import Mapping
from dataclasses import dataclass, field

from cuelight.core.chat import Ask
from cuelight.core.decision import Cue

_MOST_NATS = 1e6
"""More than any evidence weighs, and what four bytes hold in thousandths."""


def thousandths(points: float) -> int:
    """Points (nats) as whole thousandths, far below what any score shows: so that what is stored, shown and added up
    agrees. Infinite ones end at a million nats; raises `ValueError` for what is no number."""
    return round(max(-_MOST_NATS, min(_MOST_NATS, points)) * 1000)


ADVICE = (
    "usual_care",
    "disclose_nothing",
    "disclose_no_personal_data",
    "general_help_only",
    "sign_in",
    "one_time_code",
    "call_back",
    "incident_hand_over",
    "nothing_until_signed_in",
)
"""Codes of what an agent may be advised to do."""


@dataclass(frozen=True, slots=True)
class SignalPolicy:
    """How much one signal may say: its points times `weight`, kept within [`min_points`, `max_points`] nats."""

    weight: float = 1.0
    min_points: float = -6.0
    max_points: float = 6.0
    constants: Mapping[str, float] = field(default_factory=dict)

    def weigh(self, points: float) -> float:
        return self.weigh_thousandths(thousandths(points)) / 1000

    def weigh_thousandths(self, raw: int) -> int:
        """Points after weight and bounds, both in whole thousandths of a nat; halves go to the even one, as in
        arrays of numbers."""
        return min(thousandths(self.max_points), max(thousandths(self.min_points), round(self.weight * raw)))


@dataclass(frozen=True, slots=True)
class Policy:
    """Everything that turns evidence into a cue.

    `amber` and `red` are scores (0-100). `prior_log_odds` (nats) is where a chat starts; `scale_nats` is how
    many nats of log-odds make one unit of the logistic map to the score. `stakes` is how many score points a
    sensitive ask takes off both thresholds.
    """

    version: str
    prior_log_odds: float
    scale_nats: float
    amber: float
    red: float
    signals: Mapping[str, SignalPolicy]
    trust: Mapping[str, float]
    """Weight of a past sighting by proof, and how these fade and are bounded (see `signals.trust`)."""
    incident_days: float = 90.0
    stakes: Mapping[Ask, float] = field(default_factory=dict)
    floors: Mapping[str, Cue] = field(default_factory=dict)
    """The least cue a finding (`signal.finding`) leaves, whatever speaks for the contact."""
    verified_ceiling: Cue | None = None
    """The worst cue a chat with verified identity may get without a floor, or None for no ceiling."""
    step_up_ceiling: Cue | None = None
    """The same once an agent has obtained a step-up in the chat: the strongest proof there is to ask for."""
    crowd_prior: Mapping[str, Mapping[str, float]] = field(default_factory=dict)
    crowd_prior_weight: float = 50.0
    advice: Mapping[str, Mapping[str, str]] = field(default_factory=dict)
    """The company's own texts of advice, by locale and code, instead of the catalogue's."""

    def of(self, signal: str) -> SignalPolicy:
        return self.signals[signal]

    def score(self, log_odds: float) -> float:
        """Log-odds (nats) to a score, 0-100 with one decimal: logistic, so that equal steps of evidence near
        the thresholds are equal steps of score. Thresholds compare with this rounded number, as people see it."""
        x = max(-60.0, min(60.0, log_odds / self.scale_nats))
        return round(100.0 / (1.0 + math.exp(-x)), 1)
