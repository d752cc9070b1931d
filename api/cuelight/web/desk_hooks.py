"""`POST /desks/{desk}/{hook_id}`: what a desk tells by itself, signed in the desk's own way.

A valid delivery is answered with 200 and nothing else, whatever came of it: one desk was seen posting the answer into
the chat, others repeat whatever was not 200. The exception is a store that is out: 503, so that the desk tries again,
and empty as well.
"""

from __future__ import annotations

import re
from collections.abc import Callable
from dataclasses import replace
from datetime import datetime

import structlog
from flask import Blueprint, Response, request
from flask.typing import ResponseReturnValue
from pydantic import ValidationError

from cuelight.core.errors import Erased, InvalidInput
from cuelight.core.facts import ChatFacts
from cuelight.core.hooks import Delivery, DeskMessage, Hook
from cuelight.desks import BY_NAME, reading
from cuelight.desks.calling import DeskApi, DeskUnreachable
from cuelight.desks.desk import Desk
from cuelight.desks.notes import desk_name
from cuelight.desks.signatures import Refused
from cuelight.web import body
from cuelight.web.facts import MAX_AHEAD, chat_facts
from cuelight.web.models import ScoreRequest
from cuelight.web.operation import Answer, Operation, describe
from cuelight.web.parts import parts
from cuelight.web.problems import RETRY_AFTER_S, Problem

bp = Blueprint("desks", __name__)
_log = structlog.get_logger("cuelight.web")

MAX_DELIVERY_BYTES = 256 * 1024
"""Desks send whole conversations; the facts are a few hundred bytes of them."""

_HOOK_ID = re.compile(r"[a-z0-9]{8,64}")
_MUST_FIT = frozenset({"chat_id", "desk", "account"})


@bp.after_request
def _say_nothing(response: Response) -> Response:
    """A failure of ours is no message for a conversation either."""
    if response.status_code >= 500:
        response.set_data(b"")
        response.headers["Retry-After"] = str(RETRY_AFTER_S)
    return response


@describe(
    Operation(
        summary="Take a desk's own webhook",
        answers={200: Answer("Taken; or of no use; or seen before. The body is always empty.")},
        problems=("webhook_refused", "bad_request", "body_too_large", "store_unavailable"),
    )
)
@bp.post("/desks/<desk>/<hook_id>")
def receive(desk: str, hook_id: str) -> ResponseReturnValue:
    """Facts of a chat, as the desk knows them. `cuelight hooks add` makes the address and tells the desk's side of it.

    The desk signs (or, where it cannot, sends a shared secret); two secrets are good while one replaces the other.
    Signed times may differ from ours by five minutes; a delivery that was done is not done again within seven days.
    Bodies are at most 256 KiB; only the fields named in `docs/desks.md` are read, and none of it is logged.
    """
    entry = BY_NAME.get(desk)
    if entry is None:
        raise Problem("not_found", f"There is no such desk. There are: {', '.join(BY_NAME)}.")
    raw = body.raw(MAX_DELIVERY_BYTES)
    has = parts()
    hooks = has.desk_hooks
    now = has.clock()
    hook = hooks.store.get(hook_id) if _HOOK_ID.fullmatch(hook_id) else None
    signed = _verified(entry, hook, raw, now)
    assert hook is not None
    payload = reading.load(raw)
    event_id = entry.event_id(payload)
    delivery = b"event " + event_id.encode() if event_id else b"signed " + signed
    if not hooks.store.done(hook.hook_id, delivery):
        outcome = _apply(entry, hook, payload, hooks.api, now)
        hooks.store.mark(hook.hook_id, delivery)
        _log.info("desk_hook", desk=entry.name, hook_id=hook.hook_id, outcome=outcome)
    return Response(status=200, mimetype="text/plain")


def _verified(entry: Desk, hook: Hook | None, raw: bytes, now: datetime) -> bytes:
    """What the desk signed. Whoever is refused learns one thing only; which check failed is for the operator's log."""
    try:
        if hook is None or hook.desk != entry.name:
            raise Refused("unknown_hook")
        headers = {name.lower(): value for name, value in request.headers.items()}
        url = hook.options.get("url", request.url)
        delivery = Delivery(request.method, url, headers, raw)
        return entry.verify(delivery, hook.live_secrets(now), hook.options, now)
    except Refused as refused:
        _log.warning("desk_hook_refused", desk=entry.name, hook_id=hook.hook_id if hook else None, why=refused.why)
        raise Problem(
            "webhook_refused",
            "The signature does not fit this address. If you set this webhook up: compare address and secret with "
            "`cuelight hooks list` and the desk's settings (a new secret: `cuelight hooks rotate`), and check both "
            "clocks. Cuelight's log says which check failed (`desk_hook_refused`).",
        ) from None


def _apply(entry: Desk, hook: Hook, payload: object, api: DeskApi, now: datetime) -> str:
    """Score what a delivery tells. Answers with a word for the log: how many messages were taken, or why none."""
    options = {**hook.options, "account": hook.account}
    messages = entry.parse(payload, options)
    if not messages:
        return "of_no_use" if payload is not None else "not_json"
    taken: list[str] = []
    for message in messages:
        if message.account is not None and message.account.lower() != hook.account.lower():
            taken.append("other_account")
            continue
        taken.append(_score(desk_name(hook), hook.account, _completed(entry, message, options, api), now))
    return ",".join(sorted(set(taken)))


def _completed(entry: Desk, message: DeskMessage, options: dict[str, str], api: DeskApi) -> DeskMessage:
    """The message with what the desk's API knows. An API that is out leaves facts missing, and a line in the log."""
    if entry.pull is None or (wanted := entry.pull.request(message, options)) is None:
        return message
    try:
        return entry.pull.complete(message, api.send(wanted), options)
    except DeskUnreachable as error:
        _log.warning("desk_api_unreachable", desk=entry.name, why=error.why)
        return message


def _score(desk: str, account: str, message: DeskMessage, now: datetime) -> str:
    has = parts()
    if message.at is not None and message.at < now - has.max_age:
        return "too_old"
    try:
        facts = _facts(desk, account, message, lambda wire: chat_facts(wire, now, has.max_age))
    except InvalidInput as error:
        _log.warning("desk_hook_unusable", desk=desk, field=error.field)
        return "unusable"
    if message.at is not None and message.at <= now + MAX_AHEAD:
        facts = replace(facts, contact=replace(facts.contact, at=message.at), occurred_at_given=True)
    try:
        has.corridor.score(facts)
    except Erased:
        return "erased"
    return "taken"


def _facts(desk: str, account: str, message: DeskMessage, read: Callable[[ScoreRequest], ChatFacts]) -> ChatFacts:
    """Through the same gate as `POST /score`. A fact that does not pass is missing; of a chat's name it is an error."""
    told: dict[str, object] = {"desk": desk, "account": account, "chat_id": message.chat_id}
    told |= {"ip": message.ip, "user_agent": message.user_agent, "customer_id": message.customer_id}
    if message.languages:
        told["fingerprint"] = {"components": {"languages": list(message.languages)}}
    if message.customer_id and message.proven:
        told["identity"] = "verified"
    try:
        return read(ScoreRequest.model_validate(told))
    except ValidationError as error:
        odd = {str(found["loc"][0]) for found in error.errors(include_input=False, include_url=False)}
    if odd & _MUST_FIT:
        raise InvalidInput(min(odd & _MUST_FIT), "cannot be used")
    if "customer_id" in odd:
        odd.add("identity")
    return read(ScoreRequest.model_validate({name: value for name, value in told.items() if name not in odd}))
