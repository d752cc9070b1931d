"""A power cut: what the server had not synced to disk is gone. How much that is depends on the durability profile.

The server runs under `tracer.py`, which writes down how long each file was when a sync of it began that completed.
The cut: the server is killed under load and every file of its append-only folder is cut back to that length. What
this leaves out is told in docs/reliability.md.
"""

from __future__ import annotations

import fcntl
import os
import subprocess
import sys
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path

from bench.faults import tracer
from bench.faults.api import PATIENCE_S, ROOT, Api
from bench.faults.ledger import look_up, outbox
from bench.faults.load import Acknowledged, Load
from bench.faults.result import Promise, Result
from cuelight.stores.embedded import Durability, EmbeddedServer

Say = Callable[[str], None]
_CHATS_A_CUT = 100_000
BOUND_S: dict[Durability, float] = {"standard": 2.0, "strict": 0.0}


@dataclass(frozen=True, slots=True)
class Cut:
    """One cut: when, when the last sync before it began, what was acknowledged, and which of it is gone."""

    at_s: float
    synced_s: float
    acknowledged: int
    gone: list[Acknowledged]
    cut_bytes: int

    @property
    def window_s(self) -> float:
        """How long before the cut the earliest loss was acknowledged."""
        return max((self.at_s - one.acknowledged_s for one in self.gone), default=0.0)

    @property
    def gone_though_synced(self) -> int:
        """Losses that had been acknowledged when the last sync began."""
        return sum(one.acknowledged_s < self.synced_s for one in self.gone)


def cut_power(
    room: Path,
    say: Say,
    *,
    durability: Durability = "standard",
    cuts: int = 5,
    under_load_s: float = 4.0,
    bound_s: float | None = None,
) -> Result:
    bound_s = BOUND_S[durability] if bound_s is None else bound_s
    promise = Promise(f"nothing acknowledged {bound_s:g} s before the cut is lost" if bound_s else "0 lost")
    made: list[Cut] = []
    # The cuts fall at different moments between two syncs, not always at the same.
    for number in range(cuts):
        made.append(_cut(room / str(number), durability, under_load_s + 0.23 * number))
        say(f"cut {number + 1} of {cuts}: {made[-1].acknowledged:,} acknowledged, {len(made[-1].gone)} gone")
    promise.note(cuts=cuts, bytes_cut_off=sum(cut.cut_bytes for cut in made))
    promise.at_most("gone_though_synced", sum(cut.gone_though_synced for cut in made), 0)
    promise.at_most("longest_loss_s", max(cut.window_s for cut in made), bound_s)
    lost = sum(len(cut.gone) for cut in made)
    if durability == "strict":
        promise.at_most("lost", lost, 0)
    return promise.result(f"power cut, {durability}", sum(cut.acknowledged for cut in made), lost)


def _cut(room: Path, durability: Durability, under_load_s: float) -> Cut:
    room.mkdir(parents=True)
    with traced_store(room, durability) as (starter, url):
        with Api(room, url, CUELIGHT_DURABILITY=durability) as api:
            api.prepare(2_000)
            with Load(api, 0, _CHATS_A_CUT, processes=1) as load:
                load.await_acknowledged(50)
                _await_sync(room / "syncs", time.monotonic())
                time.sleep(under_load_s)
                at_s = time.monotonic()
                kill_traced(starter, room / "var")
                acknowledged = load.stop()
        synced_s, cut_bytes = _cut_back(room / "var" / "store" / "appendonlydir", room / "syncs")
        with EmbeddedServer(room / "var", durability):
            service = api.service()
            found = look_up(service, acknowledged, outbox(service))
            service.close()
    damaged = {*found.not_in_history, *found.not_in_outbox, *found.doubled}
    gone = {one.number: one for one in (*found.lost, *found.changed)}
    gone |= {one.number: one for one in acknowledged if one.number in damaged}
    return Cut(at_s, synced_s, len(acknowledged), list(gone.values()), cut_bytes)


@contextmanager
def traced_store(
    room: Path, durability: Durability, hold_s: float = 0.0
) -> Iterator[tuple[subprocess.Popen[str], str]]:
    """An embedded server and the process that keeps it, under the tracer, and its URL. Its log is `room/syncs`."""
    command = [sys.executable, str(tracer.__file__), str(room / "syncs"), str(hold_s)]
    command += [sys.executable, "-m", "bench.faults.store", str(room / "var"), durability]
    starter = subprocess.Popen(
        command,
        cwd=ROOT,
        env={"PYTHONPATH": f"{ROOT}:{ROOT / 'api'}"},
        stdin=subprocess.PIPE,
        stdout=subprocess.PIPE,
        text=True,
    )
    assert starter.stdout is not None
    try:
        yield starter, starter.stdout.readline().strip()
    finally:
        starter.kill()
        starter.communicate()


def kill_traced(starter: subprocess.Popen[str], var: Path) -> None:
    """With the tracer goes all it traced; the server is gone when its lock is free."""
    starter.kill()
    starter.wait()
    with (var / "store" / "lock").open("rb") as lock:
        fcntl.flock(lock, fcntl.LOCK_EX)


def _await_sync(log: Path, since_s: float) -> None:
    """Wait until one is complete that began later than this: the cut has something to leave."""
    deadline = time.monotonic() + PATIENCE_S
    while not any(began_s > since_s for began_s, _ in _syncs(log).values()):
        assert time.monotonic() < deadline, "nothing was synced"
        time.sleep(0.05)


def _syncs(log: Path) -> dict[tuple[int, int], tuple[float, int]]:
    """Of each file by device and inode: when its last sync began, and how long it was then."""
    found: dict[tuple[int, int], tuple[float, int]] = {}
    for line in log.read_text().splitlines(keepends=True):
        if line.endswith("\n"):  # else it is still being written
            began_s, device, inode, length = line.split()
            file = int(device), int(inode)
            found[file] = max(found.get(file, (0.0, 0)), (float(began_s), int(length)))
    return found


def _cut_back(folder: Path, log: Path) -> tuple[float, int]:
    """Cut each file to what was synced of it last. When that sync of the newest began, and the bytes that went."""
    syncs, gone, newest_s = _syncs(log), 0, 0.0
    for path in folder.iterdir():
        found = path.stat()
        began_s, synced = syncs.get((found.st_dev, found.st_ino), (0.0, 0))
        length = min(found.st_size, synced)
        gone += found.st_size - length
        if path.suffix == ".aof":
            newest_s = max(newest_s, began_s)
        os.truncate(path, length)
    return newest_s, gone
