"""Keeps going what `cuelight run` started: an API server or store that was killed is started again."""

from __future__ import annotations

import subprocess
import sys
import time
from contextlib import suppress
from pathlib import Path
from types import TracebackType
from typing import TYPE_CHECKING, Self

import click

if TYPE_CHECKING:
    from cuelight.stores.embedded import EmbeddedServer

_STOP_S = 8.0
_LOOK_S = 0.1
"""How often both are looked at. With a start of half a second, the service is back well within two."""
_LONG_LIFE_S = 10.0
"""Ends further apart than this have nothing to do with each other."""
_AGAIN_S = (0.0, 0.0, 0.5, 1.0, 2.0, 5.0)
"""Pause before each start in a row. Never given up: it ran once, so what ails it may pass."""
_STORE_AGAIN_S = 5.0
"""How long to wait after a start of the store that failed: a full disk or a damaged file takes a person."""


def stop(process: subprocess.Popen[bytes] | None, patience_s: float) -> None:
    """Ask a process to end, and end it where it does not within `patience_s`. Nothing for one that has ended."""
    if process is None or process.poll() is not None:
        return
    process.terminate()
    try:
        process.wait(patience_s)
    except subprocess.TimeoutExpired:
        process.kill()
        process.wait()


class ApiServer:
    """The processes that serve the API: one that starts workers, and the workers."""

    def __init__(self, host: str, port: int, workers: int, threads: int = 4) -> None:
        self._command = [sys.executable, "-m", "granian", "--interface", "wsgi", "--factory", "cuelight.app:wsgi"]
        self._command += ["--host", host, "--port", str(port), "--workers", str(workers)]
        # One slow client holds one thread; the store answers in a millisecond, so a few threads fill a core.
        self._command += ["--blocking-threads", str(threads), "--backlog", "1024", "--log-level", "warning", "--no-ws"]
        # A browser that keeps its connection open is no reason to keep people waiting at Ctrl-C.
        self._command += ["--workers-kill-timeout", "1"]
        # One worker killed must not take the others down with it.
        self._command += ["--respawn-failed-workers", "--respawn-interval", "0.1"]
        self._process: subprocess.Popen[bytes] | None = None
        self._started_s = 0.0
        self._ends = 0
        self._seen: set[str] = set()

    def __enter__(self) -> Self:
        self._start()
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        stop(self._process, _STOP_S)

    def status(self) -> int | None:
        """None while it runs."""
        return self._process.poll() if self._process else None

    def workers_seen(self) -> set[str]:
        """The processes it has started until now, as far as they were seen: each look adds those of the moment."""
        if self._process is not None:
            with suppress(OSError):
                own = Path(f"/proc/{self._process.pid}/task/{self._process.pid}/children")
                self._seen.update(own.read_text().split())
        return self._seen

    def revive(self) -> None:
        """Start it again if it ended by itself, sooner the longer it lived."""
        status = self.status()
        if status is None:
            return
        self._ends = 0 if time.monotonic() - self._started_s > _LONG_LIFE_S else self._ends + 1
        pause_s = _AGAIN_S[min(self._ends, len(_AGAIN_S) - 1)]
        click.echo(f"the API server ended by itself (status {status}); starting it again in {pause_s} s", err=True)
        time.sleep(pause_s)
        self._start()

    def _start(self) -> None:
        from cuelight.stores.embedded import die_with_parent

        self._started_s = time.monotonic()
        self._process = subprocess.Popen(  # noqa: S603 - our own fixed command
            self._command,
            preexec_fn=die_with_parent,  # noqa: PLW1509 - one prctl call, and no thread of ours holds a lock it needs
        )


def watch(api: ApiServer, store: EmbeddedServer | None) -> None:
    """Until Ctrl-C."""
    from cuelight.core.errors import StoreUnavailable

    store_at_s = 0.0
    try:
        while True:
            time.sleep(_LOOK_S)
            if store is not None and time.monotonic() > store_at_s:
                try:
                    if store.revive():
                        click.echo("the embedded store ended by itself; it was started again", err=True)
                except StoreUnavailable as error:
                    store_at_s = time.monotonic() + _STORE_AGAIN_S
                    click.echo(f"{error}. Trying again in {_STORE_AGAIN_S:.0f} s", err=True)
            api.revive()
    except KeyboardInterrupt:
        click.echo("\nstopping …", err=True)
