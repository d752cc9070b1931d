"""`cuelight run` serves; `cuelight demo` serves with the sample desk and its sample customers."""

from __future__ import annotations

import os
import signal
import socket
import sys
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

_READY_S = 60.0
"""A machine busy with other things takes its time; who waits sees that it is starting."""


@click.command()
@click.option("--host", default="127.0.0.1", show_default=True, help="Address to listen on.")
@click.option("--port", default=8000, show_default=True, type=click.IntRange(1, 65535))
@click.option("--workers", default=2, show_default=True, type=click.IntRange(1, 64))
def run(host: str, port: int, workers: int) -> None:
    """Serve the API with its own store, or the one CUELIGHT_REDIS_URL names, until Ctrl-C."""
    from cuelight.settings import Settings

    with _service(Settings(), host, port, workers) as (api, store):
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
    with _service(settings, "127.0.0.1", port, workers=2) as (api, store):
        key = demo_setup.make_key(Settings())  # read again: it names the running store now
        entrance = demo_operators.make_entrance(Settings())
        took_s = time.monotonic() - started
        click.echo(demo_setup.welcome(port, key, entrance, took_s))
        sys.stdout.flush()
        watch(api, store)


@contextmanager
def _service(
    settings: Settings, host: str, port: int, workers: int
) -> Iterator[tuple[ApiServer, EmbeddedServer | None]]:
    """Store and API, started in this order and stopped in the other; nothing is left running."""
    from cuelight.stores.embedded import EmbeddedServer

    _check_port(host, port)
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
        _await_ready(api, host, port)
        stack.enter_context(kept_worker())
        yield api, store


def _check_port(host: str, port: int) -> None:
    family = socket.AF_INET6 if ":" in host else socket.AF_INET
    with socket.socket(family, socket.SOCK_STREAM) as probe:
        probe.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        try:
            probe.bind((host, port))
        except OSError as error:
            raise click.ClickException(
                f"cannot listen on {host}:{port} ({error.strerror}): is another Cuelight running? Try PORT={port + 1}"
            ) from None


def _await_ready(api: ApiServer, host: str, port: int) -> None:
    import requests

    reachable = "127.0.0.1" if host == "0.0.0.0" else f"[{host}]" if ":" in host else host  # noqa: S104 - compared only
    deadline = time.monotonic() + _READY_S
    answer = "no answer yet"
    while time.monotonic() < deadline:
        if api.status() is not None:
            raise click.ClickException("the API server did not start; its lines above say why")
        try:
            reply = requests.get(f"http://{reachable}:{port}/readyz", timeout=1)
            if reply.ok:
                return
            answer = reply.text[:300]
        except requests.RequestException:
            pass
        time.sleep(0.05)
    raise click.ClickException(f"the API did not become ready within {_READY_S:.0f} s: {answer}")
