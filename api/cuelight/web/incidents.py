"""`/incidents`: open, list, read, extend, close by two. `/locks`: nothing by chat until signed in."""

from __future__ import annotations

from flask import Blueprint, jsonify
from flask.typing import ResponseReturnValue

from cuelight.core.chat import ChatKey
from cuelight.core.incident import Incident, Opener
from cuelight.web import body
from cuelight.web import render_incidents as render
from cuelight.web.answers_incidents import (
    CASE,
    CLOSED,
    CLOSING,
    INCIDENT,
    INCIDENTS,
    LISTED,
    LOCKED,
    CaseAnswer,
    IncidentAnswer,
    IncidentsAnswer,
    LockAnswer,
)
from cuelight.web.auth import caller, needs
from cuelight.web.models_incidents import (
    ByRequest,
    CloseRequest,
    ExtendRequest,
    IncidentPath,
    IncidentRequest,
    ListQuery,
)
from cuelight.web.operation import BODY_PROBLEMS, KEY_PROBLEMS, STORE_PROBLEMS, Answer, Operation, describe
from cuelight.web.parts import parts
from cuelight.web.render import Json

bp = Blueprint("incidents", __name__)

_READ = (*KEY_PROBLEMS, "invalid_input", *STORE_PROBLEMS)
_CHANGE = (*BODY_PROBLEMS, *KEY_PROBLEMS, "not_found", "conflict", *STORE_PROBLEMS)


@describe(
    Operation(
        summary="Open an incident",
        request=IncidentRequest,
        examples=INCIDENTS,
        answers={200: Answer("The customer's open incident.", IncidentAnswer, INCIDENT)},
        problems=(*BODY_PROBLEMS, *KEY_PROBLEMS, "conflict", *STORE_PROBLEMS),
    )
)
@bp.post("/incidents")
@needs("incidents")
def create() -> ResponseReturnValue:
    """Open an incident, or add to the one that is open: from now on every cue of this customer is red, on every desk,
    and chats of the last days are scored again.

    With `chat` that chat is reported as an impersonation, too: what it taught is un-learnt, and its traits are marked
    for all customers. Saying the same again changes nothing.
    """
    wire = body.read(IncidentRequest)
    named = wire.chat
    key = ChatKey(named.desk, named.account, named.chat_id) if named else None
    opened = parts().incidents.open_for(
        wire.customer_id, key, opened_by=Opener.COMPANY, by=wire.by, reason=wire.reason, days=wire.days
    )
    return jsonify(_shown(opened))


@describe(
    Operation(
        summary="Open and recent incidents",
        query=ListQuery,
        answers={200: Answer("Newest first.", IncidentsAnswer, LISTED)},
        problems=_READ,
    )
)
@bp.get("/incidents")
@needs("incidents")
def index() -> ResponseReturnValue:
    """Incidents of all customers, newest first: `?state=open` for those that still floor cues, `?limit=` (1 to 100, 50
    if absent), `?after=` as the page before said.

    Whose they are is not told, because it is not known: customers are kept as keyed hashes. The chats lead to them
    on their desks. An incident may be missing here after a failure of the store; its effect never is.
    """
    query = body.query(ListQuery)
    found = parts().incidents.list(query.limit, only_open=query.state == "open", after=query.after)
    return jsonify({"incidents": [_shown(one) for one in found.incidents], "after": found.after})


@describe(
    Operation(
        summary="Everything about an incident",
        answers={200: Answer("The incident and its timeline.", CaseAnswer, CASE)},
        problems=(*_READ, "not_found"),
    )
)
@bp.get("/incidents/<incident_id>")
@needs("incidents")
def show(incident_id: str) -> ResponseReturnValue:
    """What is needed for repair: every contact about the customer with its cue, which agents saw it, what came of it,
    what kinds of data were given out, what was un-learnt; and `likely`, the chats that were probably the same contact
    though nobody reported them."""
    has = parts()
    customer, found = has.incidents.find(_incident_id(incident_id))
    return jsonify(render.case(has.cases.read(customer, found), has.clock()))


@describe(
    Operation(
        summary="Close an incident",
        request=CloseRequest,
        examples={"why": {"reason": "secured", "by": "Kim"}},
        answers={
            200: Answer("It is closed; cues are as without it.", IncidentAnswer, CLOSED),
            202: Answer("A second person has to confirm: the same call by somebody else.", IncidentAnswer, CLOSING),
        },
        problems=(*_CHANGE, "second_person_needed"),
    )
)
@bp.post("/incidents/<incident_id>/close")
@needs("incidents")
def close(incident_id: str) -> ResponseReturnValue:
    """Ask to close an incident before it ends by itself, or confirm what somebody else has asked for.

    The first call is kept as a request; the same call by another person (`by`) closes. Anything that happens to the
    incident in between, such as a further report, voids the request.
    """
    wire = body.read(CloseRequest)
    left = parts().incidents.close(_incident_id(incident_id), wire.by, wire.reason)
    return jsonify(_shown(left)), 200 if left.closed_at is not None else 202


@describe(
    Operation(
        summary="Withdraw the request to close",
        request=ByRequest,
        examples={"who": {"by": "Lee"}},
        answers={200: Answer("It stays open.", IncidentAnswer, INCIDENT)},
        problems=_CHANGE,
    )
)
@bp.post("/incidents/<incident_id>/close/cancel")
@needs("incidents")
def cancel(incident_id: str) -> ResponseReturnValue:
    """Withdraw a request to close that nobody has confirmed yet. Anybody may: it leaves the incident as it was."""
    wire = body.read(ByRequest)
    return jsonify(_shown(parts().incidents.cancel_close(_incident_id(incident_id), wire.by)))


@describe(
    Operation(
        summary="Extend an incident",
        request=ExtendRequest,
        examples={"a month": {"days": 180, "by": "Kim"}},
        answers={200: Answer("It ends later.", IncidentAnswer, INCIDENT)},
        problems=_CHANGE,
    )
)
@bp.post("/incidents/<incident_id>/extend")
@needs("incidents")
def extend(incident_id: str) -> ResponseReturnValue:
    """Keep it open for `days` from now. An incident is never shortened: closing it is the way."""
    wire = body.read(ExtendRequest)
    return jsonify(_shown(parts().incidents.extend(_incident_id(incident_id), wire.days, wire.by)))


@describe(
    Operation(
        summary="Lock a customer's chats",
        request=ByRequest,
        examples={"who": {"by": "Kim"}},
        answers={200: Answer("The lock.", LockAnswer, LOCKED)},
        problems=(*BODY_PROBLEMS, *KEY_PROBLEMS, *STORE_PROBLEMS),
    )
)
@bp.post("/locks/<path:customer_id>")
@needs("incidents")
def lock(customer_id: str) -> ResponseReturnValue:
    """The customer wants nothing given out by chat until they are signed in: every chat that is not is amber at least,
    and the agent is told why. A verified identity lifts it for that chat.

    It holds for 400 days, or until it is removed; setting it again renews it.
    """
    wanted = body.customer_id(customer_id)
    wire = body.read(ByRequest)
    return jsonify(render.lock(parts().incidents.lock(wanted, wire.by)))


@describe(
    Operation(
        summary="Unlock a customer's chats",
        answers={200: Answer("There is none (any more).", LockAnswer, {**dict.fromkeys(LOCKED), "locked": False})},
        problems=(*KEY_PROBLEMS, "bad_request", "invalid_input", *STORE_PROBLEMS),
    )
)
@bp.delete("/locks/<path:customer_id>")
@needs("incidents")
def unlock(customer_id: str) -> ResponseReturnValue:
    """Remove the lock. Repeating it does no harm."""
    wanted = body.customer_id(customer_id)
    body.check_idempotency_key()
    parts().incidents.unlock(wanted, caller())
    return jsonify(render.lock(None))


def _incident_id(text: str) -> str:
    return body.path(IncidentPath, incident_id=text).incident_id


def _shown(found: Incident) -> Json:
    return render.incident(found, parts().clock())
