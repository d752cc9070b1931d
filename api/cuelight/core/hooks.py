"""Webhooks of desks: how one is set up, what arrives on it, what it tells, and the port that keeps both."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from typing import Protocol

from cuelight.core.chat import ChatKey

OVERLAP = timedelta(days=7)
"""How long a secret stays good after the next one was set: time to change it on the desk's side."""


@dataclass(frozen=True, slots=True)
class Hook:
    """One webhook of one account of a desk. `secrets`: newest first, at most two; none until the desk has told its own.

    Secrets and `options` (which may hold an API token) are kept in clear, because an HMAC needs its key; they
    have no place in a repr, a log or an answer.
    """

    hook_id: str
    desk: str
    account: str
    created_at: datetime
    secrets: tuple[str, ...] = field(default=(), repr=False)
    rotated_at: datetime | None = None
    options: Mapping[str, str] = field(default_factory=dict, repr=False)

    def live_secrets(self, now: datetime) -> tuple[str, ...]:
        """The secrets a delivery may be signed with now."""
        overlapping = self.rotated_at is not None and now < self.rotated_at + OVERLAP
        return self.secrets[:2] if overlapping else self.secrets[:1]


@dataclass(frozen=True, slots=True, repr=False)
class Delivery:
    """A webhook as it arrived: raw bytes, because signatures are over bytes. Header names in lower case; `url` as
    the desk knows it. Has no repr: bodies hold addresses."""

    method: str
    url: str
    headers: Mapping[str, str]
    body: bytes

    def __repr__(self) -> str:
        return "Delivery(…)"


@dataclass(frozen=True, slots=True, repr=False)
class DeskMessage:
    """What a desk tells of one chat, as far as it may be used: read from named fields, cleaned, nothing else kept.

    `account` as the payload names it, None where it does not. `proven`: the desk itself proves that the contact is
    `customer_id`. `at`: None where the payload tells no time. `ask`: what has to be fetched from the desk's API.
    """

    chat_id: str
    account: str | None = None
    at: datetime | None = None
    ip: str | None = None
    user_agent: str | None = None
    languages: tuple[str, ...] = ()
    customer_id: str | None = None
    proven: bool = False
    ask: Mapping[str, str] | None = None

    def __repr__(self) -> str:
        return f"DeskMessage({self.chat_id})"


@dataclass(frozen=True, slots=True, repr=False)
class ApiRequest:
    """A request to a desk's API, made by a pure adapter and sent by `desks.calling`. `auth`: user and password."""

    method: str
    url: str
    headers: Mapping[str, str] = field(default_factory=dict)
    json: Mapping[str, object] | None = None
    form: Mapping[str, str] | None = None
    auth: tuple[str, str] | None = None

    def __repr__(self) -> str:
        return f"ApiRequest({self.method})"


@dataclass(frozen=True, slots=True)
class WrittenNote:
    """The note we last left in a chat: its id on the desk where it can be changed, and a digest of its text."""

    note_id: str | None
    digest: str


class HookStore(Protocol):
    """Hooks, which deliveries were done, and which notes were written. Raises `StoreUnavailable`, as all stores do."""

    def put(self, hook: Hook) -> None:
        """Insert or replace a hook by its id."""
        ...

    def get(self, hook_id: str) -> Hook | None: ...

    def list(self) -> Sequence[Hook]:
        """All hooks, oldest first."""
        ...

    def remove(self, hook_id: str) -> bool: ...

    def done(self, hook_id: str, delivery: bytes) -> bool:
        """Whether this delivery was marked within the last seven days."""
        ...

    def mark(self, hook_id: str, delivery: bytes) -> bool:
        """Mark a delivery as done; True for the first to do so. Called after the facts are recorded: a crash in
        between costs a repetition, which recording bears, and not a message."""
        ...

    def due(self, key: ChatKey, at: datetime) -> None:
        """The chat's note may have to be written, or written anew, at `at`. One entry a chat, the newest 10,000."""
        ...

    def take_due(self, now: datetime, again_at: datetime, limit: int) -> Sequence[ChatKey]:
        """Chats that are due, lent until `again_at`: whoever dies over one gives it back by that."""
        ...

    def was_due(self, key: ChatKey, again_at: datetime) -> None:
        """Done with a chat that was lent until `again_at`; it stays due if something came up since."""
        ...

    def note(self, key: ChatKey) -> WrittenNote | None: ...

    def keep_note(self, key: ChatKey, note: WrittenNote) -> None:
        """Remember the note of a chat as long as its decision is kept."""
        ...
