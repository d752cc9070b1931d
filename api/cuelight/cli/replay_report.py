"""A replay's report as text, JSON or one self-contained HTML page."""

from __future__ import annotations

from dataclasses import asdict
from io import StringIO

import orjson
from jinja2 import Environment, PackageLoader, select_autoescape
from rich.console import Console
from rich.table import Table

from cuelight.core.decision import Cue
from cuelight.core.policy import Policy
from cuelight.replay.report import BINS, Group, Mistake, Report

_CUES = (Cue.RED, Cue.AMBER, Cue.GREEN, Cue.GREY)


def render(report: Report, policy: Policy, form: str, name: str, bad_lines: int) -> str:
    """`form` is text, json or html. `name` titles the report, `bad_lines` were left out."""
    if form == "json":
        return orjson.dumps(_plain(report, policy, bad_lines), option=orjson.OPT_INDENT_2).decode()
    if form == "html":
        env = Environment(loader=PackageLoader("cuelight.cli"), autoescape=select_autoescape())
        page = env.get_template("replay.html")
        return page.render(r=report, policy=policy, name=name, bad_lines=bad_lines, cues=_CUES, bars=_bars)
    return _text(report, name, bad_lines)


def _plain(report: Report, policy: Policy, bad_lines: int) -> dict[str, object]:
    return {
        "policy_version": report.policy_version,
        "thresholds": {"amber": policy.amber, "red": policy.red},
        "chats": report.total.chats,
        "bad_lines": bad_lines,
        "total": _group(report.total),
        "by_label": {name: _group(g) for name, g in report.by_label.items()},
        "by_customer": {name: _group(g) for name, g in report.by_customer.items()},
        "by_network": {name: _group(g) for name, g in report.by_network.items()},
        "reasons": {cue.value: dict(counted) for cue, counted in report.reasons.items()},
        "false_alarms": [asdict(m) for m in report.false_alarms],
        "missed": [asdict(m) for m in report.missed],
    }


def _group(group: Group) -> dict[str, object]:
    per_100 = {cue.value: round(group.per_100(cue), 3) for cue in _CUES}
    return {"chats": group.chats, "per_100": per_100, "scores": group.scores}


def _text(report: Report, name: str, bad_lines: int) -> str:
    console = Console(file=StringIO(), width=110, record=False)
    console.print(f"{name}: {report.total.chats} chats, policy {report.policy_version}")
    if bad_lines:
        console.print(f"{bad_lines} lines could not be used (see below)")
    for title, groups in (
        ("Cues per 100 chats, by label", {"all": report.total, **report.by_label}),
        ("Who bears the friction (impostors left out): by earlier records of the customer", report.by_customer),
        ("… and by network", report.by_network),
    ):
        console.print(_table(title, groups))
    reasons = Table("cue", "most frequent reasons", title="Reasons against the contact", title_justify="left")
    for cue in _CUES:
        if counted := report.reasons.get(cue):
            reasons.add_row(cue.value, ", ".join(f"{code} {n}" for code, n in counted))
    console.print(reasons)
    for title, mistakes in (("Worst false alarms", report.false_alarms), ("Worst misses", report.missed)):
        if mistakes:
            console.print(_mistakes(title, mistakes))
    text = console.file.getvalue()  # type: ignore[attr-defined] # it is the StringIO above
    return str(text)


def _table(title: str, groups: dict[str, Group]) -> Table:
    table = Table("", "chats", *(cue.value for cue in _CUES), title=title, title_justify="left")
    for name, group in groups.items():
        table.add_row(name, str(group.chats), *(f"{group.per_100(cue):.2f}" for cue in _CUES))
    return table


def _mistakes(title: str, mistakes: tuple[Mistake, ...]) -> Table:
    table = Table("chat", "when", "label", "cue", "score", "reasons", title=title, title_justify="left")
    for m in mistakes:
        score = "-" if m.score is None else f"{m.score:.1f}"
        table.add_row(m.chat, m.at, m.label, m.cue.value, score, ", ".join(m.reasons))
    return table


def _bars(group: Group) -> list[tuple[float, float, float]]:
    """(left, width, height) of each bar in percent of the picture; heights by square root, so tails show."""
    tallest = max(1, *group.scores)
    width = 100 / BINS
    return [(i * width, width, 100 * (n / tallest) ** 0.5) for i, n in enumerate(group.scores) if n]
