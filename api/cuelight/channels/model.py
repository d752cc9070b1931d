"""What the shelf's files are written against: a kind of channel, and the messages it can render."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime
from typing import Protocol, TypeAlias

from cuelight.core.outbox import Alert, Channel

Param: TypeAlias = str | int | float | bool


class Words(Protocol):
    """The wording catalogue, as far as alerts need it."""

    def reason(self, code: str, params: Mapping[str, Param]) -> str: ...
    def fill(self, phrase: str, **params: Param) -> str: ...


@dataclass(frozen=True, slots=True)
class HttpMessage:
    """A POST. `url` may be a secret."""

    url: str = field(repr=False)
    headers: Mapping[str, str] = field(repr=False)
    body: bytes = field(repr=False)


@dataclass(frozen=True, slots=True)
class MailMessage:
    """A mail in two forms of the same text. `server`: `smtps://user@host:465` or `smtp://…` (STARTTLS)."""

    server: str = field(repr=False)
    password: str = field(repr=False)
    sender: str
    recipients: tuple[str, ...] = field(repr=False)
    message_id: str
    at: datetime
    subject: str
    text: str
    html: str
    sender_name: str = ""


@dataclass(frozen=True, slots=True)
class LogMessage:
    """One RFC 5424 line, without framing. `collector`: `syslog+tls://host:6514`, `syslog+tcp://…`, `syslog+udp://…`."""

    collector: str = field(repr=False)
    line: bytes


Message: TypeAlias = HttpMessage | MailMessage | LogMessage


@dataclass(frozen=True, slots=True)
class Occasion:
    """What goes into one message: one alert, or several where a burst is told together."""

    alerts: Sequence[Alert]
    now: datetime
    words: Words
    console_url: str | None = None

    @property
    def together(self) -> bool:
        return len(self.alerts) > 1


@dataclass(frozen=True, slots=True)
class ChannelKind:
    """One entry of the shelf. Everything here is pure.

    `schemes`: of its target. `needs` and `takes`: options that must and may be given. `per_minute`: default; 0 is no
    limit. `check` raises `InvalidInput` for options that cannot be used. `render` never fails for an alert, whatever
    its body holds.
    """

    name: str
    title: str
    schemes: tuple[str, ...]
    render: Callable[[Channel, Occasion], Message]
    check: Callable[[Channel], None] = lambda _: None
    needs: tuple[str, ...] = ()
    takes: tuple[str, ...] = ()
    per_minute: int = 0
    signs: bool = False
    """Signs its messages with a secret of its own, made when the channel is."""
