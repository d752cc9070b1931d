"""The data damaged: emptied, its newest end missing, or bytes of it changed."""

from __future__ import annotations

import os
import random
import signal
import time
from collections.abc import Callable
from contextlib import closing
from pathlib import Path

from redis import Redis
from tests.stores import world

from bench.faults.api import patiently
from bench.faults.outage import OUT, Site
from bench.faults.result import Promise, Result
from bench.faults.watch import Limits, Watch, judge
from cuelight.core.decision import Decision
from cuelight.core.errors import StoreUnavailable
from cuelight.stores import open_stores
from cuelight.stores.codec import Corrupt
from cuelight.stores.embedded import EmbeddedServer

_FLUSHALL = b"*1\r\n$8\r\nFLUSHALL\r\n"
Say = Callable[[str], None]


def emptied(here: Site, *, seconds: float = 3.0, limits: Limits = OUT) -> Result:
    """`FLUSHALL`. Nothing is answered until the data is restored: here, its file cut back to before that command."""
    promise = Promise("503 until restored, 0 green from missing data, 0 lost after the restore")

    def empty() -> None:
        with Redis(unix_socket_path=str(here.room / "s")) as admin:
            admin.flushall()

    def restore() -> None:
        here.kill()
        (file,) = (here.room / "appendonlydir").glob("*.incr.aof")
        os.truncate(file, file.read_bytes().rindex(_FLUSHALL))
        here.start_again()

    with Watch(here.api) as watch:
        from_s, to_s = watch.through(empty, restore, seconds, limits.out)
    lost = watch.lost()
    judge(promise, watch.seen, from_s, to_s, limits)
    promise.at_most("lost", len(lost), 0)
    return promise.result("emptied store", len(watch.scores), len(lost))


def tail_cut(room: Path, say: Say, *, trials: int = 20, decisions: int = 40) -> Result:
    """Up to 3,000 bytes missing at the end of the append-only file: what stood before is all there."""
    promise = Promise("starts; only what the missing bytes held is lost")
    rng = random.Random(4)
    lost, out_of_order = 0, 0
    for number in range(trials):
        var = room / str(number)
        acknowledged, file = _written(var, decisions)
        os.truncate(file, file.stat().st_size - rng.randint(1, 3_000))
        found = _found(var, acknowledged)
        lost += found.count(None)
        # Only the newest may be missing: the first loss ends what is there.
        first = found.index(None) if None in found else len(found)
        out_of_order += sum(one is not None for one in found[first:])
        out_of_order += sum(one is not None and one != a for one, a in zip(found, acknowledged, strict=True))
    promise.note(trials=trials, decisions_cut=lost)
    promise.at_most("lost_elsewhere", out_of_order, 0)
    return promise.result("append-only file cut short", trials * decisions, lost)


def tail_flipped(room: Path, say: Say, *, trials: int = 20, decisions: int = 40) -> Result:
    """Eight bytes changed within the last 3,000. The file has no checksums: a changed value may go unnoticed."""
    promise = Promise("refused at start, or at most the decision hit is changed")
    rng = random.Random(5)
    refused, unreadable, changed, silent, most = 0, 0, 0, 0, 0
    for number in range(trials):
        var = room / str(number)
        acknowledged, file = _written(var, decisions)
        data = bytearray(file.read_bytes())
        at = rng.randint(len(data) - 3_000, len(data) - 8)
        data[at : at + 8] = bytes(byte ^ 0x55 for byte in data[at : at + 8])
        file.write_bytes(data)
        try:
            found = _found(var, acknowledged)
        except StoreUnavailable:
            refused += 1
            continue
        wrong = [(one, a) for one, a in zip(found, acknowledged, strict=True) if one != a]
        most = max(most, len(wrong))
        unreadable += sum(one is None for one, _ in wrong)
        changed += sum(one is not None for one, _ in wrong)
        silent += not wrong
    promise.note(trials=trials, refused_at_start=refused, unreadable=unreadable, changed=changed, not_hit=silent)
    promise.at_most("most_by_one_damage", most, 1)
    return promise.result("append-only file with changed bytes", trials * decisions, unreadable + changed)


def _written(var: Path, decisions: int) -> tuple[list[Decision], Path]:
    """Decisions acknowledged by an embedded server that was then killed, and its append-only file."""
    acknowledged = []
    with EmbeddedServer(var) as server, closing(open_stores(server.url, var)) as stores:
        while len(acknowledged) < decisions:
            chat = world.chat(world.customer())
            try:
                acknowledged.append(stores.customers.record(chat, world.decision(chat), world.entry(chat)))
            except StoreUnavailable:
                time.sleep(0.1)  # a busy machine
        assert server.pid is not None
        os.kill(server.pid, signal.SIGKILL)
    (file,) = (server.folder / "appendonlydir").glob("*.incr.aof")
    return acknowledged, file


def _found(var: Path, acknowledged: list[Decision]) -> list[Decision | None]:
    """Each decision as the store has it now; None: missing, or unreadable."""
    found: list[Decision | None] = []
    with EmbeddedServer(var) as server, closing(open_stores(server.url, var)) as stores:
        for decision in acknowledged:
            try:
                stored = patiently(lambda d=decision: stores.customers.find(d.key))
            except Corrupt:
                stored = None
            found.append(stored.decision if stored else None)
    return found
