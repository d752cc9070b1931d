"""The application under the server that serves it: real sockets, chunked bodies, broken framing, clean log."""

from __future__ import annotations

import json
import os
import signal
import socket
import subprocess
import sys
import time
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from dataclasses import dataclass
from http.client import HTTPConnection
from pathlib import Path

import pytest
import requests
from tests.conftest import ABROAD_IP, HOME_IP, ROOT, as_impostor, at_home, now, settings_for, stamp
from tests.stores.servers import free_port

from cuelight.core.chat import ChatKey
from cuelight.core.collectors import Collector
from cuelight.web.auth import SCOPES, mint
from cuelight.wiring.opening import open_key_store, open_own_stores


@dataclass(frozen=True)
class Running:
    port: int
    token: str
    log: Path

    def url(self, path: str) -> str:
        return f"http://127.0.0.1:{self.port}{path}"

    @property
    def auth(self) -> dict[str, str]:
        return {"Authorization": f"Bearer {self.token}", "Content-Type": "application/json"}

    def raw(self, request: bytes) -> bytes:
        """What the server answers to these very bytes, until it closes or falls silent."""
        with socket.create_connection(("127.0.0.1", self.port), timeout=3) as connection:
            answer = b""
            try:
                # A server that refused early may be gone before the rest is sent: what it answered still counts.
                connection.sendall(request)
                with suppress(OSError):
                    connection.shutdown(socket.SHUT_WR)
                while chunk := connection.recv(65536):
                    answer += chunk
            except (TimeoutError, ConnectionError):
                pass
            return answer


@contextmanager
def serving(folder: Path, **more: str) -> Iterator[Running]:
    settings = settings_for(folder)
    port = free_port()
    with open_key_store(settings) as keys:
        key, token, digest = mint("server", SCOPES, now())
        keys.add(key, digest)
    log = folder / "log"
    environment = {
        **os.environ,
        "PYTHONPATH": str(ROOT / "api"),
        "CUELIGHT_VAR_DIR": str(settings.var_dir),
        "CUELIGHT_GEO_DIR": str(settings.geo_dir),
        **more,
    }
    command = [sys.executable, "-m", "granian", "--interface", "wsgi", "--factory", "cuelight.app:wsgi"]
    command += [
        "--host",
        "127.0.0.1",
        "--port",
        str(port),
        "--workers",
        "1",
        "--no-ws",
        "--log-level",
        "warning",
        "--blocking-threads",
        "4",
    ]
    with log.open("wb") as written:
        server = subprocess.Popen(command, env=environment, stdout=written, stderr=written, cwd=folder)
        try:
            _await(port, server)
            yield Running(port, token, log)
        finally:
            server.send_signal(signal.SIGTERM)
            server.wait(20)


def _await(port: int, server: subprocess.Popen[bytes]) -> None:
    deadline = time.monotonic() + 30
    while True:
        try:
            if requests.get(f"http://127.0.0.1:{port}/readyz", timeout=1).ok:
                return
        except requests.ConnectionError:
            pass
        assert server.poll() is None, "the server ended at start"
        assert time.monotonic() < deadline
        time.sleep(0.05)


def test_a_contact_cannot_write_its_own_address(tmp_path_factory: pytest.TempPathFactory) -> None:
    """Through a proxy of ours: what it appends counts, in one line or two, whatever else was sent along."""
    folder = tmp_path_factory.mktemp("p")
    proxied = {"CUELIGHT_PROXIES": "127.0.0.0/8", "CUELIGHT_PROXY_HEADER": "forwarded"}
    with serving(folder, **proxied) as running, open_own_stores(settings_for(folder)) as stores:
        key = "pk_" + "a" * 24
        stores.collectors.put(Collector(key, "desk", "acme", ("https://shop.example",), now()))
        mine, spoofed = ("Forwarded", f"for={HOME_IP}"), ("Forwarded", f"for={ABROAD_IP}")
        others = [("X_Forwarded_For", ABROAD_IP), ("X-Forwarded-For", ABROAD_IP)]
        joined = ("Forwarded", f"{spoofed[1]}, {mine[1]}")
        for number, lines in enumerate(([mine], [joined], [spoofed, mine], [mine, *others])):
            connection = HTTPConnection("127.0.0.1", running.port, timeout=10)
            connection.putrequest("POST", "/collect")
            body = json.dumps({"key": key, "chat_id": str(number)}).encode()
            plain = {"Origin": "https://shop.example", "Content-Type": "application/json", "Content-Length": len(body)}
            for line in (*plain.items(), *lines):
                connection.putheader(*line)
            connection.endheaders(body)
            assert connection.getresponse().status == 204
            found = stores.customers.find(ChatKey("desk", "acme", str(number)))
            assert found is not None
            assert found.chat.origin is not None
            assert found.chat.origin.country == "GB", lines


@pytest.fixture(scope="module")
def running(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Running]:
    with serving(tmp_path_factory.mktemp("s")) as found:
        yield found


def test_a_chat_is_scored_and_its_cue_read(running: Running) -> None:
    sighting = at_home("u-1", occurred_at=stamp(now()))
    assert requests.post(running.url("/sightings"), json=sighting, headers=running.auth, timeout=5).status_code == 200
    facts = {"chat_id": "1", **as_impostor("u-1")}
    decision = requests.post(running.url("/score"), json=facts, headers=running.auth, timeout=5).json()
    cue = requests.get(running.url("/cues/api/default/1"), headers=running.auth, timeout=5).json()
    assert decision["decision_id"] == cue["decision_id"]
    assert cue["cue"] in ("red", "amber")


def chunks(size: int, count: int) -> Iterator[bytes]:
    yield b'{"chat_id": "'
    for _ in range(count):
        yield b"x" * size


def test_a_body_without_a_length_is_read_and_bounded_too(running: Running) -> None:
    good = requests.post(
        running.url("/score"), data=iter([b'{"chat_id"', b': "chunked-1"}']), headers=running.auth, timeout=5
    )
    assert (good.status_code, good.json()["chat"]["chat_id"]) == (200, "chunked-1")
    large = requests.post(running.url("/score"), data=chunks(1000, 40), headers=running.auth, timeout=5)
    assert (large.status_code, large.json()["code"]) == (413, "body_too_large")


def test_lines_without_a_length_are_refused_rather_than_cut_off(running: Running) -> None:
    line = json.dumps(at_home("u-2", occurred_at=stamp(now()))).encode() + b"\n"
    headers = {**running.auth, "Content-Type": "application/x-ndjson"}
    over = 1024 * 1024 // len(line) + 1
    large = requests.post(running.url("/sightings"), data=iter([line] * over), headers=headers, timeout=10)
    assert (large.status_code, large.json()["code"]) == (413, "body_too_large")


def test_a_megabyte_is_refused(running: Running) -> None:
    answer = requests.post(running.url("/score"), data=b"x" * 1_048_576, headers=running.auth, timeout=5)
    assert (answer.status_code, answer.json()["code"]) == (413, "body_too_large")


BROKEN = [
    b"GET /livez HTTP/1.1\r\n\r\n",
    b"GET / HTTP/9.9\r\nHost: x\r\n\r\n",
    b"\x16\x03\x01\x02\x00\x01\x00\x01\xfc\x03\x03",
    b"POST /score HTTP/1.1\r\nHost: x\r\nContent-Length: -1\r\n\r\n{}",
    b"POST /score HTTP/1.1\r\nHost: x\r\nContent-Length: 5\r\nTransfer-Encoding: chunked\r\n\r\n0\r\n\r\n",
    b"POST /score HTTP/1.1\r\nHost: x\r\nTransfer-Encoding: chunked\r\n\r\nzz\r\n",
    b"GET /cues/a/b/" + b"c" * 100_000 + b" HTTP/1.1\r\nHost: x\r\n\r\n",
    b"GET /livez HTTP/1.1\r\nHost: x\r\n" + b"A: b\r\n" * 2000 + b"\r\n",
    b"GET /livez HTTP/1.1\r\nHost: [::1\r\n\r\n",
    b"GET /cues/\xff\xfe/%ff/%00 HTTP/1.1\r\nHost: x\r\n\r\n",
    b"POST /score HTTP/1.1\r\nHost: x\r\nAuthorization: Bearer \xff\xfe\r\nContent-Length: 2\r\n\r\n{}",
]


@pytest.mark.parametrize("request_", BROKEN, ids=range(len(BROKEN)))
def test_broken_framing_is_never_a_5xx_and_never_ends_the_server(running: Running, request_: bytes) -> None:
    answer = running.raw(request_)
    assert not answer.startswith((b"HTTP/1.1 5", b"HTTP/1.0 5")), answer[:200]
    assert requests.get(running.url("/livez"), timeout=5).json() == {"status": "live"}


def test_a_body_cut_off_is_not_half_read(running: Running) -> None:
    head = f"POST /score HTTP/1.1\r\nHost: x\r\nAuthorization: Bearer {running.token}\r\n"
    head += "Content-Type: application/json\r\nContent-Length: 500\r\n\r\n"
    answer = running.raw(head.encode() + b'{"chat_id": "cut-off"}')
    assert answer.startswith(b"HTTP/1.1 400") or not answer, answer[:200]
    cue = requests.get(running.url("/cues/api/default/cut-off"), headers=running.auth, timeout=5).json()
    assert cue["decision_id"] is None


def test_the_servers_log_is_json_without_tracebacks_or_addresses(running: Running) -> None:
    requests.post(running.url("/score"), data=b'{"chat_id": ', headers=running.auth, timeout=5)
    time.sleep(0.1)
    written = running.log.read_text()
    lines = [json.loads(line) for line in written.splitlines()]
    assert {line["event"] for line in lines} == {"request"}
    assert "Traceback" not in written
    assert "127.0.0.1" not in written
    assert as_impostor("")["ip"] not in written
