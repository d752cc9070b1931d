"""How much of a customer is kept, and which of two entries wins. Pure: shared by every store.

The Lua scripts repeat these rules next to the data; the contract suite holds both to the same answers.
"""

from __future__ import annotations

from dataclasses import replace
from datetime import UTC, datetime, timedelta

from cuelight.core.history import AccountEvent, Incident, PastSighting, Proof

MAX_ENTRIES = 64
"""Sightings kept of one customer: two months of a daily visitor, yet cheap to send on every recall."""
UNPROVEN_KEPT = 16
"""Pending entries that proven ones never push out: repeated contacts stay visible on busy accounts."""
MAX_INCIDENTS = 16
MAX_EVENTS = 32
MAX_SPRAY = 50
"""Customers remembered for one trait; `TraitStats` counts no further."""
MAX_SHARES = 20_000
"""Values counted per trait name; past it, rare values make room."""

SPRAY_SPAN = timedelta(days=7)
REPORT_SPAN = timedelta(days=90)

PROOFS = (
    Proof.NONE,
    Proof.VERIFIED,
    Proof.SIGN_IN,
    Proof.CALL_BACK,
    Proof.ONE_TIME_CODE,
    Proof.SIGNED_IN,
)
"""Weakest first. The position is what is stored, so the order is part of the format."""

EPOCH = datetime(1970, 1, 1, tzinfo=UTC)
_MICROSECOND = timedelta(microseconds=1)


def micros(at: datetime) -> int:
    """Microseconds since 1970, exactly (a float of seconds would round)."""
    return (at - EPOCH) // _MICROSECOND


def strength(proof: Proof) -> int:
    return PROOFS.index(proof)


def merge(old: PastSighting | None, new: PastSighting) -> PastSighting:
    """The entry of a chat scored again: new facts, but neither proof nor marks are lost by it."""
    if old is None:
        return new
    return replace(
        new,
        proof=max(old.proof, new.proof, key=strength),
        reported=old.reported or new.reported,
        failed_step_up=old.failed_step_up or new.failed_step_up,
    )


def order(entry: PastSighting) -> tuple[int, str]:
    """Sort key, newest first. Chats of one moment go by name, sign-ins in the order they were told."""
    return (-micros(entry.at), str(entry.chat) if entry.chat else "")


def is_pending(entry: PastSighting) -> bool:
    """True where an entry is not trusted: nobody vouched for it, or it was reported."""
    return entry.proof is Proof.NONE or entry.reported


def surplus(entries: list[PastSighting]) -> PastSighting | None:
    """The entry to drop from a list (newest first) that is one too long, or None.

    Pending ones go first, reported ones last among them; so a flood of unproven chats can neither push out
    trust nor the memory of an impostor, and trusted entries leave `UNPROVEN_KEPT` places to pending ones.
    """
    if len(entries) <= MAX_ENTRIES:
        return None
    pending = [e for e in entries if is_pending(e)]
    if len(pending) > UNPROVEN_KEPT:
        return ([e for e in pending if not e.reported] or pending)[-1]
    return next(e for e in reversed(entries) if not is_pending(e))


def trim_incidents(incidents: tuple[Incident, ...]) -> tuple[Incident, ...]:
    """Newest first; beyond the bound, those that ended longest ago are dropped."""
    kept = sorted(incidents, key=_incident_end, reverse=True)
    return tuple(sorted(kept[:MAX_INCIDENTS], key=incident_order))


def _incident_end(incident: Incident) -> tuple[datetime, datetime, str]:
    return (incident.closed_at or incident.ends_at, incident.opened_at, incident.incident_id)


def incident_order(incident: Incident) -> tuple[int, str]:
    return (-micros(incident.opened_at), incident.incident_id)


def event_order(event: AccountEvent) -> tuple[int, str, str]:
    return (-micros(event.at), event.kind, event.address or "")
