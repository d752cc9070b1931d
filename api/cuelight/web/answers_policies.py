"""The shapes of answers about policies, with an example of each, for the API's description."""

from __future__ import annotations

from datetime import date, datetime
from typing import Any

from pydantic import Field

from cuelight.core.decision import Cue
from cuelight.core.policy_book import State
from cuelight.web.answers import ChatName, Shape


class PublicationShape(Shape):
    """A version went live."""

    version: str
    at: datetime
    by: str
    note: str
    approved_by: str | None = Field(description="The second person, where publishing takes two.")
    rolled_back: bool


class RequestShape(Shape):
    """Somebody asks for a second person to publish this."""

    by: str
    at: datetime
    note: str


class ShadowingShape(Shape):
    version: str
    by: str
    since: datetime


class PolicyAnswer(Shape):
    """A version and what became of it."""

    version: str
    state: State
    author: str
    note: str
    created_at: datetime
    published: PublicationShape | None = Field(description="When it went live last.")
    request: RequestShape | None


class ChangeShape(Shape):
    """A field that differs; null: it is not there."""

    field: str
    old: str | float | None
    new: str | float | None
    text: str


class WholePolicyAnswer(PolicyAnswer):
    """A version with its document, and what differs from the live one."""

    document: dict[str, Any]
    changes: list[ChangeShape]


class ValidAnswer(Shape):
    """The document may be kept as a version."""

    valid: bool
    changes: list[ChangeShape]


class OverviewAnswer(Shape):
    """Every version of the policy."""

    live: str = Field(description="The version in force in the process that answers.")
    refused: str | None = Field(description="Why the version that should be live is not: its field and the problem.")
    two_person: bool = Field(description="Whether publishing takes two people.")
    versions: list[PolicyAnswer]
    log: list[PublicationShape]
    shadow: ShadowingShape | None


class CrossingShape(Shape):
    """How often a live cue met one of the shadow's on a day."""

    day: date
    live: Cue
    shadow: Cue
    count: int


class DifferingShape(Shape):
    """A chat the shadow would have given another cue. Codes of reasons; texts are in the wording catalogue."""

    at: datetime
    chat: ChatName
    live: Cue
    shadow: Cue
    gained: list[str]
    lost: list[str]
    moved: list[str]


class ShadowAnswer(Shape):
    """The comparison of the version that runs silently with the live one."""

    running: ShadowingShape | None
    decisions: int
    differing: int
    counts: list[CrossingShape]
    chats: list[DifferingShape]


_AT = "2026-11-24T09:00:00.000Z"
_PUBLISHED: dict[str, object] = {
    "version": "2026-11-24.5",
    "at": _AT,
    "by": "console (key 1f0c2d3e)",
    "note": "seen in the shadow for a week",
    "approved_by": None,
    "rolled_back": False,
}
_DRAFT: dict[str, object] = {
    "version": "2026-11-24.5",
    "state": "draft",
    "author": "console (key 1f0c2d3e)",
    "note": "fewer ambers at night",
    "created_at": "2026-11-24T08:30:00.000Z",
    "published": None,
    "request": None,
}
_VERSION = {**_DRAFT, "state": "live", "published": _PUBLISHED}
_ASKED = {**_DRAFT, "request": {"by": "console (key 1f0c2d3e)", "at": _AT, "note": ""}}
_RUNNING = {"version": "2026-11-24.5", "by": "console (key 1f0c2d3e)", "since": _AT}
_DOCUMENT: dict[str, object] = {"thresholds": {"amber": 45.0}}
_CHANGES = [{"field": "thresholds.amber", "old": 40.0, "new": 45.0, "text": "thresholds.amber: 40 → 45"}]
_EMPTY: dict[str, object] = {"running": None, "decisions": 0, "differing": 0, "counts": [], "chats": []}

EXAMPLES: dict[str, Any] = {
    "version": _VERSION,
    "draft": _DRAFT,
    "asked": _ASKED,
    "rolled_back": {**_VERSION, "published": {**_PUBLISHED, "rolled_back": True}},
    "document": _DOCUMENT,
    "whole": {**_DRAFT, "document": _DOCUMENT, "changes": _CHANGES},
    "overview": {
        "live": "2026-11-24.5",
        "refused": None,
        "two_person": False,
        "versions": [_VERSION],
        "log": [_PUBLISHED],
        "shadow": None,
    },
    "no_shadow": _EMPTY,
    "shadow": {
        "running": _RUNNING,
        "decisions": 312,
        "differing": 4,
        "counts": [
            {"day": "2026-11-24", "live": "amber", "shadow": "green", "count": 4},
            {"day": "2026-11-24", "live": "green", "shadow": "green", "count": 308},
        ],
        "chats": [
            {
                "at": _AT,
                "chat": {"desk": "zendesk", "account": "acme", "chat_id": "7431"},
                "live": "amber",
                "shadow": "green",
                "gained": [],
                "lost": [],
                "moved": ["network.new_provider"],
            }
        ],
    },
}
