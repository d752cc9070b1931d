"""`POST /sightings` and `POST /events`: what the company itself saw of its customers."""

from __future__ import annotations

from collections import defaultdict
from datetime import datetime

from flask import Blueprint, jsonify
from flask.typing import ResponseReturnValue

from cuelight.core.facts import ContactFacts
from cuelight.core.history import AccountEventKind, Proof
from cuelight.web import body, examples
from cuelight.web.answers import EventsAnswer, SightingsAnswer
from cuelight.web.auth import needs
from cuelight.web.facts import KEPT, bounded, sighting_facts
from cuelight.web.models import AccountEventRequest, SightingRequest
from cuelight.web.operation import BODY_PROBLEMS, KEY_PROBLEMS, STORE_PROBLEMS, Answer, Operation, describe
from cuelight.web.parts import parts

bp = Blueprint("sightings", __name__)

MAX_EVENTS = 100


@describe(
    Operation(
        summary="Teach the history from the company's own sign-ins",
        request=SightingRequest,
        examples=examples.SIGHTINGS,
        lines=True,
        answers={200: Answer("How many were new.", SightingsAnswer, {"received": 2, "added": 2})},
        problems=(*BODY_PROBLEMS, *KEY_PROBLEMS, *STORE_PROBLEMS),
    )
)
@bp.post("/sightings")
@needs("observe")
def observe() -> ResponseReturnValue:
    """Trusted sightings: one as JSON (16 KiB), or many as NDJSON (1 MiB, 5000 lines).

    All or nothing on bad input: one bad line refuses the request and `errors` names each. An equal sighting (same
    customer, time and facts) is not added twice, so after a 503 send the whole request again. Times lie at most 90
    days back, as long as a history remembers.
    """
    has = parts()
    now = has.clock()

    def finish(wire: SightingRequest) -> tuple[str, ContactFacts, Proof]:
        return wire.customer_id, sighting_facts(wire, now, has.max_age), wire.proof

    by_customer: defaultdict[str, list[tuple[ContactFacts, Proof]]] = defaultdict(list)
    seen = body.read_lines(SightingRequest, finish)
    for customer_id, facts, proof in seen:
        by_customer[customer_id].append((facts, proof))
    added = sum(has.corridor.observe(customer_id, mine) for customer_id, mine in by_customer.items())
    return jsonify({"received": len(seen), "added": added})


@describe(
    Operation(
        summary="Tell what happened to a customer's account",
        request=AccountEventRequest,
        examples=examples.ACCOUNT_EVENTS,
        lines=True,
        answers={200: Answer("How many were new.", EventsAnswer, {"received": 2, "added": 2})},
        problems=(*BODY_PROBLEMS, *KEY_PROBLEMS, *STORE_PROBLEMS),
    )
)
@bp.post("/events")
@needs("observe")
def account_events() -> ResponseReturnValue:
    """Account context: contact details changed, password reset, failed sign-ins, order address changed, signed in
    elsewhere. One as JSON, or up to 100 as NDJSON; all or nothing on bad input.

    Context for chats, not history: it raises or lowers suspicion and teaches nothing. A sign-in also re-scores the
    customer's chats of the last minutes, because it tells where the owner is. An equal one is not noted twice.
    """
    has = parts()
    now = has.clock()

    def finish(wire: AccountEventRequest) -> tuple[str, AccountEventKind, datetime, str | None]:
        return wire.customer_id, wire.kind, bounded(wire.occurred_at, now, max(KEPT, has.max_age)), wire.ip

    told = body.read_lines(AccountEventRequest, finish, most=MAX_EVENTS)
    added = sum(has.corridor.account_event(*one) for one in told)
    return jsonify({"received": len(told), "added": added})
