"""`cuelight worker` delivers alerts to channels; `cuelight run` keeps one going beside the API."""

from __future__ import annotations

import os
import signal
import subprocess
import sys
import threading
import time
from collections.abc import Iterator
from contextlib import contextmanager

import click

from cuelight.cli.supervise import stop

_STOP_S = 6.0
"""What is being sent when the service is stopped may take so long; after that another worker sends it again."""
_LONG_LIFE_S = 60.0
_AGAIN_S = (0.5, 1.0, 2.0, 5.0, 15.0, 30.0)
"""Pause before each start in a row of a worker that ends by itself."""


@click.command()
@click.option(
    "--timeout", default=5.0, show_default=True, type=click.FloatRange(0.1, 30), help="Seconds a receiver has."
)
@click.option("--parent", type=int, hidden=True, help="End with this process.")
def worker(timeout: float, parent: int | None) -> None:
    """Deliver alerts to the channels and notes to the desks, and keep the archive, until Ctrl-C or SIGTERM.

    Several may run at once; one of them keeps the archive.
    """
    from cuelight.settings import Settings
    from cuelight.web import logs
    from cuelight.wiring.archive import following
    from cuelight.wiring.channels import open_sending
    from cuelight.wiring.month import loading_month
    from cuelight.wiring.notes import writing_notes
    from cuelight.wiring.notices import sending_notices

    if parent is not None:
        from cuelight.stores.embedded import die_with_parent

        die_with_parent()
        if os.getppid() != parent:
            sys.exit("the starting process has ended")
    settings = Settings()
    logs.configure(settings.log_level)
    with open_sending(settings, timeout) as sending:
        # First of all: told to stop while the rest still starts, and sends already, it ends in order as well.
        for number in (signal.SIGTERM, signal.SIGINT):
            signal.signal(number, lambda *_: sending.worker.stop())
        with (
            writing_notes(settings, sending.stores),
            sending_notices(settings, sending.stores, timeout),
            following(settings, sending.stores),
            loading_month(settings, sending.stores),
        ):
            sending.worker.run()


@contextmanager
def kept_worker() -> Iterator[None]:
    """A worker beside this process: started again if it ends by itself, ended with the block."""
    keeper = _Keeper()
    thread = threading.Thread(target=keeper.keep, name="worker-keeper", daemon=True)
    thread.start()
    try:
        yield
    finally:
        keeper.end()
        thread.join(_STOP_S + 2)


class _Keeper:
    """Starts and watches from one thread that stays: the worker's death signal is tied to it."""

    def __init__(self) -> None:
        self._ending = threading.Event()
        self._process: subprocess.Popen[bytes] | None = None
        self._lock = threading.Lock()

    def keep(self) -> None:
        ends = 0
        while not self._ending.is_set():
            started_s = time.monotonic()
            with self._lock:
                if self._ending.is_set():
                    return
                self._process = self._start()
            status = self._process.wait()
            # At Ctrl-C it hears of the end before we do.
            if self._ending.wait(0.5):
                return
            ends = 0 if time.monotonic() - started_s > _LONG_LIFE_S else ends + 1
            pause_s = _AGAIN_S[min(ends, len(_AGAIN_S) - 1)]
            click.echo(f"the worker ended by itself (status {status}); starting it again in {pause_s:g} s", err=True)
            self._ending.wait(pause_s)

    @staticmethod
    def _start() -> subprocess.Popen[bytes]:
        command = [
            sys.executable,
            "-c",
            "from cuelight.cli import main; main()",
            "worker",
            "--parent",
            str(os.getpid()),
        ]
        return subprocess.Popen(command, stdin=subprocess.DEVNULL)  # noqa: S603 - our own fixed command

    def end(self) -> None:
        with self._lock:
            self._ending.set()
            process = self._process
        stop(process, _STOP_S)
