"""Mail and syslog against real servers on loopback."""

from __future__ import annotations

import socket
import threading
from collections.abc import Callable, Iterator
from typing import Any

import pytest
import trustme
from aiosmtpd.controller import Controller
from aiosmtpd.smtp import SMTP, AuthResult, LoginPassword
from tests.channels.conftest import LOOPBACK, NOW, resolve
from tests.channels.receiver import Odd, server_tls

from cuelight.channels.deliver import Deliverer, Result
from cuelight.channels.model import LogMessage, MailMessage

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
