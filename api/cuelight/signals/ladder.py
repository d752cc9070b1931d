"""One rung of the hierarchical back-off: how surprising is a value, for the customer and for an impostor?

The customer's side is a mixture of what was seen before and something new: with probability `novelty` the
value is drawn from the crowd, else from the trusted sightings. The impostor's side is a mixture of imitation
(with probability `imitation` they come from the same value as the customer) and the crowd. Both are conditional on
the rung above, so the points of a ladder add up.
"""

from __future__ import annotations

import math
from dataclasses import dataclass


@dataclass(frozen=True, slots=True)
class Rung:
    """`points` in nats, positive against the contact. `known`: the value was seen for this customer."""

    points: float
    known: bool


def rung(
    *, matched: float, total: float, crowd_share: float, novelty: float, imitation: float, strength: float
) -> Rung:
    """Points for one level.

    `matched` and `total`: trust weights of past sightings that share this value, and of all that share the
    level above. `novelty` in (0, 1): prior chance that a customer shows a new value here. `strength`:
    how many sightings' worth of trust it takes to believe a customer's own habits over that prior.
    Bounded: a known value gives at least log(imitation), a new one at most -log(novelty). More trusted
    sightings of the same value never raise the points.
    """
    crowd_share = min(max(crowd_share, 1e-6), 1.0)
    # Habit grows with trust: a customer with much history and no novelty is less likely to show one now.
    stay = (1.0 - novelty) * total / (total + strength) if total > 0 else 0.0
    customer = stay * (matched / total if total > 0 else 0.0) + (1.0 - stay) * crowd_share
    # An impostor imitates the customer's whole habit with probability `imitation`, else comes from the crowd.
    return Rung(math.log(imitation + (1.0 - imitation) * crowd_share / customer), matched > 0)
