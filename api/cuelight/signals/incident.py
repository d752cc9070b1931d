"""An open incident: somebody pretended to be this customer, and it is not over.

Fires for every chat of the customer from shortly before the incident opened until it ends or is closed, whatever
else speaks for the contact; policy floors the cue. Silent without an incident. Its false alarm is the point:
the owner's own chats are red, too, until the incident is closed.
"""

from __future__ import annotations

from datetime import datetime, timedelta

from cuelight.core.chat import Chat
from cuelight.core.evidence import Evidence
from cuelight.core.history import Incident
from cuelight.signals.question import Question, Signal


def ask(q: Question) -> Evidence | None:
    """The reported chat itself has its own text: it is not *like* the impostor's, it is."""
    if any(i.closed_at is None and q.chat.key in i.chats for i in q.history.incidents):
        return Evidence("incident.reported", q.constant("points"))
    incident = q.history.open_incident(q.now)
    if incident is None or not applies(incident, q.chat.at, q.constant("reach_back_h")):
        return None
    return Evidence("incident.open", q.constant("points"))


def applies(incident: Incident, chat_at: datetime, reach_back_h: float) -> bool:
    """Agents may still have a chat open that began a while before the complaint came in."""
    return chat_at >= incident.opened_at - timedelta(hours=reach_back_h)


def applies_to(incident: Incident, chat: Chat, reach_back_h: float) -> bool:
    """Whether an open incident floors this chat."""
    return chat.key in incident.chats or applies(incident, chat.at, reach_back_h)


SIGNAL = Signal(
    "incident",
    ask,
    codes=("incident.open", "incident.reported"),
    constants=("points", "reach_back_h"),
)
