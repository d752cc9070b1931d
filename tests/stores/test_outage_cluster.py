"""A Cluster that lost a node, or a node its data: unavailable where that is, never empty."""

from __future__ import annotations

import time
from pathlib import Path

import pytest
from bench.faults.api import patiently
from redis import Redis
from tests.stores import servers, world

from cuelight.core.errors import StoreUnavailable
from cuelight.stores import open_stores

IN_TIME_S = 5.0
"""A promise of half a second, on a machine that may be busy with other tests; `make faults` measures it."""


def test_a_cluster_survives_the_loss_of_a_primary(room: Path) -> None:
    """Killed under use: unavailable for its slots meanwhile, never empty; all data there after the take-over."""
    with servers.cluster(room / "own-cluster") as (url, processes):
        stores = open_stores(url, room)
        stores.claim()
        chats = [world.chat(world.customer()) for _ in range(60)]
        for chat in chats:
            patiently(lambda c=chat: stores.customers.record(c, world.decision(c), world.entry(c)))
        for port in processes:
            servers.replicated(port)
        next(iter(processes.values())).kill()
        killed = time.monotonic()
        refused = 0
        waiting = list(chats)
        while waiting and time.monotonic() - killed < 60:
            started = time.monotonic()
            try:
                history = stores.customers.recall(waiting[-1]).history
            except StoreUnavailable:
                refused += 1
                assert time.monotonic() - started < IN_TIME_S
            else:
                assert history.sightings == (world.entry(waiting.pop()),)
        assert not waiting
        assert refused
        patiently(stores.customers.ping)
        stores.close()


def test_a_cluster_node_that_came_back_empty_is_noticed(room: Path) -> None:
    with servers.cluster(room / "holed-cluster") as (url, processes):
        stores = open_stores(url, room)
        stores.claim()
        first = Redis(port=next(iter(processes)))
        first.flushall()
        answers = []
        for _ in range(40):
            try:
                stores.customers.history(world.customer())
                answers.append("new")
            except StoreUnavailable:
                answers.append("unavailable")
        assert answers.count("unavailable") >= 4
        with pytest.raises(StoreUnavailable):
            stores.customers.ping()
        with pytest.raises(StoreUnavailable):
            stores.claim()
        stores.close()
