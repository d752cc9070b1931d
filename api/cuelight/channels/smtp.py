"""Mail through one server, over TLS: from the first byte (`smtps`), or by STARTTLS before anything is said (`smtp`)."""

from __future__ import annotations

import smtplib
import socket
from email.headerregistry import Address
from email.message import EmailMessage
from email.policy import SMTP
from ipaddress import ip_address
from typing import Any

from cuelight.channels.deliver import Line, NoTls, Result
from cuelight.channels.model import MailMessage


def send(message: MailMessage, line: Line) -> Result:
    """Without TLS nothing is sent, but to a listed server on this machine. Raises `SMTPException` and `OSError`."""
    with _Server(line) as server:
        server.ehlo()
        if line.target.scheme == "smtp":
            if server.has_extn("starttls"):
                server.starttls(context=line.tls)
                server.ehlo()
            elif not ip_address(line.address).is_loopback:
                raise NoTls("the server offers no TLS")
        if line.target.user:
            server.login(line.target.user, message.password)
        refused = server.send_message(compose(message), message.sender, message.recipients)
    return Result(True, f"250 ({len(refused)} refused)" if refused else "250", True)


def compose(message: MailMessage) -> EmailMessage:
    """The mail itself. Its headers take no line break: the policy refuses them."""
    mail = EmailMessage(policy=SMTP)
    mail["From"] = Address(message.sender_name, addr_spec=message.sender)
    mail["To"] = ", ".join(message.recipients)
    mail["Subject"] = message.subject
    mail["Date"] = message.at
    mail["Message-ID"] = message.message_id
    # No holiday notes in return, please.
    mail["Auto-Submitted"] = "auto-generated"
    mail.set_content(message.text)
    mail.add_alternative(message.html, subtype="html")
    return mail


class _Server(smtplib.SMTP):
    """Connects by the line, whatever the name says; the name is still what a certificate must show."""

    def __init__(self, line: Line) -> None:
        self._line = line
        name = "".join(c for c in socket.gethostname() if c.isascii() and (c.isalnum() or c in ".-")) or "localhost"
        super().__init__(line.target.host, line.target.port, local_hostname=name, timeout=line.timeout_s)

    def _get_socket(self, host: Any, port: Any, timeout: Any) -> socket.socket:
        return self._line.connect_tls() if self._line.target.scheme == "smtps" else self._line.connect()
