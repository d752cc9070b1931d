"""The archive's tables, and how its file is opened."""

from __future__ import annotations

import os
import sqlite3
from collections.abc import Iterator
from contextlib import closing, contextmanager
from pathlib import Path

from cuelight.core.errors import StoreUnavailable

VERSION = 5
"""Of these tables. A file of another version is emptied and read anew: all that is in it is in the store, too."""

_TABLES = """
CREATE TABLE meta (name TEXT PRIMARY KEY, value TEXT NOT NULL) WITHOUT ROWID;
CREATE TABLE chats (
  id INTEGER PRIMARY KEY,
  desk TEXT NOT NULL, account TEXT NOT NULL, chat TEXT NOT NULL,
  at_s INTEGER NOT NULL,
  owner BLOB,
  cue INTEGER NOT NULL, first_cue INTEGER NOT NULL,
  score REAL, log_odds INTEGER NOT NULL,
  policy TEXT NOT NULL,
  identity INTEGER NOT NULL, network INTEGER, customer INTEGER,
  outcome INTEGER, outcome_after_s INTEGER,
  incident TEXT,
  disclosed INTEGER NOT NULL, sprayed INTEGER NOT NULL,
  team TEXT NOT NULL DEFAULT '',
  replay BLOB,
  generation INTEGER NOT NULL
);
CREATE UNIQUE INDEX chats_name ON chats (desk, account, chat);
CREATE INDEX chats_at ON chats (at_s, cue, network, customer, identity, outcome, desk);
CREATE INDEX chats_cue ON chats (cue, at_s, network, customer, identity, outcome, desk);
CREATE INDEX chats_network ON chats (network, at_s, cue, customer, identity, outcome, desk);
CREATE INDEX chats_outcome ON chats (outcome, at_s, cue, network, customer, identity, desk) WHERE outcome IS NOT NULL;
CREATE INDEX chats_outcome_after ON chats (outcome, outcome_after_s) WHERE outcome IS NOT NULL;
CREATE INDEX chats_given ON chats (first_cue, at_s, team) WHERE disclosed <> 0;
CREATE INDEX chats_owner ON chats (owner) WHERE owner IS NOT NULL;
CREATE TABLE hours (
  hour INTEGER NOT NULL, desk TEXT NOT NULL, account TEXT NOT NULL, cue INTEGER NOT NULL, outcome INTEGER NOT NULL,
  chats INTEGER NOT NULL, disclosed INTEGER NOT NULL, sprayed INTEGER NOT NULL, replayable INTEGER NOT NULL,
  PRIMARY KEY (hour, desk, account, cue, outcome)
) WITHOUT ROWID;
"""
"""Indexes hold all that lists are narrowed by, so that a rare combination is found without reading the rows. `hours`
adds up `chats` by the cue the agent saw first, so that a page need not read a million rows."""

_ADD = """
  INSERT INTO hours VALUES ({row}.at_s / 3600, {row}.desk, {row}.account, {row}.first_cue, ifnull({row}.outcome, -1),
    {sign}1, {sign}({row}.disclosed <> 0), {sign}{row}.sprayed, {sign}({row}.replay IS NOT NULL))
  ON CONFLICT DO UPDATE SET chats = chats + excluded.chats, disclosed = disclosed + excluded.disclosed,
    sprayed = sprayed + excluded.sprayed, replayable = replayable + excluded.replayable;
"""
_PLUS, _MINUS = _ADD.format(row="new", sign=""), _ADD.format(row="old", sign="-")
_TRIGGERS = f"""
CREATE TRIGGER chats_in AFTER INSERT ON chats BEGIN {_PLUS} END;
CREATE TRIGGER chats_out AFTER DELETE ON chats BEGIN {_MINUS} END;
CREATE TRIGGER chats_changed AFTER UPDATE OF at_s, first_cue, outcome, disclosed, sprayed, replay ON chats
  BEGIN {_MINUS} {_PLUS} END;
"""
_BUSY_MS = 5_000


def connect(path: Path) -> sqlite3.Connection:
    """For the one who writes: makes the file (for this account alone) and its tables. Raises `StoreUnavailable`."""
    with answers():
        path.parent.mkdir(parents=True, exist_ok=True)
        os.close(os.open(path, os.O_RDWR | os.O_CREAT, 0o600))
        db = sqlite3.connect(path, isolation_level=None, check_same_thread=False)
        for pragma in ("journal_mode=WAL", "synchronous=NORMAL", "secure_delete=ON", f"busy_timeout={_BUSY_MS}"):
            db.execute(f"PRAGMA {pragma}")
        if version(db) != VERSION:
            empty(db)
        return db


def empty(db: sqlite3.Connection) -> None:
    """Drop whatever is there and make the tables anew, at once for every reader."""
    with writing(db):
        for kind, name in db.execute(
            "SELECT type, name FROM sqlite_master WHERE type IN ('table', 'trigger') AND name NOT LIKE 'sqlite%'"
        ).fetchall():
            db.execute(f'DROP {kind} IF EXISTS "{name}"')
        for statement in _statements(_TABLES + _TRIGGERS):
            db.execute(statement)
        db.execute(f"PRAGMA user_version={VERSION}")


def connect_to_read(path: Path) -> sqlite3.Connection | None:
    """None where there is no archive yet. Raises `StoreUnavailable` for one that cannot be read."""
    if not path.exists():
        return None
    with answers():
        db = sqlite3.connect(
            f"{path.resolve().as_uri()}?mode=ro", uri=True, isolation_level=None, check_same_thread=False
        )
        db.execute(f"PRAGMA busy_timeout={_BUSY_MS}")
        return db


def version(db: sqlite3.Connection) -> int:
    found: int = db.execute("PRAGMA user_version").fetchone()[0]
    return found


@contextmanager
def writing(db: sqlite3.Connection) -> Iterator[None]:
    """All of it or nothing."""
    with answers():
        db.execute("BEGIN IMMEDIATE")
        try:
            yield
        except BaseException:
            db.execute("ROLLBACK")
            raise
        db.execute("COMMIT")


@contextmanager
def answers() -> Iterator[None]:
    try:
        yield
    except (sqlite3.Error, OSError) as error:
        raise StoreUnavailable(f"the archive cannot be used ({type(error).__name__})") from error


def _statements(script: str) -> Iterator[str]:
    part = ""
    for piece in script.split(";"):
        part += piece + ";"
        if sqlite3.complete_statement(part) and part.strip(" \n;"):
            yield part
            part = ""


def want_anew(path: Path) -> None:
    """Ask whoever writes the archive to read everything again."""
    with closing(connect(path)) as db, writing(db):
        db.execute("INSERT INTO meta VALUES ('state', 'wanted') ON CONFLICT DO UPDATE SET value = excluded.value")
