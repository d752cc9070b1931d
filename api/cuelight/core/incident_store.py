"""What a customer store keeps around incidents: whose they are, who saw the cues, and the customer's lock."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Protocol

from cuelight.core.chat import ChatKey, Token
from cuelight.core.decision import Cue
from cuelight.core.history import Lock

VIEWS_KEPT = 200
"""Chats and agents of one customer; the oldest fall off."""

INDEX_KEPT = 5_000
"""Incidents of all customers that can be listed; the oldest fall off the list."""


@dataclass(frozen=True, slots=True)
class View:
    """An agent saw the cue of a chat: when for the first time, and which cue it was then."""

    key: ChatKey
    by: str
    at: datetime
    cue: Cue


class IncidentStore(Protocol):
    """Part of `ports.CustomerStore`. Every call raises `StoreUnavailable` if the store cannot answer for certain."""

    def incident_owner(self, incident_id: str) -> Token | None:
        """Whose incident this is, by a note outside the customer's slot: best effort, so None does not mean that
        there is none. The token may be one under a former hash key."""
        ...

    def incidents(self, limit: int, after: str | None = None) -> Sequence[tuple[Token, str]]:
        """Customers and the ids of their incidents, those opened last first; from the same notes. `after`: those that
        come behind this id; raises `InvalidInput` if it is not known (any more)."""
        ...

    def put_lock(self, customer: Token, lock: Lock | None) -> None:
        """Set the customer's lock, or remove it. One from before the customer was erased is left out."""
        ...

    def seen(self, customer: Token, view: View) -> None:
        """Note that an agent saw a chat's cue; of each chat and agent the first time counts."""
        ...

    def views(self, customer: Token) -> Sequence[View]:
        """Who saw the cues of this customer's chats, newest first."""
        ...
