"""Channels: where alerts go, what became of them, and what was given up."""

from __future__ import annotations

import secrets
from collections.abc import Mapping
from dataclasses import replace

from flask import request
from flask.typing import ResponseReturnValue

from cuelight.channels import BY_NAME, CHANNELS
from cuelight.channels.new import new_channel
from cuelight.channels.why import told
from cuelight.core.errors import InvalidInput, NotFound
from cuelight.core.outbox import KINDS, Alert, Channel, Severity
from cuelight.desks import DESKS
from cuelight.web.console.session import signed_in
from cuelight.web.console.shell import Page, as_csv, wants_csv
from cuelight.web.console.state import console
from cuelight.web.parts import parts

page = Page("channels", "Channels", "Installation", reads="channels.read")

TARGETS: Mapping[str, tuple[str, str]] = {
    "webhook": ("Address", "https://siem.example.com/cuelight"),
    "slack": ("Address of the incoming webhook", "https://hooks.slack.com/services/…"),
    "email": ("Mail server, with the account on it", "smtps://cuelight@mail.example.com:465"),
    "syslog": ("Collector", "syslog+tls://siem.example.com:6514"),
}


@page.get()
def show() -> ResponseReturnValue:
    found = console().channels.list()
    state = console().outbox.state([each.channel_id for each in found])
    if wants_csv():
        heads = ("id", "kind", "name", "made", "paused", "waiting", "dead", "lost", "failures")
        rows = [
            (c.channel_id, c.kind, c.name, c.created_at, c.paused, q.waiting, q.dead, q.lost, q.failures)
            for c in found
            for q in (state.queues[c.channel_id],)
        ]
        return as_csv("channels", heads, rows)
    return page.render("channels.html", channels=found, state=state, kinds=CHANNELS, titles=BY_NAME)


@page.get("/new/<kind>", does="channels.change")
def ask(kind: str) -> ResponseReturnValue:
    if kind not in BY_NAME:
        raise NotFound("there is no such kind of channel")
    return page.render(
        "channel_new.html",
        title=f"Add {BY_NAME[kind].title}",
        kind=BY_NAME[kind],
        target=TARGETS.get(kind, ("Target", "")),
        events=KINDS,
        severities=list(Severity),
        desks=DESKS,
    )


@page.post("/new/<kind>", does="channels.change")
def add(kind: str) -> ResponseReturnValue:
    form = request.form
    per_minute = form.get("per_minute", "").strip()
    if per_minute and not (per_minute.isascii() and per_minute.isdigit() and int(per_minute[:9]) <= 10_000):
        raise InvalidInput("per_minute", "is a whole number up to 10,000; 0 for no limit")
    made = new_channel(
        kind,
        form.get("target", "").strip(),
        parts().clock(),
        name=form.get("name", ""),
        options={name: form.get(f"option-{name}", "").strip() for name in ("from", "to", "hostname")},
        secrets={"password": form.get("password", ""), "signing": form.get("signing", "").strip()},
        kinds=form.getlist("event"),
        desks=form.getlist("desk"),
        least=form.get("least", Severity.INFO),
        per_minute=int(per_minute) if per_minute else None,
    )
    note = f"{made.kind}, {made.name}"
    _note("channel.add", made.channel_id, note)
    console().channels.add(made)
    if "signing" in made.secrets and not form.get("signing"):
        return _one(made, secret=made.secrets["signing"])
    return page.back(
        "The channel is added. Send a test message to see that it arrives.", "one", channel_id=made.channel_id
    )


@page.get("/<channel_id>")
def one(channel_id: str) -> ResponseReturnValue:
    """A channel's delivery log and dead letters."""
    found = _find(channel_id)
    if wants_csv() and request.args.get("table") == "dead":
        heads = ("alert", "kind", "of", "given up", "attempts", "why")
        dead = console().outbox.dead(channel_id)
        rows = [(x.alert.alert_id, x.alert.kind, x.alert.at, x.at, x.attempts, x.why) for x in dead]
        return as_csv("dead-letters", heads, rows)
    if wants_csv():
        heads = ("at", "kind", "alert", "attempt", "result", "took ms")
        lines = console().outbox.lines(channel_id)
        return as_csv("deliveries", heads, [(x.at, x.kind, x.alert_id, x.attempt, x.result, x.took_ms) for x in lines])
    return _one(found)


@page.post("/<channel_id>/test", does="channels.change")
def test(channel_id: str) -> ResponseReturnValue:
    found = _find(channel_id)
    _note("channel.test", channel_id, found.name)
    alert = Alert("t_" + secrets.token_hex(8), "channel.test", parts().clock(), "")
    result = console().try_channel(found, alert)
    if result.ok:
        return page.back(f"The test message was delivered ({result.what}).", "one", channel_id=channel_id)
    return _one(found, failed=told(result.what))


@page.post("/<channel_id>/pause", does="channels.change")
def pause(channel_id: str) -> ResponseReturnValue:
    found = _find(channel_id)
    paused = request.form.get("paused") == "yes"
    _note("channel.pause" if paused else "channel.resume", channel_id, found.name)
    console().channels.replace(replace(found, paused=paused))
    said = "Alerts are kept and not delivered." if paused else "Alerts are delivered again, beginning with what waited."
    return page.back(said, "one", channel_id=channel_id)


@page.post("/<channel_id>/retry", does="channels.change")
def retry(channel_id: str) -> ResponseReturnValue:
    found = _find(channel_id)
    _note("channel.retry", channel_id, found.name)
    count = console().outbox.revive(channel_id, request.form.getlist("alert"), parts().clock())
    said = "Nothing was queued: they are gone already." if not count else f"{count} queued again."
    return page.back(said, "one", channel_id=channel_id)


@page.post("/<channel_id>/remove", does="channels.change")
def remove(channel_id: str) -> ResponseReturnValue:
    found = _find(channel_id)
    _note("channel.remove", channel_id, found.name)
    console().channels.remove(channel_id)
    return page.back(f"{found.name} is removed, with all that waited for it.")


def _one(found: Channel, *, secret: str | None = None, failed: str | None = None) -> str:
    outbox = console().outbox
    return page.render(
        "channel.html",
        title=found.name,
        channel=found,
        kind=BY_NAME.get(found.kind),
        queue=outbox.state([found.channel_id]).queues[found.channel_id],
        lines=outbox.lines(found.channel_id)[:50],
        dead=list(outbox.dead(found.channel_id))[-200:],
        why=told,
        secret=secret,
        failed=failed,
    )


def _find(channel_id: str) -> Channel:
    for each in console().channels.list():
        if each.channel_id == channel_id:
            return each
    raise NotFound("there is no such channel any more")


def _note(action: str, channel_id: str, note: str) -> None:
    parts().audit.append(by=signed_in().by, action=action, target=f"channel:{channel_id}", note=note)
