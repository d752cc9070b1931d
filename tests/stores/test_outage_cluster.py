"""A Cluster that lost a node, or a node its data: unavailable where that is, never empty."""

from __future__ import annotations

import signal
import time
from pathlib import Path

import pytest
from bench.faults.api import patiently
from redis import Redis
from redis.crc import key_slot
from tests.stores import servers, world

from cuelight.core.errors import StoreUnavailable
from cuelight.core.history import EMPTY
from cuelight.stores import Stores, epochs, keys, open_stores
from cuelight.stores.link import slot_tags

IN_TIME_S = 10.0
"""A promise of half a second, on a machine that may be busy with other tests; `make faults` measures it."""
LAST_OF_FIRST = 16_384 // 3 - 1
"""The first primary's slots go so far."""


@pytest.fixture(autouse=True)
def patient() -> None:
    """Not here: nodes are given up as soon as at a desk."""


def of_first(who: str) -> bool:
    return key_slot(who.encode()) <= LAST_OF_FIRST


def test_a_cluster_survives_the_loss_of_a_primary(room: Path) -> None:
    """Killed under use: unavailable for its slots meanwhile, never empty; all data there after the take-over."""
    with servers.cluster(room / "own-cluster") as (url, processes):
        stores = open_stores(url, room)
        patiently(stores.claim)
        chats = sorted((world.chat(world.customer()) for _ in range(60)), key=lambda chat: of_first(chat.customer))
        assert of_first(chats[-1].customer)
        for chat in chats:
            patiently(lambda c=chat: stores.customers.record(c, world.decision(c), world.entry(c)))
        servers.replicated(processes)
        first, _, _, its_replica, *_ = processes.values()
        its_replica.send_signal(signal.SIGSTOP)  # so that nobody takes over before we looked
        first.kill()
        first.wait()
        for chat in chats[-3:]:
            started = time.monotonic()
            with pytest.raises(StoreUnavailable):
                stores.customers.recall(chat)
            assert time.monotonic() - started < IN_TIME_S
        its_replica.send_signal(signal.SIGCONT)
        for chat in chats:
            history = patiently(lambda c=chat: stores.customers.recall(c).history)
            assert history.sightings == (world.entry(chat),)
        patiently(stores.customers.ping)
        stores.close()


def test_a_cluster_node_that_came_back_empty_is_noticed(room: Path) -> None:
    with servers.cluster(room / "holed-cluster") as (url, processes):
        stores = open_stores(f"{url}?socket_timeout=10", room)
        patiently(stores.claim)
        known = [world.chat(world.customer()) for _ in range(20)]
        for chat in known:
            stores.customers.record(chat, world.decision(chat), world.entry(chat))
        with Redis(port=next(iter(processes))) as first:
            first.flushall()
        for who in (world.customer() for _ in range(40)):
            if of_first(who):
                with pytest.raises(StoreUnavailable, match="no epoch"):
                    stores.customers.history(who)
            else:
                assert stores.customers.history(who) == EMPTY
        with pytest.raises(StoreUnavailable, match="no epoch"):
            stores.customers.ping()
        with pytest.raises(StoreUnavailable, match="restore it from a backup"):
            stores.claim()
        _claims_that_were_cut_short_are_finished(stores)
        stores.close()


def _claims_that_were_cut_short_are_finished(stores: Stores) -> None:
    """Ended half-way, or two at once that each got a part: the next makes it whole, by one of those."""
    link = stores.link
    assert link is not None
    one, other = (f"{epochs.PREFIX}{digit * 16}" for digit in "13")
    link.client.flushall(target_nodes="primaries")
    for number, epoch in enumerate((other, one)):
        mine = slot_tags()[5000 * number : 5000 * (number + 1)]
        link.pipeline([("SET", f"{keys.EPOCH}:{{{slot}}}", epoch) for slot in mine])
    with pytest.raises(StoreUnavailable):
        link.epoch()
    assert link.claim() == one
    assert link.epochs() == {one}
    link.client.flushall(target_nodes="primaries")
    link.pipeline([("SET", f"{keys.EPOCH}:{{{slot}}}", "cuelight:999:0a") for slot in slot_tags()[:9]])
    with pytest.raises(StoreUnavailable, match="newer version"):
        link.claim()
