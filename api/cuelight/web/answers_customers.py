"""The shapes of what is kept about a customer, and examples; `render_customer` makes them."""

from __future__ import annotations

from datetime import datetime
from typing import Literal

from pydantic import Field

from cuelight.core.decision import Cue
from cuelight.core.disclosure import Kind
from cuelight.core.erasure import Rewrite
from cuelight.core.history import AccountEventKind, Outcome, Proof
from cuelight.core.incident import Opener, StepKind
from cuelight.core.notice import Answer, State
from cuelight.web import render_customer
from cuelight.web.answers import Points, Shape


class CellShape(Shape):
    latitude_deg: float
    longitude_deg: float


class NetworkShape(Shape):
    """What is known in clear of where a contact came from."""

    country: str | None
    asn: int | None
    kind: str
    cell: CellShape | None
    accuracy_radius_km: float | None


class DeviceShape(Shape):
    """What is known in clear of a device."""

    os: str | None
    browser: str | None
    form: str | None


class _Seen(Shape):
    at: datetime
    network: NetworkShape | None
    device: DeviceShape | None
    hashed: list[str] = Field(description="The values of which a keyed hash is kept, by name.")


class KeptSighting(_Seen):
    """One sighting of the history."""

    chat: str | None
    proof: Proof
    trust: float = Field(ge=0, le=1, description="What it weighs now.")
    log_odds: float | None
    reported: bool
    failed_step_up: bool


class ConsistencyShape(Shape):
    clock_gap_h: float | None
    language_fits: bool | None
    hints_agree: bool | None
    odd: list[str]


class KeptReason(Shape):
    code: str
    points: Points
    params: dict[str, str | float | bool]


class KeptDecision(Shape):
    decision_id: str
    cue: Cue
    score: float | None
    reasons: list[KeptReason]
    policy_version: str
    scored_at: datetime


class KeptOutcome(Shape):
    outcome: Outcome
    method: Proof | None
    at: datetime
    by: str


class KeptChat(_Seen):
    """One chat with its facts, decision and outcome."""

    chat: str
    identity: Literal["verified", "claimed", "anonymous"]
    asks: list[str]
    consistency: ConsistencyShape
    unavailable: dict[str, str]
    decision: KeptDecision
    outcome: KeptOutcome | None


class KeptStep(Shape):
    what: StepKind
    at: datetime
    by: str
    reason: str | None
    ends_at: datetime | None


class KeptLock(Shape):
    at: datetime
    by: str
    ends_at: datetime


class KeptView(Shape):
    """An agent saw the cue of a chat."""

    chat: str
    by: str
    at: datetime
    cue: Cue


class KeptSnooze(Shape):
    """A signal that is set aside for this customer."""

    signal: str
    at: datetime
    until: datetime
    by: str
    reason: str


class KeptNotice(Shape):
    """The customer was, or is to be, asked about a chat. Where that goes is sealed and not handed out."""

    chat: str
    state: State
    made_at: datetime
    sent_at: datetime | None
    answer: Answer | None
    answered_at: datetime | None


class KeptIncident(Shape):
    incident_id: str
    opened_at: datetime
    ends_at: datetime
    closed_at: datetime | None
    chats: list[str]
    opened_by: Opener
    steps: list[KeptStep]


class KeptEvent(Shape):
    kind: AccountEventKind
    at: datetime
    hashed: list[str]


class KeptDisclosure(Shape):
    chat: str
    kind: Kind
    at: datetime
    by: str
    mistaken: bool


class KeptFor(Shape):
    history_days: int = Field(description="Since the customer was last seen.")
    decisions_days: int


class CustomerAnswer(Shape):
    """Everything kept about a customer."""

    customer_id: str
    sightings: list[KeptSighting]
    chats: list[KeptChat]
    incidents: list[KeptIncident]
    account_events: list[KeptEvent]
    disclosures: list[KeptDisclosure]
    lock: KeptLock | None
    views: list[KeptView]
    snoozes: list[KeptSnooze]
    notices: list[KeptNotice]
    kept_for: KeptFor
    not_kept: list[str] = Field(description="What is not kept, in words.")


class ErasedCounts(Shape):
    sightings: int
    chats: int
    incidents: int
    account_events: int
    disclosures: int
    announcements: int


class AppendOnlyFile(Shape):
    state: Rewrite
    text: str


class ErasureAnswer(Shape):
    """What was erased. All zero for a customer of whom nothing was kept."""

    erased: ErasedCounts
    append_only_file: AppendOnlyFile = Field(description="Removed values stay in it until it is rewritten.")


_SEEN: dict[str, object] = {
    "at": "2026-11-20T08:11:00.000Z",
    "network": {
        "country": "US",
        "asn": 7922,
        "kind": "consumer",
        "cell": {"latitude_deg": 40.75, "longitude_deg": -73.75},
        "accuracy_radius_km": 20.0,
    },
    "device": {"os": "Mac OS X 10.15.7", "browser": "Chrome 142.0.0", "form": "computer"},
    "hashed": ["address", "prefixes", "fingerprint", "cores", "languages", "platform", "screen", "timezone"],
}
_SIGN_IN = {"chat": None, "proof": "sign_in", "trust": 0.97, "log_odds": None, "reported": False}
KEPT: dict[str, object] = {
    "customer_id": "u-1001",
    "sightings": [{**_SEEN, **_SIGN_IN, "failed_step_up": False}],
    "chats": [],
    "incidents": [],
    "account_events": [{"kind": "contact_changed", "at": "2026-11-21T10:00:00.000Z", "hashed": ["address"]}],
    "disclosures": [],
    "lock": None,
    "views": [],
    "snoozes": [],
    "notices": [],
    "kept_for": {"history_days": 90, "decisions_days": 30},
    "not_kept": list(render_customer.NOT_KEPT),
}
ERASED: dict[str, object] = {
    "erased": {"sightings": 12, "chats": 3, "incidents": 1, "account_events": 1, "disclosures": 2, "announcements": 1},
    "append_only_file": {"state": "started", "text": render_customer.TOLD[Rewrite.STARTED]},
}
