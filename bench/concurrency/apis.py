"""Two API processes on one store, as two machines would run them."""

from __future__ import annotations

import os
import subprocess
import sys
import time
from collections.abc import Iterator
from contextlib import ExitStack, contextmanager, suppress
from pathlib import Path

from tests.stores import servers

from bench.faults.http import Connection, Unanswered

ROOT = Path(__file__).resolve().parents[2]
READY_S = 60.0


@contextmanager
def two_apis(redis_url: str, room: Path) -> Iterator[list[int]]:
    """Their ports, once both can decide."""
    environment = {name: value for name, value in os.environ.items() if not name.startswith("CUELIGHT_")}
    environment |= {
        "PYTHONPATH": str(ROOT / "api"),
        "CUELIGHT_REDIS_URL": redis_url,
        "CUELIGHT_VAR_DIR": str(room / "var"),
        "CUELIGHT_GEO_DIR": str(ROOT / "data" / "geo"),
        "CUELIGHT_DATA_DIR": str(ROOT / "data"),
        "CUELIGHT_LOG_LEVEL": "WARNING",
    }
    with ExitStack() as stack:
        ports = [servers.free_port() for _ in range(2)]
        started = [stack.enter_context(_api(port, environment, room)) for port in ports]
        for port, process in zip(ports, started, strict=True):
            _await_ready(port, process)
        yield ports


@contextmanager
def _api(port: int, environment: dict[str, str], room: Path) -> Iterator[subprocess.Popen[bytes]]:
    command = [sys.executable, "-m", "granian", "--interface", "wsgi", "--factory", "cuelight.app:wsgi", "--no-ws"]
    command += ["--host", "127.0.0.1", "--port", str(port), "--workers", "1", "--blocking-threads", "4"]
    with (room / f"api-{port}.log").open("wb") as log:
        process = subprocess.Popen(command, env=environment, stdin=subprocess.DEVNULL, stdout=log, stderr=log)
        try:
            yield process
        finally:
            process.terminate()
            with suppress(subprocess.TimeoutExpired):
                process.wait(20)
            process.kill()
            process.wait()


def _await_ready(port: int, process: subprocess.Popen[bytes]) -> None:
    deadline = time.monotonic() + READY_S
    while time.monotonic() < deadline and process.poll() is None:
        connection = Connection(port, "", 2.0)
        try:
            if connection.get("/readyz").status == 200:
                return
        except Unanswered:
            pass
        finally:
            connection.close()
        time.sleep(0.05)
    raise RuntimeError(f"the API on port {port} did not become ready")
