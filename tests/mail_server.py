"""A real mail server on loopback that keeps what it gets, and can be told to refuse."""

from __future__ import annotations

import logging
import socket
import ssl
from asyncio import AbstractServer
from collections.abc import Awaitable
from dataclasses import dataclass
from email import message_from_bytes
from email.message import EmailMessage
from email.policy import default
from typing import Any

from aiosmtpd.controller import Controller
from aiosmtpd.smtp import SMTP


@dataclass
class Sent:
    recipients: list[str]
    content: bytes

    @property
    def mail(self) -> EmailMessage:
        mail = message_from_bytes(self.content, policy=default)
        assert isinstance(mail, EmailMessage)
        return mail


class Mailbox:
    """`got` has a mail before the server says that it took it. `refuse`: what it says instead of taking one."""

    def __init__(self, *, implicit_tls: ssl.SSLContext | None = None, **options: Any) -> None:
        logging.getLogger("mail.log").setLevel(logging.ERROR)  # the server's own, which sees every address
        self.got: list[Sent] = []
        self.refuse = ""
        self._controller = _Controller(self, socket.create_server(("127.0.0.1", 0)), implicit_tls, **options)
        self.port = self._controller.port
        self.url = f"smtp://127.0.0.1:{self.port}"
        self._controller.start()

    def close(self) -> None:
        self._controller.stop()

    def to(self, address: str) -> list[EmailMessage]:
        return [sent.mail for sent in self.got if sent.recipients == [address]]

    async def handle_RCPT(self, server: SMTP, session: Any, envelope: Any, address: str, options: Any) -> str:  # noqa: N802 - aiosmtpd's name
        if address.startswith("full"):
            return "452 mailbox full"
        if address.startswith("nobody"):
            return "550 no such mailbox"
        envelope.rcpt_tos.append(address)
        return "250 OK"

    async def handle_DATA(self, server: SMTP, session: Any, envelope: Any) -> str:  # noqa: N802 - aiosmtpd's name
        if self.refuse:
            return self.refuse
        self.got.append(Sent(list(envelope.rcpt_tos), envelope.content))
        return "250 kept"


class _Controller(Controller):
    """Serves a socket that is bound already: a port picked first and bound later may be somebody else's by then."""

    def __init__(self, box: Mailbox, bound: socket.socket, tls: ssl.SSLContext | None, **options: Any) -> None:
        port: int = bound.getsockname()[1]
        super().__init__(box, hostname="127.0.0.1", port=port, ssl_context=tls, ready_timeout=30, **options)
        self._bound = bound

    def _create_server(self) -> Awaitable[AbstractServer]:
        return self.loop.create_server(self._factory_invoker, sock=self._bound, ssl=self.ssl_context)
