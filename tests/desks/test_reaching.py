"""Which addresses a desk's API may have: by the same rule as receivers of alerts."""

from __future__ import annotations

import socket
import time
from contextlib import closing
from pathlib import Path

import pytest
from tests.channels.odd import Odd
from tests.conftest import settings_for
from tests.receiver import Answer, Receiver

from cuelight.core.hooks import ApiRequest
from cuelight.desks.calling import DeskUnreachable
from cuelight.wiring.desk_api import desk_api


@pytest.mark.parametrize(
    "url",
    ["http://127.0.0.1:{port}/x", "https://127.0.0.1:{port}/x", "https://10.0.0.1/x", "https://[::ffff:127.0.0.1]/x",
     "https://169.254.169.254/latest", "https://2130706433/x", "https://u:p@desk.example/x"],
)  # fmt: skip
def test_inside_addresses_are_not_reached(tmp_path: Path, server: Receiver, url: str) -> None:
    with pytest.raises(DeskUnreachable, match="target_refused"):
        desk_api(settings_for(tmp_path)).send(ApiRequest("GET", url.replace("{port}", str(server.port))))
    assert server.connections == 0


def test_a_listed_desk_inside_is_reached_and_leads_nowhere_else(tmp_path: Path, server: Receiver) -> None:
    api = desk_api(settings_for(tmp_path, allow_private_targets="127.0.0.1"), 30.0)
    server.answer = lambda _: Answer(200, {}, b'{"id": 7}')
    request = ApiRequest("POST", f"{server.origin}/notes", {"Authorization": "Bearer t"}, json={"text": "x"})
    assert api.send(request) == {"id": 7}
    assert server.got[0].headers["authorization"] == "Bearer t"
    server.answer = lambda _: Answer(302, {"Location": f"{server.origin}/elsewhere"})
    with pytest.raises(DeskUnreachable, match="status_302"):
        api.send(request)
    assert [got.path for got in server.got] == ["/notes", "/notes"]


def test_a_desk_that_answers_a_byte_now_and_then_holds_nobody_up(tmp_path: Path) -> None:
    def drip(connection: socket.socket) -> None:
        connection.sendall(b"HTTP/1.1 200 OK\r\nContent-Length: 600\r\n\r\n")
        for _ in range(600):
            connection.sendall(b" ")
            time.sleep(0.1)

    api = desk_api(settings_for(tmp_path, allow_private_targets="127.0.0.1"), 0.5)
    with closing(Odd(drip)) as odd:
        started_s = time.monotonic()
        with pytest.raises(DeskUnreachable):
            api.send(ApiRequest("GET", f"http://127.0.0.1:{odd.port}/x"))
        assert time.monotonic() - started_s < 55
