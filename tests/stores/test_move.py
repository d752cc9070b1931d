"""Moving a customer to the token of a newer hash key: whole, exactly, once, whoever stops or hurries."""

from __future__ import annotations

from base64 import urlsafe_b64decode, urlsafe_b64encode
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from hashlib import blake2b

import pytest
from tests.stores import world

from cuelight.core import rekeying
from cuelight.core.chat import Token, traits
from cuelight.core.decision import Cue
from cuelight.core.disclosure import Disclosure, Kind
from cuelight.core.errors import Erased, Rekeyed
from cuelight.core.history import AccountEvent, AccountEventKind, Lock, Outcome, Proof
from cuelight.core.incident_store import View
from cuelight.core.ports import OutcomeRecord
from cuelight.stores import Stores, keys
from cuelight.stores.link import EPOCH_PREFIX


def rename(old: Token) -> Token:
    data = urlsafe_b64decode(old + "=" * (-len(old) % 4))
    return urlsafe_b64encode(blake2b(data, digest_size=len(data)).digest()).decode().rstrip("=")


def present(former: Token) -> Token:
    return "2." + rename(former)


def rich(stores: Stores, who: Token) -> list:
    """A customer of whom there is one of everything, and more chats than a history holds."""
    customers = stores.customers
    customers.observe(who, [world.sign_in(-hours) for hours in range(5)])
    chats = [world.chat(who, hours / 7) for hours in range(70)]
    for chat in chats:
        customers.record(chat, world.decision(chat), world.entry(chat))
    # The newest of them are in the history; a decision without a sighting is listed, too.
    hidden = world.chat(who, 20)
    customers.record(hidden, world.decision(hidden), None)
    outcome = OutcomeRecord(Outcome.IMPERSONATION, world.at(21), "Sam")
    incident = world.incident(21, chats=[chats[-1].key])
    customers.settle(
        chats[-1].key, who, outcome, proof=Proof.NONE, reported=True, failed_step_up=False, incident=incident
    )
    customers.put_incident(who, world.incident(-100))
    for hours in (-3, -1):
        customers.note(who, AccountEvent(AccountEventKind.SIGNED_IN, world.at(hours), world.token()))
    customers.ledger(who, chats[0].key, [Disclosure(chats[0].key, kind, world.at(), "Sam") for kind in Kind])
    customers.put_lock(who, Lock(world.at(), "Kim"))
    customers.seen(who, View(chats[0].key, "Sam", world.at(1), Cue.RED))
    return [*chats, hidden]


def everything(stores: Stores, who: Token, chats: list) -> tuple:
    customers = stores.customers
    return (
        customers.history(who),
        [customers.find(chat.key) for chat in chats],
        list(customers.recent(who, world.at(-9000))),
        list(customers.ledger(who, chats[0].key)),
        list(customers.views(who)),
    )


def renamed(found: tuple, who: Token) -> tuple:
    history, chats, recent, ledger, views = found

    def chat(stored):
        return type(stored)(rekeying.chat(stored.chat, who, rename), stored.decision, stored.outcome)

    moved = type(history)(
        tuple(rekeying.past(past, rename) for past in history.sightings),
        history.incidents,
        tuple(rekeying.event(event, rename) for event in history.events),
        history.lock,
    )
    return moved, [chat(stored) for stored in chats], [chat(stored) for stored in recent], ledger, views


def test_everything_is_moved_and_nothing_changes_but_names(stores: Stores) -> None:
    who, other = world.customer(), world.customer()
    chats, theirs = rich(stores, who), rich(stores, other)
    before, beside = everything(stores, who, chats), everything(stores, other, theirs)
    moved = stores.customers.move(who, present(who), rename)
    assert {past.sighting for past in before[0].sightings} <= set(moved)
    assert everything(stores, present(who), chats) == renamed(before, present(who))
    assert everything(stores, other, theirs) == beside
    assert not stores.customers.move(who, present(who), rename)
    assert everything(stores, present(who), chats) == renamed(before, present(who))
    known = set(stores.customers.customers())
    assert present(who) in known
    assert who not in known


def test_the_former_name_is_closed_to_everybody(stores: Stores) -> None:
    who = world.customer()
    rich(stores, who)
    stores.customers.move(who, present(who), rename)
    customers, chat = stores.customers, world.chat(who, 30)
    outcome = OutcomeRecord(Outcome.UNKNOWN, world.at(), "Sam")
    calls: list[Callable[[], object]] = [
        lambda: customers.recall(chat),
        lambda: customers.record(chat, world.decision(chat), world.entry(chat)),
        lambda: customers.history(who),
        lambda: customers.recent(who, world.at(-1)),
        lambda: customers.observe(who, [world.sign_in()]),
        lambda: customers.settle(
            chat.key, who, outcome, proof=Proof.NONE, reported=False, failed_step_up=False, incident=None
        ),
        lambda: customers.put_incident(who, world.incident()),
        lambda: customers.note(who, AccountEvent(AccountEventKind.SIGNED_IN, world.at())),
        lambda: customers.ledger(who, chat.key),
        lambda: customers.erase(who, world.at(99)),
    ]
    for call in calls:
        with pytest.raises(Rekeyed):
            call()


def test_a_customer_of_whom_there_is_nothing_is_closed_too(stores: Stores) -> None:
    who = world.customer()
    assert not stores.customers.move(who, present(who), rename)
    with pytest.raises(Rekeyed):
        stores.customers.observe(who, [world.sign_in()])
    assert stores.customers.observe(present(who), [world.sign_in()]) == 1


def test_what_is_there_already_wins(stores: Stores) -> None:
    who = world.customer()
    chat = world.chat(who)
    stores.customers.record(chat, world.decision(chat), world.entry(chat))
    newer = rekeying.chat(world.chat(who, 1, chat.key.chat_id), present(who), rename)
    decision = world.decision(newer)
    stores.customers.record(newer, decision, world.entry(newer, Proof.ONE_TIME_CODE))
    stores.customers.move(who, present(who), rename)
    assert stores.customers.find(newer.key).decision == decision
    assert stores.customers.history(present(who)).sightings == (world.entry(newer, Proof.ONE_TIME_CODE),)


def test_an_erasure_moves_too(stores: Stores) -> None:
    who = world.customer()
    stores.customers.erase(who, world.at(5))
    stores.customers.move(who, present(who), rename)
    chat = world.chat(present(who), 4)
    with pytest.raises(Erased):
        stores.customers.record(chat, world.decision(chat), world.entry(chat))
    assert stores.customers.erased(present(who))


def test_life_times_are_not_lengthened(redis_stores: Stores) -> None:
    who, link = world.customer(), redis_stores.link
    assert link is not None
    chats = rich(redis_stores, who)
    link.call("EXPIRE", keys.history(who), 1000)
    link.call("EXPIRE", keys.chat(who, chats[0].key), 500)
    redis_stores.customers.move(who, present(who), rename)
    assert 900 < link.call("TTL", keys.history(present(who))) <= 1000
    assert 400 < link.call("TTL", keys.chat(present(who), chats[0].key)) <= 500
    assert 0 < link.call("TTL", keys.pointer(chats[0].key)) <= 500
    assert link.call("TTL", keys.tombstone(who, link.epoch_key(who))) > 0
    left = [name for name in link.client.scan_iter(match=b"*{" + who.encode() + b"}*", count=5000)]  # noqa: C416
    assert left == []


@pytest.mark.parametrize("after", ["depart", "chats"])
def test_a_move_that_stopped_half_way_is_finished_by_the_next(redis_stores: Stores, after: str) -> None:
    who, link = world.customer(), redis_stores.link
    assert link is not None
    chats = rich(redis_stores, who)
    before = everything(redis_stores, who, chats)
    names = [
        keys.history(who),
        keys.incidents(who),
        keys.overflow(who),
        keys.ledger(who),
        keys.lock(who),
        keys.views(who),
    ]
    link.run("depart", [link.epoch_key(who), *names], [EPOCH_PREFIX, 1000])
    if after == "chats":
        for chat in chats[:40]:
            pointer = keys.pointer(chat.key)
            link.run("point", [link.epoch_key(pointer), pointer], [EPOCH_PREFIX, present(who), 1000, who])
    redis_stores.customers.move(who, present(who), rename)
    assert everything(redis_stores, present(who), chats) == renamed(before, present(who))


def test_two_may_move_at_once(redis_stores: Stores) -> None:
    who = world.customer()
    chats = rich(redis_stores, who)
    before = everything(redis_stores, who, chats)
    with ThreadPoolExecutor(4) as pool:
        for done in [pool.submit(redis_stores.customers.move, who, present(who), rename) for _ in range(4)]:
            done.result()
    assert everything(redis_stores, present(who), chats) == renamed(before, present(who))


def test_what_the_crowd_knows_is_carried_to_the_present_names(stores: Stores) -> None:
    who, other, third = world.customer(), world.customer(), world.customer()
    crowd, seen = stores.crowd, world.sighting()
    old, new = list(traits(seen)), list(traits(rekeying.sighting(seen, rename)))
    pairs = list(zip(old, new, strict=True))
    for customer in (who, other):
        crowd.contact(customer, old, world.at())
    crowd.learn(old)
    crowd.learn(old)
    crowd.report(old, world.chat(who).key, world.at())
    before = crowd.read(third, old, world.at(1))
    crowd.learn([trait for trait in new if trait not in old])
    crowd.carry(pairs, (who, present(who)))
    after = crowd.read(third, new, world.at(1))
    for a, b in pairs:
        then, now = before.of(*a), after.of(*b)
        assert now.customers == then.customers + (a != b), (a, b)
        assert (now.others_1d, now.others_7d, now.reported) == (then.others_1d, then.others_7d, then.reported)
    assert after.contacts_7d == before.contacts_7d
    assert crowd.read(present(who), new, world.at(1)).of(*new[-1]).others_7d == before.of(*old[-1]).others_7d - 1
    crowd.carry(pairs, (who, present(who)))
    assert crowd.read(third, new, world.at(1)).stats == after.stats
    # The same customer again, named by the new key, is still one of two.
    crowd.contact(present(who), new, world.at(0.5), who)
    assert crowd.read(third, new, world.at(1)).of(*new[-1]).others_7d == 2
    assert crowd.read(third, new, world.at(1)).contacts_7d == before.contacts_7d
