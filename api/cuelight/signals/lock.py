"""The customer's lock: nothing is to be given out by chat until they are signed in.

Fires for every chat of a locked customer that is not signed in, whatever else speaks for the contact; the floor holds
the cue at amber at least. Silent without a lock, and for a contact who is signed in. Its false alarm is the point: the
owner asked for it, and one who cannot sign in has to be helped in another way.
"""

from __future__ import annotations

from cuelight.core.chat import Identity
from cuelight.core.evidence import Evidence
from cuelight.core.history import History, Proof
from cuelight.signals.question import Question, Signal

LOCKED = "lock.on"


def ask(q: Question) -> Evidence | None:
    """No points: a lock says what the customer wants, nothing about who is there."""
    return Evidence(LOCKED, 0.0) if holds(q.history, q.chat.identity, q.step_up) else None


def holds(history: History, identity: Identity, step_up: Proof | None) -> bool:
    """Any other step-up proves the contact, but the customer asked for a sign-in."""
    return history.lock is not None and identity is not Identity.VERIFIED and step_up is not Proof.SIGNED_IN


SIGNAL = Signal("lock", ask, codes=(LOCKED,))
