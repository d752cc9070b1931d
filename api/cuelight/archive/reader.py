"""Reads the archive: lists of chats, sums by the hour, and everything a replay needs."""

from __future__ import annotations

import sqlite3
import threading
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field
from datetime import UTC, date, datetime, timedelta
from pathlib import Path
from typing import Any

from cuelight.archive import schema
from cuelight.archive.writer import DISCLOSED, IDENTITIES
from cuelight.core.chat import ChatKey, Identity, NetworkKind
from cuelight.core.decision import Cue
from cuelight.core.disclosure import Kind
from cuelight.core.history import Outcome
from cuelight.core.replay_row import CUES, KINDS, OUTCOMES, Layout
from cuelight.core.situation import CUSTOMERS

_AT_ONCE = 500
_THOUSANDS = 5_000
_TOGETHER = """
  SELECT group_concat(printf('%016x', id) || hex(replay), '') FROM (
    SELECT id, replay FROM chats WHERE at_s >= ? AND at_s < ? AND length(replay) = ? ORDER BY at_s DESC LIMIT ?)
"""
BEHIND_S = 30
"""An archive further behind than this is told of as late."""
_SHOWN = (
    "id, desk, account, chat, at_s, cue, first_cue, score, log_odds, policy, identity, network, customer, outcome, "
    "outcome_after_s, incident, disclosed, replay IS NOT NULL"
)


@dataclass(frozen=True, slots=True)
class Status:
    """How far the archive is. `state`: `missing` (no worker has ever made one), `reading` (the store is being read for
    the first time, or anew), `other` (of another version's signals), `current` (as of `current_at`).

    `unreplayable` decisions were recorded without what a replay needs; `unreadable` ones could not be read at all.
    """

    state: str
    current_at: datetime | None = None
    chats: int = 0
    unreplayable: int = 0
    unreadable: int = 0
    since: datetime | None = None

    def age_s(self, now: datetime) -> float | None:
        return None if self.current_at is None else max(0.0, (now - self.current_at).total_seconds())

    def is_late(self, now: datetime) -> bool:
        age_s = self.age_s(now)
        return self.state != "current" or age_s is None or age_s > BEHIND_S


@dataclass(frozen=True, slots=True)
class Listed:
    """A chat in a list. `first_cue` is what the agent saw before anything was found out."""

    place: int
    key: ChatKey
    at: datetime
    cue: Cue
    first_cue: Cue
    score: float | None
    log_odds: float
    policy_version: str
    identity: Identity
    network: NetworkKind | None
    customer: str | None
    outcome: Outcome | None
    outcome_after: timedelta | None
    incident_id: str | None
    disclosed: tuple[Kind, ...]
    replayable: bool


@dataclass(frozen=True, slots=True)
class Wanted:
    """Which chats to list; None and empty: all. `before` goes on behind a chat of the page before (time, place)."""

    cue: Cue | None = None
    network: NetworkKind | None = None
    customer: str | None = None
    identity: Identity | None = None
    outcome: Outcome | None = None
    unsettled: bool = False
    desk: str | None = None
    since: datetime | None = None
    before: tuple[int, int] | None = None


@dataclass(frozen=True, slots=True)
class DaySum:
    """Chats of one day (UTC) by the cue their agents saw first and what came of them. `disclosed`: in how many of them
    something was given out; `sprayed`: how many looked like one contact going from customer to customer."""

    day: date
    desk: str
    account: str
    cue: Cue
    outcome: Outcome | None
    chats: int
    disclosed: int
    sprayed: int


@dataclass(slots=True)
class Archive:
    """Safe for threads. Raises `StoreUnavailable` where the file cannot be read; where there is none, lists are empty
    and `status` says so."""

    path: Path
    layout: Layout
    _local: threading.local = field(default_factory=threading.local, init=False, repr=False)

    def status(self) -> Status:
        db = self._db()
        if db is None:
            return Status("missing")
        with schema.answers():
            meta = dict(db.execute("SELECT name, value FROM meta").fetchall())
            chats, replayable = db.execute(
                "SELECT ifnull(sum(chats), 0), ifnull(sum(replayable), 0) FROM hours"
            ).fetchone()
            oldest = db.execute("SELECT min(at_s) FROM chats").fetchone()[0]
        state = meta.get("state", "reading")
        if meta.get("layout") not in (None, self.layout.name):
            state = "other"
        current_at = meta.get("current_at")
        return Status(
            "reading" if state == "wanted" else state,
            datetime.fromisoformat(current_at) if current_at else None,
            chats,
            chats - replayable,
            int(meta.get("unreadable", 0)),
            None if oldest is None else _time(oldest),
        )

    def changes(self) -> int:
        """Counts what was written, so that a copy in memory knows when it is old."""
        rows = self._rows("SELECT value FROM meta WHERE name = 'changes'", [])
        return int(rows[0][0]) if rows else 0

    def listed(self, wanted: Wanted, limit: int) -> Sequence[Listed]:
        """Newest first."""
        where, args = _where(wanted)
        return self._select(f"{where} ORDER BY at_s DESC, id DESC LIMIT ?", [*args, limit])

    def at_places(self, places: Sequence[int]) -> dict[int, Listed]:
        """Chats by their place, those that are still there."""
        found: dict[int, Listed] = {}
        for start in range(0, len(places), _AT_ONCE):
            part = list(places[start : start + _AT_ONCE])
            marks = ", ".join("?" * len(part))
            found.update((one.place, one) for one in self._select(f"WHERE id IN ({marks})", part))
        return found

    def days(self, since: datetime) -> Sequence[DaySum]:
        """Oldest first, from the day of `since` on."""
        rows = self._rows(
            "SELECT hour / 24, desk, account, cue, outcome, sum(chats), sum(disclosed), sum(sprayed) FROM hours "
            "WHERE hour >= ? GROUP BY 1, 2, 3, 4, 5 HAVING sum(chats) > 0 ORDER BY 1",
            [int(since.timestamp()) // 86_400 * 24],
        )
        return [
            DaySum(_time(day * 86_400).date(), desk, account, CUES[cue], None if out < 0 else OUTCOMES[out], *counts)
            for day, desk, account, cue, out, *counts in rows
        ]

    def given_out(self, since: datetime, cue: Cue) -> Sequence[tuple[str, int]]:
        """By team, how many chats there were in which something was given out although the agent saw this cue; the most
        first. "" is who enrolled without a team."""
        return self._rows(
            "SELECT team, count(*) FROM chats WHERE disclosed <> 0 AND first_cue = ? AND at_s >= ? "
            "GROUP BY team ORDER BY 2 DESC, 1",
            [CUES.index(cue), int(since.timestamp())],
        )

    def median_delay_s(self, outcome: Outcome) -> int | None:
        """From chat to outcome, over all chats that are kept."""
        number = OUTCOMES.index(outcome)
        rows = self._rows(
            "SELECT outcome_after_s FROM chats WHERE outcome = ?1 ORDER BY outcome_after_s LIMIT 1 "
            "OFFSET (SELECT count(*) / 2 FROM chats WHERE outcome = ?1)",
            [number],
        )
        return rows[0][0] if rows else None

    def desks(self) -> Sequence[tuple[str, str]]:
        """Every desk and account there is a chat of."""
        return [(d, a) for d, a in self._rows("SELECT DISTINCT desk, account FROM hours WHERE chats > 0", [])]

    def replayable(self, limit: int) -> Sequence[bytes]:
        """The newest decisions that can be judged again, newest first: of each its place (eight bytes) and its row.

        The database puts thousands of them together at a time. Handed over one by one, every one would be a moment at
        which this thread and those that answer other questions wait for each other.
        """
        found: list[bytes] = []
        for start_s, end_s in self._spans(limit):
            args = [start_s, end_s, self.layout.width, limit - sum(map(len, found)) // (8 + self.layout.width)]
            (text,) = self._rows(_TOGETHER, args)[0]
            found.append(bytes.fromhex(text or ""))
        return found

    def _spans(self, limit: int) -> Iterator[tuple[int, int]]:
        """Whole hours, newest first, with some thousand decisions each and `limit` in all."""
        hours = self._rows(
            "SELECT hour, sum(replayable) FROM hours GROUP BY hour HAVING sum(replayable) > 0 ORDER BY hour DESC", []
        )
        last, size, total = None, 0, 0
        for hour, count in hours:
            last = hour if last is None else last
            size, total = size + count, total + count
            if size >= _THOUSANDS or total >= limit or hour == hours[-1][0]:
                yield hour * 3600, (last + 1) * 3600
                last, size = None, 0
            if total >= limit:
                return

    def _select(self, condition: str, args: Sequence[object]) -> list[Listed]:
        return [_listed(row) for row in self._rows(f"SELECT {_SHOWN} FROM chats {condition}", args)]  # noqa: S608 - ours

    def _rows(self, statement: str, args: Sequence[object]) -> list[tuple[Any, ...]]:
        db = self._db()
        if db is None:
            return []
        with schema.answers():
            found: list[tuple[Any, ...]] = db.execute(statement, args).fetchall()
        return found

    def _db(self) -> sqlite3.Connection | None:
        """A connection for each thread; a file of another version's tables is as good as none until it is read anew."""
        db: sqlite3.Connection | None = getattr(self._local, "db", None)
        if db is None:
            db = self._local.db = schema.connect_to_read(self.path)
        with schema.answers():
            return db if db is not None and schema.version(db) == schema.VERSION else None


def _where(wanted: Wanted) -> tuple[str, list[object]]:
    terms: list[tuple[str, list[object]]] = []
    if wanted.cue is not None:
        terms.append(("cue = ?", [CUES.index(wanted.cue)]))
    if wanted.network is not None:
        terms.append(("network = ?", [KINDS.index(wanted.network)]))
    if wanted.customer is not None:
        terms.append(("customer = ?", [CUSTOMERS.index(wanted.customer)]))
    if wanted.identity is not None:
        terms.append(("identity = ?", [IDENTITIES.index(wanted.identity)]))
    if wanted.outcome is not None:
        terms.append(("outcome = ?", [OUTCOMES.index(wanted.outcome)]))
    if wanted.unsettled:
        terms.append(("outcome IS NULL", []))
    if wanted.desk is not None:
        terms.append(("desk = ?", [wanted.desk]))
    if wanted.since is not None:
        terms.append(("at_s >= ?", [int(wanted.since.timestamp())]))
    if wanted.before is not None:
        terms.append(("(at_s, id) < (?, ?)", list(wanted.before)))
    where = " AND ".join(term for term, _ in terms)
    return (f"WHERE {where}" if where else ""), [arg for _, args in terms for arg in args]


def _listed(row: tuple[Any, ...]) -> Listed:
    (place, desk, account, chat, at_s, cue, first_cue, score, log_odds, policy, identity, network, customer) = row[:13]
    outcome, after_s, incident, disclosed, replayable = row[13:]
    return Listed(
        place,
        ChatKey(desk, account, chat),
        _time(at_s),
        CUES[cue],
        CUES[first_cue],
        score,
        log_odds / 1000,
        policy,
        IDENTITIES[identity],
        None if network is None else KINDS[network],
        None if customer is None else CUSTOMERS[customer],
        None if outcome is None else OUTCOMES[outcome],
        None if after_s is None else timedelta(seconds=after_s),
        incident,
        tuple(kind for place, kind in enumerate(DISCLOSED) if disclosed >> place & 1),
        bool(replayable),
    )


def _time(at_s: int) -> datetime:
    return datetime.fromtimestamp(at_s, UTC)
