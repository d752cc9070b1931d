"""An incident: somebody pretended to be a customer. What may happen to one is told here; stores only keep it whole.

Whatever is done to an incident is a step, and steps are what its timeline begins with. Closing early takes two
people: the first asks, a second one confirms, and anything that happens in between voids the request, because it was
about another state of things.
"""

from __future__ import annotations

from dataclasses import dataclass, replace
from datetime import datetime, timedelta
from enum import StrEnum
from hashlib import blake2b

from cuelight.core.chat import ChatKey
from cuelight.core.errors import Conflict, InvalidInput, SecondPersonNeeded

STEPS_KEPT = 32
"""The first is kept, too, however many there are: it says who opened the incident, and why."""

MOST_DAYS = 3650


class Opener(StrEnum):
    """Whose word opened an incident."""

    AGENT = "agent"  # an outcome `impersonation`
    OWNER = "owner"  # the customer's own "no" to a notice
    COMPANY = "company"  # POST /incidents
    CONSOLE = "console"


class OpenReason(StrEnum):
    """Why an incident was opened. Codes, because free text would hold what must not be kept."""

    IMPERSONATION = "impersonation"
    DENIED = "denied"
    COMPLAINT = "complaint"
    TAKEOVER = "takeover"
    LEAK = "leak"
    OTHER = "other"


class CloseReason(StrEnum):
    """Why an incident was closed."""

    SECURED = "secured"
    MISTAKE = "mistake"
    DUPLICATE = "duplicate"
    OTHER = "other"


class StepKind(StrEnum):
    """What was done to an incident."""

    OPENED = "opened"
    REPORTED = "reported"
    EXTENDED = "extended"
    CLOSE_ASKED = "close_asked"
    CLOSE_CANCELLED = "close_cancelled"
    CLOSED = "closed"
    TAKEN_BACK = "taken_back"


@dataclass(frozen=True, slots=True)
class Step:
    """Something done to an incident: when, by whom, and why, as a code. `ends_at` where it moved the end."""

    kind: StepKind
    at: datetime
    by: str
    reason: str = ""
    ends_at: datetime | None = None


@dataclass(frozen=True, slots=True)
class Incident:
    """Somebody pretended to be this customer. Floors the cues of later chats while open.

    `chats` are those that were reported. Incidents of older versions have no steps.
    """

    incident_id: str
    opened_at: datetime
    ends_at: datetime
    chats: tuple[ChatKey, ...] = ()
    closed_at: datetime | None = None
    opened_by: Opener = Opener.AGENT
    steps: tuple[Step, ...] = ()

    def is_open(self, now: datetime) -> bool:
        return self.closed_at is None and self.opened_at <= now < self.ends_at

    @property
    def close_asked(self) -> Step | None:
        """The request to close that waits for a second person."""
        last = self.steps[-1] if self.steps else None
        return last if last is not None and last.kind is StepKind.CLOSE_ASKED else None

    @property
    def reason(self) -> str:
        """Why it was opened."""
        first = self.steps[0] if self.steps else None
        return first.reason if first is not None and first.kind is StepKind.OPENED else ""


def incident_id(about: str, now: datetime) -> str:
    """The id of an incident that opens now. `about` is a chat's name or a customer's token; nobody can read it off."""
    return "i_" + blake2b(f"{about}|{now.isoformat()}".encode(), digest_size=9).hexdigest()


def opened(
    about: str, now: datetime, ends_at: datetime, opener: Opener, by: str, reason: str, chat: ChatKey | None = None
) -> Incident:
    step = Step(StepKind.OPENED, now, by, reason, ends_at)
    chats = () if chat is None else (chat,)
    return Incident(incident_id(about, now), now, ends_at, chats, opened_by=opener, steps=(step,))


def reported(
    incident: Incident, now: datetime, ends_at: datetime, by: str, reason: str, chat: ChatKey | None = None
) -> Incident:
    """One more report while it is open: about a further chat, or by somebody else. It never ends sooner by it, and the
    same said again is no further step."""
    last = incident.steps[-1] if incident.steps else None
    known = chat is None or chat in incident.chats
    if known and (reason == OpenReason.IMPERSONATION or (last and (last.by, last.reason) == (by, reason))):
        return replace(incident, ends_at=max(incident.ends_at, ends_at))
    chats = incident.chats if chat is None or known else (*incident.chats, chat)
    later = max(incident.ends_at, ends_at)
    return _stepped(replace(incident, chats=chats, ends_at=later), Step(StepKind.REPORTED, now, by, reason, later))


def taken_back(incident: Incident, now: datetime, by: str, chat: ChatKey) -> Incident:
    """An agent's slip of the last minutes: the chat was not reported after all. Without any other report it is over."""
    rest = tuple(key for key in incident.chats if key != chat)
    others = any(s.kind is StepKind.REPORTED and s.reason != OpenReason.IMPERSONATION for s in incident.steps)
    over = not rest and incident.opened_by is Opener.AGENT and not others
    left = replace(incident, chats=rest, closed_at=now if over else None)
    return _stepped(left, Step(StepKind.TAKEN_BACK, now, by, CloseReason.MISTAKE if over else ""))


def extended(incident: Incident, now: datetime, days: int, by: str) -> Incident:
    """Raises `Conflict` if it is over and `InvalidInput` if that would not make it longer."""
    _check_open(incident, now)
    ends_at = now + timedelta(days=days)
    if ends_at <= incident.ends_at:
        raise InvalidInput(
            "days", "count from now and must reach beyond the present end; an incident is never shortened"
        )
    return _stepped(replace(incident, ends_at=ends_at), Step(StepKind.EXTENDED, now, by, ends_at=ends_at))


def closed(incident: Incident, now: datetime, by: str, reason: CloseReason) -> Incident:
    """Closed if somebody else has asked for it, else with that request. Raises `Conflict` if it is over, and
    `SecondPersonNeeded` if the one who asked confirms."""
    _check_open(incident, now)
    asked = incident.close_asked
    if asked is None:
        return _stepped(incident, Step(StepKind.CLOSE_ASKED, now, by, reason))
    if _same_person(asked.by, by):
        raise SecondPersonNeeded("closing an incident early takes a second person: somebody else has to confirm it")
    return _stepped(replace(incident, closed_at=now), Step(StepKind.CLOSED, now, by, reason))


def close_cancelled(incident: Incident, now: datetime, by: str) -> Incident:
    """Raises `Conflict` where nobody has asked."""
    _check_open(incident, now)
    if incident.close_asked is None:
        raise Conflict("nobody has asked to close this incident, so there is nothing to cancel")
    return _stepped(incident, Step(StepKind.CLOSE_CANCELLED, now, by))


def _check_open(incident: Incident, now: datetime) -> None:
    if not incident.is_open(now):
        raise Conflict("this incident is over already; a new one may be opened")


def _same_person(one: str, other: str) -> bool:
    return " ".join(one.split()).casefold() == " ".join(other.split()).casefold()


def _stepped(incident: Incident, step: Step) -> Incident:
    steps = (*incident.steps, step)
    if len(steps) > STEPS_KEPT:
        steps = (steps[0], *steps[1 - STEPS_KEPT :])
    return replace(incident, steps=steps)
