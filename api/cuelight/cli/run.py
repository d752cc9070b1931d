"""`cuelight run` serves; `cuelight demo` serves with the sample desk and its sample customers."""

from __future__ import annotations

import os
import signal
import socket
import subprocess
import sys
import time
from collections.abc import Iterator
from contextlib import ExitStack, contextmanager
from typing import TYPE_CHECKING

import click

if TYPE_CHECKING:
    from cuelight.settings import Settings

_READY_S = 20.0
_STOP_S = 8.0


@click.command()
@click.option("--host", default="127.0.0.1", show_default=True, help="Address to listen on.")
@click.option("--port", default=8000, show_default=True, type=click.IntRange(1, 65535))
@click.option("--workers", default=2, show_default=True, type=click.IntRange(1, 64))
def run(host: str, port: int, workers: int) -> None:
    """Serve the API with its own store, or the one CUELIGHT_REDIS_URL names, until Ctrl-C."""
    from cuelight.settings import Settings

    with _service(Settings(), host, port, workers) as server:
        click.echo(f"Cuelight serves http://{host}:{port} (Ctrl-C stops it)", err=True)
        sys.exit(_until_stopped(server))


@click.command()
@click.option("--port", default=8000, show_default=True, type=click.IntRange(1, 65535))
def demo(port: int) -> None:
    """Serve on this machine with the sample desk, sample customers and GeoIP data, until Ctrl-C."""
    from cuelight.cli import demo_setup
    from cuelight.settings import Settings

    started = time.monotonic()
    settings = Settings(demo=True)
    demo_setup.fetch_geo(settings)
    with _service(settings, "127.0.0.1", port, workers=2) as server:
        key = demo_setup.make_key(Settings())  # read again: it names the running store now
        took_s = time.monotonic() - started
        click.echo(demo_setup.welcome(port, key, took_s))
        sys.stdout.flush()
        sys.exit(_until_stopped(server))


@contextmanager
def _service(settings: Settings, host: str, port: int, workers: int) -> Iterator[subprocess.Popen[bytes]]:
    """Store and API, started in this order and stopped in the other; nothing is left running."""
    from cuelight.stores.embedded import EmbeddedServer

    _check_port(host, port)
    # Shells start background jobs with Ctrl-C ignored; whoever sends it to us means it all the same.
    signal.signal(signal.SIGINT, signal.default_int_handler)
    # A plain `kill` ends us as Ctrl-C does: through the same clean-up.
    signal.signal(signal.SIGTERM, lambda *_: signal.raise_signal(signal.SIGINT))
    with ExitStack() as stack:
        if settings.redis_url is None:
            store = stack.enter_context(EmbeddedServer(settings.var_dir))
            # Workers of the API share the one server; they find it as they would any other.
            os.environ["CUELIGHT_REDIS_URL"] = store.url
        os.environ["CUELIGHT_DEMO"] = "1" if settings.demo else "0"
        server = stack.enter_context(_granian(host, port, workers))
        _await_ready(server, host, port)
        yield server


@contextmanager
def _granian(host: str, port: int, workers: int) -> Iterator[subprocess.Popen[bytes]]:
    from cuelight.stores.embedded import die_with_parent

    command = [sys.executable, "-m", "granian", "--interface", "wsgi", "--factory", "cuelight.app:wsgi"]
    command += ["--host", host, "--port", str(port), "--workers", str(workers)]
    # One slow client holds one thread; the store answers in a millisecond, so a few threads fill a core.
    command += ["--blocking-threads", "4", "--backlog", "1024", "--log-level", "warning", "--no-ws"]
    # A browser that keeps its connection open is no reason to keep people waiting at Ctrl-C.
    command += ["--workers-kill-timeout", "1"]
    server = subprocess.Popen(command, preexec_fn=die_with_parent)  # noqa: S603, PLW1509 - fixed command; no threads yet
    try:
        yield server
    finally:
        if server.poll() is None:
            server.terminate()
            try:
                server.wait(_STOP_S)
            except subprocess.TimeoutExpired:
                server.kill()
                server.wait()


def _until_stopped(server: subprocess.Popen[bytes]) -> int:
    """Exit status: 0 after Ctrl-C, the server's own if it ended by itself."""
    try:
        status = server.wait()
    except KeyboardInterrupt:
        click.echo("\nstopping …", err=True)
        return 0
    click.echo(f"the API server ended by itself (status {status}); its last lines above say why", err=True)
    return status or 1


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


def _await_ready(server: subprocess.Popen[bytes], host: str, port: int) -> None:
    import requests

    reachable = "127.0.0.1" if host == "0.0.0.0" else f"[{host}]" if ":" in host else host  # noqa: S104 - compared only
    deadline = time.monotonic() + _READY_S
    answer = "no answer yet"
    while time.monotonic() < deadline:
        if server.poll() is not None:
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
