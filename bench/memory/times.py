"""Time per recall and record in several servers at once."""

from __future__ import annotations

import random
import secrets
import time
from collections.abc import Callable, Mapping, Sequence
from dataclasses import replace
from statistics import median

from cuelight.core.chat import Chat
from cuelight.core.decision import Decision
from cuelight.core.history import PastSighting
from cuelight.stores import Stores

_AT_ONCE = 100
_RECORDED = 500
"""Customers for whom chats are recorded, at most: as many in every server, so that all histories grow alike. Half of
what is recalled is theirs, in every server: a customer with one more chat takes longer to read."""

Made = tuple[Chat, Decision, PastSighting]


def measure_times(
    servers: Mapping[int, tuple[Stores, Sequence[str]]], made: Sequence[Made], rounds: int
) -> dict[str, dict[int, float]]:
    """Microseconds per call by number of customers: the median of rounds, in which every server has its turn."""
    rnd = random.Random(2)
    count = min(_RECORDED, *(len(tags) // 2 for _, tags in servers.values()))
    recorded: dict[int, list[str]] = {}
    others: dict[int, list[str]] = {}
    for size, (_, tags) in servers.items():
        shuffled = rnd.sample(list(tags), len(tags))
        recorded[size], others[size] = shuffled[:count], shuffled[count:]
    took: dict[str, dict[int, list[float]]] = {"recall": {}, "record": {}}
    for _ in range(rounds):
        for size in rnd.sample(list(servers), len(servers)):
            stores, _ = servers[size]
            whom = [rnd.choice((recorded, others)[n % 2][size]) for n in range(_AT_ONCE)]
            recalls = [_job(stores, rnd.choice(made), who)[0] for who in whom]
            records = [_job(stores, rnd.choice(made), rnd.choice(recorded[size]))[1] for _ in range(_AT_ONCE)]
            for call, jobs in (("recall", recalls), ("record", records)):
                started = time.perf_counter()
                for job in jobs:
                    job()
                took[call].setdefault(size, []).append((time.perf_counter() - started) * 1e6 / _AT_ONCE)
    return {call: {size: median(values) for size, values in by_size.items()} for call, by_size in took.items()}


def _job(stores: Stores, made: Made, who: str) -> tuple[Callable[[], object], Callable[[], object]]:
    """A recall and a record of one more chat, always of the same name, so that no history outgrows the others."""
    chat, decision, entry = made
    key = replace(chat.key, chat_id=f"1{who[:6]}")
    chat = replace(chat, key=key, customer=who)
    entry = replace(entry, chat=key)
    decision = replace(decision, key=key, digest=secrets.token_urlsafe(12))
    return lambda: stores.customers.recall(chat), lambda: stores.customers.record(chat, decision, entry)
