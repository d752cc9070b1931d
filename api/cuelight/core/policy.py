"""The policy: versioned weights, thresholds, floors and constants, owned by the security team."""

from __future__ import annotations

import math
from collections.abc import Mapping
from dataclasses import dataclass, field

from cuelight.core.chat import Ask
from cuelight.core.decision import Cue


@dataclass(frozen=True, slots=True)
class SignalPolicy:
    """How much one signal may say: its points times `weight`, kept within [`min_points`, `max_points`] nats."""

    weight: float = 1.0
    min_points: float = -6.0
    max_points: float = 6.0
    constants: Mapping[str, float] = field(default_factory=dict)

    def weigh(self, points: float) -> float:
        return min(self.max_points, max(self.min_points, self.weight * points))


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

    def of(self, signal: str) -> SignalPolicy:
        return self.signals[signal]

    def score(self, log_odds: float) -> float:
        """Log-odds (nats) to a score, 0-100 with one decimal: logistic, so that equal steps of evidence near
        the thresholds are equal steps of score. Thresholds compare with this rounded number, as people see it."""
        x = max(-60.0, min(60.0, log_odds / self.scale_nats))
        return round(100.0 / (1.0 + math.exp(-x)), 1)
