"""Tune: move thresholds, weights and floors, and see beside them what last month's chats would have become."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from flask import Response, redirect, request
from flask.typing import ResponseReturnValue

from cuelight.core.errors import InvalidInput, NotFound, PolicyInvalid
from cuelight.core.policy import Policy
from cuelight.policies.reading import read_document
from cuelight.replay.compared import RED_BUDGET_PER_100
from cuelight.replays import Report, StillReading
from cuelight.web.console import charts, session, tune_form
from cuelight.web.console.session import signed_in
from cuelight.web.console.shell import Page, as_csv
from cuelight.web.parts import parts

page = Page("tune", "Tune", "Decide", reads="tune.read")

SHIFT_CHATS = 40
"""Chats of an agent's shift where nobody says otherwise."""
WAIT_S = 0.08
"""How long a page waits for the month to be read; if that takes longer, it says so and asks again by itself."""
_SHOWN = 25
_SAVED = 5_000
"""Chats in the file; more than anybody reads, and a second to make."""


@page.get()
def show() -> ResponseReturnValue:
    """The live policy, or another version to go on from (`?base=`), and what it does."""
    live = _document("live")
    base = request.args.get("base", "")
    given = _differences(live, _document(base)) if base else {}
    return _page(live, given)


@page.post("/effect", does="tune.read")
def effect() -> ResponseReturnValue:
    """What the form would have done: the part that changes for htmx, the whole page without."""
    live, given = _document("live"), _given()
    if "HX-Request" not in request.headers:
        return _page(live, given)
    return page.render("tune_effect.html", live_version=_version(), **_effect(live, given))


@page.post("/changes", does="tune.read")
def changes() -> ResponseReturnValue:
    """The chats that would get another cue, as a file."""
    live, given = _document("live"), _given()
    report = parts().replays.report(_policy(_source(live), given), most=_SAVED)
    heads = ("at", "desk", "account", "chat_id", "now", "then", "score_now", "score_then", "outcome", "reasons")
    rows = []
    for change in report.effect.changes:
        if (chat := report.chats.get(change.place)) is None:
            continue
        told = "; ".join(f"{code} {now:+.2f} -> {then:+.2f}" for code, now, then in change.reasons)
        rows.append(
            (
                *(change.at, chat.key.desk, chat.key.account, chat.key.chat_id, change.now.value, change.then.value),
                *(change.score_now, change.score_then, change.outcome.value if change.outcome else "", told),
            )
        )
    return as_csv("tune-changes", heads, rows)


@page.post("/save", does="tune.save")
def save() -> ResponseReturnValue:
    """Keep it as a draft. Publishing is another step, on the page of the version."""
    live, given = _document("live"), _given()
    note = request.form.get("note", "").strip()
    try:
        made = parts().policies.draft(tune_form.document(_source(live), given), signed_in().by, note)
    except (PolicyInvalid, InvalidInput):
        return _page(live, given)
    session.say(f"{made.version} is kept as a draft. Nothing has changed for agents yet.")
    return redirect(f"/console/policies/{made.version}", 303)


def _page(live: Mapping[str, Any], given: Mapping[str, str]) -> ResponseReturnValue:
    found = _effect(live, given)
    html = page.render(
        "tune.html",
        live_version=_version(),
        note=request.form.get("note", ""),
        cues=("", "amber", "red"),
        base=request.values.get("base", ""),
        **found,
    )
    return Response(html, 422 if found["wrong"] else 200, content_type="text/html; charset=utf-8")


def _effect(live: Mapping[str, Any], given: Mapping[str, str]) -> dict[str, Any]:
    """What the templates show: a report, or why there is none."""
    shift, form = _shift(given), tune_form.shown(live, given)
    told: dict[str, Any] = {"shift": shift, "form": form, **dict.fromkeys(("report", "wrong", "missing", "hist"))}
    try:
        draft = _policy(_source(live), given)
        report = parts().replays.report(draft, most=_SHOWN, within_s=WAIT_S)
    except (PolicyInvalid, InvalidInput) as error:
        return {**told, "wrong": str(error)}
    except StillReading:
        return {**told, "reading": True}
    except NotFound as error:
        return {**told, "missing": str(error)}
    found = report.effect
    return {
        **told,
        "report": report,
        "effect": found,
        "hist": charts.histogram(found.scores, found.scores_of_impersonations),
        "amber": draft.amber,
        "red": draft.red,
        "budget": RED_BUDGET_PER_100,
        "late": report.status.is_late(parts().clock()),
        "age_s": report.status.age_s(parts().clock()),
        "warnings": _warnings(report),
        "finding": tune_form.finding,
    }


def _warnings(report: Report) -> list[tuple[str, str]]:
    """What must be said before anything is published: (kind, text)."""
    found, said = report.effect, []
    if found.impersonations.green:
        said.append(("bad", f"{_chats(found.impersonations.green)} found to be an impersonation would turn green."))
    if found.impersonations.lost > found.impersonations.green:
        lost = found.impersonations.lost - found.impersonations.green
        said.append(("bad", f"{_chats(lost)} found to be an impersonation would no longer warn the agent."))
    now, then = found.red_per_100
    if then > RED_BUDGET_PER_100 and then > now:
        said.append(
            (
                "warn",
                f"{then:.2f} of 100 chats would be red, above the budget of {RED_BUDGET_PER_100:g}. "
                "Agents who see red all day stop believing it.",
            )
        )
    return said


def _chats(count: int) -> str:
    return "One chat" if count == 1 else f"{count} chats"


def _policy(live: Mapping[str, Any], given: Mapping[str, str]) -> Policy:
    return read_document({"version": "draft", **tune_form.document(live, given)})


def _document(version: str) -> Mapping[str, Any]:
    return parts().policies.read(version).document or {}


def _source(live: Mapping[str, Any]) -> Mapping[str, Any]:
    """The document the form goes on from: what it does not show (constants, texts of advice) stays as it is there."""
    base = request.values.get("base", "")
    return _document(base) if base else live


def _version() -> str:
    return parts().policy().version


def _given() -> dict[str, str]:
    return {name: value for name, value in request.form.items() if name not in ("csrf", "note", "base")}


def _shift(given: Mapping[str, str]) -> int:
    text = given.get("shift", request.args.get("shift", ""))
    return max(1, min(1000, int(text))) if text.isdecimal() else SHIFT_CHATS


def _differences(live: Mapping[str, Any], base: Mapping[str, Any]) -> dict[str, str]:
    """What another version says, as if it had been typed."""
    form = tune_form.shown(base, {})
    fields = (form.amber, form.red, form.incident_days, *form.weights, *form.ceilings, *form.stakes)
    return {f.name: f.value for f in (*fields, *(f for _, group in form.floors for f in group))}
