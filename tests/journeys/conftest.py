"""`cuelight demo` as people start it, in a process of its own that tests may stop, hang and start again."""

from __future__ import annotations

import os
import shutil
import signal
import socket
import subprocess
import sys
import tempfile
import time
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
import requests
from playwright.sync_api import BrowserContext, Playwright
from tests.extension.browser import with_extension
from tests.web.demo import places

READY_S = 90


class Demo:
    """The running command. Everything it starts shares its process group, so that a power cut can be played."""

    def __init__(self, folder: Path) -> None:
        self.folder = folder
        # Bound and never listened on, so that nobody else is given the port, before the start or between two.
        self.place = socket.socket()
        for option in (socket.SO_REUSEADDR, socket.SO_REUSEPORT):
            self.place.setsockopt(socket.SOL_SOCKET, option, 1)
        self.place.bind(("127.0.0.1", 0))
        self.port = int(self.place.getsockname()[1])
        self.process: subprocess.Popen[bytes] | None = None

    @property
    def url(self) -> str:
        return f"http://127.0.0.1:{self.port}"

    @property
    def desk_url(self) -> str:
        return f"{self.url}/demo/desk"

    def start(self) -> None:
        command = [str(Path(sys.executable).with_name("cuelight")), "demo", "--port", str(self.port)]
        environment = {
            **os.environ,
            "CUELIGHT_VAR_DIR": str(self.folder / "var"),
            "CUELIGHT_GEO_DIR": str(self.folder / "geo"),
            "CUELIGHT_LOG_LEVEL": "ERROR",
        }
        with (self.folder / "log").open("ab") as log:
            self.process = subprocess.Popen(command, env=environment, stdout=log, stderr=log, start_new_session=True)
        deadline = time.monotonic() + READY_S
        while time.monotonic() < deadline:
            if self.process.poll() is not None:
                break
            try:
                if requests.get(f"{self.url}/demo/desk.json", timeout=1).ok and self.cue("1001")["cue"] != "grey":
                    return
            except (requests.RequestException, KeyError):
                pass
            time.sleep(0.1)
        raise AssertionError(f"not ready: {(self.folder / 'log').read_text()[-2000:]}")

    def signal(self, number: signal.Signals) -> None:
        if self.process is not None:
            os.killpg(self.process.pid, number)

    def kill(self) -> None:
        """At once and without a word, as a power cut does."""
        if self.process is not None:
            self.signal(signal.SIGKILL)
            self.process.wait()
            self.process = None

    def end(self) -> None:
        """As Ctrl-C does."""
        if self.process is not None:
            self.process.send_signal(signal.SIGINT)
            try:
                self.process.wait(15)
            except subprocess.TimeoutExpired:
                self.kill()
            self.process = None

    @property
    def key(self) -> str:
        """The key the sample desk's page uses: scopes cue and outcome, the same after every start."""
        return str(requests.get(f"{self.url}/demo/desk.json", timeout=5).json()["key"])

    def cue(self, chat_id: str) -> dict[str, Any]:
        headers = {"Authorization": f"Bearer {self.key}"}
        reply = requests.get(f"{self.url}/cues/sample/demo/{chat_id}", headers=headers, timeout=5)
        found: dict[str, Any] = reply.json()
        return found


@pytest.fixture(scope="package")
def demo() -> Iterator[Demo]:
    folder = Path(tempfile.mkdtemp(prefix="cue"))  # short: the store's socket lives below it
    places.write(folder / "geo")
    running = Demo(folder)
    try:
        running.start()
        yield running
    finally:
        running.end()
        running.place.close()
        shutil.rmtree(folder, ignore_errors=True)


@pytest.fixture(scope="package")
def chrome_with_extension(driver: Playwright, tmp_path_factory: pytest.TempPathFactory) -> Iterator[BrowserContext]:
    with with_extension(driver, tmp_path_factory.mktemp("profile")) as context:
        yield context
