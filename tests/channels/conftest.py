"""Receivers on loopback, words, and a worker with a clock of its own."""

from __future__ import annotations

import secrets
from collections.abc import Callable, Iterator
from datetime import UTC, datetime

import pytest
import trustme
from tests.clock import Clock
from tests.conftest import ROOT
from tests.receiver import Receiver

from cuelight.channels.deliver import Deliverer
from cuelight.channels.new import new_channel
from cuelight.channels.target import AllowedPrivate
from cuelight.channels.worker import Worker
from cuelight.core.outbox import Alert, Channel
from cuelight.core.ports import Announcement
from cuelight.stores import Stores, memory_stores
from cuelight.web import wording

NOW = datetime(2026, 11, 24, 12, 0, tzinfo=UTC)
WORDS = wording.load(ROOT / "data" / "wording" / "en.json")
LOOPBACK = AllowedPrivate.parse("127.0.0.0/8")
PATIENT_S = 30.0
"""For receivers that do answer: how long a busy machine takes is not what is asked."""


class Bench:
    """A worker over stores in memory, and the announcements it is to deliver."""

    def __init__(self, stores: Stores, clock: Clock, deliverer: Deliverer) -> None:
        self.stores, self.clock = stores, clock
        self.worker = Worker(stores.outbox, stores.channels, deliverer, WORDS, clock, share=lambda: 0.0)

    def channel(self, target: str, kind: str = "webhook", **parts: object) -> Channel:
        made = new_channel(kind, target, self.clock.at, **parts)  # type: ignore[arg-type]
        self.stores.channels.add(made)
        return made

    def announce(self, number: int, tag: str = "", kind: str = "cue.red", **body: object) -> None:
        self.stores.outbox.announce(Announcement(kind, self.clock.at, red(number) | body), tag or f"customer{number}")

    def work(self, rounds: int = 100) -> None:
        """All there is to do now."""
        for _ in range(rounds):
            while self.worker.spread():
                pass
            if not sum(self.worker.serve(channel) for channel in self.stores.channels.list()):
                return
        raise AssertionError("there is no end to it")


def red(number: int = 7431) -> dict[str, object]:
    return {
        "desk": "zendesk",
        "account": "acme",
        "chat_id": str(number),
        "decision_id": f"d_{number}",
        "cue": "red",
        "reasons": [
            {"code": "incident.open", "params": {}},
            {"code": "network.new_country", "params": {"country": "NL"}},
        ],
        "policy_version": "2026-11-24.2",
    }


def alert(kind: str = "cue.red", body: dict[str, object] | None = None, group: str = "g") -> Alert:
    return Alert("a_" + secrets.token_hex(8), kind, NOW, group, red() if body is None else body)


@pytest.fixture
def clock() -> Clock:
    return Clock(NOW)


@pytest.fixture
def bench(clock: Clock) -> Bench:
    return Bench(memory_stores(), clock, Deliverer(LOOPBACK, timeout_s=PATIENT_S))


@pytest.fixture
def receive() -> Iterator[Callable[..., Receiver]]:
    """Makes receivers; they end with the test."""
    made: list[Receiver] = []

    def make(*args: object, **more: object) -> Receiver:
        made.append(Receiver(*args, **more))  # type: ignore[arg-type]
        return made[-1]

    yield make
    for receiver in made:
        receiver.close()


@pytest.fixture(scope="session")
def authority() -> trustme.CA:
    return trustme.CA()


@pytest.fixture(scope="session")
def ca_file(authority: trustme.CA, tmp_path_factory: pytest.TempPathFactory) -> str:
    path = tmp_path_factory.mktemp("ca") / "ca.pem"
    authority.cert_pem.write_to_path(str(path))
    return str(path)


def resolve(host: str, limit_s: float) -> list[str]:
    return ["127.0.0.1"]
