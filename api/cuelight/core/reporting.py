"""What an outcome makes of the customer's incident, and what that announces. Pure."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime, timedelta

from cuelight.core import announcing, incident
from cuelight.core.errors import InvalidInput
from cuelight.core.history import History, Outcome
from cuelight.core.incident import Incident, Opener, OpenReason
from cuelight.core.ports import Announcement, StoredChat

_UNDO = timedelta(minutes=10)
"""How long an agent may take back `impersonation` alone; after that, closing the incident is the way."""


@dataclass(frozen=True, slots=True)
class Change:
    """An incident as it was (None: there was none), as it becomes, and what that announces."""

    before: Incident | None
    after: Incident
    announce: tuple[Announcement, ...] = ()


def after_outcome(
    stored: StoredChat,
    history: History,
    outcome: Outcome,
    now: datetime,
    by: str,
    days: float,
    *,
    opener: Opener = Opener.AGENT,
    reason: OpenReason = OpenReason.IMPERSONATION,
) -> Change | None:
    """What an outcome makes of the customer's incident; None: nothing. Raises `InvalidInput` where `impersonation` is
    taken back too late."""
    key = stored.chat.key
    if stored.chat.customer is None:
        return None
    if outcome is Outcome.IMPERSONATION:
        ends_at = now + timedelta(days=days)
        current = history.open_incident(now)
        if current is None:
            return opening(incident.opened(str(key), now, ends_at, opener, by, reason, key), now)
        return Change(current, incident.reported(current, now, ends_at, by, reason, key))
    mine = next((i for i in history.incidents if key in i.chats and i.closed_at is None), None)
    if mine is None or stored.outcome is None or stored.outcome.outcome is not Outcome.IMPERSONATION:
        return None
    if now - stored.outcome.at > _UNDO:
        raise InvalidInput("outcome", "impersonation can be taken back for 10 minutes; close the incident instead")
    return closing(mine, incident.taken_back(mine, now, by, key), now)


def opening(fresh: Incident, now: datetime) -> Change:
    return Change(None, fresh, (announcing.about_incident("incident.opened", fresh, now),))


def closing(before: Incident, after: Incident, now: datetime) -> Change:
    announce = () if after.closed_at is None else (announcing.about_incident("incident.closed", after, now),)
    return Change(before, after, announce)
