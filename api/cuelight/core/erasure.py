"""What an erasure removed, and what a store could do about its append-only file."""

from __future__ import annotations

from dataclasses import dataclass
from enum import StrEnum


class Rewrite(StrEnum):
    """Removed values stay in an append-only file until it is rewritten."""

    STARTED = "started"
    BUSY = "busy"  # an earlier rewrite is under way and may still write out what was there before
    REFUSED = "refused"  # the server does not let us: it holds until the server rewrites it by itself
    NONE = "none"  # there is no such file


@dataclass(frozen=True, slots=True)
class Erasure:
    """Counts of what was there, all zero for a customer of whom nothing was kept."""

    sightings: int = 0
    chats: int = 0
    incidents: int = 0
    account_events: int = 0
    disclosures: int = 0
    announcements: int = 0

    @property
    def anything(self) -> bool:
        return any((self.sightings, self.chats, self.incidents, self.account_events, self.disclosures))
