"""What was given out in a chat: kinds, never values. Repairing a mistake begins with knowing what the impostor has."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import datetime, timedelta
from enum import StrEnum

from cuelight.core.chat import ChatKey

MISTAKEN_FOR = timedelta(minutes=10)
"""How long an agent may say that an entry was a slip; the ledger keeps both lines."""


class Kind(StrEnum):
    """What an impostor can do something with."""

    ADDRESS = "address"
    EMAIL = "email"
    PHONE = "phone"
    ORDERS = "orders"
    CARD_DIGITS = "card_digits"
    ACCOUNT = "account"
    ACCESS = "access"
    OTHER = "other"


@dataclass(frozen=True, slots=True)
class Disclosure:
    """One line of a customer's ledger. `mistaken` takes the kind's earlier line of the same chat back; `team` is that
    of the agent's browser, "" where none is known."""

    chat: ChatKey
    kind: Kind
    at: datetime
    by: str
    mistaken: bool = False
    team: str = ""


def standing(ledger: Iterable[Disclosure]) -> list[Disclosure]:
    """The lines that still hold, newest first; of each kind and chat the first time it was given out.

    `ledger` comes newest first. Why the first time: it is what a later impostor may have built on.
    """
    held: dict[tuple[ChatKey, Kind], Disclosure] = {}
    for line in reversed(list(ledger)):
        name = (line.chat, line.kind)
        if line.mistaken:
            held.pop(name, None)
        else:
            held.setdefault(name, line)
    return sorted(held.values(), key=lambda line: line.at, reverse=True)
