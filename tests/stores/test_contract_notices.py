"""What every `NoticeStore` promises."""

from __future__ import annotations

import secrets
from concurrent.futures import ThreadPoolExecutor
from dataclasses import replace
from datetime import datetime, timedelta

import pytest
from tests.stores import world

from cuelight.core.chat import NetworkKind
from cuelight.core.notice import Answer, Notice, State, Told, name_of
from cuelight.stores import Stores, keys_notices

FAR = timedelta(days=300)
"""Ahead of every other test's notices, which may wait in the same store."""


def waiting(customer: str | None = None) -> Notice:
    return Notice(world.chat(None).key, customer or world.customer(), secrets.token_urlsafe(8), world.at())


def due(stores: Stores, now: datetime, again_at: datetime, *, only: Notice) -> bool:
    return only.name in stores.notices.take_due(now, again_at, 10_000)


def test_a_notice_comes_back_exactly_at_every_step(stores: Stores) -> None:
    made = waiting()
    assert stores.notices.read(made.name) is None
    assert stores.notices.offer(made, world.at(1))
    tried = replace(made, attempts=3)
    told = Told(world.at(), "NL", NetworkKind.MOBILE)
    sent = replace(tried, state=State.SENT, told=told, sent_at=world.at(1), expires_at=world.at(99))
    yes = sent.answered(Answer.YES, world.at(2))
    no = yes.answered(Answer.NO, world.at(3), "i_1")
    for before, after in ((made, tried), (tried, sent), (sent, yes), (yes, no)):
        assert stores.notices.change(before, after)
        assert stores.notices.read(made.name) == after


def test_there_is_one_notice_for_a_chat_and_customer(stores: Stores) -> None:
    made = waiting()
    assert stores.notices.offer(made, world.at(1), b"first")
    assert not stores.notices.offer(replace(made, nonce="other"), world.at(2), b"second")
    assert stores.notices.read(made.name) == made
    assert stores.notices.sealed(made.name) == b"second", "the newest word on where it goes"
    assert not stores.notices.offer(made, world.at(2))
    assert stores.notices.sealed(made.name) == b"second", "no word is no change"
    sent = replace(made, state=State.SENT)
    assert stores.notices.change(made, sent, done=True)
    assert stores.notices.sealed(made.name) is None
    assert not stores.notices.offer(made, world.at(3), b"third")
    assert stores.notices.sealed(made.name) is None, "nothing is kept that nobody needs"
    assert stores.notices.read(made.name) == sent


def test_several_are_read_at_once(stores: Stores) -> None:
    first, second = waiting(), waiting()
    for notice in (first, second):
        stores.notices.offer(notice, world.at() + FAR)
    names = [second.name, name_of(world.chat(None).key), first.name]
    assert stores.notices.several(names) == [second, first]
    assert not stores.notices.several([])


def test_another_customer_of_the_chat_gets_a_notice_of_their_own(stores: Stores) -> None:
    made = waiting()
    stores.notices.offer(made, world.at(1), b"theirs")
    other = replace(made, customer=world.customer(), nonce="new")
    assert stores.notices.offer(other, world.at(2))
    assert stores.notices.read(made.name) == other
    assert stores.notices.sealed(made.name) is None, "never to the other one's address"


def test_of_several_who_change_it_one_does(stores: Stores) -> None:
    made = waiting()
    stores.notices.offer(made, world.at(1))
    answers = [made.answered(Answer.NO, world.at(hours)) for hours in range(8)]
    with ThreadPoolExecutor(8) as pool:
        done = list(pool.map(lambda after: stores.notices.change(made, after), answers))
    assert done.count(True) == 1
    assert stores.notices.read(made.name) == answers[done.index(True)]


def test_what_is_due_is_lent_and_falls_back(stores: Stores) -> None:
    made, start = waiting(), world.at() + FAR
    stores.notices.offer(made, start)
    assert not due(stores, start - timedelta(seconds=1), start, only=made)
    again_at = start + timedelta(minutes=1)
    assert due(stores, start, again_at, only=made)
    assert not due(stores, start, again_at, only=made), "lent"
    assert due(stores, again_at, again_at + timedelta(minutes=1), only=made), "whoever had it died"
    stores.notices.put_off(made.name, again_at + timedelta(minutes=9))
    assert not due(stores, again_at + timedelta(minutes=8), again_at + timedelta(minutes=9), only=made)
    assert stores.notices.change(made, replace(made, state=State.SENT), done=True)
    assert not due(stores, again_at + timedelta(days=9), again_at + timedelta(days=9), only=made)


def test_where_it_goes_may_stay_for_a_channel(stores: Stores) -> None:
    made = waiting()
    stores.notices.offer(made, world.at() + FAR, b"ref")
    assert stores.notices.change(made, replace(made, state=State.SENT), done=True, keep=True)
    assert not due(stores, world.at() + FAR, world.at() + FAR, only=made)
    assert stores.notices.sealed(made.name) == b"ref"


def test_a_notice_that_waits_can_be_withdrawn_and_others_cannot(stores: Stores) -> None:
    made, sent = waiting(), waiting()
    for notice in (made, sent):
        stores.notices.offer(notice, world.at() + FAR, b"address")
    stores.notices.change(sent, replace(sent, state=State.SENT))
    assert stores.notices.withdraw(made.name)
    assert not stores.notices.withdraw(made.name)
    assert not stores.notices.withdraw(sent.name)
    assert stores.notices.read(made.name) is None
    assert stores.notices.sealed(made.name) is None
    assert stores.notices.read(sent.name) is not None
    assert not due(stores, world.at() + FAR, world.at() + FAR, only=made)


def test_counts_stop_at_their_bound(stores: Stores) -> None:
    what = f"{world.customer()}|2026-11-24"
    assert [stores.notices.admit(what, 3, 60) for _ in range(5)] == [True, True, True, False, False]
    assert stores.notices.admit(what + "x", 3, 60)


def test_what_is_forgotten_leaves_nothing(stores: Stores) -> None:
    mine, other = waiting(), waiting()
    for notice in (mine, other):
        stores.notices.offer(notice, world.at() + 2 * FAR, b"address")
    assert stores.notices.forget([]) == 0
    assert stores.notices.forget([mine.name, name_of(world.chat(None).key)]) == 1
    assert stores.notices.read(mine.name) is stores.notices.sealed(mine.name) is None
    assert not due(stores, world.at() + 2 * FAR, world.at() + 3 * FAR, only=mine)
    assert stores.notices.sealed(other.name) == b"address"


def test_where_a_notice_goes_is_kept_for_a_day_and_the_notice_for_a_month(redis_stores: Stores) -> None:
    made, link = waiting(), redis_stores.link
    assert link is not None
    redis_stores.notices.offer(made, world.at(1), b"address")
    notice, address, _ = keys_notices.notice(made.name)
    assert link.call("TTL", address) == pytest.approx(86_400, abs=30)
    assert link.call("TTL", notice) == pytest.approx(30 * 86_400, abs=30)
    link.call("EXPIRE", notice, 100)
    redis_stores.notices.change(made, replace(made, state=State.SENT))
    assert link.call("TTL", notice) == pytest.approx(30 * 86_400, abs=30)
    assert made.customer not in f"{notice} {address} {keys_notices.count(made.customer)}"
