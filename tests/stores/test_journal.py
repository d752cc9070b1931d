"""The journal tells what changed, so that a copy can follow; and names nobody who was erased."""

from __future__ import annotations

import time
from dataclasses import replace

import pytest
from tests.stores import world

from cuelight.core.chat import Identity
from cuelight.core.disclosure import Disclosure, Kind
from cuelight.core.history import Outcome, Proof
from cuelight.core.journal import Journal
from cuelight.core.ports import OutcomeRecord
from cuelight.core.situation import Situation
from cuelight.stores import Stores, keys
from cuelight.stores.redis_journal import owner


@pytest.fixture(autouse=True)
def one_day() -> None:
    """A day's list is read for itself: not in the minute before midnight."""
    while time.time() % keys.DAY_S > keys.DAY_S - 60:
        time.sleep(1)


def journal_of(stores: Stores) -> Journal:
    assert stores.journal is not None
    return stores.journal


def test_every_change_of_a_chat_is_told_and_can_be_read(redis_stores: Stores) -> None:
    journal = journal_of(redis_stores)
    who = world.customer()
    chat, unclaimed = world.chat(who), world.chat(None)
    start = journal.end()
    decision = replace(world.decision(chat), situation=Situation(Identity.CLAIMED, True, True, True, False))
    redis_stores.customers.record(chat, decision, world.entry(chat))
    redis_stores.customers.record(unclaimed, world.decision(unclaimed), None)
    first = journal.read(start, 100)
    assert first is not None
    assert {chat.key, unclaimed.key} <= set(first.chats)
    assert not first.more

    redis_stores.customers.settle(
        chat.key,
        who,
        OutcomeRecord(Outcome.GENUINE, world.at(1), "Sam", Proof.CALL_BACK),
        proof=Proof.CALL_BACK,
        reported=False,
        failed_step_up=False,
        incident=None,
    )
    redis_stores.customers.ledger(who, chat.key, [Disclosure(chat.key, Kind.PHONE, world.at(1), "Sam")])
    second = journal.read(first.place, 100)
    assert second is not None
    assert second.chats == [chat.key]

    missing = world.chat(who).key
    filed, gone, unreadable = journal.look([chat.key, unclaimed.key, missing])
    assert gone == [missing]
    assert unreadable == 0
    known = {one.stored.chat.key: one for one in filed}
    assert known[chat.key].stored == redis_stores.customers.find(chat.key)
    assert known[chat.key].stored.decision == decision
    assert known[chat.key].disclosed == {Kind.PHONE}
    assert known[chat.key].owner == owner(who)
    assert known[unclaimed.key].owner is None
    everything = [one for part, _ in journal.everything() for one in part]
    assert {chat.key, unclaimed.key} <= {one.stored.chat.key for one in everything}


def test_what_says_nothing_new_is_not_told(redis_stores: Stores) -> None:
    chat = world.chat(world.customer())
    decision = world.decision(chat)
    redis_stores.customers.record(chat, decision, world.entry(chat))
    start = journal_of(redis_stores).end()
    redis_stores.customers.record(chat, decision, world.entry(chat))
    after = journal_of(redis_stores).read(start, 10)
    assert after is not None
    assert chat.key not in after.chats


def test_an_erased_customers_chats_leave_the_journal(redis_stores: Stores) -> None:
    who = world.customer()
    chats = [world.chat(who, chat_id=f"canary-{world.token()}") for _ in range(3)]
    other = world.chat(world.customer())
    start = journal_of(redis_stores).end()
    for chat in (*chats, other, chats[0]):
        redis_stores.customers.record(chat, world.decision(chat), world.entry(chat))
    redis_stores.customers.erase(who, world.at(5))
    found = journal_of(redis_stores).read(start, 1000)
    assert found is not None
    assert other.key in found.chats
    assert not {chat.key for chat in chats} & set(found.chats)
    assert owner(who) in found.erased
    link = redis_stores.link
    assert link is not None
    for day in {int(place.partition(":")[0]) for place in (start, found.place)}:
        entries = link.call("LRANGE", keys.journal(day), 0, -1)
        assert not [entry for entry in entries if b"canary" in entry or who.encode() in entry]
        assert 0 < link.call("TTL", keys.journal(day)) <= keys.JOURNAL_TTL_S


def test_a_place_that_is_no_longer_known_is_told(redis_stores: Stores) -> None:
    journal = journal_of(redis_stores)
    day = int(journal.end().partition(":")[0])
    assert journal.read(f"{day - 8}:0", 10) is None
    assert journal.read(f"{day}:{10**9}", 10) is None
    yesterday = journal.read(f"{day - 1}:0", 10)
    assert yesterday is not None
    # A day is left a minute after midnight, for clocks that are late.
    assert yesterday.place in (f"{day}:0", f"{day - 1}:0")
