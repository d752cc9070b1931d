"""What every `Outbox` lets go by itself, so that nothing of a customer's waits for ever."""

from __future__ import annotations

from dataclasses import replace
from datetime import timedelta

from tests.stores import world
from tests.stores.queues import NOW, channel, claim, numbers, settle, told

from cuelight.core.outbox import Ending, LogLine
from cuelight.core.ports import Announcement
from cuelight.core.retention import DAY_S
from cuelight.stores import Stores

DAY = timedelta(days=1)


def test_queues_keep_nothing_for_ever(stores: Stores) -> None:
    """Old dead letters go, old lines, and what waits since before, as it does where a channel is paused."""
    queue = channel().channel_id
    old, newer, lent = world.customer(), world.customer(), world.customer()
    line, later = LogLine(NOW, "cue.red", "a", 1, "404", 5), NOW + 31 * DAY
    stores.outbox.put(queue, [told(old, 1), told(lent, 2)], NOW)
    settle(stores, queue, claim(stores, queue), Ending.DEAD, why="404", lines=[line])
    settle(stores, queue, [], Ending.BACK, later, lines=[replace(line, at=later, alert_id="b")])
    stores.outbox.put(queue, [told(lent, 3)], NOW)
    held = claim(stores, queue)
    stores.outbox.put(queue, [told(old, 4), told(old, 5), told(newer, 6, days=2)], NOW)
    assert stores.outbox.sweep(queue, NOW + 30 * DAY) == 0
    assert stores.outbox.sweep(queue, later) == 4
    assert stores.outbox.sweep(queue, later) == 0
    assert [one.alert_id for one in stores.outbox.lines(queue)] == ["b"]
    state = stores.outbox.state([queue]).queues[queue]
    assert (state.waiting, state.dead, state.lost) == (2, 0, 4)
    settle(stores, queue, held, Ending.LATER, later, due_at=later, why="500")
    assert stores.outbox.sweep(queue, later) == 1, "a worker held it"
    assert numbers(claim(stores, queue, later)) == [6]


def test_a_queue_nobody_sweeps_ends_by_itself(redis_stores: Stores) -> None:
    queue, link = channel().channel_id, redis_stores.link
    assert link is not None
    redis_stores.outbox.put(queue, [told(world.customer(), 1)], NOW)
    redis_stores.outbox.sweep(queue, NOW)
    names = list(link.client.scan_iter(match=f"cl:q:{{{queue}}}*", count=5000))
    assert len(names) >= 5
    assert all(30 * DAY_S - 60 < link.call("TTL", name) <= 30 * DAY_S for name in names)


def test_announcements_nobody_takes_end_by_themselves(redis_stores: Stores) -> None:
    link, who = redis_stores.link, world.customer()
    assert link is not None
    stream = link.outbox_key(who)
    month_ago_ms = link.call("TIME")[0] * 1000 - 31 * DAY_S * 1000
    link.call("DEL", stream)
    link.call("XADD", stream, f"{month_ago_ms}-0", "a", "old")
    before = int(link.call("GET", f"{stream}:lost") or 0)
    redis_stores.outbox.announce(Announcement("cue.red", NOW, {"n": 1}), who)
    assert link.call("XLEN", stream) == 1
    assert int(link.call("GET", f"{stream}:lost")) == before + 1
    assert 30 * DAY_S - 60 < link.call("TTL", stream) <= 30 * DAY_S
    redis_stores.outbox.announce(Announcement("cue.red", NOW, {"n": 2}), "")
    redis_stores.outbox.forget(who)
    assert link.call("EXISTS", stream) == (0 if link.clustered else 1)
    if not link.clustered:
        assert link.call("TTL", stream) > 30 * DAY_S - 60, "made anew, it still ends"
