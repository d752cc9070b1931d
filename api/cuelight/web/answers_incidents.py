"""The shapes of answers about incidents and locks, with an example of each, for the API's description."""

from __future__ import annotations

from datetime import datetime
from typing import Literal

from pydantic import Field

from cuelight.core.decision import Cue
from cuelight.core.incident import CloseReason, Opener
from cuelight.web.answers import ChatName, Shape


class AskedShape(Shape):
    """Somebody asks for a second person to close this."""

    by: str
    at: datetime
    reason: CloseReason


class IncidentAnswer(Shape):
    """An incident."""

    incident_id: str
    state: Literal["open", "closing", "closed", "ended"] = Field(
        description="`closing`: open, until a second person confirms. `ended`: by itself, after the policy's days."
    )
    opened_at: datetime
    ends_at: datetime
    closed_at: datetime | None
    opened_by: Opener
    by: str | None = Field(description="Who opened it; null for incidents of older versions.")
    reason: str | None
    close_asked: AskedShape | None
    chats: list[ChatName] = Field(description="The chats that were reported.")


class IncidentsAnswer(Shape):
    """Incidents of all customers, newest first."""

    incidents: list[IncidentAnswer]
    after: str | None = Field(description="Send it as `after` for the next page; null: there is none.")


class MomentShape(Shape):
    """One line of a timeline. `params` hold codes and coarse facts; which ones, docs/incidents.md tells."""

    at: datetime
    what: str
    chat: ChatName | None
    by: str | None
    params: dict[str, str | float | bool | None]


class LikelyShape(Shape):
    """A chat nobody reported that was probably the same contact."""

    chat: ChatName
    at: datetime
    cue: Cue | None
    alike: list[Literal["connection", "network", "device"]]
    before: bool = Field(description="Whether it came before the incident was opened.")


class CaseAnswer(IncidentAnswer):
    """An incident with everything known of it."""

    locked: bool = Field(description="Whether the customer's lock is on.")
    timeline: list[MomentShape]
    likely: list[LikelyShape]


class LockAnswer(Shape):
    """A customer's lock."""

    locked: bool
    at: datetime | None
    by: str | None
    ends_at: datetime | None


_CHAT = {"desk": "zendesk", "account": "acme", "chat_id": "7431"}
INCIDENT: dict[str, object] = {
    "incident_id": "i_60d14e0c92a7b1f35c",
    "state": "open",
    "opened_at": "2026-11-20T09:30:00.000Z",
    "ends_at": "2027-02-18T09:30:00.000Z",
    "closed_at": None,
    "opened_by": "company",
    "by": "Kim",
    "reason": "complaint",
    "close_asked": None,
    "chats": [_CHAT],
}
CLOSING: dict[str, object] = {
    **INCIDENT,
    "state": "closing",
    "close_asked": {"by": "Kim", "at": "2026-11-23T10:00:00.000Z", "reason": "secured"},
}
CLOSED: dict[str, object] = {**INCIDENT, "state": "closed", "closed_at": "2026-11-23T11:00:00.000Z"}
LISTED: dict[str, object] = {"incidents": [INCIDENT], "after": None}
CASE: dict[str, object] = {
    **INCIDENT,
    "locked": False,
    "timeline": [
        {
            "at": "2026-11-20T09:12:00.000Z",
            "what": "contact",
            "chat": _CHAT,
            "by": None,
            "params": {
                "cue": "red",
                "score": 97.2,
                "reason": "network.new_country",
                "identity": "claimed",
                "country": "NL",
                "network": "hosting",
                "relation": "reported",
            },
        },
        {
            "at": "2026-11-20T09:30:00.000Z",
            "what": "opened",
            "chat": None,
            "by": "Kim",
            "params": {"reason": "complaint", "ends_at": "2027-02-18T09:30:00.000Z"},
        },
    ],
    "likely": [
        {
            "chat": {"desk": "zendesk", "account": "acme", "chat_id": "6102"},
            "at": "2026-11-03T14:20:00.000Z",
            "cue": "amber",
            "alike": ["network", "device"],
            "before": True,
        }
    ],
}
LOCKED: dict[str, object] = {
    "locked": True,
    "at": "2026-11-23T12:00:00.000Z",
    "by": "Kim",
    "ends_at": "2027-12-28T12:00:00.000Z",
}
INCIDENTS: dict[str, object] = {
    "a complaint": {"customer_id": "u-1001", "reason": "complaint", "by": "Kim"},
    "for a year": {"customer_id": "u-1001", "reason": "takeover", "by": "Kim", "days": 365},
}
