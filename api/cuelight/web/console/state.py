"""What the console needs beside the parts of the API, and where it is served."""

from __future__ import annotations

import hmac
from collections.abc import Callable
from dataclasses import dataclass, field
from hashlib import sha256
from ipaddress import IPv6Address, ip_address
from time import monotonic
from typing import TYPE_CHECKING, cast
from urllib.parse import urlsplit

from flask import Flask, current_app, request
from itsdangerous import URLSafeTimedSerializer

from cuelight.channels.deliver import Result
from cuelight.core.operators import OperatorStore, SessionStore
from cuelight.core.outbox import Alert, Channel, ChannelStore, Outbox
from cuelight.core.ports import KeyStore
from cuelight.web.parts import parts

if TYPE_CHECKING:
    from cuelight.web.console.oidc_client import OidcClient

_NAME = "cuelight.console"
_LOOPBACK = frozenset({"127.0.0.1", "localhost", "[::1]"})
_LOOK_S = 5.0


@dataclass(slots=True)
class _Looked:
    until_s: float = 0.0
    active: bool = False


@dataclass(frozen=True, slots=True)
class Console:
    """`url` is where operators find it (`https://…`), None on this machine only; `key` seals what browsers keep.

    `address` tells whose request it is, by the one header that proxies of one's own write (`proxy_header`, empty where
    there are none). `seal` and `unseal` keep a secret of an operator (named) from whoever reads the store only: None
    where the key that sealed it is gone. `try_channel` sends one alert at once, and logs it. `demo`: accounts of the
    demonstration may sign in.
    """

    operators: OperatorStore
    sessions: SessionStore
    key: bytes
    keys: KeyStore
    channels: ChannelStore
    outbox: Outbox
    try_channel: Callable[[Channel, Alert], Result]
    seal: Callable[[bytes, str], bytes]
    unseal: Callable[[bytes, str], bytes | None]
    url: str | None = None
    oidc: OidcClient | None = None
    demo: bool = False
    address: Callable[[], str | None] = lambda: request.remote_addr
    proxy_header: str = ""
    looked: _Looked = field(default_factory=_Looked)

    @property
    def secure(self) -> bool:
        return self.url is not None and self.url.startswith("https://")

    @property
    def origin(self) -> str:
        """What a browser that shows the console says it is on."""
        if self.secure and self.url is not None:
            at = urlsplit(self.url)
            return f"{at.scheme}://{at.netloc}"
        return f"http://{request.host}"

    def reachable(self) -> bool:
        """Over https, or on this very machine: a password is not typed into an open line."""
        return self.secure or request.host.rpartition(":")[0] in _LOOPBACK or request.host in _LOOPBACK

    def active(self) -> bool:
        """Whether there is anybody who could sign in; asked of the store every few seconds. Raises
        `StoreUnavailable`."""
        if self.oidc is not None or monotonic() < self.looked.until_s:
            return self.oidc is not None or self.looked.active
        self.looked.active = any(self.demo or not each.demo for each in self.operators.list())
        self.looked.until_s = monotonic() + _LOOK_S
        return self.looked.active

    def mac(self, purpose: str, text: str) -> str:
        return hmac.new(self.key, f"{purpose}\0{text}".encode(), sha256).hexdigest()

    def sealer(self, purpose: str) -> URLSafeTimedSerializer:
        """For what a browser keeps for a few minutes and gives back unchanged."""
        return URLSafeTimedSerializer(self.key.hex(), salt=f"cuelight/{purpose}")

    def guesser(self) -> str:
        """A name for whoever asks, made from the address and of no other use. One IPv6 customer has a /64."""
        text = self.address() or "unknown"
        try:
            found = ip_address(text)
        except ValueError:
            return self.mac("address", "unknown")
        if isinstance(found, IPv6Address):
            text = str(int(found) >> 64)
        return self.mac("address", text)


def plug(app: Flask, console: Console) -> None:
    app.extensions[_NAME] = console


def console() -> Console:
    """The console of the application that is handling the current request."""
    return cast(Console, current_app.extensions[_NAME])


def outside() -> str:
    """Where contacts' browsers and desks reach this server: as `CUELIGHT_PUBLIC_URL` says, else beside the console."""
    has = parts()
    named = has.notice_pages.notices.terms.public_url
    return named or (has.console_url or console().origin).rstrip("/").removesuffix("/console")
