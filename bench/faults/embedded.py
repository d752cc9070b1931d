"""The embedded server killed (`kill -9`) under load: `cuelight run` starts it again, and nothing is missing."""

from __future__ import annotations

import os
import signal
import time
from collections.abc import Callable
from contextlib import closing, suppress
from pathlib import Path

from tests.stores import world

from bench.faults.api import PATIENCE_S, Api, patiently
from bench.faults.ledger import Tail, look_up
from bench.faults.load import Load
from bench.faults.power import kill_traced, traced_store
from bench.faults.result import Promise, Result
from cuelight.core.decision import Decision
from cuelight.core.errors import StoreUnavailable
from cuelight.stores import Stores, open_stores
from cuelight.stores.embedded import EmbeddedServer

Say = Callable[[str], None]
_LAST_CHAT = 1_000_000


def kill_store(room: Path, say: Say, *, kills: int = 10, chats_between: int = 1_000, back_s: float = 2.0) -> Result:
    """The kernel has every write that was acknowledged: killing the server loses none, whatever the profile."""
    promise = Promise(f"0 lost, back within {back_s:g} s")
    outages = []
    with Api(room) as api:
        api.prepare(kills * chats_between)
        with Tail(f"unix://{room}/var/store/s.sock") as tail, Load(api, 0, _LAST_CHAT) as load:
            for kill in range(kills):
                load.await_acknowledged((kill + 1) * chats_between)
                store = api.store()
                killed_s = time.monotonic()
                os.kill(store, signal.SIGKILL)
                outages.append(_await_back(load, killed_s))
            acknowledged = load.stop()
            announced = tail.stop()
        say(f"{len(acknowledged):,} acknowledged, {kills} kills; looking up")
        service = api.service()
        found = look_up(service, acknowledged, announced)
        service.close()
    promise.note(kills=kills, red=found.red, sent_again=load.refused)
    promise.at_most("lost", len(found.lost) + len(found.changed), 0)
    promise.at_most("not_in_history", len(found.not_in_history), 0)
    promise.at_most("doubled", len(found.doubled), 0)
    promise.at_most("red_not_in_outbox", len(found.not_in_outbox), 0)
    promise.at_most("longest_outage_s", max(outages), back_s)
    return promise.result("kill -9 of the embedded server", len(acknowledged), found.gone)


def kill_while_syncing(room: Path, say: Say, *, kills: int = 3, hold_s: float = 0.5) -> Result:
    """On a slow disk, where a sync takes half a second, and at different moments of it."""
    promise = Promise("0 lost")
    tried, lost = 0, 0
    for number in range(kills):
        var = room / str(number) / "var"
        var.mkdir(parents=True)
        with traced_store(var.parent, "standard", hold_s) as (starter, url), closing(open_stores(url, var)) as stores:
            acknowledged = _record_for(stores, 2.0 + hold_s * number / kills)
            kill_traced(starter, var)
        with EmbeddedServer(var) as again, closing(open_stores(again.url, var)) as stores:
            found = [patiently(lambda d=decision: stores.customers.find(d.key)) for decision in acknowledged]
        tried += len(acknowledged)
        lost += sum(f is None or f.decision != d for f, d in zip(found, acknowledged, strict=True))
    say(f"{tried:,} acknowledged, {lost} lost")
    promise.note(kills=kills)
    promise.at_most("lost", lost, 0)
    return promise.result("kill -9 of the embedded server during a slow sync", tried, lost)


def _record_for(stores: Stores, seconds: float) -> list[Decision]:
    """Decisions acknowledged until the time is over."""
    acknowledged = []
    until_s = time.monotonic() + seconds
    while time.monotonic() < until_s:
        time.sleep(0.001)
        chat = world.chat(world.customer())
        with suppress(StoreUnavailable):
            acknowledged.append(stores.customers.record(chat, world.decision(chat), world.entry(chat)))
    return acknowledged


def _await_back(load: Load, killed_s: float) -> float:
    """How long until a chat was acknowledged that was sent after the kill, in seconds."""
    while time.monotonic() - killed_s < PATIENCE_S:
        load.poll()
        after = [one.acknowledged_s for one in load.acknowledged[-500:] if one.sent_s > killed_s + 0.01]
        if after:
            return min(after) - killed_s
        time.sleep(0.02)
    raise AssertionError("the store did not come back")
