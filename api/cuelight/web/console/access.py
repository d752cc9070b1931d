"""Agents and keys: who may read cues from a browser, and what may call the API. Codes and keys are shown once."""

from __future__ import annotations

from datetime import timedelta
from typing import Any

from flask import request
from flask.typing import ResponseReturnValue

from cuelight.core.errors import InvalidInput, NotFound
from cuelight.web import enrol
from cuelight.web.auth import SCOPES, mint
from cuelight.web.console.session import signed_in
from cuelight.web.console.shell import Page, as_csv, wants_csv
from cuelight.web.console.state import console
from cuelight.web.parts import parts

page = Page("access", "Agents and keys", "Installation", reads="access.read")

MAX_HOURS = 168
MAX_TEAM = 60
MAX_DAYS = 3650
SCOPE_HELP = {
    "score": "send chats to be scored",
    "cue": "read cues",
    "outcome": "tell outcomes and disclosures",
    "observe": "tell trusted sightings and account events",
    "privacy": "export and erase customers",
    "incidents": "open and close incidents",
    "policy": "read, draft and publish policies",
    "metrics": "read metrics",
}


@page.get()
def show() -> ResponseReturnValue:
    if wants_csv():
        return _csv(request.args.get("table", ""))
    return _page()


@page.post("/invite", does="agents.change")
def invite() -> ResponseReturnValue:
    name = _name(request.form.get("name", ""))
    team = request.form.get("team", "").strip()
    if len(team) > MAX_TEAM or not team.isprintable():
        raise InvalidInput("team", f"at most {MAX_TEAM} printable characters")
    hours = _whole("hours", request.form.get("hours", "24"), MAX_HOURS)
    has = parts()
    has.audit.append(by=signed_in().by, action="agent.invite", target=f"agent:{name}", note=team)
    made, code = enrol.invite(has.enrolments, name, has.clock(), timedelta(hours=hours), team)
    return _page(invited=made, code=code)


@page.post("/end/<enrolment_id>", does="agents.change")
def end(enrolment_id: str) -> ResponseReturnValue:
    has = parts()
    found = has.enrolments.read(enrolment_id)
    if found is None:
        raise NotFound("there is no such enrolment any more")
    has.audit.append(by=signed_in().by, action="agent.revoke", target=f"enrolment:{enrolment_id}", note=found.name)
    enrol.ended(has.enrolments, enrolment_id, has.clock(), "revoked")
    has.keyring.forget()
    return page.back(f"The browser of {found.name} is signed out: at once here, within 5 seconds everywhere.")


@page.post("/keys/add", does="keys.change")
def add_key() -> ResponseReturnValue:
    form = request.form
    name = _name(form.get("name", ""))
    days = _whole("days", form["days"], MAX_DAYS) if form.get("days") else None
    has = parts()
    now = has.clock()
    key, token, digest = mint(name, form.getlist("scope"), now, now + timedelta(days=days) if days else None)
    note = f"{name}: {', '.join(sorted(key.scopes))}"
    has.audit.append(by=signed_in().by, action="key.add", target=f"key:{key.key_id}", note=note)
    console().keys.add(key, digest)
    return _page(added=key, token=token)


@page.post("/keys/<key_id>/revoke", does="keys.change")
def revoke(key_id: str) -> ResponseReturnValue:
    has = parts()
    found = next((key for key in console().keys.list() if key.key_id == key_id and key.revoked_at is None), None)
    if found is None:
        raise NotFound("there is no such key in use any more")
    has.audit.append(by=signed_in().by, action="key.revoke", target=f"key:{key_id}", note=found.name)
    console().keys.revoke(key_id, has.clock())
    has.keyring.forget()
    return page.back(f"The key {found.name} works no longer: at once here, within 5 seconds everywhere.")


def _page(**shown: Any) -> str:
    has, now = parts(), parts().clock()
    order = {"enrolled": 0, "invited": 1, "idle": 2, "lapsed": 3, "ended": 4}
    enrolments = sorted(has.enrolments.list(), key=lambda e: (order[e.state(now)], e.name.lower()))
    teams = sorted({e.team for e in enrolments if e.team})
    keys = sorted(console().keys.list(), key=lambda k: (k.revoked_at is not None, k.name.lower()))
    values: dict[str, Any] = {"invited": None, "code": None, "added": None, "token": None, **shown}
    return page.render(
        "access.html", enrolments=enrolments, teams=teams, keys=keys, now=now, scopes=SCOPE_HELP, **values
    )


def _csv(table: str) -> ResponseReturnValue:
    now = parts().clock()
    if table == "keys":
        heads = ("id", "name", "scopes", "created", "expires", "revoked")
        rows = [
            (k.key_id, k.name, " ".join(sorted(k.scopes)), k.created_at, k.expires_at, k.revoked_at)
            for k in console().keys.list()
        ]
        return as_csv("keys", heads, rows)
    columns = ("id", "agent", "team", "state", "invited", "last renewed", "ended")
    found = parts().enrolments.list()
    return as_csv(
        "agents",
        columns,
        [(e.enrolment_id, e.name, e.team, e.state(now), e.invited_at, e.renewed_at, e.ended_at) for e in found],
    )


def _name(text: str) -> str:
    text = text.strip()
    if not text or len(text) > 80 or not text.isprintable():
        raise InvalidInput("name", "1 to 80 printable characters")
    return text


def _whole(name: str, text: str, most: int) -> int:
    if not text.isascii() or not text.isdigit() or not 1 <= int(text[:9]) <= most:
        raise InvalidInput(name, f"is a whole number from 1 to {most}")
    return int(text)


assert set(SCOPE_HELP) == set(SCOPES)
