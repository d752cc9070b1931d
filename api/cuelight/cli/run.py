"""`cuelight run` serves; `cuelight demo` serves with the sample desk and its sample customers."""

from __future__ import annotations

import os
import signal
import socket
import sys
import threading
import time
from collections.abc import Iterator
from contextlib import ExitStack, contextmanager
from typing import TYPE_CHECKING

import click

from cuelight.cli.supervise import ApiServer, watch
from cuelight.cli.worker import kept_worker

if TYPE_CHECKING:
    from cuelight.settings import Settings
    from cuelight.stores.embedded import EmbeddedServer

_READY_S = 300.0
"""A machine busy with other things takes its time: as long as its processes live, they are waited for."""
_LOOK_S = 0.05
_TELL_S = 10.0
"""How often who waits is told that it is still starting."""
_TRIES = 3
"""Workers that ended so often before the first answer will not do better the next time."""


@click.command()
@click.option("--host", default="127.0.0.1", show_default=True, help="Address to listen on.")
@click.option("--port", default=8000, show_default=True, type=click.IntRange(1, 65535))
@click.option("--workers", default=2, show_default=True, type=click.IntRange(1, 64))
def run(host: str, port: int, workers: int) -> None:
    """Serve the API with its own store, or the one CUELIGHT_REDIS_URL names, until Ctrl-C."""
    from cuelight.settings import Settings

    with _service(Settings(), host, port, workers, "--port") as (api, store):
        click.echo(f"Cuelight serves http://{host}:{port} (Ctrl-C stops it)", err=True)
        watch(api, store)


@click.command()
@click.option("--port", default=8000, show_default=True, type=click.IntRange(1, 65535))
def demo(port: int) -> None:
    """Serve on this machine with the sample desk, sample customers and GeoIP data, until Ctrl-C."""
    from cuelight.cli import demo_operators, demo_setup
    from cuelight.settings import Settings

    started = time.monotonic()
    settings = Settings(demo=True)
    demo_setup.fetch_geo(settings)
    with _service(settings, "127.0.0.1", port, 2, "make run PORT") as (api, store):
        key = demo_setup.make_key(Settings())  # read again: it names the running store now
        entrance = demo_operators.make_entrance(Settings())
        took_s = time.monotonic() - started
        click.echo(demo_setup.welcome(port, key, entrance, took_s))
        sys.stdout.flush()
        watch(api, store)


@contextmanager
def _service(
    settings: Settings, host: str, port: int, workers: int, port_option: str
) -> Iterator[tuple[ApiServer, EmbeddedServer | None]]:
    """Store and API, started in this order and stopped in the other; nothing is left running."""
    from cuelight.stores.embedded import EmbeddedServer

    _check_settings(settings)
    _check_port(host, port, port_option)
    # Shells start background jobs with Ctrl-C ignored; whoever sends it to us means it all the same.
    signal.signal(signal.SIGINT, signal.default_int_handler)
    # A plain `kill` ends us as Ctrl-C does: through the same clean-up.
    signal.signal(signal.SIGTERM, lambda *_: signal.raise_signal(signal.SIGINT))
    store = None
    with ExitStack() as stack:
        if settings.redis_url is None:
            store = stack.enter_context(EmbeddedServer(settings.var_dir, settings.durability))
            # Workers of the API share the one server; they find it as they would any other.
            os.environ["CUELIGHT_REDIS_URL"] = store.url
        os.environ["CUELIGHT_DEMO"] = "1" if settings.demo else "0"
        api = stack.enter_context(ApiServer(host, port, workers, settings.threads))
        _await_ready(api, host, port, workers)
        stack.enter_context(kept_worker())
        yield api, store


def _check_settings(settings: Settings) -> None:
    """Before anything is started: a worker that cannot start would say the same, but again and again."""
    from cuelight.wiring.checking import start_found

    found = list(start_found(settings))
    for state, text in found:
        if state is None:
            click.echo(f"note: {text}", err=True)
    if wrong := [text for state, text in found if state is False]:
        raise click.ClickException("\n".join(wrong))


def _check_port(host: str, port: int, option: str) -> None:
    family = socket.AF_INET6 if ":" in host else socket.AF_INET
    with socket.socket(family, socket.SOCK_STREAM) as probe:
        probe.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        try:
            probe.bind((host, port))
        except OSError as error:
            other = f"{option}{'=' if option.endswith('PORT') else ' '}{port + 1 if port < 65535 else port - 1}"
            raise click.ClickException(
                f"cannot listen on {host}:{port} ({error.strerror}): is another Cuelight running? Try {other}"
            ) from None


def _await_ready(api: ApiServer, host: str, port: int, workers: int) -> None:
    """As long as its processes live. Somebody else asks meanwhile: a port that is open and silent takes a while."""
    asking = _Asking("127.0.0.1" if host == "0.0.0.0" else f"[{host}]" if ":" in host else host, port)  # noqa: S104 - compared only
    started_s = told_s = time.monotonic()
    try:
        while not asking.ready.wait(_LOOK_S):
            # One process beside the workers watches over what they share.
            if api.status() is not None or len(api.workers_seen()) > _TRIES * workers + 1:
                raise click.ClickException("the API server did not start; its lines above say why")
            if (now_s := time.monotonic()) > started_s + _READY_S:
                raise click.ClickException(f"the API did not become ready within {_READY_S:.0f} s: {asking.answer}")
            if now_s > told_s + _TELL_S:
                told_s = now_s
                click.echo(f"still starting ({now_s - started_s:.0f} s): {asking.answer}", err=True)
    finally:
        asking.ended.set()


class _Asking:
    """Asks from a thread of its own whether the API is ready, until it is or nobody waits any more."""

    def __init__(self, host: str, port: int) -> None:
        self.ready, self.ended = threading.Event(), threading.Event()
        self.answer = "no answer yet"
        self._url = f"http://{host}:{port}/readyz"
        threading.Thread(target=self._ask, name="is-it-ready", daemon=True).start()

    def _ask(self) -> None:
        import requests

        while not self.ended.wait(_LOOK_S):
            try:
                reply = requests.get(self._url, timeout=2)
            except requests.RequestException:
                continue
            if reply.ok:
                self.ready.set()
                return
            self.answer = reply.text[:300]
