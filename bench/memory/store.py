"""Fills a real embedded server, measures its memory, and copies customers within it until there are enough."""

from __future__ import annotations

import secrets
import time
from collections.abc import Sequence
from datetime import timedelta
from statistics import mean
from typing import Any

from bench.memory.customers import Customer
from cuelight.core.chat import Chat
from cuelight.core.crowd import Crowd
from cuelight.core.decision import Decision
from cuelight.core.history import History, PastSighting, Proof
from cuelight.core.policy import Policy
from cuelight.scoring import score
from cuelight.stores import Stores, keys

_AT_ONCE = 2_000
_BY_SCRIPT, _MEANWHILE = 1_000, 20
"""Customers that are told, not copied, and such as are told again with every two thousand copies: a server that
grows runs scripts all the while, and how long one takes depends on where its memory came to lie."""


def entries(customer: Customer) -> list[PastSighting]:
    """The history's entries: a third of the chats vouched for, all with the risk seen."""
    proofs = (Proof.VERIFIED, Proof.NONE, Proof.NONE)
    return [
        PastSighting(chat.sighting, proofs[n % 3], chat.key, round(n * 0.417 - 3.2, 3))
        for n, chat in enumerate(customer.chats)
    ]


def decided(customer: Customer, policy: Policy) -> tuple[Chat, Decision, PastSighting]:
    """The last chat, scored against the others by the real policy."""
    chat, own = customer.chats[-1], entries(customer)
    history = History(tuple(reversed(own[:-1])))
    crowd = Crowd(prior=policy.crowd_prior, prior_weight=policy.crowd_prior_weight)
    decision = score(chat, history, crowd, policy, chat.at + timedelta(seconds=2), digest=secrets.token_urlsafe(12))
    return chat, decision, own[-1]


def used_bytes(stores: Stores) -> int:
    assert stores.link is not None
    found: int = stores.link.call("INFO", "memory")["used_memory"]
    return found


def settle(stores: Stores) -> None:
    """Wait until the server has no append-only file to rewrite any more.

    Filling makes it do so: the child that writes takes a processor, and what the server writes meanwhile it copies page
    by page. A server of a thousand customers has none of that, one of a million does once in many days of chats: it is
    what filling left behind, not what a call costs there. Raises `TimeoutError` after ten minutes.
    """
    assert stores.link is not None
    deadline = time.monotonic() + 600
    while stores.link.call("INFO", "persistence")["aof_rewrite_in_progress"]:
        if time.monotonic() > deadline:
            raise TimeoutError("the server goes on rewriting its append-only file")
        time.sleep(0.1)


def sampled_bytes(stores: Stores, names: Sequence[bytes | str]) -> float:
    """The mean of `MEMORY USAGE`, which counts key, value and the server's own bookkeeping of both."""
    assert stores.link is not None
    return mean(stores.link.pipeline([("MEMORY", "USAGE", name, "SAMPLES", 0) for name in names]))


def copy_from(source: Stores, target: Stores, people: Sequence[Customer], count: int) -> list[str]:
    """Histories of `count` customers in another server: the given ones, then copies of them made by the server.

    A copy is a customer of its own with a history of the same bytes; returns all tags.
    """
    assert source.link is not None
    assert target.link is not None
    for one in people[: min(count, _BY_SCRIPT)]:
        target.customers.observe(one.token, entries(one))
    made = [one.token for one in people[: min(count, _BY_SCRIPT)]]
    for start in range(len(made), min(count, len(people)), _AT_ONCE):
        part = [one.token for one in people[start : min(start + _AT_ONCE, count)]]
        values = source.link.pipeline([("GET", keys.history(tag)) for tag in part])
        target.link.pipeline(
            [("SET", keys.history(t), v, "EX", keys.HISTORY_TTL_S) for t, v in zip(part, values, strict=True)]
        )
        _tell_again(target, people)
        made += part
    originals = list(made)
    while len(made) < count:
        commands: list[tuple[Any, ...]] = []
        for tag in originals[len(made) % len(originals) :][: min(_AT_ONCE, count - len(made))]:
            copy = secrets.token_urlsafe(18)
            commands.append(("COPY", keys.history(tag), keys.history(copy)))
            made.append(copy)
        target.link.pipeline(commands)
        _tell_again(target, people)
    return made


def _tell_again(stores: Stores, people: Sequence[Customer]) -> None:
    for one in people[:_MEANWHILE]:
        stores.customers.observe(one.token, entries(one))
