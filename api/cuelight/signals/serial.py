"""Repeated unproven contact for one customer, above all after chats that already looked wrong.

Fires on earlier unproven chats that were suspicious when scored, and on failed step-ups. Silent for a customer who
comes back about the same matter from their usual place. Known false alarm: a customer with a new phone who
contacts support twice before signing in.
"""

from __future__ import annotations

from datetime import timedelta

from cuelight.core.evidence import Answer, Evidence
from cuelight.core.history import Proof
from cuelight.signals.question import Question, Signal


def ask(q: Question) -> Answer:
    """Counts are capped, so that a flood says no more than persistence does."""
    risky = failed = 0
    recent = q.chat.at - timedelta(days=q.constant("window_d"))
    for past in q.earlier_chats():
        if past.at < recent or past.reported or past.proof is not Proof.NONE:
            continue
        failed += past.failed_step_up
        risky += past.log_odds is not None and past.log_odds >= q.constant("risky_nats")
    if failed:
        points = q.constant("failed_points") * min(failed, 3) + q.constant("risky_points") * min(risky, 3)
        return Evidence("serial.failed_step_up", points, {"times": failed})
    if risky:
        return Evidence("serial.suspicious_before", q.constant("risky_points") * min(risky, 3), {"times": risky})
    return None


SIGNAL = Signal(
    "serial",
    ask,
    codes=("serial.failed_step_up", "serial.suspicious_before"),
    constants=("window_d", "risky_nats", "risky_points", "failed_points"),
)
