"""What an outcome or a signed identity proves about a chat, and what that may teach."""

from __future__ import annotations

from cuelight.core import joining
from cuelight.core.chat import Chat, Identity
from cuelight.core.decision import Decision
from cuelight.core.errors import InvalidInput
from cuelight.core.history import Outcome, PastSighting, Proof
from cuelight.core.ports import StoredChat


def proven_by(stored: StoredChat | None) -> Proof | None:
    if stored is None or stored.outcome is None or stored.outcome.outcome is not Outcome.GENUINE:
        return None
    return stored.outcome.method


def reported(stored: StoredChat) -> bool:
    return stored.outcome is not None and stored.outcome.outcome is Outcome.IMPERSONATION


def entry(chat: Chat, step_up: Proof | None, decision: Decision) -> PastSighting:
    """What the history is told of a chat. Proof teaches the facts it vouches for, and no unsigned ones."""
    proof = step_up or (Proof.VERIFIED if chat.identity is Identity.VERIFIED else Proof.NONE)
    sighting = chat.sighting if proof is Proof.NONE else joining.signed_sighting(chat)
    return PastSighting(sighting, proof, chat.key, risk_seen(decision))


def risk_seen(decision: Decision) -> float:
    """The log-odds (nats) by which the cue was judged: without a history, being unproven counts for nothing."""
    unproven = [r.points for r in decision.reasons if r.code.startswith("identity.")]
    newcomer = any(r.code == "chat.no_history" for r in decision.reasons)
    return decision.log_odds - sum(unproven) if newcomer else decision.log_odds


def proof_after(chat: Chat, outcome: Outcome, method: Proof | None) -> Proof:
    if outcome is Outcome.GENUINE and method is not None:
        return method
    return Proof.VERIFIED if chat.identity is Identity.VERIFIED else Proof.NONE


def check_method(outcome: Outcome, method: Proof | None) -> None:
    if method is not None and not method.is_step_up:
        raise InvalidInput("method", "use signed_in, one_time_code or call_back")
    if outcome is Outcome.GENUINE and method is None:
        raise InvalidInput("method", "say how it was proven: signed_in, one_time_code or call_back")
    if outcome is Outcome.IMPERSONATION and method is not None:
        raise InvalidInput("method", "leave it out for impersonation")
