"""The deliverer against real receivers: slow, loud, broken, encrypted, by mail and by syslog."""

from __future__ import annotations

import socket
import ssl
import time
from collections.abc import Callable
from contextlib import closing
from pathlib import Path

import pytest
import trustme
from tests.channels.conftest import LOOPBACK, PATIENT_S, resolve
from tests.channels.odd import Odd, server_tls
from tests.receiver import Answer, Receiver

from cuelight.channels.deliver import Deliverer, Line, Result, Watch
from cuelight.channels.model import HttpMessage
from cuelight.channels.post import post as post_by
from cuelight.channels.target import parse_target

QUICK_S = 0.6
"""For what never answers; what does answer may be slow."""
DRAGGED_S = 60.0


def post(url: str) -> HttpMessage:
    return HttpMessage(url, {"Content-Type": "application/json", "x-own": "1"}, b'{"a":1}')


@pytest.mark.parametrize(
    ("status", "ok", "reached"),
    [(200, True, True), (202, True, True), (204, True, True), (400, False, True), (404, False, True),
     (410, False, True), (408, False, False), (429, False, False), (500, False, False), (503, False, False)],
)  # fmt: skip
def test_what_a_status_means(receive: Callable[..., Receiver], status: int, ok: bool, reached: bool) -> None:
    receiver = receive(lambda _: Answer(status))
    assert Deliverer(LOOPBACK, timeout_s=PATIENT_S).send(post(receiver.url)) == Result(ok, str(status), reached)
    got = receiver.got[0]
    assert got.body == b'{"a":1}'
    assert got.headers["x-own"] == "1"
    assert got.headers["user-agent"].startswith("Cuelight/")


@pytest.mark.parametrize(
    ("status", "headers", "expected_s"),
    [(429, {"Retry-After": "120"}, 120), (503, {"Retry-After": "999999"}, 3600), (429, {"Retry-After": "soon"}, None),
     (200, {"Retry-After": "120"}, None), (429, {"Retry-After": "-5"}, None),
     (503, {"Retry-After": "Fri, 31 Dec 2099 23:59:59 GMT"}, 3600),
     (503, {"Retry-After": "Fri, 31 Dec 1999 23:59:59 GMT"}, 0)],
)  # fmt: skip
def test_a_receiver_may_ask_for_time(
    receive: Callable[..., Receiver], status: int, headers: dict[str, str], expected_s: float | None
) -> None:
    receiver = receive(lambda _: Answer(status, headers))
    assert Deliverer(LOOPBACK, timeout_s=PATIENT_S).send(post(receiver.url)).retry_after_s == expected_s


def test_a_large_answer_is_not_read(receive: Callable[..., Receiver]) -> None:
    receiver = receive(lambda _: Answer(200, body=b"x" * 50_000_000))
    assert Deliverer(LOOPBACK, timeout_s=PATIENT_S).send(post(receiver.url)).ok


def drip(start: bytes) -> Callable[[socket.socket], None]:
    def serve(connection: socket.socket) -> None:
        connection.sendall(start)
        for _ in range(int(10 * DRAGGED_S)):
            connection.sendall(b" ")
            time.sleep(0.1)

    return serve


@pytest.mark.parametrize(
    ("serve", "timeout_s", "what"),
    [
        (lambda c: time.sleep(DRAGGED_S), QUICK_S, "timeout"),
        (drip(b"HTTP/1.1 "), QUICK_S, "timeout"),
        (lambda c: c.sendall(b"HTTP/1.1 200 OK\r\n" + b"X: y\r\n" * 5000), PATIENT_S, "connection"),
        (lambda c: c.sendall(b"no such protocol\r\n\r\n"), PATIENT_S, "connection"),
        (lambda c: None, PATIENT_S, "connection"),
    ],
    ids=["hangs", "drips", "headers", "junk", "closes"],
)
def test_a_broken_receiver_costs_a_bounded_time(
    serve: Callable[[socket.socket], None], timeout_s: float, what: str
) -> None:
    with closing(Odd(serve)) as odd:
        started_s = time.monotonic()
        result = Deliverer(LOOPBACK, timeout_s=timeout_s).send(post(f"http://127.0.0.1:{odd.port}/"))
        assert result == Result(False, what, False)
        assert time.monotonic() - started_s < DRAGGED_S


def test_a_receiver_that_said_200_and_drags_its_feet_has_the_alert() -> None:
    with Watch(DRAGGED_S) as watch:

        def says_so_and_no_more(connection: socket.socket) -> None:
            connection.recv(9000)
            connection.sendall(b"HTTP/1.1 200 OK\r\nX: ")
            watch.end()
            time.sleep(DRAGGED_S)

        with closing(Odd(says_so_and_no_more)) as odd:
            url = f"http://127.0.0.1:{odd.port}/"
            line = Line(parse_target(url, ("http",)), "127.0.0.1", PATIENT_S, watch, ssl.create_default_context)
            assert post_by(post(url), line, None) == Result(True, "200", True)


def test_nobody_there(receive: Callable[..., Receiver]) -> None:
    receiver = receive(up=False)
    assert Deliverer(LOOPBACK, timeout_s=PATIENT_S).send(post(receiver.url)) == Result(False, "connection", False)


def test_a_look_up_that_hangs_is_left_behind() -> None:
    def slow(host: str, limit_s: float) -> list[str]:
        time.sleep(limit_s)
        raise TimeoutError

    assert Deliverer(resolve=slow, timeout_s=QUICK_S).send(post("https://slow.example/")).what == "timeout"


def test_tls_is_checked_by_name_though_the_address_is_pinned(
    receive: Callable[..., Receiver], authority: trustme.CA, ca_file: str
) -> None:
    right = receive(tls=server_tls(authority, "hooks.internal"))
    deliverer = Deliverer(LOOPBACK, resolve, PATIENT_S, ca_file)
    assert deliverer.send(post(f"https://hooks.internal:{right.port}/x")).ok
    assert deliverer.send(post(f"https://other.internal:{right.port}/x")).what == "tls"
    assert Deliverer(LOOPBACK, resolve, PATIENT_S).send(post(f"https://hooks.internal:{right.port}/x")).what == "tls"
    assert len(right.got) == 1


def test_nothing_of_the_target_is_shown(tmp_path: Path) -> None:
    result = Deliverer().send(post("https://127.0.0.1/secret-path"))
    assert "secret" not in repr(result)
    assert "127" not in repr(result)
