"""Workers of the API killed (`kill -9`) under load, one after the other and now and then all at once."""

from __future__ import annotations

import os
import random
import signal
import time
from collections.abc import Callable
from pathlib import Path

from bench.faults.api import Api
from bench.faults.ledger import Tail, longest_silence_s, look_up
from bench.faults.load import Load
from bench.faults.result import Promise, Result

Say = Callable[[str], None]
_LAST_CHAT = 1_000_000
_CHATS_BETWEEN = 50


def kill_workers(room: Path, say: Say, *, chats: int = 100_000, kills: int = 50, every_s: float = 4.0) -> Result:
    """At least so many of both: the load goes on until the last kill, the kills until the last chat."""
    promise = Promise("0 lost, 0 doubled, 0 red without their outbox entry")
    rng = random.Random(20_26)
    with Api(room) as api:
        say("teaching histories, opening incidents")
        api.prepare(chats)
        started = time.monotonic()
        killed, double = 0, 0
        with Tail(f"unix://{room}/var/store/s.sock") as tail, Load(api, 0, _LAST_CHAT) as load:
            next_s, next_count, told_s = time.monotonic() + 1.0, _CHATS_BETWEEN, started
            while load.running() and (load.poll() < chats or killed < kills):
                time.sleep(0.05)
                now_s = time.monotonic()
                if now_s > told_s + 15:
                    told_s = now_s
                    say(f"{len(load.acknowledged):,} acknowledged, {killed} workers killed")
                # Not before they work again: who is killed while starting has nothing under way.
                if now_s < next_s or len(load.acknowledged) < next_count:
                    continue
                next_s, next_count = now_s + every_s, len(load.acknowledged) + _CHATS_BETWEEN
                alive = api.workers()
                # Every tenth time all at once, so that nobody is left who could answer.
                victims = alive if killed % 10 == 9 else rng.sample(alive, min(1, len(alive)))
                double += len(victims) > 1
                killed += _kill(victims)
            acknowledged = load.stop()
            took_s = time.monotonic() - started
            announced = tail.stop()
        api.await_ready()
        say("looking up what was acknowledged")
        service = api.service()
        found = look_up(service, acknowledged, announced)
        service.close()
    promise.at_least("kills", killed, kills)
    promise.at_least("acknowledged", len(acknowledged), chats)
    promise.at_least("red", found.red, 1)
    promise.at_most("lost", len(found.lost), 0)
    promise.at_most("changed", len(found.changed), 0)
    promise.at_most("not_in_history", len(found.not_in_history), 0)
    promise.at_most("doubled", len(found.doubled), 0)
    promise.at_most("red_not_in_outbox", len(found.not_in_outbox), 0)
    promise.note(
        all_at_once=double,
        sent_again=load.refused,
        a_second=len(acknowledged) / took_s,
        longest_silence_s=next(longest_silence_s(one.acknowledged_s for one in acknowledged), 0.0),
    )
    return promise.result("kill -9 of API workers", len(acknowledged), found.gone)


def _kill(victims: list[int]) -> int:
    killed = 0
    for pid in victims:
        try:
            os.kill(pid, signal.SIGKILL)
            killed += 1
        except ProcessLookupError:
            pass
    return killed
