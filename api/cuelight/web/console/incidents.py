"""Incidents: open ones and recent, one incident's case to print, open, extend, close by two people."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from enum import StrEnum
from typing import Any, TypeVar

from flask import request
from flask.typing import ResponseReturnValue

from cuelight.core.chat import ChatKey
from cuelight.core.errors import InvalidInput
from cuelight.core.incident import MOST_DAYS, CloseReason, Incident, Opener, OpenReason
from cuelight.incidents.timeline import Case, Moment
from cuelight.web import body
from cuelight.web.console.session import signed_in
from cuelight.web.console.shell import Page, as_csv, wants_csv
from cuelight.web.models_incidents import IncidentPath
from cuelight.web.parts import parts
from cuelight.web.render_incidents import state

page = Page("incidents", "Incidents", "Watch", reads="incidents.read")

T = TypeVar("T", bound=StrEnum)

_SHOWN = 50
_IN_FILE = 5_000

OPEN_REASONS = {
    OpenReason.IMPERSONATION: "a contact was recognised as an impostor",
    OpenReason.DENIED: "the owner says a contact was not theirs",
    OpenReason.COMPLAINT: "the customer complained",
    OpenReason.TAKEOVER: "the account was taken over",
    OpenReason.LEAK: "the customer's data is out",
    OpenReason.OTHER: "something else",
}
CLOSE_REASONS = {
    CloseReason.SECURED: "the customer is secured",
    CloseReason.MISTAKE: "it was a mistake",
    CloseReason.DUPLICATE: "another incident covers it",
    CloseReason.OTHER: "something else",
}
OPENERS = {
    Opener.AGENT: "an agent",
    Opener.OWNER: "the owner",
    Opener.COMPANY: "the company",
    Opener.CONSOLE: "the console",
}
REASONS = {**{r.value: text for r, text in OPEN_REASONS.items()}, **{r.value: t for r, t in CLOSE_REASONS.items()}}


@page.get()
def show() -> ResponseReturnValue:
    only_open = request.args.get("state", "") == "open"
    opener = _opener(request.args.get("by", ""))
    if wants_csv():
        return _csv(only_open, opener)
    after = request.args.get("after") or None
    found = parts().incidents.list(_SHOWN, only_open=only_open, opened_by=opener, after=after)
    return page.render(
        "incidents.html",
        incidents=[(one, state(one, parts().clock())) for one in found.incidents],
        older=found.after,
        newest=after is None,
        filtered=only_open or opener is not None,
        **_words(),
    )


@page.post("/open", does="incidents.work")
def open_one() -> ResponseReturnValue:
    form = request.form
    customer_id = body.customer_id(form.get("customer_id", ""))
    opened = parts().incidents.open_for(
        customer_id,
        _chat(form.get("chat", "")),
        opened_by=Opener.CONSOLE,
        by=signed_in().by,
        reason=_one_of(OpenReason, form.get("reason", ""), "reason"),
        days=_days(form["days"]) if form.get("days") else None,
    )
    return page.back(
        "The incident is open: every cue of this customer is red now.", "case", incident_id=opened.incident_id
    )


@page.get("/<incident_id>")
def case(incident_id: str) -> ResponseReturnValue:
    has = parts()
    customer, found = has.incidents.find(_id(incident_id))
    read = has.cases.read(customer, found)
    if wants_csv():
        heads = ("at", "what", "desk", "account", "chat", "by", "facts")
        return as_csv(f"incident-{found.incident_id}", heads, _rows(read))
    now = has.clock()
    return page.render(
        "incident.html",
        title=f"Incident {found.incident_id}",
        case=read,
        one=found,
        state=state(found, now),
        mine=found.close_asked is not None and found.close_asked.by == signed_in().by,
        most_days=MOST_DAYS,
        words=has.catalogues.best(["en"]),
        printed_at=now,
        kept=has.retention,
        **_words(),
    )


@page.post("/<incident_id>/extend", does="incidents.work")
def extend(incident_id: str) -> ResponseReturnValue:
    parts().incidents.extend(_id(incident_id), _days(request.form.get("days", "")), signed_in().by)
    return page.back("It stays open for longer.", "case", incident_id=incident_id)


@page.post("/<incident_id>/close", does="incidents.approve")
def close(incident_id: str) -> ResponseReturnValue:
    reason = _one_of(CloseReason, request.form.get("reason", ""), "reason")
    left = parts().incidents.close(_id(incident_id), signed_in().by, reason)
    asked = "You have asked for it to be closed. A second person has to confirm."
    said = "The incident is closed: cues are as without it." if left.closed_at else asked
    return page.back(said, "case", incident_id=incident_id)


@page.post("/<incident_id>/keep", does="incidents.approve")
def keep(incident_id: str) -> ResponseReturnValue:
    parts().incidents.cancel_close(_id(incident_id), signed_in().by)
    return page.back("The request is withdrawn; the incident stays open.", "case", incident_id=incident_id)


def _words() -> dict[str, Any]:
    return {
        "open_reasons": {reason.value: text for reason, text in OPEN_REASONS.items()},
        "close_reasons": {reason.value: text for reason, text in CLOSE_REASONS.items()},
        "reasons": REASONS,
        "openers": {opener.value: text for opener, text in OPENERS.items()},
    }


def _csv(only_open: bool, opener: Opener | None) -> ResponseReturnValue:
    heads = ("incident", "state", "opened", "opened by", "by", "reason", "ends", "closed", "chats")
    now = parts().clock()
    rows = [
        (
            one.incident_id,
            state(one, now),
            one.opened_at,
            one.opened_by.value,
            one.steps[0].by if one.steps else None,
            one.reason,
            one.ends_at,
            one.closed_at,
            " ".join(map(str, one.chats)),
        )
        for one in _all(only_open, opener)
    ]
    return as_csv("incidents", heads, rows)


def _all(only_open: bool, opener: Opener | None) -> Iterator[Incident]:
    after, left = None, _IN_FILE
    while left > 0:
        found = parts().incidents.list(_SHOWN, only_open=only_open, opened_by=opener, after=after)
        yield from found.incidents
        left -= len(found.incidents)
        if (after := found.after) is None:
            return


def _rows(read: Case) -> Iterable[tuple[object, ...]]:
    for moment in read.moments:
        chat = (moment.chat.desk, moment.chat.account, moment.chat.chat_id) if moment.chat else ("", "", "")
        yield (moment.at, moment.what, *chat, moment.by, _facts(moment))


def _facts(moment: Moment) -> str:
    return "; ".join(f"{name} {value}" for name, value in moment.params.items() if value not in (None, False))


def _id(text: str) -> str:
    return body.path(IncidentPath, incident_id=text).incident_id


def _chat(text: str) -> ChatKey | None:
    """`desk/account/id`, as chats are written everywhere in the console."""
    if not (text := text.strip()):
        return None
    named = text.split("/", 2)
    if len(named) != 3:
        raise InvalidInput("chat", "is written desk/account/id, as zendesk/acme/7431")
    return body.chat_key(*named)


def _days(text: str) -> int:
    if not text.isascii() or not text.isdigit() or not 1 <= int(text[:6]) <= MOST_DAYS:
        raise InvalidInput("days", f"is a whole number from 1 to {MOST_DAYS}")
    return int(text)


def _opener(text: str) -> Opener | None:
    return _one_of(Opener, text, "by") if text else None


def _one_of(kind: type[T], text: str, name: str) -> T:
    try:
        return kind(text)
    except ValueError:
        raise InvalidInput(name, "is one of " + ", ".join(kind)) from None
