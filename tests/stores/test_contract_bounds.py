"""A customer's state is bounded, and what is dropped is never what an attacker would like to see gone."""

from __future__ import annotations

import random
from dataclasses import replace

import pytest
from tests.stores import world

from cuelight.core.history import AccountEvent, AccountEventKind, Outcome, Proof
from cuelight.core.ports import OutcomeRecord
from cuelight.stores import Stores, bounds, keys, memory_stores


def flood(stores: Stores, who: str, count: int, start: float = 0.0, proof: Proof = Proof.NONE) -> list:
    place, tool = world.origin(), world.device()
    chats = []
    for number in range(count):
        chat = world.chat(who, sighting=world.sighting(start + number, place, tool))
        stores.customers.record(chat, world.decision(chat), world.entry(chat, proof))
        chats.append(chat)
    return chats


def test_a_flood_of_unproven_chats_pushes_out_no_trust(stores: Stores) -> None:
    who = world.customer()
    stores.customers.observe(who, [world.sign_in(-hours) for hours in range(1, 41)])
    chats = flood(stores, who, 50)
    sightings = stores.customers.history(who).sightings
    assert len(sightings) == bounds.MAX_ENTRIES
    assert sum(s.proof is Proof.SIGN_IN for s in sightings) == 40
    assert [s.chat for s in sightings if s.chat] == [c.key for c in reversed(chats[-24:])]


def test_a_flood_pushes_out_no_memory_of_an_impostor(stores: Stores) -> None:
    who = world.customer()
    reported = flood(stores, who, 1, start=-10)[0]
    found = OutcomeRecord(Outcome.IMPERSONATION, world.at(), "Sam")
    stores.customers.settle(
        reported.key, who, found, proof=Proof.NONE, reported=True, failed_step_up=False, incident=None
    )
    flood(stores, who, 80)
    assert [s.chat for s in stores.customers.history(who).sightings if s.reported] == [reported.key]


def test_daily_sign_ins_leave_room_to_see_repeated_contacts(stores: Stores) -> None:
    who = world.customer()
    stores.customers.observe(who, [world.sign_in(-hours) for hours in range(1, 101)])
    flood(stores, who, 20)
    stores.customers.observe(who, [world.sign_in(hours + 100) for hours in range(60)])
    sightings = stores.customers.history(who).sightings
    assert len(sightings) == bounds.MAX_ENTRIES
    assert sum(s.proof is Proof.NONE for s in sightings) == bounds.UNPROVEN_KEPT


def test_chats_that_fell_out_are_still_found_and_looked_back_on(stores: Stores) -> None:
    who = world.customer()
    chats = flood(stores, who, 70)
    assert len(stores.customers.history(who).sightings) == bounds.MAX_ENTRIES
    assert stores.customers.find(chats[0].key).chat == chats[0]
    assert [c.chat for c in stores.customers.recent(who, world.at(-1))] == chats[::-1]


def test_incidents_are_bounded_and_open_ones_stay(stores: Stores) -> None:
    who = world.customer()
    still_open = world.incident(-500, days=400)
    stores.customers.put_incident(who, still_open)
    for number in range(20):
        made = world.incident(number, days=200)
        stores.customers.put_incident(who, replace(made, closed_at=world.at(number + 0.5)))
    incidents = stores.customers.history(who).incidents
    assert len(incidents) == bounds.MAX_INCIDENTS
    assert still_open in incidents
    assert [i.opened_at for i in incidents[:15]] == [world.at(n) for n in range(19, 4, -1)]


def test_account_events_are_bounded_newest_kept(stores: Stores) -> None:
    who = world.customer()
    for number in range(40):
        stores.customers.note(who, AccountEvent(AccountEventKind.SIGN_IN_FAILED, world.at(number)))
    assert [e.at for e in stores.customers.history(who).events] == [world.at(n) for n in range(39, 7, -1)]


@pytest.mark.parametrize("seed", range(2))
def test_redis_keeps_exactly_what_memory_keeps(redis_stores: Stores, seed: int, request: pytest.FixtureRequest) -> None:
    """Hundreds of random writes of every sort, others for each store: the scripts and the plain Python must agree on
    every bit."""
    rnd = random.Random(request.node.name)
    who, memory = world.customer(), memory_stores()
    both = (redis_stores.customers, memory.customers)
    places, tools = [world.origin() for _ in range(9)], [world.device() for _ in range(4)]
    chats: list = []
    incidents: list = []
    for number in range(260):
        hours = number - number % 3 + rnd.choice([0.0, -201.0, 300.25])  # several in one moment, too
        sight = world.sighting(hours, rnd.choice(places), rnd.choice(tools))
        sort = rnd.randrange(9)
        if sort < 4:
            chat = world.chat(who, sighting=sight)
            if chats and rnd.random() < 0.3:
                chat = replace(chat, key=rnd.choice(chats).key)
            chats.append(chat)
            proof = rnd.choice([Proof.NONE, Proof.NONE, Proof.VERIFIED])
            made = world.decision(chat), world.entry(chat, proof, rnd.choice([None, -1.5, rnd.gauss(0, 2)]))
            for store in both:
                store.record(chat, *made)
        elif sort < 7:
            entries = [replace(world.sign_in(), sighting=sight)] * rnd.randint(1, 2)
            assert both[0].observe(who, entries) == both[1].observe(who, entries)
        elif sort == 7 and chats:
            chat = rnd.choice(chats)
            incident = world.incident(hours, days=rnd.randint(1, 90)) if rnd.random() < 0.4 else None
            if incident and incidents and rnd.random() < 0.3:
                incident = replace(incident, incident_id=rnd.choice(incidents).incident_id)
            if incident:
                incidents.append(incident)
            marks = {"reported": rnd.random() < 0.5, "failed_step_up": rnd.random() < 0.3, "incident": incident}
            found = OutcomeRecord(rnd.choice(list(Outcome)), world.at(hours), "Sam")
            proof = rnd.choice([Proof.NONE, Proof.CALL_BACK, Proof.SIGNED_IN])
            for store in both:
                store.settle(chat.key, who, found, proof=proof, **marks)
        else:
            event = AccountEvent(rnd.choice(list(AccountEventKind)), world.at(hours), rnd.choice([None, "x y"]))
            for store in both:
                store.note(who, event)
        assert both[0].history(who) == both[1].history(who), number
    assert list(both[0].recent(who, world.at(-999))) == list(both[1].recent(who, world.at(-999)))


def test_parts_nothing_refers_to_are_removed(redis_stores: Stores) -> None:
    """A customer seen in a thousand places does not keep a thousand places."""
    who = world.customer()
    for number in range(90):
        chat = world.chat(who, number)
        redis_stores.customers.record(chat, world.decision(chat), world.entry(chat))
    link = redis_stores.link
    assert link is not None
    many = link.call("STRLEN", keys.history(who))
    assert len(redis_stores.customers.history(who).sightings) == bounds.MAX_ENTRIES
    for number in range(90, 180):
        chat = world.chat(who, number)
        redis_stores.customers.record(chat, world.decision(chat), world.entry(chat))
    assert link.call("STRLEN", keys.history(who)) == pytest.approx(many, rel=0.02)
