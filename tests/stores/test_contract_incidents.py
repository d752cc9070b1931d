"""What every store keeps around incidents: exactly as told, whose they are, who saw a cue, and the customer's lock."""

from __future__ import annotations

from concurrent.futures import ThreadPoolExecutor
from dataclasses import replace
from datetime import timedelta

import pytest
from tests.stores import world

from cuelight.core import incident as steps
from cuelight.core.chat import ChatKey
from cuelight.core.decision import Cue
from cuelight.core.errors import Conflict, InvalidInput
from cuelight.core.history import LOCK_D, Incident, Lock, Outcome, Proof
from cuelight.core.incident import CloseReason, Opener, OpenReason
from cuelight.core.incident_store import VIEWS_KEPT, View
from cuelight.core.ports import OutcomeRecord
from cuelight.stores import Stores, codec_incident, keys


def opened(hours: float = 0.0, who: str = "x", opener: Opener = Opener.COMPANY) -> Incident:
    now = world.at(hours)
    return steps.opened(who, now, now + timedelta(days=30), opener, "Kim", OpenReason.COMPLAINT)


def test_an_incident_comes_back_with_all_its_steps(stores: Stores) -> None:
    who = world.customer()
    made = opened(who=who, opener=Opener.OWNER)
    made = steps.reported(
        made, world.at(1), world.at(900), "Lee", OpenReason.IMPERSONATION, ChatKey("zendesk", "acme", "7")
    )
    made = steps.closed(made, world.at(2), "Kim", CloseReason.SECURED)
    stores.customers.put_incident(who, made)
    assert stores.customers.history(who).incidents == (made,)
    asked = stores.customers.history(who).incidents[0].close_asked
    assert asked is not None
    assert (asked.by, asked.reason) == ("Kim", "secured")


def test_what_an_older_version_wrote_is_read_and_packs_to_the_same_bytes(redis_stores: Stores) -> None:
    """Version, two times, closed, end, chats: nothing behind that."""
    who, old = world.customer(), world.incident(chats=[ChatKey("zendesk", "acme", "7")])
    packed = codec_incident.pack_incident(old)
    assert len(packed) < 60
    assert redis_stores.link is not None
    redis_stores.link.call("HSET", keys.incidents(who), old.incident_id, packed)
    (read,) = redis_stores.customers.history(who).incidents
    assert (read, read.opened_by, read.steps) == (old, Opener.AGENT, ())
    later = steps.closed(read, world.at(1), "Kim", CloseReason.MISTAKE)
    redis_stores.customers.put_incident(who, later, was=read)
    assert redis_stores.customers.history(who).incidents == (later,)


def test_a_change_is_refused_where_another_was_made_meanwhile(stores: Stores) -> None:
    who = world.customer()
    chat = world.chat(who)
    stores.customers.record(chat, world.decision(chat), world.entry(chat))
    first = opened(who=who)
    stores.customers.put_incident(who, first)
    asked = steps.closed(first, world.at(1), "Kim", CloseReason.SECURED)
    stores.customers.put_incident(who, asked, was=first)
    with pytest.raises(Conflict):
        stores.customers.put_incident(who, steps.extended(first, world.at(1), 90, "Lee"), was=first)
    found = OutcomeRecord(Outcome.IMPERSONATION, world.at(1), "Sam")
    with pytest.raises(Conflict):
        stores.customers.settle(
            chat.key, who, found, proof=Proof.NONE, reported=True, failed_step_up=False,
            incident=replace(first, chats=(chat.key,)), was=first,
        )  # fmt: skip
    stored = stores.customers.find(chat.key)
    assert stored is not None
    assert stored.outcome is None
    assert stores.customers.history(who).incidents == (asked,)
    stores.customers.settle(
        chat.key, who, found, proof=Proof.NONE, reported=True, failed_step_up=False,
        incident=replace(asked, chats=(chat.key,)), was=asked,
    )  # fmt: skip
    assert stores.customers.history(who).incidents == (replace(asked, chats=(chat.key,)),)


def test_of_many_who_change_an_incident_at_once_one_wins(stores: Stores) -> None:
    who = world.customer()
    first = opened(who=who)
    stores.customers.put_incident(who, first)

    def extend(days: int) -> bool:
        try:
            stores.customers.put_incident(who, steps.extended(first, world.at(1), days, "Lee"), was=first)
        except Conflict:
            return False
        return True

    with ThreadPoolExecutor(8) as pool:
        assert sum(pool.map(extend, range(40, 48))) == 1


def test_of_many_who_open_an_incident_at_once_one_does(stores: Stores) -> None:
    """Each had seen that none was open: the others have to look again. One that is over is no hindrance."""
    who = world.customer()
    stores.customers.put_incident(who, replace(opened(who=who), closed_at=world.at(0.5)))

    def begin(hour: int) -> bool:
        fresh = replace(opened(who=who), incident_id=f"i_{who[:8]}_{hour}", opened_at=world.at(1 + hour / 24))
        try:
            stores.customers.put_incident(who, fresh, first=True)
        except Conflict:
            return False
        return True

    with ThreadPoolExecutor(8) as pool:
        assert sum(pool.map(begin, range(8))) == 1
    assert len(stores.customers.history(who).incidents) == 2


def test_incidents_of_all_customers_are_listed_newest_first_and_found_by_id(stores: Stores) -> None:
    # Later than any other test's, so that these come first.
    base = 24.0 * 365 * 100
    whose = {}
    for hours in (3, 1, 2):
        who = world.customer()
        made = opened(base + hours, who)
        whose[made.incident_id] = (who, hours)
        stores.customers.put_incident(who, made)
    listed = list(stores.customers.incidents(3))
    assert [whose[name][1] for _, name in listed] == [3, 2, 1]
    assert all(whose[name][0] == who for who, name in listed)
    assert all(stores.customers.incident_owner(name) == who for who, name in listed)
    assert list(stores.customers.incidents(1, listed[0][1])) == listed[1:2]
    assert stores.customers.incident_owner("i_never") is None
    with pytest.raises(InvalidInput, match="begin again"):
        stores.customers.incidents(1, "i_never")
    for who, name in listed:
        stores.customers.erase(who, world.at(base + 4))
        assert stores.customers.incident_owner(name) is None
    assert not {name for _, name in listed} & {name for _, name in stores.customers.incidents(100)}


def test_an_incident_that_opens_with_an_outcome_is_listed_too(stores: Stores) -> None:
    chat = world.chat(world.customer())
    stores.customers.record(chat, world.decision(chat), world.entry(chat))
    made = opened(who=str(chat.key), opener=Opener.AGENT)
    stores.customers.settle(
        chat.key, chat.customer, OutcomeRecord(Outcome.IMPERSONATION, world.at(), "Sam"),
        proof=Proof.NONE, reported=True, failed_step_up=False, incident=made,
    )  # fmt: skip
    assert stores.customers.incident_owner(made.incident_id) == chat.customer


def test_a_lock_is_part_of_the_history_until_it_is_removed(stores: Stores) -> None:
    who, lock = world.customer(), Lock(world.at(), "Kim")
    stores.customers.put_lock(who, lock)
    assert stores.customers.history(who).lock == lock
    assert stores.customers.recall(world.chat(who)).history.lock == lock
    assert stores.customers.history(world.customer()).lock is None
    stores.customers.put_lock(who, None)
    assert stores.customers.history(who).lock is None
    stores.customers.put_lock(who, lock)
    stores.customers.erase(who, world.at(1))
    assert stores.customers.history(who).lock is None
    stores.customers.put_lock(who, lock)
    assert stores.customers.history(who).lock is None


def test_of_each_agent_and_chat_the_first_view_counts(stores: Stores) -> None:
    who, key = world.customer(), ChatKey("zendesk", "acme", "7")
    first = View(key, "Sam", world.at(1), Cue.RED)
    for view in (first, replace(first, at=world.at(2), cue=Cue.AMBER), View(key, "Lee", world.at(3), Cue.AMBER)):
        stores.customers.seen(who, view)
    assert list(stores.customers.views(who)) == [View(key, "Lee", world.at(3), Cue.AMBER), first]
    for number in range(VIEWS_KEPT):
        stores.customers.seen(who, View(ChatKey("zendesk", "acme", str(number)), "Kim", world.at(4), Cue.RED))
    views = stores.customers.views(who)
    assert len(views) == VIEWS_KEPT
    assert {view.by for view in views} == {"Kim"}
    stores.customers.erase(who, world.at(5))
    assert not stores.customers.views(who)
    stores.customers.seen(who, first)
    assert not stores.customers.views(who)


def test_lock_and_views_move_to_a_newer_hash_key(stores: Stores) -> None:
    former, present = world.customer(), world.customer()
    lock, view = Lock(world.at(), "Kim"), View(ChatKey("d", "a", "1"), "Sam", world.at(1), Cue.RED)
    stores.customers.put_lock(former, lock)
    stores.customers.seen(former, view)
    stores.customers.move(former, present, lambda token: token)
    assert stores.customers.history(present).lock == lock
    assert list(stores.customers.views(present)) == [view]


def test_life_times(redis_stores: Stores) -> None:
    who, link = world.customer(), redis_stores.link
    assert link is not None
    redis_stores.customers.put_lock(who, Lock(world.at(), "Kim"))
    redis_stores.customers.seen(who, View(ChatKey("d", "a", "1"), "Sam", world.at(1), Cue.RED))
    redis_stores.customers.put_incident(who, opened(who=who))
    assert link.call("TTL", keys.lock(who)) == pytest.approx(LOCK_D * keys.DAY_S, abs=30)
    assert link.call("TTL", keys.views(who)) == pytest.approx(30 * keys.DAY_S, abs=30)
    for name in keys.INDEX:
        assert link.call("TTL", name) >= 119 * keys.DAY_S
