"""How surprising is a value, for the customer and for an impostor? One step of every comparison with a history.

The customer's side is a mixture of what was seen before and something new, drawn from the crowd. How often a
customer shows something new is learnt from their own trusted sightings: one who never did in thirty is less
likely to do it now than one who always does. The impostor's side is a mixture of imitation (with probability
`imitation` they come just as the customer would) and the crowd.
"""

from __future__ import annotations

import math
from collections.abc import Hashable, Iterable
from dataclasses import dataclass


@dataclass(frozen=True, slots=True)
class Habit:
    """What trusted sightings say about one question: `weights` by value, and the sum of all.

    `surprises`: trust weight of every value but the best known one, each counted once.
    """

    weights: dict[Hashable, float]
    total: float
    surprises: float

    def of(self, value: Hashable) -> float:
        return self.weights.get(value, 0.0)


def habit(seen: Iterable[tuple[Hashable, float]]) -> Habit:
    """From (value, trust weight) pairs."""
    weights: dict[Hashable, float] = {}
    greatest: dict[Hashable, float] = {}
    for value, weight in seen:
        weights[value] = weights.get(value, 0.0) + weight
        greatest[value] = max(greatest.get(value, 0.0), weight)
    surprises = sum(greatest.values()) - max(greatest.values(), default=0.0)
    return Habit(weights, sum(weights.values()), surprises)


def stay(known: Habit, novelty: float, strength: float, memory: float) -> float:
    """Probability that the customer shows something seen before.

    `novelty` in (0, 1): the crowd's rate of new values, worth `memory` sightings of the customer's own rate.
    `strength`: how much trust it takes to believe a history at all.
    """
    if known.total <= 0:
        return 0.0
    rate = (novelty * memory + known.surprises) / (memory + known.total)
    # The cap keeps a matching sighting from ever counting against the contact.
    return known.total / (known.total + strength) * (1.0 - min(rate, max(0.5, novelty)))


def points(matched_share: float, staying: float, crowd_share: float, imitation: float) -> float:
    """Nats against the contact. Bounded: a known value gives at least log(imitation)."""
    crowd_share = min(max(crowd_share, 1e-6), 1.0)
    customer = staying * matched_share + (1.0 - staying) * crowd_share
    return math.log(imitation + (1.0 - imitation) * crowd_share / customer)
