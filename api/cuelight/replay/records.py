"""What happened, as a replay reads it: chats, outcomes, sightings, account events, each at its time."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime
from typing import TypeAlias

from cuelight.core.facts import ChatFacts, ContactFacts
from cuelight.core.history import AccountEventKind, Outcome, Proof


@dataclass(frozen=True, slots=True)
class SightingRecord:
    """The company saw the customer itself."""

    customer_id: str
    contact: ContactFacts
    proof: Proof

    @property
    def at(self) -> datetime:
        return self.contact.at


@dataclass(frozen=True, slots=True)
class AccountEventRecord:
    """Something happened to the account."""

    at: datetime
    customer_id: str
    event: AccountEventKind
    ip: str | None


@dataclass(frozen=True, slots=True)
class OutcomeRecord:
    """An agent found something out about a chat. Desk and account are needed only where chat ids repeat."""

    at: datetime
    chat_id: str
    outcome: Outcome
    method: Proof | None
    desk: str | None = None
    account: str | None = None


@dataclass(frozen=True, slots=True)
class ChatRecord:
    """A chat to be scored. `label` is what is known of it afterwards; scoring never sees it."""

    facts: ChatFacts
    label: str | None

    @property
    def at(self) -> datetime:
        return self.facts.contact.at


Record: TypeAlias = SightingRecord | AccountEventRecord | OutcomeRecord | ChatRecord

_ORDER: tuple[type, ...] = (SightingRecord, AccountEventRecord, ChatRecord, OutcomeRecord)


def in_order(record: Record) -> tuple[datetime, int, str]:
    """Sort key: by time; of one moment, first what is learnt, then chats by their name, then what came of them.

    So the order of simultaneous records in a file does not matter.
    """
    name = ""
    if isinstance(record, ChatRecord):
        name = str(record.facts.key)
    elif isinstance(record, OutcomeRecord):
        name = f"{record.chat_id}|{record.outcome}"
    else:
        name = record.customer_id
    return record.at, _ORDER.index(type(record)), name
