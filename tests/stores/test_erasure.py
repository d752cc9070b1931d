"""What an erasure leaves: a tombstone that keeps late facts out, and nothing that was known before."""

from __future__ import annotations

import time
from contextlib import AbstractContextManager, closing
from pathlib import Path

import pytest
from tests.stores import servers, world

from cuelight.core.disclosure import Disclosure, Kind
from cuelight.core.erasure import Erasure, Rewrite
from cuelight.core.errors import Erased, NotFound, StoreUnavailable
from cuelight.core.history import EMPTY, AccountEvent, AccountEventKind, Outcome, Proof
from cuelight.core.hooks import WrittenNote
from cuelight.core.ports import Announcement, OutcomeRecord
from cuelight.stores import Stores, keys, open_stores
from cuelight.stores.bounds import micros


def record(stores: Stores, chat, **more):
    return stores.customers.record(chat, world.decision(chat), world.entry(chat), **more)


def test_what_comes_late_does_not_bring_an_erased_customer_back(stores: Stores) -> None:
    who = world.customer()
    before = world.chat(who)
    record(stores, before)
    stores.customers.erase(who, world.at(1))
    with pytest.raises(Erased):
        record(stores, before)
    with pytest.raises(Erased):
        record(stores, world.chat(who, 0.5), replace=True)
    with pytest.raises(Erased):
        stores.customers.put_incident(who, world.incident(0.5))
    outcome = OutcomeRecord(Outcome.UNKNOWN, world.at(2), "Sam")
    with pytest.raises(NotFound):
        stores.customers.settle(
            before.key, who, outcome, proof=Proof.NONE, reported=False, failed_step_up=False, incident=None
        )
    assert stores.customers.observe(who, [world.sign_in(-5), world.sign_in(0.9)]) == 0
    stores.customers.note(who, AccountEvent(AccountEventKind.SIGNED_IN, world.at(0.5)))
    stores.customers.ledger(who, before.key, [Disclosure(before.key, Kind.ADDRESS, world.at(0.5), "Sam")])
    assert stores.customers.history(who) == EMPTY
    assert stores.customers.find(before.key) is None
    assert not stores.customers.ledger(who, before.key)
    assert stores.customers.erase(who, world.at(1)) == Erasure()


def test_what_comes_after_an_erasure_starts_afresh(stores: Stores) -> None:
    who = world.customer()
    stores.customers.observe(who, [world.sign_in(-5)])
    stores.customers.erase(who, world.at(1))
    chat = world.chat(who, 2)
    record(stores, chat)
    assert stores.customers.observe(who, [world.sign_in(-5), world.sign_in(3)]) == 1
    stores.customers.put_incident(who, world.incident(2))
    found = stores.customers.history(who)
    assert [s.at for s in found.sightings] == [world.at(3), world.at(2)]
    assert len(found.incidents) == 1
    assert stores.customers.find(chat.key).chat == chat


def test_a_second_erasure_never_moves_the_time_back(stores: Stores) -> None:
    who = world.customer()
    stores.customers.erase(who, world.at(5))
    stores.customers.erase(who, world.at(1))
    with pytest.raises(Erased):
        record(stores, world.chat(who, 4))


def test_a_refused_chat_leaves_no_pointer(redis_stores: Stores) -> None:
    who = world.customer()
    redis_stores.customers.erase(who, world.at(1))
    chat = world.chat(who)
    with pytest.raises(Erased):
        record(redis_stores, chat)
    link = redis_stores.link
    assert link is not None
    assert link.call("EXISTS", keys.pointer(chat.key)) == 0


def test_an_erasure_that_failed_anywhere_is_finished_by_the_next(
    redis_stores: Stores, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Whichever call to the store fails: what lies elsewhere is found by what is still there."""
    link = redis_stores.link
    assert link is not None
    asking, calls_left = link._asking, 0

    def failing() -> AbstractContextManager[None]:
        nonlocal calls_left
        calls_left -= 1
        if calls_left < 0:
            raise StoreUnavailable("the store went away")
        return asking()

    failed = 0
    for calls in range(200):
        who = world.customer()
        chat = world.chat(who, chat_id=f"canary-{world.token()}")
        record(redis_stores, chat, announce=[Announcement("cue.red", world.at(), {"chat_id": chat.key.chat_id})])
        incident = world.incident()
        redis_stores.customers.put_incident(who, incident)
        with monkeypatch.context() as broken:
            broken.setattr(link, "_asking", failing)
            calls_left = calls
            try:
                redis_stores.customers.erase(who, world.at(1))
            except StoreUnavailable:
                failed += 1
        redis_stores.customers.erase(who, world.at(1))
        left = [link.call("HEXISTS", keys.INDEX[1], incident.incident_id), link.call("EXISTS", keys.pointer(chat.key))]
        assert not any(left), calls
        day = int(time.time()) // keys.DAY_S
        told = [entry for each in (day - 1, day) for entry in link.call("LRANGE", keys.journal(each), 0, -1)]
        assert not [entry for entry in told if chat.key.chat_id.encode() in entry], calls
        assert f'"tag":"{who}"' not in str(link.call("XRANGE", link.outbox_key(who), "-", "+")), calls
        if calls_left >= 0:
            break
    assert failed > 5


def test_the_outbox_forgets_and_keeps_the_others(redis_stores: Stores) -> None:
    who, other = world.customer(), world.customer()
    link = redis_stores.link
    assert link is not None
    mine, theirs = world.chat(who), world.chat(other)
    said = [Announcement("cue.red", world.at(), {"chat_id": mine.key.chat_id})] * 3
    record(redis_stores, mine, announce=said)
    record(redis_stores, theirs, announce=said[:1])
    assert redis_stores.customers.erase(who, world.at(1)).announcements == 3
    assert f'"tag":"{other}"' in str(link.call("XRANGE", link.outbox_key(other), "-", "+"))
    assert f'"tag":"{who}"' not in str(link.call("XRANGE", link.outbox_key(who), "-", "+"))


def test_notes_that_wait_to_be_written_are_forgotten(redis_stores: Stores) -> None:
    who, other = world.customer(), world.customer()
    chats = [world.chat(customer) for customer in (who, other)]
    for chat in chats:
        record(redis_stores, chat)
        redis_stores.hooks.due(chat.key, world.at())
        redis_stores.hooks.keep_note(chat.key, WrittenNote("n1", "digest"))
    redis_stores.customers.erase(who, world.at(1))
    assert [redis_stores.hooks.note(chat.key) is None for chat in chats] == [True, False]
    due = set(redis_stores.hooks.take_due(world.at(1), world.at(2), 10_000))
    assert chats[0].key not in due
    assert chats[1].key in due


def test_the_tombstone_names_nobody_and_has_a_life_time(redis_stores: Stores) -> None:
    who = world.customer()
    redis_stores.customers.erase(who, world.at(1))
    link = redis_stores.link
    assert link is not None
    name = keys.tombstone(who, link.epoch_key(who))
    assert who not in name
    assert link.call("GET", name) == str(micros(world.at(1))).encode()
    assert link.call("TTL", name) == pytest.approx(91 * keys.DAY_S, abs=30)


def test_the_append_only_file_is_written_anew(redis_stores: Stores) -> None:
    assert redis_stores.customers.rewrite() in (Rewrite.STARTED, Rewrite.BUSY, Rewrite.NONE)
    servers.until(lambda: not redis_stores.customers.rewriting())


def test_a_server_that_does_not_let_us_rewrite_is_told_of(embedded_url: str, room: Path) -> None:
    with closing(open_stores(embedded_url, room)) as owner:
        assert owner.link is not None
        owner.claim()
        owner.link.call("ACL", "SETUSER", "bound", "on", ">secret", "~*", "+@all", "-bgrewriteaof")
    with closing(open_stores(embedded_url.replace("unix://", "unix://bound:secret@"), room)) as bound:
        bound.customers.ping()
        assert bound.customers.rewrite() is Rewrite.REFUSED
