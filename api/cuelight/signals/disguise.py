"""Does the device tell one story? User agent, Client Hints, platform and touch against each other.

Fires when at least two of them are known and disagree. Silent when they agree: agreement costs an impostor
nothing, so it earns nothing. Known false alarm: "request desktop site" on a phone.
"""

from __future__ import annotations

from cuelight.core.evidence import Answer, Evidence, NotAssessed
from cuelight.signals.question import Question, Signal


def ask(q: Question) -> Answer:
    """Contradictions come from changed user agents and automation; real browsers rarely produce one."""
    agree = q.chat.consistency.hints_agree
    if agree is None:
        return NotAssessed("disguise", "nothing_to_compare")
    if agree:
        return None
    return Evidence("disguise.contradiction", q.constant("contradiction_points"))


SIGNAL = Signal(
    "disguise",
    ask,
    codes=("disguise.contradiction",),
    whys=("nothing_to_compare",),
    constants=("contradiction_points",),
)
