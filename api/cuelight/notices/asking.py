"""The "was this you?" notice: offered after a chat, reached by a link, and answered on its page.

A "no" opens an incident at once. A "yes" changes nothing but what is noted: whoever reads the owner's mail is not
thereby the owner, so it may not teach (ADR 12).
"""

from __future__ import annotations

import json
import secrets
from base64 import urlsafe_b64encode
from collections.abc import Callable
from dataclasses import dataclass, replace
from datetime import datetime
from enum import StrEnum
from typing import Protocol

import structlog

from cuelight.core import announcing, proving
from cuelight.core.chat import Chat, ChatKey, Token
from cuelight.core.decision import Decision
from cuelight.core.errors import InvalidInput, StoreUnavailable
from cuelight.core.history import Incident
from cuelight.core.incident import Opener, OpenReason
from cuelight.core.notice import (
    NONCE_BYTES,
    OWNER,
    Answer,
    Link,
    Notice,
    NoticeStore,
    NoticeTo,
    Seals,
    State,
    Terms,
    Way,
    is_proven,
    name_of,
)
from cuelight.core.outbox import Alert, Outbox
from cuelight.core.ports import CustomerStore, Locator, StoredChat

_log = structlog.get_logger("cuelight.notices.asking")

LOOKS_PER_MIN = 240
"""By one sender: a company's mail scanner opens the links of many people."""
ANSWERS_PER_MIN = 20
"""To one notice, by whomever."""
_MINUTE_S = 60
_TRIES = 4
"""How often one answer may be overtaken by another to the same notice."""


class Standing(StrEnum):
    """What a link leads to."""

    OPEN = "open"
    YES = "yes"
    NO = "no"
    EXPIRED = "expired"
    VOID = "void"  # forgotten, withheld, or of a customer the chat is no longer about
    GARBLED = "garbled"  # not made here, or copied in part


@dataclass(frozen=True, slots=True)
class Look:
    """A link's page. `notice` where it may be shown; `may_correct`: a "yes" may still become a "no"."""

    standing: Standing
    notice: Notice | None = None
    may_correct: bool = False


class Opens(Protocol):
    """`incidents.Incidents`, as far as a "no" needs it."""

    def open(
        self, customer: Token, key: ChatKey | None = None, *, opened_by: Opener, by: str, reason: OpenReason
    ) -> Incident: ...


class Offers:
    """Keeps a notice for every chat the owner is to be asked about, until it is due."""

    def __init__(
        self,
        customers: CustomerStore,
        store: NoticeStore,
        seals: Seals,
        terms: Terms,
        clock: Callable[[], datetime],
    ) -> None:
        self._terms = terms
        self._customers = customers
        self._store = store
        self._seals = seals
        self._clock = clock
        self._told_off = False

    def decided(self, chat: Chat, decision: Decision) -> None:
        """Told of every decision a message led to. Best effort: the agent's cue does not wait for a notice."""
        if self._terms.way is Way.OFF:
            return
        try:
            if not asks(self._terms, chat, decision, stepped_up=False):
                self._store.withdraw(name_of(chat.key))
            elif self._terms.way is Way.WEBHOOK and chat.customer is not None:
                self._offer(chat.key, chat.customer, NoticeTo())
        except StoreUnavailable:
            _log.warning("notice_missed", desk=chat.key.desk)

    def give(self, key: ChatKey, to: NoticeTo) -> bool:
        """Where a notice about this chat would go. Kept, sealed, only while one waits: False where none does."""
        if self._terms.way is Way.OFF and not self._told_off:
            self._told_off = True
            _log.warning("notices_are_off", why="addresses sent for notices are not kept: see CUELIGHT_NOTICES")
        where = to.email if self._terms.way is Way.MAIL else to.ref if self._terms.way is Way.WEBHOOK else None
        stored = None if where is None else self._customers.find(key)
        if stored is None or stored.chat.customer is None or not still_asks(self._terms, stored):
            return False
        self._offer(key, stored.chat.customer, to, where)
        return True

    def _offer(self, key: ChatKey, customer: Token, to: NoticeTo, where: str | None = None) -> None:
        now, nonce = self._clock(), urlsafe_b64encode(secrets.token_bytes(NONCE_BYTES)).rstrip(b"=").decode()
        notice = Notice(key, customer, nonce, now)
        sealed = None if where is None else self._seals.seal(json.dumps([where, to.locale]), notice.name)
        self._store.offer(notice, now + self._terms.delay, sealed)


class Notices:
    """Shows what a link leads to, and takes answers. Raises `StoreUnavailable`."""

    def __init__(
        self,
        locator: Locator,
        store: NoticeStore,
        seals: Seals,
        incidents: Opens,
        outbox: Outbox,
        terms: Terms,
        clock: Callable[[], datetime],
    ) -> None:
        self.terms = terms
        self._locator = locator
        self._store = store
        self._seals = seals
        self._incidents = incidents
        self._outbox = outbox
        self._clock = clock

    def admits(self, token: str, sender: Token, *, answering: bool) -> bool:
        """Whether a link may be followed once more within this minute, by this sender and, to answer, by anybody. One
        that was not made here costs nothing but this look at it."""
        link = self._seals.read(token)
        if link is None:
            return True
        minute = f"{self._clock():%Y-%m-%dT%H:%M}"
        if answering and not self._store.admit(f"{link.name}|{minute}", ANSWERS_PER_MIN, _MINUTE_S):
            return False
        return self._store.admit(f"{sender}|{minute}", LOOKS_PER_MIN, _MINUTE_S)

    def look(self, token: str) -> Look:
        """What a link leads to. Looking changes nothing, however often and by whomever it is done."""
        link = self._seals.read(token)
        if link is None:
            return Look(Standing.GARBLED)
        now, notice = self._clock(), self._store.read(link.name)
        if notice is None or notice.nonce != link.nonce or notice.state is not State.SENT:
            return Look(Standing.EXPIRED if now >= link.expires_at else Standing.VOID)
        may_correct = notice.may_correct(now)
        if now >= link.expires_at and not may_correct:
            return Look(Standing.EXPIRED)
        return Look(Standing(notice.answer) if notice.answer else Standing.OPEN, notice, may_correct)

    def about(self, stored: StoredChat | None) -> Notice | None:
        """The notice that went out about a chat, with its answer; None where it went to a customer whom the chat is no
        longer about."""
        if stored is None or stored.chat.customer is None:
            return None
        notice = self._store.read(name_of(stored.chat.key))
        if notice is None or notice.state is not State.SENT:
            return None
        present = self._locator.present_customer
        return notice if present(notice.customer) == present(stored.chat.customer) else None

    def answer(self, token: str, answer: Answer) -> tuple[Look, bool]:
        """The owner's word, once; and whether this was it. A "no" opens an incident before it is noted, so that one
        that failed on the way can be repeated; what it opens is opened once, however often."""
        for _ in range(_TRIES):
            look = self.look(token)
            if look.notice is None or not look.notice.may_answer(answer, self._clock()):
                return look, False
            incident = self._deny(look.notice) if answer is Answer.NO else None
            after = look.notice.answered(answer, self._clock(), incident.incident_id if incident else None)
            if self._store.change(look.notice, after):
                if incident is not None:
                    self._announce_denied(after, incident)
                _log.info("notice_answered", answer=answer.value, desk=after.key.desk)
                return self.look(token), True
        raise StoreUnavailable("too many answers to one notice at once")

    def _deny(self, notice: Notice) -> Incident:
        customer = self._locator.present_customer(notice.customer)
        try:
            return self._incidents.open(
                customer, notice.key, opened_by=Opener.OWNER, by=OWNER, reason=OpenReason.DENIED
            )
        except InvalidInput:
            # The chat is about somebody else by now; the contact was not this customer all the same.
            return self._incidents.open(customer, opened_by=Opener.OWNER, by=OWNER, reason=OpenReason.DENIED)

    def _announce_denied(self, notice: Notice, incident: Incident) -> None:
        said = announcing.about_notice("notice.denied", notice.key, self._clock(), incident.incident_id)
        self._outbox.announce(said, self._locator.present_customer(notice.customer))


class Links:
    """Makes links, and tells where a notice goes."""

    def __init__(self, store: NoticeStore, seals: Seals, terms: Terms) -> None:
        self._store = store
        self._seals = seals
        self._terms = terms

    def to(self, notice: Notice) -> str:
        """The link of a notice that has an end."""
        assert notice.expires_at is not None
        token = self._seals.sign(Link(notice.name, notice.nonce, notice.expires_at))
        return f"{self._terms.public_url}/notice/{token}"

    def where(self, notice: Notice) -> NoticeTo | None:
        """None where nobody said, or that is forgotten by now."""
        sealed = self._store.sealed(notice.name)
        text = self._seals.open(sealed, notice.name) if sealed is not None else None
        if text is None:
            return None
        where, locale = json.loads(text)
        mail = self._terms.way is Way.MAIL
        return NoticeTo(where if mail else None, None if mail else where, locale)

    def complete(self, alert: Alert) -> Alert:
        """Put into a `notice.due` what its receiver needs; None in its place where there is nothing to send."""
        if alert.kind != "notice.due":
            return alert
        notice = self._store.read(name_of(ChatKey(*(str(alert.body.get(n)) for n in ("desk", "account", "chat_id")))))
        if notice is None or notice.state is not State.SENT or notice.answer or notice.expires_at is None:
            return replace(alert, body={**alert.body, "notice": None})
        to = self.where(notice) or NoticeTo()
        said = {"link": self.to(notice), "expires_at": notice.expires_at.isoformat(), "locale": to.locale}
        return replace(alert, body={**alert.body, "notice": said | ({"ref": to.ref} if to.ref else {})})


def asks(terms: Terms, chat: Chat, decision: Decision, *, stepped_up: bool) -> bool:
    """Whether the owner is asked about this chat. Never about one that is about nobody's account."""
    if chat.customer is None:
        return False
    return terms.after.asks(decision.cue, proven=is_proven(chat, stepped_up=stepped_up))


def still_asks(terms: Terms, stored: StoredChat) -> bool:
    return asks(terms, stored.chat, stored.decision, stepped_up=proving.proven_by(stored) is not None)
