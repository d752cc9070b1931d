"""The sample shop at `/demo/shop`: a page with a chat box and the collector, for whoever wants to be the contact.

It plays three parts that a company has apart: the shop, whose backend signs identity tokens; the desk, which tells
that somebody opened a chat; and the network, because the visitor's real address is this machine's. The last one is
plain in every address: the page's collector is served below `/demo/shop/as/<who>/<place>/` and sends to that place,
which hands the facts to the real `POST /collect` with the chosen sample network's address. Nothing of this exists
without `settings.demo`.
"""

from __future__ import annotations

import secrets
from collections.abc import Callable
from dataclasses import dataclass
from datetime import datetime
from pathlib import Path
from typing import Annotated

from flask import Blueprint, Response, jsonify, render_template, request
from flask.typing import ResponseReturnValue
from joserfc import jwt
from joserfc.jwk import OctKey
from pydantic import BaseModel, ConfigDict, StringConstraints, ValidationError

from cuelight.assess import Corridor
from cuelight.core.chat import ChatKey, Identity
from cuelight.core.collectors import Collector
from cuelight.core.errors import DataFileInvalid
from cuelight.core.facts import ChatFacts, ContactFacts
from cuelight.web import body, collect, demo_data
from cuelight.web.auth import needs
from cuelight.web.demo_talks import Speaker, Talk, Talks
from cuelight.web.models import ChatId, CustomerId, Wire
from cuelight.web.problems import Problem

_POLICY = (
    "default-src 'none'; script-src 'self'; style-src 'self'; img-src 'self'; connect-src 'self'; "
    "require-trusted-types-for 'script'; base-uri 'none'; form-action 'self'; frame-ancestors 'none'"
)
_TOKEN_S = 300
_NOBODY = "nobody"

Words = Annotated[str, StringConstraints(min_length=1, max_length=2000, strip_whitespace=True)]


class _Place(BaseModel):
    model_config = ConfigDict(extra="forbid", frozen=True)
    place: str
    text: str
    address: str


class _Shop(BaseModel):
    model_config = ConfigDict(extra="forbid", frozen=True)
    about: str
    topic: str
    networks: dict[str, str]
    elsewhere: list[_Place]


class Opening(Wire):
    """Somebody opens the chat box and says who they are."""

    who: CustomerId
    text: Words


class Saying(Wire):
    text: Words


class SignIn(Wire):
    """Somebody pressed "sign in": in a real shop this call has a session behind it."""

    who: CustomerId
    chat_id: ChatId


@dataclass(frozen=True, slots=True)
class _Stage:
    """What the routes play with."""

    corridor: Corridor
    collector: Collector
    talks: Talks
    clock: Callable[[], datetime]
    samples: demo_data.Samples
    shop: _Shop

    @property
    def people(self) -> dict[str, demo_data.Customer]:
        return {customer.customer_id: customer for customer in self.samples.people.customers}

    def places(self, who: str) -> dict[str, tuple[str, str]]:
        """Places by name: how they are called, and their address today."""
        own = self.people[who].networks if who in self.people else {}
        found = {name: (self.shop.networks.get(name, name), addresses[0][1]) for name, addresses in own.items()}
        return found | {place.place: (place.text, place.address) for place in self.shop.elsewhere}

    def customer(self, who: str) -> str | None:
        """The sample customer of this name; None for a visitor who gives none."""
        if who not in self.people and who != _NOBODY:
            raise Problem("not_found", "There is no such sample customer.")
        return who if who in self.people else None

    def key(self, chat_id: str) -> ChatKey:
        return ChatKey(self.collector.desk, self.collector.account, chat_id)


def blueprint(
    corridor: Corridor,
    collector: Collector,
    talks: Talks,
    *,
    samples_dir: Path,
    clock: Callable[[], datetime],
) -> Blueprint:
    """The shop's routes, all under `/demo/shop`. `collector` has a shared secret: the shop signs with it."""
    bp = Blueprint("shop", __name__, url_prefix="/demo/shop")
    stage = _Stage(corridor, collector, talks, clock, demo_data.read(samples_dir), _read(samples_dir))
    _serve_page(bp, stage)
    _serve_chat(bp, stage)
    return bp


def _serve_page(bp: Blueprint, stage: _Stage) -> None:
    """The page, and the collector as if from somewhere."""

    @bp.get("")
    def page() -> ResponseReturnValue:
        """The shop. Who one is and where one comes from stand in its address."""
        people = stage.people
        asked = request.args.get("who", next(iter(people)))
        who = asked if asked in people else _NOBODY
        places = stage.places(who)
        place = request.args.get("from", "")
        html = render_template(
            "demo/shop.html",
            shop=stage.samples.people.shop,
            people=people.values(),
            who=who,
            customer=people.get(who),
            places=places,
            place=place if place in places else next(iter(places)),
            collector=stage.collector,
        )
        answer = Response(html, content_type="text/html; charset=utf-8")
        answer.headers["Content-Security-Policy"] = _POLICY
        return answer

    @bp.get("/as/<who>/<place>/collector.js")
    def script(who: str, place: str) -> ResponseReturnValue:
        """The real script; it sends to where it comes from."""
        return collect.serve_script()

    @bp.post("/as/<who>/<place>/collect")
    def collected(who: str, place: str) -> ResponseReturnValue:
        """`POST /collect` as if from there."""
        places = stage.places(who)
        if place not in places:
            raise Problem("not_found", "There is no such place in the samples.")
        return collect.accept(places[place][1])


def _serve_chat(bp: Blueprint, stage: _Stage) -> None:
    """The chat box, the desk's side of it, and the sign-in."""
    talks, collector = stage.talks, stage.collector

    @bp.post("/chats")
    def opened() -> ResponseReturnValue:
        """A chat begins. What a desk knows of it: who the contact says to be, and nothing of device or network."""
        told = body.read(Opening)
        customer_id = stage.customer(told.who)
        chat_id = "shop-" + secrets.token_hex(4)
        talks.start(chat_id, customer_id)
        talks.say(chat_id, "contact", told.text)
        identity = Identity.CLAIMED if customer_id else Identity.ANONYMOUS
        contact = ContactFacts(at=stage.clock())
        stage.corridor.score(ChatFacts(stage.key(chat_id), identity, contact, customer_id))
        return jsonify({"chat_id": chat_id}), 201

    @bp.post("/chats/<chat_id>")
    def said(chat_id: str) -> ResponseReturnValue:
        """The visitor writes."""
        return _say(talks, chat_id, "contact")

    @bp.post("/chats/<chat_id>/reply")
    @needs("outcome")
    def replied(chat_id: str) -> ResponseReturnValue:
        """The agent writes, from the sample desk."""
        return _say(talks, chat_id, "agent")

    @bp.get("/chats/<chat_id>")
    def talk(chat_id: str) -> ResponseReturnValue:
        """What was written so far, for the chat box."""
        found = talks.find(chat_id)
        if found is None:
            raise Problem("not_found", "There is no such chat (any more).")
        return jsonify(found["lines"])

    @bp.get("/chats")
    def listed() -> ResponseReturnValue:
        """All chats, for the sample desk's inbox."""
        return jsonify([_shown(talk, stage) for talk in talks.all()])

    @bp.post("/token")
    def signed_in() -> ResponseReturnValue:
        """What the shop's backend does: it signs who is signed in, for one chat and for five minutes."""
        told = body.read(SignIn)
        customer_id = stage.customer(told.who)
        if customer_id is None or talks.find(told.chat_id) is None:
            raise Problem("not_found", "There is no such sample customer or chat.")
        now_s = int(stage.clock().timestamp())
        claims = {"aud": collector.audience, "sub": customer_id, "chat_id": told.chat_id, "iat": now_s}
        secret = OctKey.import_key(collector.token_keys[0].value)
        signed = jwt.encode({"alg": "HS256"}, {**claims, "exp": now_s + _TOKEN_S}, secret)
        return jsonify({"token": signed})


def _say(talks: Talks, chat_id: str, speaker: Speaker) -> Response:
    if not talks.say(chat_id, speaker, body.read(Saying).text):
        raise Problem("not_found", "There is no such chat (any more).")
    return Response(status=204)


def _shown(talk: Talk, stage: _Stage) -> dict[str, object]:
    stored = stage.corridor.cue(stage.key(talk["chat_id"])).stored
    said = Identity.CLAIMED if talk["customer_id"] else Identity.ANONYMOUS
    return {
        "chat_id": talk["chat_id"],
        "customer_id": talk["customer_id"],
        "identity": stored.chat.identity if stored else said,
        "topic": stage.shop.topic,
        "messages": talk["lines"],
    }


def _read(samples_dir: Path) -> _Shop:
    try:
        return _Shop.model_validate_json((samples_dir / "shop.json").read_bytes())
    except (OSError, ValidationError) as error:
        raise DataFileInvalid(f"{samples_dir}: shop.json cannot be read") from error
