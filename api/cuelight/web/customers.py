"""`GET` and `DELETE /customers/{customer_id}`: what is kept about a customer, and its erasure."""

from __future__ import annotations

from datetime import datetime
from typing import Literal

import structlog
from flask import Blueprint, g, jsonify
from flask.typing import ResponseReturnValue
from pydantic import Field

from cuelight.core.decision import Cue
from cuelight.core.disclosure import Kind
from cuelight.core.erasure import Rewrite
from cuelight.core.history import AccountEventKind, Outcome, Proof
from cuelight.core.incident import Opener, StepKind
from cuelight.web import body, render_customer
from cuelight.web.answers import Points, Shape
from cuelight.web.auth import needs
from cuelight.web.operation import KEY_PROBLEMS, STORE_PROBLEMS, Answer, Operation, describe
from cuelight.web.parts import parts
from cuelight.web.problems import Problem

bp = Blueprint("customers", __name__)
_log = structlog.get_logger("cuelight.web")


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
_EXAMPLE: dict[str, object] = {
    "customer_id": "u-1001",
    "sightings": [{**_SEEN, **_SIGN_IN, "failed_step_up": False}],
    "chats": [],
    "incidents": [],
    "account_events": [{"kind": "contact_changed", "at": "2026-11-21T10:00:00.000Z", "hashed": ["address"]}],
    "disclosures": [],
    "lock": None,
    "views": [],
    "snoozes": [],
    "kept_for": {"history_days": 90, "decisions_days": 30},
    "not_kept": list(render_customer.NOT_KEPT),
}
_ERASED: dict[str, object] = {
    "erased": {"sightings": 12, "chats": 3, "incidents": 1, "account_events": 1, "disclosures": 2, "announcements": 1},
    "append_only_file": {"state": "started", "text": render_customer.TOLD[Rewrite.STARTED]},
}


@describe(
    Operation(
        summary="Everything kept about a customer",
        answers={200: Answer("What is kept, and what is not.", CustomerAnswer, _EXAMPLE)},
        problems=(*KEY_PROBLEMS, "invalid_input", "not_found", *STORE_PROBLEMS),
    )
)
@bp.get("/customers/<path:customer_id>")
@needs("privacy")
def export(customer_id: str) -> ResponseReturnValue:
    """Sightings with the weight each has now, chats with their decisions and outcomes, incidents, account events and
    disclosures: coarse facts in clear, and the names of those of which only a keyed hash is kept.

    The id is all of the path behind `/customers/`, percent-encoded, and compared exactly. Of an unknown customer there
    is nothing to hand out: 404, which also shows a typing mistake.
    """
    wanted = body.customer_id(customer_id)
    has = parts()
    has.audit.append(by=f"key:{g.key_id}", action="customer.export", target=has.dossier.target(wanted))
    kept = has.dossier.export(wanted)
    if not kept.anything:
        raise Problem("not_found", "Nothing is kept about this customer. Ids are compared exactly, also in case.")
    return jsonify(render_customer.export(wanted, kept, has.retention))


@describe(
    Operation(
        summary="Erase a customer",
        answers={200: Answer("What was erased.", ErasureAnswer, _ERASED)},
        problems=(*KEY_PROBLEMS, "bad_request", "invalid_input", *STORE_PROBLEMS),
    )
)
@bp.delete("/customers/<path:customer_id>")
@needs("privacy")
def erase(customer_id: str) -> ResponseReturnValue:
    """Erase history, chats, incidents, account events, disclosures and announcements of a customer, for good.

    A tombstone stays for as long as facts from before could arrive: they are refused (409, `POST /score`) or left
    out (`POST /sightings`, `POST /events`), so that nothing comes back by itself. What is told of a later time
    starts a new history. Repeating the call does no harm; for an unknown customer all counts are zero.
    """
    wanted = body.customer_id(customer_id)
    body.check_idempotency_key()
    dossier = parts().dossier
    parts().audit.append(by=f"key:{g.key_id}", action="customer.erase", target=dossier.target(wanted))
    done = dossier.erase(wanted)
    rewrite = dossier.rewrite()
    if rewrite in (Rewrite.BUSY, Rewrite.REFUSED):
        _log.warning("append_only_file_holds_erased_values", state=rewrite.value)
    return jsonify(render_customer.erased(done, rewrite))
