"""Policies: versions and what they change; draft, ask, publish, approve, roll back; one beside the live one."""

from __future__ import annotations

from collections import Counter

import orjson
from flask import Response, request
from flask.typing import ResponseReturnValue

from cuelight.core import policy_diff
from cuelight.core.errors import CuelightError, InvalidInput, NotFound, PolicyInvalid
from cuelight.core.policy_book import PolicyVersion
from cuelight.core.shadow import ShadowReport
from cuelight.policies.book import NOTE_CHARS, Overview
from cuelight.policies.reading import MAX_BYTES, read_document
from cuelight.replay.compared import RED_BUDGET_PER_100
from cuelight.replays import StillReading
from cuelight.web import strict_json
from cuelight.web.console.session import signed_in
from cuelight.web.console.shell import Page, as_csv, wants_csv
from cuelight.web.console.tune import WAIT_S
from cuelight.web.parts import parts

page = Page("policies", "Policies", "Decide", reads="policies.read")

CUES = ("red", "amber", "green", "grey")


@page.get()
def show() -> ResponseReturnValue:
    found = parts().policies.overview()
    if wants_csv():
        heads = ("version", "state", "author", "note", "created_at", "published_at", "published_by", "approved_by")
        return as_csv("policies", heads, map(_row, found.versions))
    live = next((one for one in found.versions if one.version == found.live), None)
    asked = [one for one in found.versions if one.request is not None]
    return page.render(
        "policies.html",
        found=found,
        live=live,
        asked=asked,
        report=_report(found),
        by=signed_in().by,
    )


@page.get("/log")
def log() -> ResponseReturnValue:
    """What went live when, by whom; newest first."""
    found = parts().policies.overview()
    if wants_csv():
        heads = ("at", "version", "by", "approved_by", "rolled_back", "note")
        rows = ((one.at, one.version, one.by, one.approved_by, one.rolled_back, one.note) for one in found.log)
        return as_csv("publications", heads, rows)
    return page.render("policies_log.html", title="Publications", found=found)


@page.get("/new", does="policies.draft")
def new() -> ResponseReturnValue:
    """The form of a new version, filled with the one it is to be made from."""
    base = parts().policies.read(request.args.get("base", "live"))
    document = {name: value for name, value in (base.document or {}).items() if name not in ("version", "note")}
    return page.render("policy_new.html", title="New version", base=base.version, text=_pretty(document), note="")


@page.post("/new", does="policies.draft")
def draft() -> ResponseReturnValue:
    """Keep what was typed or uploaded; what is wrong is told at its line, and nothing typed is lost."""
    text, note = request.form.get("document", ""), request.form.get("note", "").strip()
    sent = request.files.get("file")
    if sent is not None and sent.filename:
        text = sent.read(MAX_BYTES + 1).decode("utf-8", "replace")
    try:
        document = _parsed(text)
        made = parts().policies.draft(document, signed_in().by, note)
    except (PolicyInvalid, InvalidInput) as error:
        html = page.render(
            "policy_new.html",
            title="New version",
            base=request.form.get("base", "live"),
            text=text,
            note=note,
            wrong=error,
            line=line_of(text, error.field),
        )
        return Response(html, 422, content_type="text/html; charset=utf-8")
    return page.back(f"{made.version} is kept as a draft.", "one", version=made.version)


@page.get("/shadow")
def shadow() -> ResponseReturnValue:
    """What the version beside the live one would have said."""
    found = parts().policies.overview()
    report = _report(found)
    if wants_csv():
        heads = ("at", "desk", "account", "chat_id", "live", "shadow", "only_shadow", "only_live", "weighed_otherwise")
        rows = (
            (
                *(each.at, each.chat.desk, each.chat.account, each.chat.chat_id, each.live.value, each.shadow.value),
                *(" ".join(codes) for codes in (each.gained, each.lost, each.moved)),
            )
            for each in report.lines
        )
        return as_csv("shadow", heads, rows)
    counts: Counter[tuple[str, str]] = Counter()
    for (_, live, other), count in report.counts.items():
        counts[live.value, other.value] += count
    days = sorted({day for day, _, _ in report.counts}, reverse=True)
    by_day = [
        (day, sum(n for (d, _, _), n in report.counts.items() if d == day),
         sum(n for (d, live, other), n in report.counts.items() if d == day and live is not other))
        for day in days
    ]  # fmt: skip
    return page.render(
        "policy_shadow.html",
        title="Shadow",
        found=found,
        report=report,
        counts=counts,
        by_day=by_day,
        cues=CUES,
        kept_days=parts().retention.decisions_d,
    )


@page.post("/shadow/end", does="policies.draft")
def shadow_end() -> ResponseReturnValue:
    parts().policies.stop_shadow(signed_in().by)
    return page.back("Nothing runs beside the live policy any more.")


@page.post("/rollback", does="policies.publish")
def roll_back() -> ResponseReturnValue:
    made = parts().policies.roll_back(signed_in().by, _note(), request.form.get("live", ""))
    return page.back(f"{made.version} is live again. Every process has switched within 5 seconds.")


@page.get("/<version>")
def one(version: str) -> ResponseReturnValue:
    """A version with its document, and what it would change of the live one."""
    policies = parts().policies
    made, live = policies.read(version), policies.read("live")
    if request.args.get("format") == "json":
        answer = Response(_pretty(dict(made.document or {})), content_type="application/json")
        answer.headers["Content-Disposition"] = f'attachment; filename="cuelight-policy-{made.version}.json"'
        return answer
    found = policies.overview()
    # The live version differs in nothing from itself: it is told against what it replaced.
    old = live if made.version != live.version else policies.read(found.below) if found.below else None
    changes = policy_diff.changes(old.document or {}, made.document or {}) if old else ()
    if wants_csv():
        return as_csv(f"policy-{made.version}", ("field", "old", "new"), ((c.field, c.old, c.new) for c in changes))
    return page.render(
        "policy.html",
        title=made.version,
        made=made,
        against=old,
        changes=changes,
        text=_pretty(dict(made.document or {})),
        found=found,
        usable=_usable(made),
        by=signed_in().by,
        say=policy_diff.say,
        note_chars=NOTE_CHARS,
    )


@page.get("/<version>/effect")
def effect(version: str) -> ResponseReturnValue:
    """What it would have done to the recorded decisions; the version's own page fetches it when it is looked at."""
    policies = parts().policies
    made = policies.read(version)
    try:
        report = parts().replays.report(read_document(made.document), most=0, within_s=WAIT_S)
    except (NotFound, PolicyInvalid, StillReading) as error:
        title, reading = f"{made.version}: effect", isinstance(error, StillReading)
        return page.render("policy_effect.html", title=title, made=made, report=None, why=str(error), reading=reading)
    return page.render(
        "policy_effect.html",
        title=f"{made.version}: effect",
        made=made,
        live=policies.now.live().version,
        report=report,
        found=report.effect,
        now=parts().clock(),
        budget=RED_BUDGET_PER_100,
    )


@page.post("/<version>/ask", does="policies.ask")
def ask(version: str) -> ResponseReturnValue:
    parts().policies.publish(version, signed_in().by, _note(), ask=True)
    return page.back(f"You asked for {version} to be published. An approver has to do it.", "one", version=version)


@page.post("/<version>/take-back", does="policies.ask")
def take_back(version: str) -> ResponseReturnValue:
    parts().policies.take_back(version, signed_in().by)
    return page.back(f"Nobody asks for {version} to be published any more.", "one", version=version)


@page.post("/<version>/publish", does="policies.publish")
def publish(version: str) -> ResponseReturnValue:
    made = parts().policies.publish(version, signed_in().by, _note())
    if made.request is not None:
        return page.back(f"Publishing takes two: somebody else has to approve {version}.", "one", version=version)
    return page.back(f"{version} is live. Every process has switched within 5 seconds.")


@page.post("/<version>/approve", does="policies.publish")
def approve(version: str) -> ResponseReturnValue:
    parts().policies.approve(version, signed_in().by)
    return page.back(f"{version} is live. Every process has switched within 5 seconds.")


@page.post("/<version>/decline", does="policies.publish")
def decline(version: str) -> ResponseReturnValue:
    parts().policies.take_back(version, signed_in().by)
    return page.back(f"You declined to publish {version}.", "one", version=version)


@page.post("/<version>/shadow", does="policies.draft")
def shadow_start(version: str) -> ResponseReturnValue:
    parts().policies.start_shadow(version, signed_in().by)
    return page.back(f"{version} runs silently beside the live policy now. It changes no cue.", "shadow")


def line_of(text: str, field: str) -> int | None:
    """The line of a document in which a field stands, counted from 1; that of what holds it where it is missing."""
    at, found = 0, None
    for name in field.split("."):
        place = text.find(f'"{name}"', at)
        if place < 0:
            break
        at = found = place
    return None if found is None else text.count("\n", 0, found) + 1


def _parsed(text: str) -> dict[str, object]:
    if len(text.encode("utf-8", "surrogatepass")) > MAX_BYTES:
        raise PolicyInvalid(f"document: is over {MAX_BYTES // 1024} KiB")
    try:
        document = strict_json.loads(text.encode("utf-8", "surrogatepass"))
    except strict_json.MalformedJson as error:
        raise PolicyInvalid(f"document: is not acceptable JSON: {error}") from None
    if not isinstance(document, dict):
        raise PolicyInvalid("document: must be an object")
    return document


def _note() -> str:
    return request.form.get("note", "").strip()


def _pretty(document: dict[str, object]) -> str:
    return orjson.dumps(document, option=orjson.OPT_INDENT_2).decode()


def _usable(made: PolicyVersion) -> str | None:
    """Why this version of Cuelight cannot use it, or None."""
    try:
        read_document(made.document)
    except CuelightError as error:
        return str(error)
    return None


def _report(found: Overview) -> ShadowReport:
    return parts().shadows.report(found.shadow.version) if found.shadow else ShadowReport()


def _row(one: PolicyVersion) -> tuple[object, ...]:
    went = one.published
    life = (went.at, went.by, went.approved_by) if went else (None, None, None)
    return one.version, one.state.value, one.author, one.note, one.created_at, *life
