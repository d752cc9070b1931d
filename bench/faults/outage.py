"""The store down, hung and slow: a server of one's own, asked through the API all the while."""

from __future__ import annotations

import os
import signal
from collections.abc import Callable, Iterator
from contextlib import AbstractContextManager, ExitStack, contextmanager
from dataclasses import dataclass
from pathlib import Path

from tests.stores import servers

from bench.faults.api import Api
from bench.faults.proxy import Proxy
from bench.faults.result import Promise, Result
from bench.faults.watch import CALLS, Limits, Watch, judge
from cuelight.stores.embedded import server_binary

_TEXT = "503 within 0.5 s, back within 2 s, 0 lost, 0 green from missing data"
OUT = Limits(out=CALLS)
UP = Limits(up=CALLS)


def own_server(folder: Path) -> AbstractContextManager[tuple[str, servers.subprocess.Popen[bytes]]]:
    """A server as an operator would run it who wants no acknowledged write lost."""
    return servers.plain(server_binary(), folder, "--appendfsync", "always")


@dataclass(slots=True)
class Site:
    """An API whose store is reached by way of a proxy; the server can be another one later."""

    api: Api
    proxy: Proxy
    server: servers.subprocess.Popen[bytes]
    room: Path
    stack: ExitStack

    def kill(self) -> None:
        self.server.kill()
        self.server.wait()

    def start_again(self) -> None:
        _, self.server = self.stack.enter_context(own_server(self.room))


@contextmanager
def site(room: Path) -> Iterator[Site]:
    """One for each fault, or for several, one after the other."""
    with ExitStack() as stack:
        url, server = stack.enter_context(own_server(room / "own"))
        proxy = stack.enter_context(Proxy(url.removeprefix("unix://")))
        api = stack.enter_context(Api(room, proxy.url))
        Watch.prepare(api)
        yield Site(api, proxy, server, room / "own", stack)


def down(here: Site, *, seconds: float = 3.0, limits: Limits = OUT) -> Result:
    return _ask_through(here, "store down", here.kill, here.start_again, seconds, limits, _TEXT)


def hung(here: Site, *, seconds: float = 3.0, askers: int = 32, limits: Limits = OUT) -> Result:
    """More ask at once than the API has threads: nobody may wait in a queue of those who wait."""
    return _ask_through(
        here,
        "store hung",
        lambda: os.kill(here.server.pid, signal.SIGSTOP),
        lambda: os.kill(here.server.pid, signal.SIGCONT),
        seconds,
        limits,
        _TEXT,
        askers,
    )


def slow(here: Site, *, delay_s: float, seconds: float = 3.0, limits: Limits = OUT) -> Result:
    """Every answer of the store so much later."""
    text = "all answered" if limits.up else "answered or 503" if not limits.out else "503"
    return _ask_through(
        here,
        f"store slower by {delay_s * 1000:,.0f} ms",
        lambda: setattr(here.proxy, "delay_s", delay_s),
        lambda: setattr(here.proxy, "delay_s", 0.0),
        seconds,
        limits,
        f"{text} within 0.5 s, back within 2 s, 0 lost, 0 green from missing data",
    )


def _ask_through(
    here: Site,
    fault: str,
    begin: Callable[[], object],
    end: Callable[[], object],
    seconds: float,
    limits: Limits,
    text: str,
    askers: int = 4,
) -> Result:
    with Watch(here.api, threads=askers) as watch:
        from_s, to_s = watch.through(begin, end, seconds, limits.out)
    lost = watch.lost()
    promise = Promise(text)
    judge(promise, watch.seen, from_s, to_s, limits)
    slowest = max((one.took_s for one in watch.seen if from_s < one.sent_s < to_s), default=0.0)
    promise.at_most("slowest_answer_s", slowest, limits.refused_s)
    promise.at_most("lost", len(lost), 0)
    return promise.result(fault, len(watch.scores), len(lost))
