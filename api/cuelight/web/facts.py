"""From validated requests to the raw facts `assess` takes: defaults, and the bounds that need a clock."""

from __future__ import annotations

from datetime import datetime, timedelta

from cuelight.core.chat import ChatKey, Identity
from cuelight.core.errors import InvalidInput
from cuelight.core.facts import ChatFacts, ContactFacts
from cuelight.web.models import Contact, ScoreRequest, SightingRequest

MAX_AHEAD = timedelta(minutes=5)
"""Clocks of well-kept servers differ by less."""

KEPT = timedelta(days=90)
"""Histories forget older sightings, so taking them would only pretend to learn."""


def chat_facts(wire: ScoreRequest, now: datetime, max_age: timedelta) -> ChatFacts:
    """A chat's facts. Raises `InvalidInput` where identity and customer contradict each other, or for the time."""
    identity = wire.identity or (Identity.CLAIMED if wire.customer_id else Identity.ANONYMOUS)
    if identity is not Identity.ANONYMOUS and wire.customer_id is None:
        raise InvalidInput("customer_id", f"is required with identity {identity}; send it, or send anonymous")
    at = now if wire.occurred_at is None else bounded(wire.occurred_at, now, max_age)
    return ChatFacts(
        key=ChatKey(wire.desk, wire.account, wire.chat_id),
        identity=identity,
        contact=contact_facts(wire, at),
        customer_id=wire.customer_id,
        # Order and repetition carry no meaning, and must not make equal facts look different.
        asks=tuple(sorted(set(wire.asks or ()))),
        occurred_at_given=wire.occurred_at is not None,
    )


def sighting_facts(wire: SightingRequest, now: datetime, max_age: timedelta) -> ContactFacts:
    """A sighting's facts. Raises `InvalidInput` where nothing was observed, or for the time."""
    observed = wire.ip or wire.user_agent or (wire.fingerprint and (wire.fingerprint.id or wire.fingerprint.components))
    if not observed:
        raise InvalidInput("(body)", "observes nothing: send ip, user_agent or fingerprint")
    return contact_facts(wire, bounded(wire.occurred_at, now, max(KEPT, max_age)))


def bounded(at: datetime, now: datetime, max_age: timedelta) -> datetime:
    """`at`, if it lies between `max_age` ago and five minutes ahead; else raises `InvalidInput`."""
    if at < now - max_age:
        hours = int(max_age.total_seconds() // 3600)
        raise InvalidInput("occurred_at", f"lies more than {hours} hours in the past")
    if at > now + MAX_AHEAD:
        raise InvalidInput("occurred_at", "lies more than 5 minutes in the future: check the sender's clock")
    return at


def contact_facts(wire: Contact, at: datetime) -> ContactFacts:
    fingerprint, connection = wire.fingerprint, wire.connection
    return ContactFacts(
        at=at,
        ip=wire.ip,
        user_agent=wire.user_agent,
        client_hints=wire.client_hints or {},
        fingerprint_id=fingerprint.id if fingerprint else None,
        # A component sent as null was asked for and not given: absent.
        components=(
            {name: value for name, value in fingerprint.components.items() if value is not None} if fingerprint else {}
        ),
        tls_version=connection.tls_version if connection else None,
        http_version=connection.http_version if connection else None,
        ja4=connection.ja4 if connection else None,
    )
