"""What we know of a customer: sightings with their proof, incidents, account events.

A history is a bounded list, never an aggregate: un-learning is leaving an entry out, so it is exact; and
what an entry is worth is decided when it is read, so a policy change needs no migration.
"""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime, timedelta
from enum import StrEnum

from cuelight.core.chat import ChatKey, Sighting, Token
from cuelight.core.incident import Incident as Incident  # noqa: PLC0414 - a part of every history, imported with it


class Proof(StrEnum):
    """How a sighting came to be trusted."""

    SIGN_IN = "sign_in"  # the company saw the customer sign in (POST /sightings, cuelight import)
    VERIFIED = "verified"  # a chat whose identity was signed by company or desk
    SIGNED_IN = "signed_in"  # step-up methods, by `genuine` outcome
    ONE_TIME_CODE = "one_time_code"
    CALL_BACK = "call_back"
    NONE = "none"  # a chat nobody has vouched for

    @property
    def is_step_up(self) -> bool:
        return self in STEP_UPS


STEP_UPS = frozenset({Proof.SIGNED_IN, Proof.ONE_TIME_CODE, Proof.CALL_BACK})


class Outcome(StrEnum):
    """What an agent found out about a chat's contact."""

    GENUINE = "genuine"
    IMPERSONATION = "impersonation"
    UNKNOWN = "unknown"


@dataclass(frozen=True, slots=True)
class PastSighting:
    """A sighting in a history. `chat` is None for the company's own sign-ins.

    `log_odds` is the risk seen when it was scored (None: never scored). `reported` ones weigh nothing.
    `failed_step_up`: the contact was asked for proof and could not give it (outcome `unknown` with a method).
    """

    sighting: Sighting
    proof: Proof
    chat: ChatKey | None = None
    log_odds: float | None = None
    reported: bool = False
    failed_step_up: bool = False

    @property
    def at(self) -> datetime:
        return self.sighting.at


class AccountEventKind(StrEnum):
    """Account context, where the company sends it."""

    CONTACT_CHANGED = "contact_changed"
    PASSWORD_RESET = "password_reset"  # noqa: S105 - the name of an event, not a secret
    SIGN_IN_FAILED = "sign_in_failed"
    ORDER_ADDRESS_CHANGED = "order_address_changed"
    SIGNED_IN = "signed_in"


@dataclass(frozen=True, slots=True)
class AccountEvent:
    """Something that happened to the account, at a time, from an origin token where known."""

    kind: AccountEventKind
    at: datetime
    address: Token | None = None


LOCK_D = 400
"""Days a lock holds after it was set. Setting it again renews it; nothing of a customer is kept for ever."""


@dataclass(frozen=True, slots=True)
class Lock:
    """The customer wants nothing given out by chat until they are signed in. `by`: who set it."""

    at: datetime
    by: str

    @property
    def ends_at(self) -> datetime:
        return self.at + timedelta(days=LOCK_D)


@dataclass(frozen=True, slots=True)
class History:
    """A customer's state at one moment. `sightings` and `events` are newest first and bounded by the store.

    Entries later than the chat being scored are ignored by scoring, so replays may hand over a longer list.
    """

    sightings: tuple[PastSighting, ...] = ()
    incidents: tuple[Incident, ...] = ()
    events: tuple[AccountEvent, ...] = ()
    lock: Lock | None = None

    def open_incident(self, now: datetime) -> Incident | None:
        """The incident that matters now: the one open longest into the future."""
        return max((i for i in self.incidents if i.is_open(now)), key=lambda i: i.ends_at, default=None)


EMPTY = History()
