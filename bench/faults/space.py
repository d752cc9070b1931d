"""No room: the store is out of memory, its disk is full, or it became a replica that may only be read."""

from __future__ import annotations

import os
import resource
import signal
import time
from collections.abc import Callable
from contextlib import suppress
from pathlib import Path

from redis import Redis
from redis.exceptions import RedisError, ResponseError

from bench.faults.api import PATIENCE_S, Api
from bench.faults.outage import own_server
from bench.faults.result import Promise, Result
from bench.faults.watch import Limits, Watch, judge
from cuelight.stores import keys

Say = Callable[[str], None]
READS_GO_ON = Limits(out=frozenset({"score"}), up=frozenset({"cue"}))


def out_of_memory(room: Path, say: Say, *, seconds: float = 3.0, limits: Limits = READS_GO_ON) -> Result:
    return _refusing_writes(
        room, "out of memory", ("CONFIG", "SET", "maxmemory", "1"), ("CONFIG", "SET", "maxmemory", "0"), seconds, limits
    )


def read_only(room: Path, say: Say, *, seconds: float = 3.0, limits: Limits = READS_GO_ON) -> Result:
    """A replica whose primary is away; it still has all data."""
    return _refusing_writes(
        room, "read-only replica", ("REPLICAOF", "127.0.0.1", "1"), ("REPLICAOF", "NO", "ONE"), seconds, limits
    )


def _refusing_writes(
    room: Path, fault: str, begin: tuple[str, ...], end: tuple[str, ...], seconds: float, limits: Limits
) -> Result:
    promise = Promise("cues go on, scores 503 within 0.5 s, back within 2 s, 0 lost, 0 green from missing data")
    with own_server(room / "own") as (url, _), Api(room, url) as api, Redis.from_url(url) as admin:
        Watch.prepare(api)
        with Watch(api) as watch:
            from_s, to_s = watch.through(
                lambda: admin.execute_command(*begin), lambda: admin.execute_command(*end), seconds, limits.out
            )
        lost = watch.lost()
    judge(promise, watch.seen, from_s, to_s, limits)
    promise.at_most("lost", len(lost), 0)
    return promise.result(fault, len(watch.scores), len(lost))


def disk_full(
    room: Path, say: Say, *, killed: bool = False, seconds: float = 3.0, limits: Limits = READS_GO_ON
) -> Result:
    """The embedded server may not write on (a limit on the length of its files); with `killed`, it dies meanwhile.

    What was answered in the very moment the disk filled up is in the server's memory only: it is written as soon as
    there is room, and lost if the server is killed first.
    """
    promise = Promise(
        "at most the answers of the moment it filled up are lost"
        if killed
        else "cues go on, scores 503 within 0.5 s, back within 2 s, 0 lost given room again, 0 green from missing data"
    )
    with Api(room) as api:
        Watch.prepare(api)
        with Watch(api) as watch:
            room_left = _NoRoom(api.store(), room / "var" / "store" / "appendonlydir")

            def begin() -> None:
                room_left.take()
                _fill(room / "var" / "store" / "s.sock")

            def end() -> None:
                if killed:
                    os.kill(api.store(), signal.SIGKILL)
                room_left.give()

            from_s, to_s = watch.through(begin, end, seconds, limits.out)
        os.kill(api.store(), signal.SIGKILL)  # what is found now was on the way to disk, not in memory
        api.await_ready()
        lost = watch.lost()
    if killed:
        judge(promise, watch.seen, from_s, to_s, Limits(refused_s=limits.refused_s, back_s=limits.back_s))
        promise.at_most("lost", len(lost), 4)
        return promise.result("disk full, and the server killed", len(watch.scores), len(lost))
    judge(promise, watch.seen, from_s, to_s, limits)
    promise.at_most("lost", len(lost), 0)
    return promise.result("disk full", len(watch.scores), len(lost))


def _fill(socket: Path) -> None:
    """Write until it is refused: the server answers the first write that it cannot keep, and then none."""
    deadline = time.monotonic() + PATIENCE_S
    with Redis(unix_socket_path=str(socket)) as client:
        while time.monotonic() < deadline:
            try:
                client.set(keys.MARK, 1, ex=keys.MARK_TTL_S)
            except ResponseError:
                return
            except RedisError:
                continue  # a busy machine
    raise AssertionError("the server goes on writing")


class _NoRoom:
    """A process that may not make its files longer than the longest is now."""

    def __init__(self, pid: int, folder: Path) -> None:
        self._pid = pid
        self._folder = folder

    def take(self) -> None:
        length = max(path.stat().st_size for path in self._folder.iterdir())
        _, hard = resource.prlimit(self._pid, resource.RLIMIT_FSIZE)
        resource.prlimit(self._pid, resource.RLIMIT_FSIZE, (length, hard))

    def give(self) -> None:
        with suppress(ProcessLookupError):  # killed meanwhile; the one that took its place has no limit
            _, hard = resource.prlimit(self._pid, resource.RLIMIT_FSIZE)
            resource.prlimit(self._pid, resource.RLIMIT_FSIZE, (hard, hard))
