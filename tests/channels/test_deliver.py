"""The deliverer against real receivers: slow, loud, broken, encrypted, by mail and by syslog."""

from __future__ import annotations

import contextlib
import socket
import ssl
import threading
import time
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import pytest
import trustme
from aiosmtpd.controller import Controller
from aiosmtpd.smtp import SMTP, AuthResult, LoginPassword
from tests.channels.conftest import LOOPBACK, NOW
from tests.channels.receiver import Answer, Receiver

from cuelight.channels.deliver import Deliverer, Result
from cuelight.channels.model import HttpMessage, LogMessage, MailMessage

QUICK_S = 0.6


def post(url: str) -> HttpMessage:
    return HttpMessage(url, {"Content-Type": "application/json", "x-own": "1"}, b'{"a":1}')


def resolve(host: str, limit_s: float) -> list[str]:
    return ["127.0.0.1"]


@pytest.fixture(scope="module")
def authority() -> trustme.CA:
    return trustme.CA()


@pytest.fixture(scope="module")
def ca_file(authority: trustme.CA, tmp_path_factory: pytest.TempPathFactory) -> str:
    path = tmp_path_factory.mktemp("ca") / "ca.pem"
    authority.cert_pem.write_to_path(str(path))
    return str(path)


def server_tls(authority: trustme.CA, name: str) -> ssl.SSLContext:
    context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
    authority.issue_cert(name).configure_cert(context)
    return context


@pytest.mark.parametrize(
    ("status", "ok", "reached"),
    [(200, True, True), (202, True, True), (204, True, True), (400, False, True), (404, False, True),
     (410, False, True), (408, False, False), (429, False, False), (500, False, False), (503, False, False)],
)  # fmt: skip
def test_what_a_status_means(receive: Callable[..., Receiver], status: int, ok: bool, reached: bool) -> None:
    receiver = receive(lambda _: Answer(status))
    assert Deliverer(LOOPBACK).send(post(receiver.url)) == Result(ok, str(status), reached)
    got = receiver.got[0]
    assert got.body == b'{"a":1}'
    assert got.headers["x-own"] == "1"
    assert got.headers["user-agent"].startswith("Cuelight/")


@pytest.mark.parametrize(
    ("status", "headers", "expected_s"),
    [(429, {"Retry-After": "120"}, 120), (503, {"Retry-After": "999999"}, 3600), (429, {"Retry-After": "soon"}, None),
     (200, {"Retry-After": "120"}, None), (429, {"Retry-After": "-5"}, None)],
)  # fmt: skip
def test_a_receiver_may_ask_for_time(
    receive: Callable[..., Receiver], status: int, headers: dict[str, str], expected_s: float | None
) -> None:
    receiver = receive(lambda _: Answer(status, headers))
    assert Deliverer(LOOPBACK).send(post(receiver.url)).retry_after_s == expected_s


def test_a_large_answer_is_not_read(receive: Callable[..., Receiver]) -> None:
    receiver = receive(lambda _: Answer(200, body=b"x" * 50_000_000))
    assert Deliverer(LOOPBACK).send(post(receiver.url)).ok


class Odd:
    """A server that does to each connection whatever it is told."""

    def __init__(self, serve: Callable[[socket.socket], None]) -> None:
        self._server = socket.create_server(("127.0.0.1", 0))
        self.port: int = self._server.getsockname()[1]
        self._serve = serve
        threading.Thread(target=self._run, daemon=True).start()

    def _run(self) -> None:
        while True:
            try:
                connection, _ = self._server.accept()
            except OSError:
                return
            threading.Thread(target=self._one, args=(connection,), daemon=True).start()

    def _one(self, connection: socket.socket) -> None:
        with connection, contextlib.suppress(OSError):
            self._serve(connection)

    def close(self) -> None:
        self._server.shutdown(socket.SHUT_RDWR)  # or the thread that waits would take one more
        self._server.close()


def drip(start: bytes) -> Callable[[socket.socket], None]:
    def serve(connection: socket.socket) -> None:
        connection.sendall(start)
        for _ in range(300):
            connection.sendall(b" ")
            time.sleep(0.1)

    return serve


@pytest.mark.parametrize(
    ("serve", "whats"),
    [
        (lambda c: time.sleep(30), {"timeout"}),
        (drip(b"HTTP/1.1 "), {"timeout"}),
        (lambda c: c.sendall(b"HTTP/1.1 200 OK\r\n" + b"X: y\r\n" * 5000), {"connection"}),
        (lambda c: c.sendall(b"no such protocol\r\n\r\n"), {"connection"}),
        (lambda c: None, {"connection"}),
    ],
    ids=["hangs", "drips", "headers", "junk", "closes"],
)
def test_a_broken_receiver_costs_a_bounded_time(serve: Callable[[socket.socket], None], whats: set[str]) -> None:
    odd = Odd(serve)
    started_s = time.monotonic()
    result = Deliverer(LOOPBACK, timeout_s=QUICK_S).send(post(f"http://127.0.0.1:{odd.port}/"))
    assert (result.ok, result.reached) == (False, False)
    assert result.what in whats
    assert time.monotonic() - started_s < 12
    odd.close()


def test_a_receiver_that_said_200_and_drags_its_feet_has_the_alert() -> None:
    odd = Odd(drip(b"HTTP/1.1 200 OK\r\nX: "))
    started_s = time.monotonic()
    assert Deliverer(LOOPBACK, timeout_s=QUICK_S).send(post(f"http://127.0.0.1:{odd.port}/")).ok
    assert time.monotonic() - started_s < 12
    odd.close()


def test_nobody_there(receive: Callable[..., Receiver]) -> None:
    receiver = receive()
    receiver.close()
    assert Deliverer(LOOPBACK).send(post(receiver.url)) == Result(False, "connection", False)


def test_a_look_up_that_hangs_is_left_behind() -> None:
    def slow(host: str, limit_s: float) -> list[str]:
        time.sleep(limit_s)
        raise TimeoutError

    assert Deliverer(resolve=slow, timeout_s=QUICK_S).send(post("https://slow.example/")).what == "timeout"


def test_tls_is_checked_by_name_though_the_address_is_pinned(
    receive: Callable[..., Receiver], authority: trustme.CA, ca_file: str
) -> None:
    right = receive(tls=server_tls(authority, "hooks.internal"))
    deliverer = Deliverer(LOOPBACK, resolve, ca_file=ca_file)
    assert deliverer.send(post(f"https://hooks.internal:{right.port}/x")).ok
    assert deliverer.send(post(f"https://other.internal:{right.port}/x")).what == "tls"
    assert Deliverer(LOOPBACK, resolve).send(post(f"https://hooks.internal:{right.port}/x")).what == "tls"
    assert len(right.got) == 1


# -- mail --------------------------------------------------------------------------------------------


class Mailbox:
    """An SMTP server that keeps what it gets."""

    def __init__(self, **options: Any) -> None:
        self.got: list[tuple[list[str], bytes]] = []
        tls = options.pop("implicit_tls", None)
        self.controller = Controller(self, hostname="127.0.0.1", port=0, ssl_context=tls, **options)
        self.controller.ready_timeout = 20
        with socket.create_server(("127.0.0.1", 0)) as probe:
            self.controller.port = probe.getsockname()[1]
        self.controller.start()
        self.port = self.controller.port

    async def handle_RCPT(self, server: SMTP, session: Any, envelope: Any, address: str, options: Any) -> str:  # noqa: N802
        if address.startswith("full"):
            return "452 mailbox full"
        if address.startswith("nobody"):
            return "550 no such mailbox"
        envelope.rcpt_tos.append(address)
        return "250 OK"

    async def handle_DATA(self, server: SMTP, session: Any, envelope: Any) -> str:  # noqa: N802
        self.got.append((list(envelope.rcpt_tos), envelope.content))
        return "250 kept"


@pytest.fixture
def mailbox() -> Iterator[Callable[..., Mailbox]]:
    made: list[Mailbox] = []

    def make(**options: Any) -> Mailbox:
        made.append(Mailbox(**options))
        return made[-1]

    yield make
    for one in made:
        one.controller.stop()


def mail(server: str, *recipients: str, password: str = "") -> MailMessage:
    to = recipients or ("security@example.com",)
    return MailMessage(
        server, password, "cue@example.com", to, "<1@cuelight.invalid>", NOW, "Züge", "text ü", "<p>h</p>"
    )


def test_mail_goes_out_over_tls_and_signs_in(
    mailbox: Callable[..., Mailbox], authority: trustme.CA, ca_file: str
) -> None:
    def sign_in(server: SMTP, session: Any, envelope: Any, mechanism: str, data: LoginPassword) -> AuthResult:
        return AuthResult(success=(data.login, data.password) == (b"desk", b"hunter2"), handled=False)

    guarded = {"auth_require_tls": False, "authenticator": sign_in, "auth_required": True}
    implicit = mailbox(implicit_tls=server_tls(authority, "mail.internal"), **guarded)
    starttls = mailbox(tls_context=server_tls(authority, "mail.internal"), require_starttls=True)
    deliverer = Deliverer(LOOPBACK, resolve, ca_file=ca_file)
    assert deliverer.send(mail(f"smtps://desk@mail.internal:{implicit.port}", password="hunter2")).ok
    refused = deliverer.send(mail(f"smtps://desk@mail.internal:{implicit.port}", password="hunter3"))
    assert (refused.what, refused.reached) == ("535", True)
    assert deliverer.send(mail(f"smtp://mail.internal:{starttls.port}")) == Result(True, "250", True)
    assert deliverer.send(mail(f"smtp://other.internal:{starttls.port}")).what == "tls"
    assert b"Subject: =?utf-8?" in implicit.got[0][1]
    assert len(implicit.got) == len(starttls.got) == 1


def test_what_a_mail_server_refuses(mailbox: Callable[..., Mailbox]) -> None:
    box = mailbox()
    deliverer, server = Deliverer(LOOPBACK), f"smtp://127.0.0.1:{box.port}"
    assert deliverer.send(mail(server, "nobody@example.com")) == Result(False, "550", True)
    assert deliverer.send(mail(server, "full@example.com")) == Result(False, "452", False)
    some = deliverer.send(mail(server, "nobody@example.com", "a@example.com"))
    assert some == Result(True, "250 (1 refused)", True)
    assert box.got[0][0] == ["a@example.com"]


# -- syslog ------------------------------------------------------------------------------------------

LINE = b"<108>1 2026-11-24T12:00:00.000Z - cuelight - x - CEF:0|a"


def test_syslog_over_udp_tcp_and_tls(authority: trustme.CA, ca_file: str) -> None:
    deliverer = Deliverer(LOOPBACK, resolve, ca_file=ca_file)
    with socket.socket(socket.AF_INET, socket.SOCK_DGRAM) as collector:
        collector.bind(("127.0.0.1", 0))
        collector.settimeout(10)
        assert deliverer.send(LogMessage(f"syslog+udp://127.0.0.1:{collector.getsockname()[1]}", LINE)).ok
        assert collector.recv(9000) == LINE
    got: list[bytes] = []
    done = threading.Event()

    def keep(connection: socket.socket) -> None:
        data = connection.recv(9000)
        while chunk := connection.recv(9000):
            data += chunk
        got.append(data)
        done.set()

    plain = Odd(keep)
    assert deliverer.send(LogMessage(f"syslog+tcp://127.0.0.1:{plain.port}", LINE)).ok
    assert done.wait(10)
    context = server_tls(authority, "siem.internal")

    def keep_tls(connection: socket.socket) -> None:
        with context.wrap_socket(connection, server_side=True) as secure:
            got.append(secure.recv(9000))
            done.set()

    done.clear()
    secure = Odd(keep_tls)
    assert deliverer.send(LogMessage(f"syslog+tls://siem.internal:{secure.port}", LINE)).ok
    assert done.wait(10)
    framed = b"%d " % len(LINE) + LINE
    assert got == [framed, framed]
    assert deliverer.send(LogMessage(f"syslog+tls://other.internal:{secure.port}", LINE)).what == "tls"
    for odd in (plain, secure):
        odd.close()
    assert deliverer.send(LogMessage(f"syslog+tcp://127.0.0.1:{plain.port}", LINE)).what == "connection"


def test_nothing_of_the_target_is_shown(tmp_path: Path) -> None:
    result = Deliverer().send(post("https://127.0.0.1/secret-path"))
    assert "secret" not in repr(result)
    assert "127" not in repr(result)
