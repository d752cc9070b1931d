"""Small builders: chats, sightings, histories and questions for signals and scoring."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

from cuelight.core.chat import (
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
)
from cuelight.core.crowd import Crowd
from cuelight.core.history import History, PastSighting, Proof
from cuelight.core.policy import Policy
from cuelight.signals import SIGNALS
from cuelight.signals.question import Question, Signal
from cuelight.signals.trust import unreported, weigh
from cuelight.wiring.opening import read_policy

ROOT = Path(__file__).resolve().parent.parent.parent
POLICY: Policy = read_policy(ROOT / "data" / "policy.json")
NOW = datetime(2026, 11, 20, 12, tzinfo=UTC)
CROWD = Crowd(prior=POLICY.crowd_prior, prior_weight=POLICY.crowd_prior_weight)

NEW_YORK = Cell(40.75, -74.25)
MADRID = Cell(40.25, -3.75)
AMSTERDAM = Cell(52.25, 4.75)


def origin(name: str = "home", **changes: Any) -> Origin:
    """A home line in New York; `name` makes the tokens, so equal names are equal addresses."""
    facts: dict[str, Any] = {
        "address": f"{name}.address",
        "prefixes": (f"{name}.24", f"{name}.20", f"{name}.16"),
        "asn": 7922,
        "kind": NetworkKind.CONSUMER,
        "country": "US",
        "cell": NEW_YORK,
        "accuracy_radius_km": 20.0,
    }
    return Origin(**{**facts, **changes})


HOME = origin()
ABROAD = origin("abroad", asn=3352, country="ES", cell=MADRID)
EXIT = origin("exit", asn=9009, country="NL", cell=AMSTERDAM, kind=NetworkKind.VPN)
TOR = origin("tor", asn=60729, country="DE", cell=AMSTERDAM, kind=NetworkKind.TOR)
CARRIER = origin("carrier", asn=21928, kind=NetworkKind.MOBILE)


def device(name: str = "laptop", version: int = 142, **changes: Any) -> Device:
    """A Windows computer; `name` makes its component tokens."""
    parts = ("canvas", "cores", "gpu", "languages", "screen", "timezone")
    facts: dict[str, Any] = {
        "os": Software("Windows", (11,)),
        "browser": Software("Chrome", (version, 0)),
        "form": "computer",
        "components": tuple((part, f"{name}.{part}") for part in parts),
    }
    return Device(**{**facts, **changes})


LAPTOP = device()
PHONE = device("phone", os=Software("iOS", (18, 1)), browser=Software("Mobile Safari", (18, 1)), form="phone")


def past(days_ago: float, where: Origin | None = HOME, what: Device | None = LAPTOP, **changes: Any) -> PastSighting:
    proof = changes.pop("proof", Proof.SIGN_IN)
    return PastSighting(Sighting(NOW - timedelta(days=days_ago), where, what), proof, **changes)


def unproven(days_ago: float, where: Origin = EXIT, what: Device = PHONE, **changes: Any) -> PastSighting:
    chat = ChatKey("desk", "acme", f"past-{days_ago}")
    return past(days_ago, where, what, proof=Proof.NONE, chat=chat, **changes)


def history(*sightings: PastSighting, **more: Any) -> History:
    """Newest first, as the stores hand it out. Without arguments: eight sign-ins from home in two months."""
    entries = sightings or tuple(past(1 + 7 * n) for n in range(8))
    return History(tuple(sorted(entries, key=lambda p: p.at, reverse=True)), **more)


USUAL = history()


def chat(where: Origin | None = HOME, what: Device | None = LAPTOP, **changes: Any) -> Chat:
    facts: dict[str, Any] = {
        "key": ChatKey("desk", "acme", "now"),
        "customer": "customer-token",
        "identity": Identity.CLAIMED,
        "sighting": Sighting(changes.pop("at", NOW), where, what),
        "consistency": Consistency(),
    }
    return Chat(**{**facts, **changes})


def question(
    signal: Signal,
    the_chat: Chat,
    the_history: History = USUAL,
    crowd: Crowd = CROWD,
    constants: Mapping[str, float] | None = None,
    **more: Any,
) -> Question:
    trusted = weigh(the_history.sightings, the_chat.at, POLICY.trust, but=the_chat.key)
    unvouched = unreported(the_history.sightings, the_chat.at, POLICY.trust, but=the_chat.key)
    own = constants or POLICY.of(signal.name).constants
    now = more.pop("now", the_chat.at)
    return Question(the_chat, the_history, trusted, crowd, own, now, unreported=unvouched, **more)


def by_name(name: str) -> Signal:
    return next(signal for signal in SIGNALS if signal.name == name)
