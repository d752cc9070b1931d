"""`cuelight run` as a process, with a key to ask it; and its parts as they can be killed."""

from __future__ import annotations

import os
import signal
import subprocess
import sys
import time
from collections.abc import Callable
from contextlib import closing, suppress
from dataclasses import dataclass
from datetime import UTC, datetime
from pathlib import Path
from typing import Self, TypeVar

import orjson
from tests.stores import servers

from bench.faults import contacts
from bench.faults.http import Connection, Unanswered
from cuelight.app import Service, open_service
from cuelight.core.errors import Conflict, StoreUnavailable
from cuelight.settings import Settings
from cuelight.stores import open_stores
from cuelight.stores.codec import Corrupt
from cuelight.web.auth import SCOPES, mint

ROOT = Path(__file__).resolve().parent.parent.parent
PATIENCE_S = 150.0
"""How long to wait for what must come, on a machine busy with other things."""


Found = TypeVar("Found")


def patiently(ask: Callable[[], Found]) -> Found:
    """Ask the store again while it seems too slow: on a busy machine that is the machine's doing."""
    deadline = time.monotonic() + PATIENCE_S
    while True:
        try:
            return ask()
        except Corrupt:
            raise  # no machine is that busy
        except StoreUnavailable:
            if time.monotonic() > deadline:
                raise
            time.sleep(0.1)


@dataclass(frozen=True, slots=True)
class Proc:
    """One row of the process table."""

    pid: int
    parent: int
    command: str


def children(pid: int) -> list[Proc]:
    found = []
    for folder in Path("/proc").glob("[0-9]*"):
        try:
            parent = int((folder / "stat").read_text().rpartition(")")[2].split()[1])
            command = (folder / "cmdline").read_bytes().replace(b"\0", b" ").decode()
        except (OSError, ValueError):
            continue
        if parent == pid and command:
            found.append(Proc(int(folder.name), parent, command))
    return sorted(found, key=lambda process: process.pid)


class Api:
    """`with Api(room) as api`: served from the embedded store in `room`, or from the one a URL names."""

    def __init__(self, room: Path, redis_url: str | None = None, **environment: str) -> None:
        self.room = room
        self.settings = Settings(
            var_dir=room / "var",
            geo_dir=ROOT / "data" / "geo",
            data_dir=ROOT / "data",
            redis_url=redis_url,  # type: ignore[arg-type]
        )
        self._environment = environment
        self._process: subprocess.Popen[bytes] | None = None
        self._held = 0
        self.port = 0
        self.token = ""

    def __enter__(self) -> Self:
        url = self.settings.redis_url.get_secret_value() if self.settings.redis_url else None
        with closing(open_stores(url, self.settings.var_dir, patient=True)) as stores:
            patiently(stores.claim)
            key, self.token, digest = mint("faults", SCOPES, datetime.now(UTC))
            with suppress(Conflict):  # added by a try that was not answered in time
                patiently(lambda: stores.keys.add(key, digest))
        self.port = servers.free_port()
        environment = {name: value for name, value in os.environ.items() if not name.startswith("CUELIGHT_")}
        environment |= {
            "PYTHONPATH": str(ROOT / "api"),
            "CUELIGHT_VAR_DIR": str(self.settings.var_dir),
            "CUELIGHT_GEO_DIR": str(self.settings.geo_dir),
            "CUELIGHT_LOG_LEVEL": "WARNING",
            **({"CUELIGHT_REDIS_URL": url} if url else {}),
            **self._environment,
        }
        command = [sys.executable, "-c", "from cuelight.cli import main; main()", "run", "--port", str(self.port)]
        with (self.room / "api.log").open("ab") as log:
            self._process = subprocess.Popen(
                command, env=environment, stdin=subprocess.DEVNULL, stdout=log, stderr=log, cwd=self.room
            )
        self.await_ready()
        self._hold_worker()
        return self

    def __exit__(self, *_: object) -> None:
        process = self._running()
        with suppress(ProcessLookupError):
            os.kill(self._held, signal.SIGCONT)
        process.terminate()
        try:
            process.wait(PATIENCE_S)
        except subprocess.TimeoutExpired:
            process.kill()
            process.wait()

    def _hold_worker(self) -> None:
        """Keep the one that delivers alerts still: what it has taken out of the outbox could not be counted."""
        deadline = time.monotonic() + PATIENCE_S
        while not self._held:
            try:
                self._held = self._child(" worker ")
            except LookupError:
                if time.monotonic() > deadline:
                    raise
                time.sleep(0.02)
        os.kill(self._held, signal.SIGSTOP)

    def connection(self, timeout_s: float = 5.0) -> Connection:
        return Connection(self.port, self.token, timeout_s)

    def service(self) -> Service:
        """The same service, opened here beside it: to look into the store."""
        return open_service(self.settings)

    def server(self) -> int:
        """The process that starts the workers."""
        return self._child("granian")

    def workers(self) -> list[int]:
        try:
            return [process.pid for process in children(self.server()) if "resource_tracker" not in process.command]
        except LookupError:
            return []

    def store(self) -> int:
        """The embedded server."""
        return self._child("s.sock")

    def await_ready(self) -> float:
        """Wait until it can decide; how long that took, in seconds."""
        started = time.monotonic()
        while time.monotonic() - started < PATIENCE_S:
            if self._running().poll() is not None:
                raise AssertionError("cuelight run ended: " + (self.room / "api.log").read_text()[-2000:])
            connection = self.connection(1.0)
            try:
                if connection.get("/readyz").status == 200:
                    return time.monotonic() - started
            except Unanswered:
                pass
            finally:
                connection.close()
            time.sleep(0.02)
        raise AssertionError("cuelight run did not become ready: " + (self.room / "api.log").read_text()[-2000:])

    def prepare(self, chats: int) -> None:
        """Teach the histories, and open the incidents, of the customers of the first so many chats."""
        connection = self.connection(30.0)
        firsts = range(0, chats, contacts.CHATS_A_CUSTOMER)
        lines = [
            orjson.dumps(sighting)
            for number in firsts
            if contacts.is_warned(number) or contacts.is_settled(number)
            for sighting in contacts.sign_ins(contacts.customer(number))
        ]
        for start in range(0, len(lines), 1000):
            self.sure(connection, "/sightings", b"\n".join(lines[start : start + 1000]), "application/x-ndjson")
        for number in filter(contacts.is_warned, firsts):
            facts = {**contacts.chat(number), "chat_id": f"reported-{number}"}
            self.sure(connection, "/score", orjson.dumps(facts))
            said = orjson.dumps({"outcome": "impersonation", "by": "faults"})
            self.sure(connection, f"/chats/api/default/reported-{number}/outcome", said)
        connection.close()

    @staticmethod
    def sure(connection: Connection, path: str, body: bytes, kind: str = "application/json") -> None:
        """Ask until it is done: a busy machine may make the store look slow for a moment."""
        for _ in range(100):
            try:
                answer = connection.post(path, body, kind)
            except Unanswered:
                answer = None
            if answer is not None and answer.status == 200:
                return
            assert answer is None or answer.status == 503, (answer.status, answer.body)
            time.sleep(0.1)
        raise AssertionError(f"{path} was never answered")

    def _running(self) -> subprocess.Popen[bytes]:
        if self._process is None:
            raise AssertionError("not started")
        return self._process

    def _child(self, name: str) -> int:
        for process in children(self._running().pid):
            if name in process.command:
                return process.pid
        raise LookupError(name)
