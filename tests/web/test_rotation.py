"""A rotation of the hash key changes no cue: two services see the same contacts, and only one of them rotates."""

from __future__ import annotations

import random
import shutil
from contextlib import ExitStack, closing
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

import pytest
from tests.conftest import (
    ABROAD_IP,
    CHROME_ON_MAC,
    ELSEWHERE_IP,
    FIREFOX_ON_LINUX,
    HOME_IP,
    settings_for,
)

from cuelight.app import Service, open_service
from cuelight.core.chat import ChatKey, Identity
from cuelight.core.decision import Decision
from cuelight.core.facts import ChatFacts, ContactFacts
from cuelight.core.history import AccountEventKind, Outcome, Proof
from cuelight.sense.key_ring import finish_file, load_ring, rotate_file
from cuelight.stores.embedded import EmbeddedServer

BEGIN = datetime(2026, 3, 2, 8, tzinfo=UTC)
CUSTOMERS = ("anna", "bert", "cleo", "dora", "emil")
PLACES = (HOME_IP, ELSEWHERE_IP, ABROAD_IP, "2.125.160.216")
DEVICES: tuple[dict[str, Any], ...] = (
    {"screen": "1512x982", "gpu": "Apple M2", "cores": 10, "timezone": "Europe/London", "languages": ["en-GB"]},
    {"screen": "1512x982", "gpu": "Apple M2", "cores": 10, "timezone": "Europe/London", "languages": ["en-US"]},
    {"screen": "1366x768", "gpu": "llvmpipe", "cores": 2, "timezone": "Asia/Yekaterinburg", "languages": ["ru-RU"]},
    {"screen": "2560x1440", "gpu": "GeForce", "cores": 16, "timezone": "Europe/London", "languages": ["en-GB"]},
)


@dataclass
class Clock:
    now: datetime = BEGIN

    def __call__(self) -> datetime:
        return self.now


def contact(draw: random.Random, at: datetime, owner: int) -> ContactFacts:
    """Mostly the customer's own place and device, sometimes anybody's."""
    place = owner % len(PLACES) if draw.random() < 0.6 else draw.randrange(len(PLACES))
    device = owner % len(DEVICES) if draw.random() < 0.6 else draw.randrange(len(DEVICES))
    return ContactFacts(
        at=at,
        ip=PLACES[place],
        user_agent=FIREFOX_ON_LINUX if device == 2 else CHROME_ON_MAC,
        fingerprint_id=f"device-{device}",
        components=DEVICES[device],
    )


def step(draw: random.Random, service: Service, clock: Clock, number: int, chats: list[ChatKey]) -> Decision | None:
    """One thing that happens, the same for the same draws. Answers with the decision, where one was made."""
    clock.now += timedelta(minutes=draw.randrange(20, 900))
    owner = draw.randrange(len(CUSTOMERS))
    corridor, who = service.corridor, CUSTOMERS[owner]
    facts = contact(draw, clock.now, owner)
    match draw.choices(("chat", "again", "sign_in", "outcome", "event"), (10, 2, 5, 2, 1))[0]:
        case "sign_in":
            corridor.observe(who, [(facts, Proof.SIGN_IN)])
        case "event":
            corridor.account_event(who, AccountEventKind.CONTACT_CHANGED, clock.now, facts.ip)
        case "outcome" if chats:
            outcome = draw.choice((Outcome.GENUINE, Outcome.UNKNOWN, Outcome.IMPERSONATION))
            method = Proof.ONE_TIME_CODE if outcome is Outcome.GENUINE else None
            view = corridor.outcome(draw.choice(chats[-5:]), outcome, method, "Sam")
            return view.decision
        case kind:
            if kind == "again" and chats:
                return corridor.score(ChatFacts(chats[-1], Identity.ANONYMOUS, facts, None))
            identity = draw.choice((Identity.CLAIMED, Identity.CLAIMED, Identity.VERIFIED, Identity.ANONYMOUS))
            chats.append(ChatKey("d", "a", f"c{number}"))
            known = None if identity is Identity.ANONYMOUS and draw.random() < 0.5 else who
            return corridor.score(ChatFacts(chats[-1], identity, facts, known))
    return None


def told(decision: Decision | None) -> object:
    """What a decision says, but for the names made from keys and clocks."""
    if decision is None:
        return None
    reasons = [(r.code, r.points, dict(r.params)) for r in decision.reasons]
    return decision.cue, decision.score, decision.log_odds, reasons, decision.not_assessed, decision.would_be


@pytest.mark.parametrize("seed", [1, 2])
def test_no_cue_and_no_point_changes_before_during_and_after(folder: Path, seed: int) -> None:
    clocks = Clock(), Clock()
    with ExitStack() as stack:
        # What the crowd says is best effort, and an answer that came too late would be a difference, too.
        servers = [stack.enter_context(EmbeddedServer(folder / name / "var")) for name in ("a", "b")]
        settings = [
            settings_for(folder / name, redis_url=f"{server.url}?socket_timeout=30")
            for name, server in zip(("a", "b"), servers, strict=True)
        ]
        load_ring(settings[0].var_dir / "hash.key")
        shutil.copy(settings[0].var_dir / "hash.key", settings[1].var_dir / "hash.key")
        still, rotating = (
            stack.enter_context(closing(open_service(s, clock))) for s, clock in zip(settings, clocks, strict=True)
        )
        key_file = settings[1].var_dir / "hash.key"
        draws, chats = (random.Random(seed), random.Random(seed)), ([], [])
        decided = 0
        for number in range(150):
            if number == 60:
                rotate_file(key_file, clocks[1].now)
                rotating.locator.hasten()
                assert rotating.locator.former() is not None
            if number == 110:
                former = rotating.locator.former()
                assert former is not None
                sum(1 for _ in rotating.mover.sweep(former))
                assert rotating.mover.left(former) == 0
                for clock in clocks:
                    clock.now += timedelta(days=10)
                finish_file(key_file, datetime.now(UTC), early=True)
                rotating.locator.hasten()
                assert rotating.locator.former() is None
            same, other = (
                told(step(draw, service, clock, number, known))
                for draw, service, clock, known in zip(draws, (still, rotating), clocks, chats, strict=True)
            )
            assert same == other, number
            decided += same is not None
            for key in chats[0][-3:]:
                views = [service.corridor.cue(key) for service in (still, rotating)]
                assert told(views[0].decision) == told(views[1].decision), (number, key)
        assert decided > 70
