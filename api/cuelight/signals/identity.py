"""Proof of identity, against how this customer usually comes.

Fires on every chat: proof speaks for the contact, its absence against one who usually brings it. Silent never.
Known false alarm: a customer who always signs in and for once cannot (a lost phone, a broken app).
"""

from __future__ import annotations

import math

from cuelight.core.chat import Identity
from cuelight.core.evidence import Evidence
from cuelight.core.history import Proof
from cuelight.signals.question import Question, Signal


def ask(q: Question) -> Evidence:
    """Verified contacts are rarely impostors (`takeover`); a step-up in this chat is stronger still."""
    takeover = q.constant("takeover")
    if q.step_up is not None:
        code = "signed_in" if q.step_up is Proof.SIGNED_IN else "step_up"
        return Evidence(f"identity.{code}", math.log(q.constant("step_up_fraud")), {"method": q.step_up.value})
    habit = _habit(q)
    if q.chat.identity is Identity.VERIFIED:
        return Evidence("identity.signed_in", math.log(takeover / habit))
    points = math.log((1.0 - takeover) / (1.0 - habit))
    usually = habit >= q.constant("usually")
    return Evidence("identity.not_signed_in_unusual" if usually else "identity.not_signed_in", points)


def _habit(q: Question) -> float:
    """Share of this customer's chats that came with proof, shrunk to the crowd's; within [0.1, 0.95].

    Only chats that were not reported count, and unproven ones count in full: an impostor who keeps coming
    unproven makes unproven contact look more usual, never less, so the bound keeps the price of it.
    """
    chats = [p for p in q.earlier_chats() if not p.reported]
    proven = sum(p.proof is not Proof.NONE for p in chats)
    strength = q.constant("habit_strength")
    share = (proven + strength * q.constant("crowd_share")) / (len(chats) + strength)
    return min(0.95, max(0.1, share))


SIGNAL = Signal(
    "identity",
    ask,
    codes=("identity.signed_in", "identity.step_up", "identity.not_signed_in", "identity.not_signed_in_unusual"),
    constants=("takeover", "step_up_fraud", "crowd_share", "habit_strength", "usually"),
)
