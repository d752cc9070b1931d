"""What every `Outbox` and `ChannelStore` promises: each alert once, in order by group, until it is delivered."""

from __future__ import annotations

import secrets
from collections.abc import Callable, Iterator
from concurrent.futures import ThreadPoolExecutor
from datetime import timedelta

import pytest
from tests.stores import world
from tests.stores.queues import LEASE, NOW, channel, claim, numbers, settle, told

from cuelight.core.history import Outcome, Proof
from cuelight.core.outbox import Ending, LogLine, Outbox, Taken
from cuelight.core.ports import Announcement, OutcomeRecord
from cuelight.stores import Stores, codec_outbox, keys, keys_queue

DAY = timedelta(days=1)


@pytest.fixture
def queue(stores: Stores) -> Iterator[str]:
    """A channel's id; the stores are shared, so it goes again."""
    made = channel()
    stores.channels.add(made)
    yield made.channel_id
    stores.channels.remove(made.channel_id)


def all_taken(outbox: Outbox, wanted: Callable[[Taken], bool], rounds: int = 200) -> list[Taken]:
    """What is wanted, out of a stream that other tests write to as well."""
    found = []
    for _ in range(rounds):
        some = outbox.take(100)
        if not some:
            break
        found += [one for one in some if wanted(one)]
        outbox.done(some)
    return found


def test_what_is_announced_is_taken_once_done_and_keeps_its_id(stores: Stores) -> None:
    who, mark = world.customer(), secrets.token_hex(4)
    for number in range(3):
        stores.outbox.announce(Announcement("policy.published", NOW, {"mark": mark, "n": number}), who)
    mine = [one for one in stores.outbox.take(10_000) if one.alert.body.get("mark") == mark]
    assert [one.alert.body["n"] for one in mine] == [0, 1, 2]
    assert len({one.alert.alert_id for one in mine}) == 3
    assert len({one.alert.group for one in mine}) == 1
    assert (mine[0].alert.kind, mine[0].alert.at) == ("policy.published", NOW)
    if stores.link is None:
        assert [one.alert for one in stores.outbox.take(10_000)] == [one.alert for one in mine]
    stores.outbox.done(mine)
    stores.outbox.done(mine)
    assert not [one for one in stores.outbox.take(10_000) if one.alert.body.get("mark") == mark]


def test_a_decisions_announcement_arrives_as_an_alert(stores: Stores) -> None:
    chat = world.chat(world.customer())
    announcement = Announcement("cue.red", NOW, {"chat_id": chat.key.chat_id, "desk": "zendesk"})
    stores.customers.record(chat, world.decision(chat), world.entry(chat), [announcement])
    found = all_taken(stores.outbox, lambda one: one.alert.body.get("chat_id") == chat.key.chat_id)
    assert [(one.alert.kind, one.alert.desks) for one in found] == [("cue.red", frozenset({"zendesk"}))]
    assert chat.customer not in repr(found)


def test_every_writing_is_heard_of_at_once(stores: Stores) -> None:
    """On a Cluster, too, where looking into all outboxes takes a while and is done once a minute."""
    customers, chat = stores.customers, world.chat(world.customer())
    all_taken(stores.outbox, lambda _: False)
    kinds = iter(["cue.red", "incident.opened", "incident.closed"])
    told = lambda: [Announcement(next(kinds), NOW, {"chat_id": chat.key.chat_id})]  # noqa: E731 - three times the same
    outcome = OutcomeRecord(Outcome.IMPERSONATION, NOW, "Sam")
    marks = {"proof": Proof.NONE, "reported": True, "failed_step_up": False, "incident": None}
    for write in (
        lambda: customers.record(chat, world.decision(chat), world.entry(chat), told()),
        lambda: customers.settle(chat.key, chat.customer, outcome, announce=told(), **marks),  # type: ignore[arg-type]
        lambda: customers.put_incident(chat.customer or "", world.incident(), told()),
    ):
        write()
        # What others left may come with it, on a Cluster once a minute.
        found = [one for one in stores.outbox.take(10_000) if one.alert.body.get("chat_id") == chat.key.chat_id]
        assert len(found) == 1
        stores.outbox.done(found)


def test_an_alert_is_queued_once_however_often_it_is_put(stores: Stores, queue: str) -> None:
    one = told(world.customer(), 1)
    assert stores.outbox.put(queue, [one], NOW) == 1
    assert stores.outbox.put(queue, [one], NOW) == 0
    claims = claim(stores, queue)
    assert [c.alert for c in claims] == [one.alert]
    settle(stores, queue, claims, Ending.DELIVERED)
    assert stores.outbox.put(queue, [one], NOW) == 0, "a worker that was slow brings it again"
    assert not claim(stores, queue)


def test_one_group_keeps_its_order_and_holds_up_no_other(stores: Stores, queue: str) -> None:
    first, second = world.customer(), world.customer()
    stores.outbox.put(queue, [told(first, 1), told(first, 2), told(second, 3), told(first, 4)], NOW)
    claims = claim(stores, queue)
    assert sorted(map(str, numbers(claims))) == ["1", "3"]
    assert not claim(stores, queue), "the rest waits behind what is under way"
    mine = [one for one in claims if one.alert.body["n"] == 1]
    settle(stores, queue, mine, Ending.LATER, due_at=NOW + timedelta(seconds=5), why="500")
    settle(stores, queue, [one for one in claims if one not in mine], Ending.DELIVERED)
    assert not claim(stores, queue, NOW + timedelta(seconds=4))
    again = claim(stores, queue, NOW + timedelta(seconds=5))
    assert numbers(again) == [1]
    assert (again[0].attempts, again[0].since_ms) == (1, codec_outbox.millis(NOW))
    settle(stores, queue, again, Ending.DELIVERED)
    later = claim(stores, queue, NOW + timedelta(seconds=6))
    assert numbers(later) == [2]
    settle(stores, queue, later, Ending.DELIVERED, NOW + timedelta(seconds=6))
    assert numbers(claim(stores, queue, NOW + timedelta(seconds=6))) == [4]


def test_what_a_dead_worker_held_falls_back(stores: Stores, queue: str) -> None:
    who = world.customer()
    stores.outbox.put(queue, [told(who, 1), told(who, 2)], NOW)
    lost = claim(stores, queue)
    assert not claim(stores, queue, NOW + LEASE - timedelta(seconds=1))
    again = claim(stores, queue, NOW + LEASE)
    assert numbers(again) == numbers(lost) == [1]
    # The one thought dead had delivered it after all: nobody sends it a third time, nor 2 while 1 is under way.
    settle(stores, queue, lost, Ending.DELIVERED)
    assert not claim(stores, queue, NOW + LEASE)
    settle(stores, queue, again, Ending.LATER, due_at=NOW + DAY, why="timeout")
    assert numbers(claim(stores, queue, NOW + DAY)) == [2]


def test_given_back_untried_is_due_at_once_and_counts_no_attempt(stores: Stores, queue: str) -> None:
    stores.outbox.put(queue, [told(world.customer(), 1)], NOW)
    settle(stores, queue, claim(stores, queue), Ending.BACK)
    assert [one.attempts for one in claim(stores, queue)] == [0]


def test_a_receiver_out_of_reach_is_left_alone_then_tried_with_one(stores: Stores, queue: str) -> None:
    stores.outbox.put(queue, [told(world.customer(), n) for n in range(5)], NOW)
    claims = claim(stores, queue, limit=3)
    settle(stores, queue, claims[1:], Ending.BACK)
    until = NOW + timedelta(seconds=60)
    settle(stores, queue, claims[:1], Ending.LATER, due_at=NOW + DAY, why="connection", hold_until=until)
    state = stores.outbox.state([queue]).queues[queue]
    assert (state.waiting, state.failures) == (5, 1)
    assert state.held_until is not None
    assert abs(state.held_until - until) < timedelta(seconds=1)
    assert not claim(stores, queue, until - timedelta(seconds=1))
    batch = stores.outbox.claim(queue, until, LEASE, 50, 0)
    assert (len(batch.claims), batch.failures) == (1, 1)
    assert not claim(stores, queue, until), "one knocks at a time"
    settle(stores, queue, batch.claims, Ending.DELIVERED, until)
    rest = claim(stores, queue, until)
    assert len(rest) == 4, "the one put off for a day is due as well, now that it is back"
    assert stores.outbox.state([queue]).queues[queue].failures == 0


def test_dead_letters_stay_until_they_are_sent_again(stores: Stores, queue: str) -> None:
    who = world.customer()
    stores.outbox.put(queue, [told(who, 1), told(who, 2)], NOW)
    for _ in range(2):
        settle(stores, queue, claim(stores, queue), Ending.DEAD, why="404")
    dead = stores.outbox.dead(queue)
    assert [(one.alert.body["n"], one.attempts, one.why) for one in dead] == [(1, 1, "404"), (2, 1, "404")]
    assert abs(dead[0].at - NOW) < timedelta(seconds=1)
    assert stores.outbox.state([queue]).queues[queue].dead == 2
    assert not claim(stores, queue)
    assert stores.outbox.revive(queue, [dead[1].alert.alert_id, "unknown"], NOW) == 1
    again = claim(stores, queue)
    assert numbers(again) == [2]
    assert (again[0].attempts, again[0].since_ms) == (0, None)
    assert stores.outbox.revive(queue, [], NOW) == 1
    assert stores.outbox.revive(queue, [], NOW) == 0
    assert not stores.outbox.dead(queue)


def test_a_burst_past_the_minutes_bound_is_lent_together(stores: Stores, queue: str) -> None:
    who = world.customer()
    stores.outbox.put(queue, [told(world.customer(), 0), told(world.customer(), 1)], NOW)
    batch = stores.outbox.claim(queue, NOW, LEASE, 50, 3)
    assert (len(batch.claims), batch.together) == (2, False)
    settle(stores, queue, batch.claims, Ending.DELIVERED)
    burst = [told(who, n) for n in range(2, 6)] + [told(world.customer(), n) for n in range(6, 9)]
    stores.outbox.put(queue, burst, NOW)
    batch = stores.outbox.claim(queue, NOW + timedelta(seconds=1), LEASE, 1, 3)
    assert batch.together
    assert sorted(map(str, numbers(batch.claims))) == list("2345678")
    assert [n for n in numbers(batch.claims) if n in (2, 3, 4, 5)] == [2, 3, 4, 5]
    settle(stores, queue, batch.claims, Ending.DELIVERED)
    stores.outbox.put(queue, [told(who, 9)], NOW)
    assert not claim(stores, queue, NOW + timedelta(seconds=59), per_minute=3), "the minute is used up"
    assert numbers(claim(stores, queue, NOW + timedelta(seconds=61), per_minute=3)) == [9]


def test_a_summary_that_failed_is_put_off_as_a_whole(stores: Stores, queue: str) -> None:
    who = world.customer()
    stores.outbox.put(queue, [told(who, 1), told(who, 2), told(world.customer(), 3)], NOW)
    batch = stores.outbox.claim(queue, NOW, LEASE, 50, 1)
    assert batch.together
    due = NOW + timedelta(minutes=5)
    settle(stores, queue, batch.claims, Ending.LATER, due_at=due, why="503")
    assert not claim(stores, queue, due - timedelta(seconds=1), per_minute=1)
    again = stores.outbox.claim(queue, due, LEASE, 50, 1)
    assert sorted(map(str, numbers(again.claims))) == ["1", "2", "3"]
    assert {one.attempts for one in again.claims} == {1}


def test_the_log_keeps_the_newest(stores: Stores, queue: str) -> None:
    made = [LogLine(NOW, "cue.red", f"a{n}", 1, "200", n) for n in range(keys_queue.LOG_KEPT + 5)]
    stores.outbox.settle(queue, [], NOW, lines=made[:100])
    stores.outbox.settle(queue, [], NOW, lines=made[100:])
    assert stores.outbox.lines(queue) == made[:4:-1]


def test_a_full_queue_makes_dead_letters_and_counts_what_falls_off(
    stores: Stores, queue: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(keys_queue, "KEPT", 2)
    monkeypatch.setattr(keys_queue, "DEAD_KEPT", 3)
    who = world.customer()
    assert stores.outbox.put(queue, [told(who, n) for n in range(7)], NOW) == 7
    state = stores.outbox.state([queue]).queues[queue]
    assert (state.waiting, state.dead, state.lost) == (2, 3, 2)
    assert [(one.alert.body["n"], one.why) for one in stores.outbox.dead(queue)] == [
        (4, "queue_full"), (5, "queue_full"), (6, "queue_full"),
    ]  # fmt: skip


def test_an_outbox_nobody_empties_counts_what_falls_off(stores: Stores, monkeypatch: pytest.MonkeyPatch) -> None:
    all_taken(stores.outbox, lambda _: False)
    monkeypatch.setattr(keys, "OUTBOX_KEPT", 5)
    # In a Cluster, others' announcements may lie in slots whose bell somebody else has heard, until the next sweep.
    before, mark = stores.outbox.state([]), secrets.token_hex(4)
    for number in range(8):
        stores.outbox.announce(Announcement("policy.published", NOW, {"n": number, "mark": mark}))
    state = stores.outbox.state([])
    assert (state.waiting - before.waiting, state.lost - before.lost) == (5, 3)
    mine = all_taken(stores.outbox, lambda one: one.alert.body.get("mark") == mark)
    assert [one.alert.body["n"] for one in mine] == [3, 4, 5, 6, 7]


def test_a_forgotten_customer_is_nowhere(stores: Stores, queue: str) -> None:
    who, other = world.customer(), world.customer()
    for one in (who, other, who):
        stores.outbox.announce(Announcement("cue.red", NOW, {"of": one[:4]}), one)
    late = told(who, 9, at_ms=1)
    stores.outbox.put(queue, [told(who, 1), told(other, 2), told(who, 3)], NOW)
    settle(stores, queue, [c for c in claim(stores, queue) if c.alert.body["n"] == 1], Ending.DEAD, why="404")
    held = claim(stores, queue)
    assert numbers(held) == [3]
    assert stores.outbox.forget(who) == 4
    assert stores.outbox.forget(who) == 0
    assert [one.alert.body["of"] for one in all_taken(stores.outbox, lambda one: "of" in one.alert.body)] == [other[:4]]
    assert not stores.outbox.dead(queue)
    assert stores.outbox.put(queue, [late], NOW) == 0, "it was on its way to the queue"
    settle(stores, queue, held, Ending.LATER, due_at=NOW, why="500")
    assert numbers(claim(stores, queue, NOW + LEASE)) == [2]
    came_back = told(who, 10, at_ms=4_000_000_000_000)
    assert stores.outbox.put(queue, [came_back], NOW) == 1


def test_workers_at_once_never_hold_the_same(stores: Stores, queue: str) -> None:
    customers = [world.customer() for _ in range(12)]
    alerts = [told(customers[n % 12], n) for n in range(120)]
    got: list[tuple[str, object]] = []

    def work(_: int) -> None:
        stores.outbox.put(queue, alerts, NOW)
        for _ in range(200):
            claims = claim(stores, queue, limit=3)
            got.extend((one.alert.group, one.alert.body["n"]) for one in claims)
            settle(stores, queue, claims, Ending.DELIVERED)

    with ThreadPoolExecutor(4) as pool:
        list(pool.map(work, range(4)))
    assert sorted(n for _, n in got) == list(range(120))  # type: ignore[type-var]
    for group in {group for group, _ in got}:
        mine = [n for one, n in got if one == group]
        assert mine == sorted(mine)  # type: ignore[type-var]
