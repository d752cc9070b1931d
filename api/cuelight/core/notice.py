"""The "was this you?" notice: who is asked, what may become of one, and the port that keeps them.

There is at most one notice for a chat and customer. It waits a little, because a chat that is proven in the meantime
needs none; then it is sent, and once it was answered "no" nothing takes that back.
"""

from __future__ import annotations

from base64 import urlsafe_b64encode
from collections.abc import Sequence
from dataclasses import dataclass, replace
from datetime import datetime, timedelta
from enum import StrEnum
from hashlib import blake2b
from typing import Protocol

from cuelight.core.chat import Chat, ChatKey, Identity, NetworkKind, Token
from cuelight.core.decision import Cue

ADDRESS_KEPT = timedelta(hours=24)
"""How long where a notice goes is kept, if it cannot be sent."""

MISTAKE_FOR = timedelta(hours=24)
"""How long a "yes" may still become a "no": saying so too late is better than not at all."""

OWNER = "customer (notice)"
"""Who opened an incident by a notice, as its steps say it."""

NONCE_BYTES = 8


class Way(StrEnum):
    """How notices get out."""

    OFF = "off"
    WEBHOOK = "webhook"  # `notice.due` to the company's own mailer
    MAIL = "mail"  # by SMTP from here, to the address the company gave with the chat


class After(StrEnum):
    """After which chats the owner is asked; each takes in those before it."""

    RED = "red"
    AMBER = "amber"
    GREY = "grey"
    UNPROVEN = "unproven"  # every chat nobody proved, a green one among them

    def asks(self, cue: Cue, *, proven: bool) -> bool:
        """Never after a chat that was proven: whoever it was could answer the notice as well."""
        if proven:
            return False
        levels = (Cue.RED, Cue.AMBER, Cue.GREY, Cue.GREEN)
        return levels.index(cue) <= list(After).index(self)


@dataclass(frozen=True, slots=True)
class Terms:
    """This installation's notices. `public_url`: where customers reach the page, without a slash at its end.
    `help_url`: where a customer finds help, if there is a place."""

    way: Way = Way.OFF
    after: After = After.GREY
    delay: timedelta = timedelta(minutes=10)
    per_day: int = 3
    life: timedelta = timedelta(days=7)
    public_url: str = ""
    brand: str = ""
    help_url: str = ""


@dataclass(frozen=True, slots=True, repr=False)
class NoticeTo:
    """Where the company wants a notice to go: a mail address, or a reference that only its own mailer understands.

    Has no repr: a stray log line must show neither.
    """

    email: str | None = None
    ref: str | None = None
    locale: str = ""

    def __repr__(self) -> str:
        return "NoticeTo(…)"


class State(StrEnum):
    """How far a notice is."""

    WAITING = "waiting"
    SENT = "sent"
    WITHHELD = "withheld"  # the day's bound, or no way to send it


class Answer(StrEnum):
    """The owner's word, as far as whoever reads the owner's mail is the owner."""

    YES = "yes"
    NO = "no"


@dataclass(frozen=True, slots=True)
class Told:
    """What the page says about the contact, as it was when the notice was sent."""

    at: datetime
    country: str | None = None
    kind: NetworkKind = NetworkKind.UNKNOWN

    @classmethod
    def of(cls, chat: Chat) -> Told:
        origin = chat.origin
        if origin is None:
            return cls(chat.at)
        return cls(chat.at, None if origin.kind.hides_origin else origin.country, origin.kind)


@dataclass(frozen=True, slots=True)
class Notice:
    """One notice. `nonce` is part of its link: a link for another customer of the same chat is void. `reason`: why it
    was withheld."""

    key: ChatKey
    customer: Token
    nonce: str
    made_at: datetime
    state: State = State.WAITING
    attempts: int = 0
    told: Told | None = None
    sent_at: datetime | None = None
    expires_at: datetime | None = None
    answer: Answer | None = None
    answered_at: datetime | None = None
    incident_id: str | None = None
    reason: str = ""

    @property
    def name(self) -> str:
        return name_of(self.key)

    def may_answer(self, answer: Answer, now: datetime) -> bool:
        """Once; but for a "no" after a "yes" that was a mistake."""
        if self.state is not State.SENT or self.expires_at is None:
            return False
        if self.answer is None:
            return now < self.expires_at
        return answer is Answer.NO and self.may_correct(now)

    def may_correct(self, now: datetime) -> bool:
        """Whether a "yes" may still be taken back."""
        return self.answer is Answer.YES and self.answered_at is not None and now < self.answered_at + MISTAKE_FOR

    def answered(self, answer: Answer, now: datetime, incident_id: str | None = None) -> Notice:
        return replace(self, answer=answer, answered_at=now, incident_id=incident_id)


def name_of(key: ChatKey) -> str:
    """A chat's name in notices: 128 bits, not to be read back."""
    parts = "\0".join((key.desk, key.account, key.chat_id))
    digest = blake2b(parts.encode("utf-8", "surrogatepass"), digest_size=16, person=b"cuelight/notice").digest()
    return urlsafe_b64encode(digest).rstrip(b"=").decode()


def is_proven(chat: Chat, *, stepped_up: bool) -> bool:
    return stepped_up or chat.identity is Identity.VERIFIED


@dataclass(frozen=True, slots=True)
class Link:
    """What a link says: a notice by its chat's name, which one, and until when. Nothing about the customer."""

    name: str
    nonce: str
    expires_at: datetime


class Seals(Protocol):
    """Links that nobody else can make, and values that nobody else can read."""

    def sign(self, link: Link) -> str: ...

    def read(self, token: str) -> Link | None:
        """The link, if this installation made it; whether it has expired is for the caller to see."""
        ...

    def seal(self, text: str, about: str) -> bytes:
        """`about` must be the same when it is opened: a sealed value cannot be moved to another notice."""
        ...

    def open(self, sealed: bytes, about: str) -> str | None:
        """None for what was not sealed here, or about something else."""
        ...


class NoticeStore(Protocol):
    """Notices by their chat's name, and which are due. Every call raises `StoreUnavailable` if it cannot answer."""

    def offer(self, notice: Notice, due_at: datetime, sealed: bytes | None = None) -> bool:
        """Keep a new notice. False where there is one for this chat and customer; while that one waits, `sealed`
        (where it goes) replaces what was given before. One for another customer is replaced and its link is void."""
        ...

    def read(self, name: str) -> Notice | None: ...

    def several(self, names: Sequence[str]) -> Sequence[Notice]:
        """Those of these notices that there are, in one round trip."""
        ...

    def sealed(self, name: str) -> bytes | None:
        """Where it goes. Gone when it was sent, after 24 hours at the latest."""
        ...

    def change(self, before: Notice, after: Notice, *, done: bool = False, keep: bool = False) -> bool:
        """Replace `before`, if it is still as it was read; False if not. `done`: it is due no more, and where it
        goes is forgotten; with `keep` that stays until its day is over, because a channel will want it."""
        ...

    def withdraw(self, name: str) -> bool:
        """Forget a notice that still waits; others stay."""
        ...

    def take_due(self, now: datetime, again_at: datetime, limit: int) -> Sequence[str]:
        """Names of notices that are due, lent until `again_at`: whoever dies over one gives it back by that."""
        ...

    def put_off(self, name: str, at: datetime) -> None:
        """Due at another time."""
        ...

    def admit(self, what: str, most: int, ttl_s: int) -> bool:
        """Count one more of `what`, if there are not `most` already; the count ends `ttl_s` after the last."""
        ...

    def forget(self, names: Sequence[str]) -> int:
        """Forget these notices and where they go, however far they are. Returns how many there were."""
        ...
