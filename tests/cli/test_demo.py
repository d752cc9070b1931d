"""`cuelight demo` (what `make run` starts), as a process: ready, killed, started again, stopped with nothing left."""

from __future__ import annotations

import os
import re
import shutil
import signal
import subprocess
import sys
import time
from collections.abc import Iterator
from contextlib import suppress
from pathlib import Path
from typing import Any

import pytest
import requests
from tests.conftest import ROOT
from tests.stores import servers

SAMPLE_CHATS = ("1001", "1002", "1003", "1004", "1005", "1006")


def answered(session: requests.Session, method: str, url: str, **more: Any) -> requests.Response:
    """Asked again while a busy machine makes the store look slow."""
    for _ in range(100):
        reply = session.request(method, url, timeout=60, **more)
        if reply.status_code != 503:
            break
        time.sleep(0.2)
    return reply


class Demo:
    """One run of the command in a process group of its own."""

    def __init__(self, folder: Path, port: int) -> None:
        env = {**os.environ, "CUELIGHT_VAR_DIR": str(folder / "var"), "CUELIGHT_GEO_DIR": str(folder / "geo")}
        self.log = folder / f"demo-{time.monotonic_ns()}.log"
        with self.log.open("w") as log:
            self.process = subprocess.Popen(
                [sys.executable, "-c", "from cuelight.cli import main; main()", "demo", "--port", str(port)],
                env={**env, "PYTHONPATH": str(ROOT / "api")},
                stdout=log,
                stderr=subprocess.STDOUT,
                cwd=folder,
                start_new_session=True,
            )
        self.url = f"http://127.0.0.1:{port}"

    def wait_ready(self, limit_s: float = 90) -> str:
        """The API key it printed."""
        deadline = time.monotonic() + limit_s
        while time.monotonic() < deadline:
            found = re.search(r"API key\s+(\S+)", self.log.read_text())
            if found:
                return found.group(1)
            assert self.process.poll() is None, self.log.read_text()
            time.sleep(0.1)
        raise AssertionError(self.log.read_text())

    def ask(self, method: str, path: str, key: str, body: dict[str, str] | None = None) -> str:
        """The cue it answers with."""
        headers = {"Authorization": f"Bearer {key}"}
        reply = answered(requests.Session(), method, self.url + path, json=body, headers=headers)
        assert reply.status_code == 200, reply.text
        return str(reply.json()["cue"])

    def cue(self, key: str, chat: str) -> str:
        return self.ask("GET", f"/cues/{chat}", key)


@pytest.fixture
def folder(tmp_path: Path) -> Iterator[Path]:
    shutil.copytree(ROOT / "data" / "geo", tmp_path / "geo")
    yield tmp_path
    for pid in left_over(tmp_path):
        with suppress(ProcessLookupError):
            os.kill(pid, signal.SIGKILL)


def left_over(folder: Path) -> dict[int, str]:
    """Processes that still name the folder: the store does by its socket, the others by its environment."""
    found = {}
    for proc in Path("/proc").glob("[0-9]*"):
        try:
            named = str(folder).encode() in (proc / "environ").read_bytes() + (proc / "cmdline").read_bytes()
            command = (proc / "cmdline").read_bytes().replace(b"\0", b" ").decode()
        except OSError:
            continue
        if named and "pytest" not in command:
            found[int(proc.name)] = command
    return found


def gone(folder: Path, limit_s: float = 60) -> bool:
    deadline = time.monotonic() + limit_s
    while time.monotonic() < deadline:
        if not left_over(folder):
            return True
        time.sleep(0.1)
    return False


def enter_once(demo: Demo) -> None:
    """Both links it printed sign in, once each."""
    links = re.findall(rf"{demo.url}/console/enter/[\w-]+", demo.log.read_text())
    assert len(links) == 2
    for link in links:
        browser = requests.Session()
        for status in (303, 410):
            page = answered(browser, "GET", link)
            csrf = re.search(r'name="csrf" value="([^"]+)"', page.text)
            assert csrf is not None
            form, headers = {"csrf": csrf[1]}, {"Origin": demo.url}
            entered = answered(browser, "POST", link, data=form, headers=headers, allow_redirects=False)
            assert entered.status_code == status
        assert answered(browser, "GET", f"{demo.url}/console/health").status_code == 200


def test_killed_started_again_and_stopped(folder: Path) -> None:
    port = servers.free_port()
    first = Demo(folder, port)
    key = first.wait_ready()
    body = {"chat_id": "try-1", "customer_id": "u-1001", "ip": "81.2.69.142"}
    scored = first.ask("POST", "/score", key, body)
    cues = [first.cue(key, f"sample/demo/{chat}") for chat in SAMPLE_CHATS]
    assert cues[3:] == ["red", "red", "grey"]
    assert cues[0] == "green"
    assert answered(requests.Session(), "GET", f"{first.url}/demo/desk").status_code == 200
    enter_once(first)
    os.killpg(first.process.pid, signal.SIGKILL)
    assert gone(folder), left_over(folder)

    again = Demo(folder, port)
    key = again.wait_ready()
    assert again.cue(key, "api/default/try-1") == scored
    assert [again.cue(key, f"sample/demo/{chat}") for chat in SAMPLE_CHATS] == cues
    taken = Demo(folder, port)
    assert taken.process.wait(60) == 1
    assert f"cannot listen on 127.0.0.1:{port}" in taken.log.read_text()
    assert "Traceback" not in again.log.read_text()

    os.killpg(again.process.pid, signal.SIGINT)
    assert again.process.wait(60) == 0, again.log.read_text()
    assert gone(folder), left_over(folder)
