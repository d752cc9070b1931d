"""Health: the store and what it promises, ages of data, queues, and how this very request got here."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime
from typing import Any, cast

from flask import request
from flask.typing import ResponseReturnValue

from cuelight import __version__
from cuelight.core.errors import StoreUnavailable
from cuelight.web.console.shell import Page, as_csv, wants_csv
from cuelight.web.console.state import console
from cuelight.web.parts import parts

page = Page("health", "Health", "Installation", reads="health.read")

OLD_DAYS = 45
"""GeoIP data older than this is worth a word: vendors bring out new files every week to every month."""


@dataclass(frozen=True, slots=True)
class Hop:
    """One step of this request's way: who spoke to whom, as far as anybody says, and whether we believe it."""

    name: str
    value: str
    believed: bool


@page.get()
def show() -> ResponseReturnValue:
    has, now = parts(), parts().clock()
    geo = dict(has.geo())
    files = [_aged(cast("Mapping[str, Any]", each), now) for each in cast("list[object]", geo["files"])]
    queues, store = _queues(), _store()
    if wants_csv():
        rows = [("policy", has.policy().version), ("store", store["word"]), *((n, v) for n, v, _ in queues)]
        rows += [(f"GeoIP {each['name']}", f"{each['days']} days old") for each in files]
        return as_csv("health", ("what", "state"), rows)
    return page.render(
        "health.html",
        version=__version__,
        policy=has.policy().version,
        store=store,
        geo=geo,
        files=files,
        queues=queues,
        hops=_hops(),
        address=console().address(),
        old_days=OLD_DAYS,
        now=now,
    )


def _store() -> dict[str, object]:
    try:
        parts().ping()
        found = dict(parts().durability())
    except StoreUnavailable:
        return {"word": "does not answer", "kind": "bad", "means": "Nothing is decided, and agents see grey cues."}
    kept = found.get("kept")
    word = "keeps what it acknowledges" if kept else "does not say what it keeps" if kept is None else "may lose data"
    return {"word": word, "kind": "good" if kept else "warn", **found}


def _queues() -> list[tuple[str, int, str]]:
    """What waits: name, how many, and `good`, `warn` or `bad`."""
    channels = console().channels.list()
    state = console().outbox.state([each.channel_id for each in channels])
    alerts = state.alerts
    return [
        ("Announcements not yet given to channels", state.waiting, "warn" if state.waiting > 100 else "good"),
        ("Alerts waiting for a channel", alerts.waiting, "warn" if alerts.waiting > 1000 else "good"),
        ("Channels out of reach", alerts.failures, "bad" if alerts.failures else "good"),
        ("Dead letters", alerts.dead, "warn" if alerts.dead else "good"),
        ("Alerts lost, because nobody took them in time", alerts.lost, "bad" if alerts.lost else "good"),
    ]


def _aged(file: Mapping[str, Any], now: datetime) -> dict[str, Any]:
    built_at = datetime.fromisoformat(str(file["built_at"]))
    return {**file, "built_at": built_at, "days": (now - built_at).days}


def _hops() -> list[Hop]:
    """The connection and the headers proxies write; only what one's own proxies wrote counts."""
    found = [Hop("Connection from", request.environ.get("REMOTE_ADDR", "unknown"), True)]
    counted = console().proxy_header
    for name in ("X-Forwarded-For", "Forwarded", "X-Forwarded-Proto", "X-Real-IP"):
        if value := request.headers.get(name, "")[:300]:
            found.append(Hop(name, value, name.lower() == counted))
    return found
