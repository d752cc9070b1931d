"""Proof of identity, against how this customer usually comes.

Fires on every chat: proof speaks for the contact, its absence against one who usually brings it. Silent never.
Who is signed in as another account than desk or company told of has proven nothing of this one (`other_account`, with a
floor). Where only the page's token names the customer, the finding says so, because the agent may see another name.
Known false alarms: a customer who always signs in and for once cannot (a lost phone, a broken app); one of a household
or a company who is signed in with somebody else's account.
"""

from __future__ import annotations

import math
from datetime import timedelta

from cuelight.core.chat import Identity
from cuelight.core.evidence import Evidence
from cuelight.core.history import Proof
from cuelight.core.naming import accounts_differ, by_token_only
from cuelight.signals.question import Question, Signal

_ENOUGH = 3
"""Proven chats before "usually" may be said of a customer."""


def ask(q: Question) -> Evidence:
    """Verified contacts are rarely impostors (`takeover`); a step-up in this chat is stronger still."""
    takeover = q.constant("takeover")
    proven, counted = _earlier(q)
    strength = q.constant("habit_strength")
    habit = min(0.95, max(0.1, (proven + strength * q.constant("crowd_share")) / (counted + strength)))
    signed_in = math.log(takeover / habit)
    if q.step_up is not None:
        points = math.log(q.constant("step_up_fraud"))
        if q.chat.identity is Identity.VERIFIED:
            points = min(points, signed_in)  # a second proof never takes away from the first
        code = "signed_in" if q.step_up is Proof.SIGNED_IN else "step_up"
        return Evidence(f"identity.{code}", points, {"method": q.step_up.value})
    differs = accounts_differ(q.chat)
    if q.chat.identity is Identity.VERIFIED and not differs:
        return Evidence("identity.signed_in_page" if by_token_only(q.chat) else "identity.signed_in", signed_in)
    points = math.log((1.0 - takeover) / (1.0 - habit))
    if differs:
        return Evidence("identity.other_account", points)
    usually = proven >= _ENOUGH and proven >= q.constant("usually") * counted
    return Evidence("identity.not_signed_in_unusual" if usually else "identity.not_signed_in", points)


def _earlier(q: Question) -> tuple[int, int]:
    """(proven, counted) of this customer's earlier chats.

    An unproven chat counts only if it looked safe and nobody objected for a while: else an impostor who keeps
    coming would make coming without proof look usual.
    """
    mature = q.chat.at - timedelta(days=q.constant("mature_d"))
    proven = unproven = 0
    for past in q.earlier_chats():
        if past.reported:
            continue
        if past.proof is not Proof.NONE:
            proven += 1
        elif past.at <= mature and past.log_odds is not None and past.log_odds < q.constant("safe_nats"):
            unproven += 1
    return proven, proven + unproven


SIGNAL = Signal(
    "identity",
    ask,
    codes=(
        "identity.signed_in",
        "identity.signed_in_page",
        "identity.step_up",
        "identity.not_signed_in",
        "identity.not_signed_in_unusual",
        "identity.other_account",
    ),
    constants=("takeover", "step_up_fraud", "crowd_share", "habit_strength", "usually", "mature_d", "safe_nats"),
)
