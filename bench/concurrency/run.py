"""Sends the chats, then holds what the store has against what was acknowledged and against one writer's work."""

from __future__ import annotations

import random
import threading
import time
from collections.abc import Iterator, Sequence
from concurrent.futures import ThreadPoolExecutor
from contextlib import closing
from dataclasses import asdict, dataclass, field
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

import orjson

from bench.concurrency.apis import ROOT, two_apis
from bench.faults.http import Connection, Unanswered
from cuelight.app import Service, open_service
from cuelight.core.chat import ChatKey
from cuelight.core.facts import ContactFacts
from cuelight.core.history import PastSighting, Proof
from cuelight.settings import Settings
from cuelight.stores import memory_stores
from cuelight.web.auth import SCOPES, mint

SIGN_INS = 2
TWICE = 0.1
"""Share of chats that are sent to both processes at the same moment."""
_TRIES, _PAUSE_S = 400, 0.05


@dataclass(slots=True)
class Result:
    """Counts; every one of the last six must be as promised: none, and all histories as if serial."""

    customers: int
    chats: int
    connections: int
    sent_twice: int = 0
    tried_again: int = 0
    took_s: float = 0.0
    answered_differently: int = 0
    unanswered: int = 0
    decisions_lost: int = 0
    entries_lost: int = 0
    entries_altered: int = 0
    histories_as_if_serial: int = 0
    examples: list[str] = field(default_factory=list)

    @property
    def sound(self) -> bool:
        broken = (
            self.answered_differently,
            self.unanswered,
            self.decisions_lost,
            self.entries_lost,
            self.entries_altered,
        )
        return not any(broken) and self.histories_as_if_serial == self.customers

    def as_json(self) -> dict[str, Any]:
        return {**asdict(self), "sound": self.sound}


def run(redis_url: str, room: Path, customers: int, chats: int, *, connections: int = 32, seed: int = 1) -> Result:
    """`connections` chats are under way at any moment, half of them with each process; the order is random."""
    settings = Settings(
        redis_url=f"{redis_url}?socket_timeout=10",  # type: ignore[arg-type]  # a bench is in no hurry
        var_dir=room / "var",
        geo_dir=ROOT / "data" / "geo",
        data_dir=ROOT / "data",
    )
    rnd, result = random.Random(seed), Result(customers, chats, connections)
    with closing(open_service(settings)) as service:
        service.stores.claim()
        key, token, digest = mint("concurrency", SCOPES, datetime.now(UTC))
        service.stores.keys.add(key, digest)
        told = [_chat(rnd, number, customers) for number in range(chats)]
        sign_ins = [_sign_in(rnd, number, customers) for number in range(customers * SIGN_INS)]
        jobs: list[tuple[str, dict[str, Any], int]] = [("/sightings", one, rnd.randrange(2)) for one in sign_ins]
        for chat in told:
            first = rnd.randrange(2)
            jobs.append(("/score", chat, first))
            if rnd.random() < TWICE:
                jobs.append(("/score", chat, 1 - first))
                result.sent_twice += 1
        # Neighbours change places only by a little: both copies of a chat are under way at the same time.
        order = {id(chat): rnd.random() for chat in (*told, *sign_ins)}
        jobs.sort(key=lambda job: order[id(job[1])])
        with two_apis(redis_url, room) as ports:
            answers = _send(jobs, ports, token, connections, result)
        _check(service, told, sign_ins, answers, result)
    return result


def _chat(rnd: random.Random, number: int, customers: int) -> dict[str, Any]:
    at = datetime.now(UTC) - timedelta(hours=20) + timedelta(seconds=number * 7.0 % 60_000, microseconds=number)
    return {
        "chat_id": f"{number}-{rnd.randrange(1_000_000)}",
        "customer_id": f"u-{number % customers}",
        "ip": f"81.2.{rnd.randrange(256)}.{rnd.randrange(1, 255)}",
        "occurred_at": at.isoformat(),
    }


def _sign_in(rnd: random.Random, number: int, customers: int) -> dict[str, Any]:
    at = datetime.now(UTC) - timedelta(days=1 + number % 20, microseconds=number)
    return {
        "customer_id": f"u-{number % customers}",
        "ip": f"81.2.{rnd.randrange(256)}.{rnd.randrange(1, 255)}",
        "occurred_at": at.isoformat(),
    }


def _send(
    jobs: Sequence[tuple[str, dict[str, Any], int]], ports: Sequence[int], token: str, connections: int, result: Result
) -> dict[str, set[str]]:
    """The decision ids acknowledged for each chat: one, if all is well."""
    own, lock = threading.local(), threading.Lock()
    answers: dict[str, set[str]] = {}

    def send(job: tuple[str, dict[str, Any], int]) -> None:
        path, facts, which = job
        if not hasattr(own, "connections"):
            own.connections = [Connection(port, token, 10.0) for port in ports]
        body = orjson.dumps(facts)
        for _ in range(_TRIES):
            try:
                answer = own.connections[which].post(path, body)
            except Unanswered:
                answer = None
            if answer is not None and answer.status == 200:
                if path == "/score":
                    with lock:
                        answers.setdefault(facts["chat_id"], set()).add(answer.body["decision_id"])
                return
            if answer is not None and answer.status not in (409, 503):
                raise RuntimeError(f"{path} was answered with {answer.status}: {answer.body}")
            with lock:
                result.tried_again += 1
            time.sleep(_PAUSE_S)

    started = time.monotonic()
    with ThreadPoolExecutor(connections) as pool:
        list(pool.map(send, jobs))
    result.took_s = round(time.monotonic() - started, 2)
    return answers


def _check(
    service: Service,
    told: Sequence[dict[str, Any]],
    sign_ins: Sequence[dict[str, Any]],
    answers: dict[str, set[str]],
    result: Result,
) -> None:
    by_customer: dict[str, list[dict[str, Any]]] = {}
    for facts in told:
        by_customer.setdefault(facts["customer_id"], []).append(facts)
        ids = answers.get(facts["chat_id"], set())
        result.unanswered += not ids
        result.answered_differently += len(ids) > 1
    for customer_id, chats in by_customer.items():
        expected = list(_expected(service, customer_id, chats, sign_ins, answers, result))
        who = service.locator.customer(customer_id)
        serial = memory_stores().customers
        serial.observe(who, [entry for entry in expected if entry.chat is None])
        # One writer after the other: what the memory store does with the same entries, newest last.
        for entry in sorted(expected, key=lambda e: e.at):
            stored = service.stores.customers.find(entry.chat) if entry.chat else None
            if stored is not None:
                serial.record(stored.chat, stored.decision, entry)
        found = service.stores.customers.history(who)
        missing = set(map(_named, expected)) - set(map(_named, found.sightings))
        result.entries_lost += len(missing)
        same = found == serial.history(who)
        result.histories_as_if_serial += same
        if not same and not missing:
            result.entries_altered += 1
        if (missing or not same) and len(result.examples) < 5:
            result.examples.append(f"{customer_id}: {len(missing)} missing of {len(expected)}")


def _expected(
    service: Service,
    customer_id: str,
    chats: Sequence[dict[str, Any]],
    sign_ins: Sequence[dict[str, Any]],
    answers: dict[str, set[str]],
    result: Result,
) -> Iterator[PastSighting]:
    """An entry for each chat and sign-in: its own facts, and the risk that was decided."""
    for facts in sign_ins:
        if facts["customer_id"] == customer_id:
            yield PastSighting(service.locator.sighting(_contact(facts)), Proof.SIGN_IN)
    for facts in chats:
        key = ChatKey("api", "default", facts["chat_id"])
        stored = service.stores.customers.find(key)
        if stored is None or stored.decision.decision_id not in answers.get(facts["chat_id"], set()):
            result.decisions_lost += 1
            continue
        yield PastSighting(service.locator.sighting(_contact(facts)), Proof.NONE, key, stored.decision.log_odds)


def _contact(facts: dict[str, Any]) -> ContactFacts:
    return ContactFacts(at=datetime.fromisoformat(facts["occurred_at"]), ip=facts["ip"])


def _named(entry: PastSighting) -> tuple[object, ...]:
    return entry.chat, entry.at, entry.sighting.origin and entry.sighting.origin.address, entry.proof
