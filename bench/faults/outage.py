"""The store down, hung and slow: a server of one's own, asked through the API all the while."""

from __future__ import annotations

import os
import signal
from collections.abc import Callable
from contextlib import AbstractContextManager, ExitStack
from pathlib import Path

from tests.stores import servers

from bench.faults.api import Api
from bench.faults.proxy import Proxy
from bench.faults.result import Promise, Result
from bench.faults.watch import CALLS, Limits, Watch, judge
from cuelight.stores.embedded import server_binary

Say = Callable[[str], None]
_TEXT = "503 within 0.5 s, back within 2 s, 0 lost, 0 green from missing data"
OUT = Limits(out=CALLS)
UP = Limits(up=CALLS)


def own_server(folder: Path) -> AbstractContextManager[tuple[str, servers.subprocess.Popen[bytes]]]:
    """A server as an operator would run it who wants no acknowledged write lost."""
    return servers.plain(server_binary(), folder, "--appendfsync", "always")


def down(room: Path, say: Say, *, seconds: float = 3.0, limits: Limits = OUT) -> Result:
    with own_server(room / "own") as (url, server), Api(room, url) as api, ExitStack() as again:

        def kill() -> None:
            server.kill()
            server.wait()

        return _ask_through(
            api, "store down", kill, lambda: again.enter_context(own_server(room / "own")), seconds, limits, _TEXT
        )


def hung(room: Path, say: Say, *, seconds: float = 3.0, askers: int = 32, limits: Limits = OUT) -> Result:
    """More ask at once than the API has threads: nobody may wait in a queue of those who wait."""
    with own_server(room / "own") as (url, server), Api(room, url) as api:
        return _ask_through(
            api,
            "store hung",
            lambda: os.kill(server.pid, signal.SIGSTOP),
            lambda: os.kill(server.pid, signal.SIGCONT),
            seconds,
            limits,
            _TEXT,
            askers,
        )


def slow(room: Path, say: Say, *, delay_s: float, seconds: float = 3.0, limits: Limits = OUT) -> Result:
    """Every answer of the store so much later."""
    text = "all answered" if limits.up else "answered or 503" if not limits.out else "503"
    with (
        own_server(room / "own") as (url, _),
        Proxy(url.removeprefix("unix://")) as proxy,
        Api(room, proxy.url) as api,
    ):
        return _ask_through(
            api,
            f"store slower by {delay_s * 1000:,.0f} ms",
            lambda: setattr(proxy, "delay_s", delay_s),
            lambda: setattr(proxy, "delay_s", 0.0),
            seconds,
            limits,
            f"{text} within 0.5 s, back within 2 s, 0 lost, 0 green from missing data",
        )


def _ask_through(
    api: Api,
    fault: str,
    begin: Callable[[], object],
    end: Callable[[], object],
    seconds: float,
    limits: Limits,
    text: str,
    askers: int = 4,
) -> Result:
    Watch.prepare(api)
    with Watch(api, threads=askers) as watch:
        from_s, to_s = watch.through(begin, end, seconds, limits.out)
    lost = watch.lost()
    promise = Promise(text)
    judge(promise, watch.seen, from_s, to_s, limits)
    slowest = max((one.took_s for one in watch.seen if from_s < one.sent_s < to_s), default=0.0)
    promise.at_most("slowest_answer_s", slowest, limits.refused_s)
    promise.at_most("lost", len(lost), 0)
    return promise.result(fault, len(watch.scores), len(lost))
