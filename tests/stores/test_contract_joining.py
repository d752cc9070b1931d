"""What every `CustomerStore` promises where several messages are about one chat."""

from __future__ import annotations

from concurrent.futures import ThreadPoolExecutor
from dataclasses import replace

import pytest
from tests.stores import world

from cuelight.core.chat import Identity
from cuelight.core.decision import Cue
from cuelight.core.errors import Conflict
from cuelight.core.ports import StoredChat
from cuelight.stores import Stores


def record(stores: Stores, chat, decision=None, **more):
    entry = world.entry(chat) if chat.customer else None
    return stores.customers.record(chat, decision or world.decision(chat), entry, **more)


def test_a_message_overtaken_by_another_writes_nothing(stores: Stores) -> None:
    """First of an unknown chat, then of a known one, then one that names another customer, then one that named none."""
    nobody = world.chat(None)
    somebody = replace(nobody, customer=world.customer(), identity=Identity.CLAIMED)
    for before, new in ((None, nobody), (nobody, nobody), (nobody, somebody), (somebody, somebody), (somebody, nobody)):
        if before is not None:
            record(stores, before)
        mark = stores.customers.recall(new).mark
        overtaking = record(stores, before or new)
        with pytest.raises(Conflict):
            record(stores, new, mark=mark)
        assert stores.customers.find(nobody.key) == StoredChat(before or new, overtaking)
        retried = record(stores, new, mark=stores.customers.recall(new).mark)
        assert stores.customers.find(nobody.key) == StoredChat(new, retried)


def test_a_chat_returned_to_a_customer_is_no_repetition(stores: Stores) -> None:
    nobody = world.chat(None)
    first = record(stores, nobody)
    record(stores, replace(nobody, customer=world.customer(), identity=Identity.CLAIMED))
    mark = stores.customers.recall(nobody).mark
    back = record(stores, nobody, world.decision(nobody, digest=first.digest), mark=mark)
    assert back.decision_id != first.decision_id
    assert stores.customers.find(nobody.key) == StoredChat(nobody, back)


def test_looking_back_does_not_bring_a_chat_home(stores: Stores) -> None:
    """The customer a chat was about first is re-scored; the chat stays with the one it is about now."""
    first, second = world.customer(), world.customer()
    chat = world.chat(first)
    decision = record(stores, chat)
    moved = replace(chat, customer=second)
    latest = record(stores, moved)
    record(stores, chat, world.decision(chat, Cue.RED, digest=decision.digest), replace=True)
    assert stores.customers.find(chat.key) == StoredChat(moved, latest)


def test_threads_that_compare_lose_no_message(stores: Stores) -> None:
    """Eight messages at once, each adding its digest to a list the chat carries: all of them arrive."""
    chat = world.chat(world.customer(), asks=())

    def add(number: int) -> None:
        for _ in range(200):
            recall = stores.customers.recall(chat)
            known = dict(recall.earlier.chat.unavailable) if recall.earlier else {}
            try:
                record(stores, replace(chat, unavailable=known | {f"n{number}": "x"}), mark=recall.mark)
            except Conflict:
                continue
            return
        raise AssertionError("never had its turn")

    with ThreadPoolExecutor(8) as pool:
        list(pool.map(add, range(8)))
    found = stores.customers.find(chat.key)
    assert {f"n{n}" for n in range(8)} <= set(found.chat.unavailable)
