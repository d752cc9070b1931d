"""The keys of a channel's queue, all in one slot, and how much each holds. What waits, is lent and is dead are parts of
one thing: one script changes them together."""

from __future__ import annotations

KEPT = 50_000
"""Alerts that may wait for one channel; more become dead letters at once."""
DEAD_KEPT = 5_000
"""Dead letters kept for one channel; the oldest fall off and are counted."""
LOG_KEPT = 200
SEEN_KEPT, SEEN_MS = 20_000, 3_600_000
"""How many alerts a queue remembers to have had, and for how long: a worker that was slow puts them again."""
TOGETHER = 500
"""Alerts told in one message, where there are more than a channel takes in a minute."""

ALERTS, ORDER, DUE, CLAIMED, SEEN, FORGOTTEN, DEAD, TRIES, NUMBERS, LOG = range(10)
"""Places in `queue`, and (one further, behind the epoch) in KEYS of `channel.lua`."""


def queue(channel_id: str) -> list[str]:
    name = f"cl:q:{{{channel_id}}}"
    return [name, *(f"{name}:{part}" for part in "odcsfxtnl")]
