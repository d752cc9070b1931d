"""A primary lost and another in its place: a Cluster's, a Sentinel set's, and parts that cannot reach the others.

Replication is asynchronous: what a primary acknowledged and had not passed on when it died is lost with it. The
bound for that is its last moments, not a number of decisions.
"""

from __future__ import annotations

import os
import signal
import subprocess
import time
from collections import Counter
from collections.abc import Callable, Iterable
from pathlib import Path

from tests.stores import servers

from bench.faults.api import Api
from bench.faults.result import Promise, Result
from bench.faults.watch import CALLS, Limits, Seen, Watch, judge
from cuelight.stores.embedded import Durability

Say = Callable[[str], None]
_TEXT = "back within 10 s, refusals within 0.5 s, 0 green from missing data"
BACK = Limits(back_s=10.0)


def cluster_failover(
    room: Path, say: Say, *, durability: Durability = "standard", seconds: float = 5.0, limits: Limits = BACK
) -> Result:
    """One of three primaries killed; its replica takes over."""
    with servers.cluster(room / "c") as (url, processes), Api(room, url, CUELIGHT_DURABILITY=durability) as api:
        return _lose(api, f"cluster fail-over, {durability}", processes, signal.SIGKILL, seconds, limits, durability)


def sentinel_failover(
    room: Path, say: Say, *, durability: Durability = "standard", seconds: float = 5.0, limits: Limits = BACK
) -> Result:
    """The primary killed; Sentinel chooses another."""
    with servers.sentinel_set(room / "s") as (url, processes), Api(room, url, CUELIGHT_DURABILITY=durability) as api:
        return _lose(api, f"sentinel fail-over, {durability}", processes, signal.SIGKILL, seconds, limits, durability)


def cluster_partition(room: Path, say: Say, *, seconds: float = 5.0, limits: Limits = BACK) -> Result:
    """A primary hangs, is replaced, and wakes up as one that thinks it still is the primary."""
    with servers.cluster(room / "c") as (url, processes), Api(room, url) as api:
        return _lose(api, "cluster: a primary cut off", processes, signal.SIGSTOP, seconds, limits)


def sentinel_partition(room: Path, say: Say, *, seconds: float = 5.0, limits: Limits = BACK) -> Result:
    with servers.sentinel_set(room / "s") as (url, processes), Api(room, url) as api:
        return _lose(api, "sentinel: the primary cut off", processes, signal.SIGSTOP, seconds, limits)


def cluster_majority_lost(room: Path, say: Say, *, seconds: float = 5.0, limits: Limits | None = None) -> Result:
    """Two primaries of three and their replicas cut off: nobody may be chosen, so nothing may be answered."""
    promise = Promise("503 within 0.6 s once noticed (5 s), back within 10 s, 0 lost, 0 green from missing data")
    with servers.cluster(room / "c") as (url, processes), Api(room, url) as api:
        pids = [process.pid for process in processes.values()]
        Watch.prepare(api)
        servers.replicated(processes)
        with Watch(api) as watch:
            time.sleep(1.0)
            for pid in (*pids[:2], *pids[3:5]):
                os.kill(pid, signal.SIGSTOP)
            # The rest serves its own third, rightly, until it has noticed that it is alone.
            time.sleep(5.0)
            from_s = time.monotonic()
            time.sleep(seconds)
            to_s = time.monotonic()
            for pid in (*pids[:2], *pids[3:5]):
                os.kill(pid, signal.SIGCONT)
            time.sleep(10.0)
        lost = watch.lost()
    judge(promise, watch.seen, from_s, to_s, limits or Limits(out=CALLS, refused_s=0.6, back_s=10.0))
    promise.at_most("lost", len(lost), 0)
    return promise.result("cluster: majority cut off", len(watch.scores), len(lost))


def _lose(
    api: Api,
    fault: str,
    processes: dict[int, subprocess.Popen[bytes]],
    sign: signal.Signals,
    seconds: float,
    limits: Limits,
    durability: Durability = "standard",
) -> Result:
    """The first of the processes, a primary, is killed or stopped. What was taught before is on its replica."""
    victim = next(iter(processes.values()))
    lost_text = "0 lost" if durability == "strict" else "lost only what was not replicated (< 1 s)"
    promise = Promise(f"{_TEXT}, {lost_text}")
    Watch.prepare(api)
    servers.replicated(processes)
    with Watch(api) as watch:
        watch.settle()
        time.sleep(1.0)
        from_s = time.monotonic()
        victim.send_signal(sign)
        _await_back(watch, from_s, limits.back_s)
        if sign is signal.SIGSTOP:
            victim.send_signal(signal.SIGCONT)
        time.sleep(seconds)
        calm_s = time.monotonic()
        watch.settle()
    lost = watch.lost()
    outage_s = min(calm_s - from_s, _outage_s((one for one in watch.seen if one.sent_s < calm_s), from_s))
    # Judged as a whole: there is no moment from which all is well again, but the answers must be right throughout.
    judge(promise, watch.seen, from_s, from_s + outage_s, limits)
    promise.at_most("outage_s", outage_s, limits.back_s)
    promise.at_most("longest_loss_s", max((from_s - one.acknowledged_s for one in lost), default=0.0), limits.loss_s)
    if durability == "strict":
        promise.at_most("lost", len(lost), 0)
    return promise.result(fault, len(watch.scores), len(lost))


def _await_back(watch: Watch, from_s: float, limit_s: float) -> None:
    """Wait until for two seconds hardly anything was refused (see `_outage_s`), or the limit is long over."""
    while (waited_s := time.monotonic() - from_s) < min(4 * limit_s, 100.0):
        time.sleep(0.2)
        recent = [one for one in list(watch.seen)[-2000:] if one.done_s > time.monotonic() - 2.0]
        refused = sum(not one.answered for one in recent)
        if waited_s > 3.0 and recent and refused <= len(recent) / 10:
            return


def _outage_s(seen: Iterable[Seen], from_s: float) -> float:
    """How long until the answers came again, in seconds: the end of the last half second in which more than a tenth
    were refused. Fewer are strays of a busy machine, and noted as such."""
    asked, refused = Counter[int](), Counter[int]()
    for one in seen:
        if one.sent_s > from_s:
            asked[half := int(2 * (one.done_s - from_s))] += 1
            refused[half] += not one.answered
    return max(((half + 1) / 2 for half in asked if refused[half] > asked[half] / 10), default=0.0)
