"""Customers, chats and decisions for the stores' tests, made to order and never twice the same."""

from __future__ import annotations

import itertools
import secrets
from base64 import urlsafe_b64encode
from collections.abc import Sequence
from dataclasses import replace
from datetime import UTC, datetime, timedelta

from cuelight.core.chat import (
    Ask,
    Cell,
    Chat,
    ChatKey,
    Consistency,
    Device,
    Identity,
    NetworkKind,
    Origin,
    Sighting,
    Software,
    Token,
)
from cuelight.core.decision import Cue, Decision, Reason, WouldBe
from cuelight.core.history import Incident, PastSighting, Proof

NOON = datetime(2026, 11, 23, 12, 0, 0, 123456, tzinfo=UTC)
_numbers = itertools.count(7000)

COMPONENTS = "audio canvas color_depth cores fonts gpu languages memory pixel_ratio platform screen timezone touch"


def at(hours: float = 0.0) -> datetime:
    return NOON + timedelta(hours=hours)


def token(size: int = 6) -> Token:
    return urlsafe_b64encode(secrets.token_bytes(size)).rstrip(b"=").decode()


def customer() -> Token:
    return token(18)


def origin() -> Origin:
    prefixes = (token(), token(3), token(3))
    return Origin(token(), prefixes, 3320, NetworkKind.CONSUMER, "DE", Cell(50.25, 8.75), 20.0)


def device(names: Sequence[str] = tuple(COMPONENTS.split())) -> Device:
    return Device(
        os=Software("Windows", (10,)),
        browser=Software("Chrome", (131, 0, 6778)),
        form="computer",
        fingerprint=token(),
        components=tuple((name, token(6 if name == "timezone" else 3)) for name in sorted(names)),
    )


def sighting(hours: float = 0.0, place: Origin | None = None, tool: Device | None = None) -> Sighting:
    return Sighting(at(hours), place or origin(), tool or device())


def chat(who: Token | None, hours: float = 0.0, chat_id: str | None = None, **changes: object) -> Chat:
    made = Chat(
        key=ChatKey("zendesk", "acme", chat_id or str(next(_numbers))),
        customer=who,
        identity=Identity.CLAIMED if who else Identity.ANONYMOUS,
        sighting=sighting(hours),
        consistency=Consistency(clock_gap_h=0.0, language_fits=True, hints_agree=False, odd=("touch",)),
        asks=(Ask.ADDRESS, Ask.CARD),
        unavailable={"geo": "no_database"},
    )
    return replace(made, **changes)  # type: ignore[arg-type]


def decision(of: Chat, cue: Cue = Cue.AMBER, digest: str | None = None) -> Decision:
    return Decision(
        decision_id="d_" + secrets.token_hex(12),
        key=of.key,
        identity=of.identity,
        cue=cue,
        score=72.5,
        log_odds=1.9876543210123,
        reasons=(
            Reason("network.new_country", 3.1, {"country": "NL", "km": 412.5, "times": 3, "vpn": False}),
            Reason("device.same", -2.25),
        ),
        not_assessed=(("travel", "no_place"),),
        advice=("sign_in", "one_time_code"),
        would_be=WouldBe(Cue.GREEN, "signed_in"),
        incident_id=None,
        policy_version="2026-11-1",
        scored_at=of.at + timedelta(seconds=1),
        digest=digest or token(15),
    )


def entry(of: Chat, proof: Proof = Proof.NONE, log_odds: float | None = 1.25) -> PastSighting:
    return PastSighting(of.sighting, proof, of.key, log_odds)


def sign_in(hours: float = 0.0, **parts: object) -> PastSighting:
    return PastSighting(sighting(hours, **parts), Proof.SIGN_IN)  # type: ignore[arg-type]


def incident(hours: float = 0.0, days: float = 90.0, chats: Sequence[ChatKey] = ()) -> Incident:
    return Incident("i_" + secrets.token_hex(6), at(hours), at(hours) + timedelta(days=days), tuple(chats))
