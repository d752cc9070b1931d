"""What every `CustomerStore` promises about chats, decisions and outcomes."""

from __future__ import annotations

from concurrent.futures import ThreadPoolExecutor
from dataclasses import replace

import pytest
from tests.stores import world

from cuelight.core.chat import ChatKey, Identity
from cuelight.core.decision import Cue
from cuelight.core.errors import NotFound
from cuelight.core.history import EMPTY, AccountEvent, AccountEventKind, Outcome, Proof
from cuelight.core.ports import Announcement, OutcomeRecord, StoredChat
from cuelight.stores import Stores


def record(stores: Stores, chat, decision=None, proof=Proof.NONE, **more):
    decision = decision or world.decision(chat)
    entry = world.entry(chat, proof) if chat.customer else None
    return stores.customers.record(chat, decision, entry, **more)


def settle(stores: Stores, chat, outcome=Outcome.GENUINE, method=None, proof=Proof.NONE, **marks):
    given = {"reported": False, "failed_step_up": False, "incident": None, **marks}
    found = OutcomeRecord(outcome, world.at(2), "Sam from the desk", method)
    stores.customers.settle(chat.key, chat.customer, found, proof=proof, **given)
    return found


def test_nobody_has_a_history_before_the_first_chat(stores: Stores) -> None:
    chat = world.chat(world.customer())
    recall = stores.customers.recall(chat)
    assert recall.history == EMPTY
    assert recall.earlier is None
    assert stores.customers.find(chat.key) is None
    assert not stores.customers.recent(chat.customer, world.at(-1000))


def test_a_recorded_chat_comes_back_exactly(stores: Stores) -> None:
    chat = world.chat(world.customer())
    decision = world.decision(chat)
    assert record(stores, chat, decision) == decision
    stored = StoredChat(chat, decision)
    assert stores.customers.find(chat.key) == stored
    assert stores.customers.recall(chat).earlier == stored
    assert stores.customers.recall(chat).history.sightings == (world.entry(chat),)
    assert list(stores.customers.recent(chat.customer, world.at(-1))) == [stored]


def test_the_same_facts_give_the_decision_that_was_recorded(stores: Stores) -> None:
    chat = world.chat(world.customer())
    first = record(stores, chat)
    again = world.decision(chat, Cue.RED, digest=first.digest)
    assert record(stores, chat, again) == first
    assert stores.customers.find(chat.key).decision == first
    assert len(stores.customers.history(chat.customer).sightings) == 1


def test_new_facts_replace_the_decision_and_the_entry(stores: Stores) -> None:
    chat = world.chat(world.customer())
    record(stores, chat)
    later = replace(chat, sighting=world.sighting(0.5))
    second = record(stores, later)
    assert stores.customers.find(chat.key) == StoredChat(later, second)
    assert stores.customers.history(chat.customer).sightings == (world.entry(later),)


def test_looking_back_replaces_a_decision_on_the_same_facts(stores: Stores) -> None:
    chat = world.chat(world.customer())
    first = record(stores, chat)
    red = world.decision(chat, Cue.RED, digest=first.digest)
    assert stores.customers.record(chat, red, None, replace=True) == red
    assert stores.customers.find(chat.key).decision == red
    assert stores.customers.history(chat.customer).sightings == (world.entry(chat),)


def test_proof_and_marks_survive_scoring_again(stores: Stores) -> None:
    chat = world.chat(world.customer())
    record(stores, chat, proof=Proof.VERIFIED)
    settle(stores, chat, Outcome.GENUINE, Proof.ONE_TIME_CODE, Proof.ONE_TIME_CODE)
    later = replace(chat, sighting=world.sighting(0.5))
    record(stores, later, proof=Proof.VERIFIED)
    (entry,) = stores.customers.history(chat.customer).sightings
    assert entry == world.entry(later, Proof.ONE_TIME_CODE)

    settle(stores, chat, Outcome.IMPERSONATION, reported=True, failed_step_up=True)
    record(stores, replace(chat, sighting=world.sighting(0.6)))
    (entry,) = stores.customers.history(chat.customer).sightings
    assert (entry.reported, entry.failed_step_up, entry.proof) == (True, True, Proof.NONE)


def test_an_outcome_is_kept_with_the_chat_and_survives_scoring_again(stores: Stores) -> None:
    chat = world.chat(world.customer())
    record(stores, chat)
    outcome = settle(stores, chat, Outcome.UNKNOWN, Proof.CALL_BACK, failed_step_up=True)
    assert stores.customers.find(chat.key).outcome == outcome
    assert stores.customers.history(chat.customer).sightings[0].failed_step_up
    record(stores, replace(chat, sighting=world.sighting(1)))
    assert stores.customers.find(chat.key).outcome == outcome


def test_taking_an_outcome_back_sets_marks_exactly(stores: Stores) -> None:
    chat = world.chat(world.customer())
    record(stores, chat, proof=Proof.VERIFIED)
    settle(stores, chat, Outcome.IMPERSONATION, reported=True)
    settle(stores, chat, Outcome.GENUINE, Proof.SIGNED_IN, Proof.SIGNED_IN)
    assert stores.customers.history(chat.customer).sightings == (world.entry(chat, Proof.SIGNED_IN),)


def test_settling_a_chat_nobody_recorded_writes_nothing(stores: Stores) -> None:
    chat = world.chat(world.customer())
    with pytest.raises(NotFound):
        settle(stores, chat, Outcome.IMPERSONATION, reported=True, incident=world.incident())
    assert stores.customers.history(chat.customer) == EMPTY


def test_an_incident_opens_with_the_outcome_and_is_replaced_by_its_id(stores: Stores) -> None:
    chat = world.chat(world.customer())
    record(stores, chat)
    incident = world.incident(chats=[chat.key, ChatKey("zendesk", "acme", "x" * 90)])
    settle(stores, chat, Outcome.IMPERSONATION, reported=True, incident=incident)
    assert stores.customers.recall(chat).history.incidents == (incident,)
    assert stores.customers.history(chat.customer).open_incident(world.at(5)) == incident
    closed = replace(incident, closed_at=world.at(3))
    other = world.incident(4)
    stores.customers.put_incident(chat.customer, closed)
    stores.customers.put_incident(chat.customer, other)
    assert stores.customers.history(chat.customer).incidents == (other, closed)


def test_a_chat_nobody_claims_is_kept_without_a_history(stores: Stores) -> None:
    chat = world.chat(None)
    decision = record(stores, chat)
    assert stores.customers.find(chat.key) == StoredChat(chat, decision)
    assert stores.customers.recall(chat).history == EMPTY
    assert stores.customers.recall(chat).earlier == StoredChat(chat, decision)
    outcome = settle(stores, chat, Outcome.UNKNOWN)
    assert stores.customers.find(chat.key).outcome == outcome


def test_a_chat_that_changes_hands_shows_its_last_customer(stores: Stores) -> None:
    nobody = world.chat(None)
    first = record(stores, nobody)
    somebody = replace(nobody, customer=world.customer(), identity=Identity.VERIFIED)
    assert stores.customers.recall(somebody).earlier == StoredChat(nobody, first)
    second = record(stores, somebody)
    assert stores.customers.find(nobody.key) == StoredChat(somebody, second)
    again = replace(nobody, sighting=world.sighting(2))
    third = record(stores, again)
    assert stores.customers.find(nobody.key) == StoredChat(again, third)


def test_names_of_chats_are_never_mixed_up(stores: Stores) -> None:
    who = world.customer()
    keys = [ChatKey("a", "b/c", "d"), ChatKey("a/b", "c", "d"), ChatKey("a", "b", "c/d"), ChatKey("ab", "", "cd")]
    made = [world.chat(who, n, key=replace(key, chat_id=key.chat_id + who)) for n, key in enumerate(keys)]
    decisions = [record(stores, chat) for chat in made]
    assert [stores.customers.find(chat.key).decision for chat in made] == decisions
    assert len(stores.customers.history(who).sightings) == 4


def test_a_chat_without_any_facts_is_found_among_the_recent(stores: Stores) -> None:
    who = world.customer()
    bare = world.chat(who, 3)
    decision = world.decision(bare)
    stores.customers.record(bare, decision, None)
    full = world.chat(who, 1)
    record(stores, full)
    assert [c.chat for c in stores.customers.recent(who, world.at(0))] == [bare, full]
    assert [c.chat for c in stores.customers.recent(who, world.at(2))] == [bare]
    assert stores.customers.history(who).sightings == (world.entry(full),)
    record(stores, replace(bare, sighting=world.sighting(4)))
    assert len(stores.customers.history(who).sightings) == 2


def test_history_is_newest_first_whatever_the_order_of_arrival(stores: Stores) -> None:
    who = world.customer()
    chats = [world.chat(who, hours) for hours in (5, 1, 9, 3)]
    for chat in chats:
        record(stores, chat)
    stores.customers.observe(who, [world.sign_in(4), world.sign_in(-100)])
    times = [entry.at for entry in stores.customers.history(who).sightings]
    assert times == [world.at(h) for h in (9, 5, 4, 3, 1, -100)]


def test_sign_ins_are_learnt_once(stores: Stores) -> None:
    who = world.customer()
    home, phone = world.origin(), world.device()
    entries = [world.sign_in(hours, place=home, tool=phone) for hours in range(3)]
    assert stores.customers.observe(who, [entries[0]]) == 1
    assert stores.customers.observe(who, [*entries, entries[1]]) == 2
    assert stores.customers.observe(who, entries) == 0
    assert stores.customers.history(who).sightings == tuple(reversed(entries))


def test_account_events_are_noted_once_newest_first(stores: Stores) -> None:
    who = world.customer()
    events = [
        AccountEvent(AccountEventKind.PASSWORD_RESET, world.at(1), world.token()),
        AccountEvent(AccountEventKind.SIGN_IN_FAILED, world.at(3)),
        AccountEvent(AccountEventKind.PASSWORD_RESET, world.at(2)),
    ]
    for event in [*events, events[0]]:
        stores.customers.note(who, event)
    assert stores.customers.history(who).events == (events[1], events[2], events[0])


def test_an_erased_customer_is_gone(stores: Stores) -> None:
    who, other = world.customer(), world.customer()
    chats = [world.chat(who, hours) for hours in range(70)]
    for chat in chats:
        record(stores, chat)
    record(stores, world.chat(other))
    stores.customers.put_incident(who, world.incident())
    stores.customers.note(who, AccountEvent(AccountEventKind.SIGNED_IN, world.at()))
    erased = stores.customers.erase(who, world.at(100))
    assert (erased.sightings, erased.chats, erased.incidents, erased.account_events) == (64, 70, 1, 1)
    assert not stores.customers.erase(who, world.at(100)).anything
    assert stores.customers.history(who) == EMPTY
    assert [stores.customers.find(chat.key) for chat in chats] == [None] * 70
    assert len(stores.customers.history(other).sightings) == 1


def test_threads_see_one_decision_a_chat(stores: Stores) -> None:
    """Twenty threads score the same facts at once: one of them decides, all say the same."""
    chat = world.chat(world.customer())
    offers = [world.decision(chat, digest="same") for _ in range(20)]
    with ThreadPoolExecutor(10) as pool:
        answers = list(pool.map(lambda offer: record(stores, chat, offer), offers))
    assert len({answer.decision_id for answer in answers}) == 1
    assert stores.customers.find(chat.key).decision == answers[0]


def test_threads_lose_no_entry(stores: Stores) -> None:
    who = world.customer()
    chats = [world.chat(who, hours) for hours in range(48)]
    with ThreadPoolExecutor(8) as pool:
        list(pool.map(lambda chat: record(stores, chat), chats))
    assert stores.customers.history(who).sightings == tuple(world.entry(c) for c in reversed(chats))


def test_announcements_go_out_with_the_decision_and_only_with_it(stores: Stores) -> None:
    chat = world.chat(world.customer())
    told = Announcement("cue.red", world.at(), {"chat_id": chat.key.chat_id})
    first = record(stores, chat, announce=[told])
    record(stores, chat, world.decision(chat, digest=first.digest), announce=[told])
    settle(stores, chat, Outcome.IMPERSONATION, announce=[replace(told, kind="incident.opened")])
    assert [a.kind for a in outbox(stores, chat)] == ["cue.red", "incident.opened"]


def outbox(stores: Stores, chat) -> list[Announcement]:
    if stores.link is None:
        return stores.customers.outbox
    import orjson

    rows = stores.link.call("XRANGE", stores.link.outbox_key(chat.customer), "-", "+")
    bodies = [orjson.loads(fields[b"a"]) for _, fields in rows]
    return [Announcement(b["kind"], world.at(), b["body"]) for b in bodies if b["body"]["chat_id"] == chat.key.chat_id]
