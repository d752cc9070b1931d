"""The audit log: who did what to what, when; filtered, as a file, verified."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta

from flask import request
from flask.typing import ResponseReturnValue

from cuelight.auditing import Wanted
from cuelight.core.errors import InvalidInput
from cuelight.web.console.session import signed_in
from cuelight.web.console.shell import Page, as_csv, wants_csv
from cuelight.web.parts import parts

page = Page("audit", "Audit log", "Installation", reads="audit.read")

_SHOWN = 50
_IN_FILE = 100_000
_LOOK_AT = 20_000
"""For one page; the next one goes on from there."""


@page.get()
def show() -> ResponseReturnValue:
    args = request.args
    wanted = Wanted(
        by=args.get("by", "").strip(),
        action=args.get("action", "").strip(),
        target=args.get("target", "").strip(),
        since=_day(args.get("since", ""), "since"),
        until=_day(args.get("until", ""), "until", end=True),
    )
    log = parts().audit
    if wants_csv():
        log.append(by=signed_in().by, action="audit.export", target="audit")
        heads = ("number", "at", "by", "action", "target", "note", "seal")
        rows = log.search(wanted, limit=_IN_FILE).entries
        return as_csv("audit", heads, ((e.number, e.at, e.by, e.action, e.target, e.note, e.seal) for e in rows))
    before = args.get("before", type=int)
    found = log.search(wanted, before=before, limit=_SHOWN, look_at=_LOOK_AT)
    return page.render(
        "audit.html",
        entries=found.entries,
        older=found.older,
        newest=before is None,
        filtered=wanted != Wanted(),
        verified=None,
        kept_days=parts().retention.audit_d,
    )


@page.post("/verify", does="audit.verify")
def verify() -> ResponseReturnValue:
    """Checks the whole log: a second for some 100,000 entries."""
    log = parts().audit
    return page.render(
        "audit.html",
        entries=log.read(limit=_SHOWN),
        older=None,
        newest=True,
        filtered=False,
        verified=log.verify(),
        kept_days=parts().retention.audit_d,
    )


def _day(text: str, name: str, *, end: bool = False) -> datetime | None:
    """A day as date fields send it, in UTC; its last moment where `end`."""
    if not text:
        return None
    try:
        found = datetime.strptime(text, "%Y-%m-%d").replace(tzinfo=UTC)
    except ValueError:
        raise InvalidInput(name, "is a day like 2026-11-24") from None
    return found + timedelta(days=1, microseconds=-1) if end else found
