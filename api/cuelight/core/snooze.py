"""A snooze: one signal set aside for one customer or one network, until a date, for a reason.

For the known false alarm that would otherwise cry wolf every day: an office that moved, a customer on a world tour. It
ends by itself, and no floor is lowered by it.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from enum import StrEnum
from typing import Protocol

from cuelight.core.chat import Chat, Token

SNOOZED = "snoozed"
"""Why a signal that was set aside could not be assessed."""

MOST_DAYS = 90
MOST = 500


class About(StrEnum):
    """What a snooze is about; `provider`: a network by its AS number."""

    CUSTOMER = "customer"
    NETWORK = "network"
    PROVIDER = "provider"


@dataclass(frozen=True, slots=True)
class Snooze:
    """`target` is a token, or an AS number; `label` what people call it, since nobody can read a token."""

    snooze_id: str
    signal: str
    about: About
    target: Token
    label: str
    until: datetime
    at: datetime
    by: str
    reason: str

    def covers(self, chat: Chat, now: datetime) -> bool:
        if not self.at <= now < self.until:
            return False
        match self.about:
            case About.CUSTOMER:
                return chat.customer == self.target
            case About.NETWORK:
                origin = chat.origin
                return origin is not None and (self.target == origin.address or self.target in origin.prefixes)
            case About.PROVIDER:
                return chat.origin is not None and str(chat.origin.asn) == self.target


class SnoozeStore(Protocol):
    """Every call raises `StoreUnavailable` if the store cannot answer."""

    def add(self, snooze: Snooze) -> None: ...

    def list(self) -> Sequence[Snooze]:
        """Those set last first; also some that are over."""
        ...

    def remove(self, snooze_id: str) -> bool:
        """False if there is none."""
        ...
