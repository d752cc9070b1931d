"""Overview: friction and detection over the last month, desk by desk, and how fresh what it rests on is."""

from __future__ import annotations

from collections import Counter, defaultdict
from collections.abc import Iterable, Sequence
from dataclasses import dataclass, field
from datetime import date, timedelta

import orjson
from flask import request
from flask.typing import ResponseReturnValue

from cuelight.archive.reader import DaySum
from cuelight.core.decision import Cue
from cuelight.core.history import Outcome
from cuelight.replay.compared import RED_BUDGET_PER_100
from cuelight.web.console.shell import Page, as_csv, wants_csv
from cuelight.web.console.tune import SHIFT_CHATS
from cuelight.web.parts import parts

page = Page("overview", "Overview", "Watch", reads="overview.read")

DAYS = 30
_WARNING = (Cue.RED, Cue.AMBER)


@dataclass(slots=True)
class Sum:
    """Chats of a day or a desk. Friction counts those that were not found to be impersonations, detection the others;
    both by the cue the agent saw first."""

    friction: Counter[Cue] = field(default_factory=Counter)
    detection: Counter[Cue] = field(default_factory=Counter)
    given_out: int = 0
    sprayed: int = 0

    def add(self, part: DaySum) -> None:
        side = self.detection if part.outcome is Outcome.IMPERSONATION else self.friction
        side[part.cue] += part.chats
        self.sprayed += part.sprayed
        if part.cue is Cue.RED:
            self.given_out += part.disclosed

    @property
    def chats(self) -> int:
        return sum(self.friction.values()) + sum(self.detection.values())

    @property
    def found(self) -> int:
        return sum(self.detection.values())

    @property
    def warned(self) -> int:
        return sum(self.detection[cue] for cue in _WARNING)

    def per_100(self, cue: Cue) -> float | None:
        legit = sum(self.friction.values())
        return 100.0 * self.friction[Cue(cue)] / legit if legit else None


@page.get()
def show() -> ResponseReturnValue:
    has, now = parts(), parts().clock()
    since = (now - timedelta(days=DAYS - 1)).replace(hour=0, minute=0, second=0, microsecond=0)
    sums = has.archive.days(since)
    days = _by_day(sums, [since.date() + timedelta(days=n) for n in range(DAYS)])
    teams = has.archive.given_out(since, Cue.RED)
    if wants_csv():
        return _csv(request.args.get("table", "days"), days, sums, teams)
    total = Sum()
    for part in sums:
        total.add(part)
    status = has.archive.status()
    has.replays.warm()
    return page.render(
        "overview.html",
        total=total,
        days=days,
        series=_series(days).decode(),
        desks=_by_desk(sums),
        teams=teams,
        shift=SHIFT_CHATS,
        budget=RED_BUDGET_PER_100,
        median_s=has.archive.median_delay_s(Outcome.IMPERSONATION),
        status=status,
        late=status.is_late(now),
        age_s=status.age_s(now),
        geo=has.geo(),
        policy=has.policy(),
        found=has.policies.overview(),
        span=DAYS,
        shown=request.args.get("table") == "days",
    )


def _by_day(sums: Iterable[DaySum], days: Sequence[date]) -> dict[date, Sum]:
    """Every day, also one without a chat; by UTC."""
    made = {day: Sum() for day in days}
    for part in sums:
        made.setdefault(part.day, Sum()).add(part)
    return dict(sorted(made.items()))


def _by_desk(sums: Iterable[DaySum]) -> list[tuple[str, str, Sum]]:
    made: defaultdict[tuple[str, str], Sum] = defaultdict(Sum)
    for part in sums:
        made[part.desk, part.account].add(part)
    return [(desk, account, total) for (desk, account), total in sorted(made.items())]


def _series(days: dict[date, Sum]) -> bytes:
    """For the charts: days as seconds since 1970, reds and ambers per hundred, impersonations warned of and missed."""
    at_s = [int((day - date(1970, 1, 1)).total_seconds()) for day in days]
    sums = days.values()
    return orjson.dumps(
        {
            "at_s": at_s,
            "red": [total.per_100(Cue.RED) for total in sums],
            "amber": [total.per_100(Cue.AMBER) for total in sums],
            "warned": [total.warned for total in sums],
            "missed": [total.found - total.warned for total in sums],
            "budget": RED_BUDGET_PER_100,
        }
    )


_HEADS = (
    *("chats", "red", "amber", "green", "grey", "impersonations_found", "impersonations_warned_of"),
    *("given_out_under_red", "sprayed"),
)


def _csv(
    table: str, days: dict[date, Sum], sums: Iterable[DaySum], teams: Iterable[tuple[str, int]]
) -> ResponseReturnValue:
    """One of the page's tables as a file."""
    if table == "desks":
        rows = ((desk, account, *_figures(total)) for desk, account, total in _by_desk(sums))
        return as_csv("desks", ("desk", "account", *_HEADS), rows)
    if table == "teams":
        return as_csv("given-out", ("team", "chats_given_out_under_red"), teams)
    return as_csv("overview", ("day", *_HEADS), ((day.isoformat(), *_figures(total)) for day, total in days.items()))


def _figures(total: Sum) -> tuple[object, ...]:
    cues = (total.friction[cue] + total.detection[cue] for cue in Cue)
    return total.chats, *cues, total.found, total.warned, total.given_out, total.sprayed
