"""Collectors: which chat page may send facts with which publishable key, and whose identity tokens count there."""

from __future__ import annotations

import re
from collections.abc import Sequence
from dataclasses import dataclass, field
from datetime import datetime
from typing import Literal, Protocol, TypeAlias

from cuelight.core.chat import Token
from cuelight.core.errors import InvalidInput
from cuelight.core.hooks import OVERLAP

Algorithm: TypeAlias = Literal["HS256", "ES256"]

MIN_SECRET_BYTES = 32
"""Of an HS256 secret: as long as the hash, so that nobody tries secrets against a token they have seen."""
ADDRESS_PER_MIN = 60
"""Messages a minute from one address (of IPv6: one /64) with one key. A chat needs one, two where the contact signs in;
behind one address of a company or carrier there may be many contacts."""
KEY_PER_MIN = 600
"""Messages a minute with one key from everywhere, unless a setting says otherwise. Chats can be made up, a botnet has
many addresses: this bounds what it can put into the store, to some 20 MB an hour."""

_ORIGIN = re.compile(r"(https?)://([a-z0-9]([a-z0-9.-]{0,251}[a-z0-9])?|\[[0-9a-f:.]{2,45}\])(:(\d{1,5}|\*))?")
_OWN_MACHINE = frozenset({"localhost", "127.0.0.1", "[::1]"})


@dataclass(frozen=True, slots=True)
class TokenKey:
    """What identity tokens are checked with: a shared secret (HS256) or the public half of a key (ES256, PEM).

    Secrets are kept in clear, because an HMAC needs its key; they have no place in a repr, a log or an answer.
    """

    kid: str
    algorithm: Algorithm
    value: str = field(repr=False)
    added_at: datetime


@dataclass(frozen=True, slots=True)
class Collector:
    """One publishable key: the pages it works on, and the desk and account whose chats they hold.

    `key` (`pk_…`) is public: it stands in the page. `token_keys`: newest first, at most two; none where the company
    signs nothing, and then nothing a page says is ever proof.
    """

    key: str
    desk: str
    account: str
    origins: tuple[str, ...]
    created_at: datetime
    token_keys: tuple[TokenKey, ...] = ()

    @property
    def audience(self) -> str:
        """The `aud` of identity tokens made for it: a token for another page, or another purpose, is none here."""
        return f"cuelight:{self.key}"

    def allows(self, origin: str) -> bool:
        """Whether a page of this origin may use the key."""
        return allowed(origin, self.origins)

    def live_token_keys(self, now: datetime) -> tuple[TokenKey, ...]:
        """The newest, and for seven days more the one it replaced."""
        overlapping = bool(self.token_keys) and now < self.token_keys[0].added_at + OVERLAP
        return self.token_keys[:2] if overlapping else self.token_keys[:1]


class CollectorStore(Protocol):
    """Collectors, and how often each was used lately. Raises `StoreUnavailable`, as all stores do."""

    def put(self, collector: Collector) -> None:
        """Insert or replace a collector by its key."""
        ...

    def get(self, key: str) -> Collector | None: ...

    def list(self) -> Sequence[Collector]:
        """All, oldest first."""
        ...

    def remove(self, key: str) -> bool: ...

    def admit(self, key: str, sender: Token, now: datetime, most: int = KEY_PER_MIN) -> bool:
        """Count one message of this minute; False if it is one too many, of this sender or (`most`) with this key."""
        ...


def read_origin(text: str) -> str:
    """An origin as browsers spell it: scheme, host, port if it is not the scheme's own.

    `*` as the port is for pages under development on one's own machine. Raises `InvalidInput`.
    """
    origin = text.strip().lower().rstrip("/")
    found = _ORIGIN.fullmatch(origin)
    if found is None:
        raise InvalidInput("origin", "is not like https://shop.example: scheme and host, a port if any, no path")
    scheme, host, port = found[1], found[2], found[5]
    own = host in _OWN_MACHINE
    if port == "*" and not own:
        raise InvalidInput("origin", "takes any port only on your own machine, as in http://localhost:*")
    if scheme == "http" and not own:
        raise InvalidInput("origin", "is not https: over http anybody on the way could change page and facts")
    return origin.removesuffix({"https": ":443", "http": ":80"}[scheme])


def allowed(origin: str, origins: Sequence[str]) -> bool:
    """Whether an `Origin` header is one of these."""
    if origin in origins:
        return True
    host, _, port = origin.rpartition(":")
    return port.isdecimal() and f"{host}:*" in origins
