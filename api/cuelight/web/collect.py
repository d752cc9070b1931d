"""`POST /collect` and `GET /collector.js`: the facts of a contact's browser, from the chat page itself.

Its key is public and chat ids can be guessed, so whatever is sent here may be anybody's word: it fills gaps, replaces
nothing that is vouched for, and never teaches. An identity token changes that as far as its signature reaches. One
that is bound to the chat vouches for the whole message. One that is not proves who is signed in, and nothing of the
device: its owner may send it to any chat whose id they guess, and must not get their device into another's history.
"""

from __future__ import annotations

from dataclasses import replace
from functools import cache
from hashlib import sha256
from importlib.resources import files

import structlog
from flask import Blueprint, Response, g, request
from flask.typing import ResponseReturnValue

from cuelight.core.chat import ChatKey, Identity
from cuelight.core.collectors import Collector
from cuelight.core.errors import Erased, InvalidInput
from cuelight.core.facts import ChatFacts, ContactFacts
from cuelight.core.naming import NamedBy
from cuelight.sense.address import normalise_ip
from cuelight.web import body, examples_collect, identity_token
from cuelight.web.collect_wire import CollectRequest
from cuelight.web.identity_token import Proven, TokenRefused
from cuelight.web.models import MAX_USER_AGENT
from cuelight.web.operation import BODY_PROBLEMS, STORE_PROBLEMS, Answer, Operation, describe
from cuelight.web.parts import parts
from cuelight.web.problems import Problem

bp = Blueprint("collect", __name__)
_log = structlog.get_logger("cuelight.web")

PREFLIGHT_S = 600
_A_MINUTE_S = 60
_CACHE = "public, max-age=3600, stale-while-revalidate=604800"
"""An hour, then asked again in the background; a page never waits for a newer script."""


@bp.get("/collector.js")
def script() -> ResponseReturnValue:
    """A plain script of a few kilobytes, for the page on which contacts chat. `docs/collector.md` tells how it is used.

    It asks nobody for anything until the page says that the visitor consents.
    """
    return serve_script()


@describe(
    Operation(
        summary="Take what the chat page's collector found",
        request=CollectRequest,
        examples=examples_collect.COLLECTED,
        answers={204: Answer("Taken. The same for every chat, known or not, and never with a body.")},
        problems=(*BODY_PROBLEMS, "collect_refused", "too_many_requests", *STORE_PROBLEMS),
    )
)
@bp.post("/collect", provide_automatic_options=False)
def take() -> ResponseReturnValue:
    """Facts of the contact's device, sent by `/collector.js` with a publishable key, from an origin the key is for.

    The address is that of the connection (through the proxies named by `CUELIGHT_PROXIES`, if any), the user agent that
    of the request. Without an identity token these facts fill gaps and prove nothing. A token that is not good changes
    nothing about that: its facts are taken as if it were not there.
    """
    headers = {name.lower(): value for name, value in request.headers.items()}
    return accept(parts().collecting.proxies.client(request.environ.get("REMOTE_ADDR", ""), headers))


@bp.route("/collect", methods=["OPTIONS"], provide_automatic_options=False)
def preflight() -> ResponseReturnValue:
    """A browser asks before it sends. Only pages with a key hear a yes; it does not say which key they would use."""
    origin = request.headers.get("Origin", "")
    answer = Response(status=204)
    answer.headers.add("Vary", "Origin")
    if parts().collecting.pages.any_allows(origin):
        answer.headers["Access-Control-Allow-Origin"] = origin
        answer.headers["Access-Control-Allow-Methods"] = "POST"
        answer.headers["Access-Control-Allow-Headers"] = "Content-Type"
        answer.headers["Access-Control-Max-Age"] = str(PREFLIGHT_S)
    return answer


@bp.after_request
def answer_across_origins(response: Response) -> Response:
    """The page may read the status; only of an answer to a key that is for its origin."""
    if request.method == "POST":
        response.headers.add("Vary", "Origin")
        if "collect_origin" in g:
            response.headers["Access-Control-Allow-Origin"] = g.collect_origin
            response.headers["Access-Control-Expose-Headers"] = "Retry-After"
    return response


def serve_script() -> Response:
    """The script with its `ETag`; pages of other origins may include it."""
    content, etag = _script()
    answer = Response(content, content_type="text/javascript; charset=utf-8")
    answer.set_etag(etag)
    answer.headers["Cache-Control"] = _CACHE
    answer.headers["Cross-Origin-Resource-Policy"] = "cross-origin"
    answer.make_conditional(request)
    return answer


def accept(address: str | None) -> Response:
    """The message at hand, sent from this address (None: it cannot be told)."""
    wire = body.read(CollectRequest)
    collector = _collector(wire)
    _admit(collector, address)
    proven = _proven(collector, wire)
    facts = _facts(collector, wire, address)
    if proven is not None and proven.chat_id is not None:
        named = replace(facts, customer_id=proven.customer_id, named_by=NamedBy.BOUND)
        _score(replace(named, identity=Identity.VERIFIED, signed=True))
    else:
        # The name first: the facts alone might be a red cue, and an alert, for the moment until it is known.
        if proven is not None:
            _score(_naming(facts, proven))
        _score(facts)
    return Response(status=204)


def _collector(wire: CollectRequest) -> Collector:
    """The key's collector. Whoever is refused learns one thing only; which check failed is for the operator's log."""
    origin = request.headers.get("Origin")
    collector = parts().collecting.pages.of(wire.key)
    why = None
    if collector is None:
        why = "unknown_key"
    elif origin is None or not collector.allows(origin):
        why = "other_origin"
    elif (wire.desk or collector.desk, wire.account or collector.account) != (collector.desk, collector.account):
        why = "other_desk"
    if collector is None or why is not None:
        _log.warning("collect_refused", why=why, key=collector.key if collector else None)
        raise Problem(
            "collect_refused",
            "This key is not known, or not for pages of this origin, this desk or this account. "
            "`cuelight collectors list` shows what it is for; Cuelight's log says which check failed.",
        )
    g.collect_origin = origin
    return collector


def _admit(collector: Collector, address: str | None) -> None:
    has, collecting = parts(), parts().collecting
    sender = collecting.sender(counted_as(address))
    if not collecting.store.admit(collector.key, sender, has.clock(), collecting.per_minute):
        _log.warning("collect_too_many", key=collector.key)
        raise Problem(
            "too_many_requests", "Too many messages with this key.", headers={"Retry-After": str(_A_MINUTE_S)}
        )


def counted_as(address: str | None) -> bytes:
    """One IPv6 line has a /64 of addresses and may take another for each message."""
    try:
        known = normalise_ip(address or "")
    except InvalidInput:
        return b""
    return known.packed if known.version == 4 else known.prefixes()[0]


def _proven(collector: Collector, wire: CollectRequest) -> Proven | None:
    if wire.token is None:
        return None
    now = parts().clock()
    try:
        proven = identity_token.verify(wire.token, collector.live_token_keys(now), collector.audience, now)
        if proven.chat_id not in (None, wire.chat_id):
            raise TokenRefused("other_chat")
    except TokenRefused as refused:
        _log.warning("identity_token_refused", why=refused.why, key=collector.key)
        return None
    return proven


def _facts(collector: Collector, wire: CollectRequest, address: str | None) -> ChatFacts:
    """Nobody's word yet, and about nobody's account."""
    agent = request.headers.get("User-Agent", "")[:MAX_USER_AGENT]
    if address is None:
        _log.warning("collect_no_address", key=collector.key)
    contact = ContactFacts(
        at=parts().clock(),
        ip=address,
        user_agent=agent if agent and agent.isprintable() else None,
        client_hints=wire.client_hints or {},
        components={name: value for name, value in wire.components.items() if value is not None},
    )
    key = ChatKey(collector.desk, collector.account, wire.chat_id)
    return ChatFacts(key, Identity.ANONYMOUS, contact, occurred_at_given=False, signed=False)


def _naming(facts: ChatFacts, proven: Proven) -> ChatFacts:
    """Who is signed in, and nothing else; as of when the company said so, so that a message that names somebody else
    since then is the later one, whichever of them arrives first. Of another customer than the chat's: only that."""
    nothing = ContactFacts(at=proven.issued_at)
    if not _names_nobody_else(facts, proven):
        return ChatFacts(facts.key, Identity.ANONYMOUS, nothing, named_by=NamedBy.OTHER)
    return ChatFacts(facts.key, Identity.VERIFIED, nothing, proven.customer_id, named_by=NamedBy.SIGNED_IN)


def _names_nobody_else(facts: ChatFacts, proven: Proven) -> bool:
    """Whether desk and company leave room for this customer: a token that is not bound to the chat may come from
    somebody who is signed in as themselves and chats as somebody else."""
    has = parts()
    stored = has.corridor.cue(facts.key).stored
    named = stored.chat.customer if stored else None
    if named in (None, has.collecting.customer(proven.customer_id)):
        return True
    _log.warning("identity_token_refused", why="chat_of_another_customer")
    return False


def _score(facts: ChatFacts) -> None:
    try:
        parts().corridor.score(facts)
    except Erased:
        _log.info("collect_erased")


@cache
def _script() -> tuple[bytes, str]:
    content = files("cuelight.web").joinpath("static/collector.js").read_bytes()
    return content, sha256(content).hexdigest()[:20]
