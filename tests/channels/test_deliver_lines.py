"""Mail and syslog against real servers on loopback."""

from __future__ import annotations

import socket
import threading
from collections.abc import Callable, Iterator
from contextlib import closing
from typing import Any

import pytest
import trustme
from aiosmtpd.smtp import SMTP, AuthResult, LoginPassword
from tests.channels.conftest import LOOPBACK, NOW, PATIENT_S, resolve
from tests.channels.odd import Odd, server_tls
from tests.mail_server import Mailbox

from cuelight.channels.deliver import Deliverer, Result
from cuelight.channels.model import LogMessage, MailMessage
from cuelight.channels.why import told

# -- mail --------------------------------------------------------------------------------------------


@pytest.fixture
def mailbox() -> Iterator[Callable[..., Mailbox]]:
    made: list[Mailbox] = []

    def make(**options: Any) -> Mailbox:
        made.append(Mailbox(**options))
        return made[-1]

    yield make
    for one in made:
        one.close()


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
    deliverer = Deliverer(LOOPBACK, resolve, PATIENT_S, ca_file)
    assert deliverer.send(mail(f"smtps://desk@mail.internal:{implicit.port}", password="hunter2")).ok
    refused = deliverer.send(mail(f"smtps://desk@mail.internal:{implicit.port}", password="hunter3"))
    assert (refused.what, refused.reached) == ("535", True)
    assert deliverer.send(mail(f"smtp://mail.internal:{starttls.port}")) == Result(True, "250", True)
    assert deliverer.send(mail(f"smtp://other.internal:{starttls.port}")).what == "tls"
    assert b"Subject: =?utf-8?" in implicit.got[0].content
    assert len(implicit.got) == len(starttls.got) == 1


def test_what_a_mail_server_refuses(mailbox: Callable[..., Mailbox]) -> None:
    box = mailbox()
    deliverer, server = Deliverer(LOOPBACK, timeout_s=PATIENT_S), box.url
    assert deliverer.send(mail(server, "nobody@example.com")) == Result(False, "550", True)
    assert deliverer.send(mail(server, "full@example.com")) == Result(False, "452", False)
    some = deliverer.send(mail(server, "nobody@example.com", "a@example.com"))
    assert some == Result(True, "250 (1 refused)", True)
    assert box.got[0].recipients == ["a@example.com"]
    assert deliverer.send(mail(server.replace("//", "//desk@"), password="x")) == Result(False, "no_auth", True)
    assert "user name" in told("no_auth")


# -- syslog ------------------------------------------------------------------------------------------

LINE = b"<108>1 2026-11-24T12:00:00.000Z - cuelight - x - CEF:0|a"


def test_syslog_over_udp_tcp_and_tls(authority: trustme.CA, ca_file: str) -> None:
    deliverer = Deliverer(LOOPBACK, resolve, PATIENT_S, ca_file)
    with socket.socket(socket.AF_INET, socket.SOCK_DGRAM) as collector:
        collector.bind(("127.0.0.1", 0))
        collector.settimeout(PATIENT_S)
        assert deliverer.send(LogMessage(f"syslog+udp://127.0.0.1:{collector.getsockname()[1]}", LINE)).ok
        assert collector.recv(9000) == LINE
    got: list[bytes] = []
    done = threading.Event()

    def keep(connection: socket.socket) -> None:
        """Until the other side ends: a collector keeps a connection open for the next line."""
        data = connection.recv(9000)
        while chunk := connection.recv(9000):
            data += chunk
        got.append(data)
        done.set()

    with closing(Odd(keep)) as plain:
        assert deliverer.send(LogMessage(f"syslog+tcp://127.0.0.1:{plain.port}", LINE)).ok
        assert done.wait(PATIENT_S)
    context = server_tls(authority, "siem.internal")

    def keep_tls(connection: socket.socket) -> None:
        with context.wrap_socket(connection, server_side=True) as encrypted:
            keep(encrypted)

    done.clear()
    with closing(Odd(keep_tls)) as secure:
        # Its session tickets are nothing it says about the line.
        sent = deliverer.send(LogMessage(f"syslog+tls://siem.internal:{secure.port}", LINE))
        assert sent == Result(True, "sent", True)
        assert done.wait(PATIENT_S)
        framed = b"%d " % len(LINE) + LINE
        assert got == [framed, framed]
        assert deliverer.send(LogMessage(f"syslog+tls://other.internal:{secure.port}", LINE)).what == "tls"
    with socket.socket() as nobody:  # a port of its own where nobody listens
        nobody.bind(("127.0.0.1", 0))
        port = nobody.getsockname()[1]
        assert deliverer.send(LogMessage(f"syslog+tcp://127.0.0.1:{port}", LINE)).what == "connection"
