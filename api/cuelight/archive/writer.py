"""Writes the archive: chats as the store has them, and nothing of who was erased."""

from __future__ import annotations

import fcntl
import os
import sqlite3
from collections.abc import Iterator, Sequence
from contextlib import closing, contextmanager
from dataclasses import dataclass
from datetime import datetime
from pathlib import Path

from cuelight.archive import schema
from cuelight.core.chat import ChatKey, Identity
from cuelight.core.disclosure import Kind
from cuelight.core.errors import StoreUnavailable
from cuelight.core.journal import Filed
from cuelight.core.replay_row import CUES, KINDS, OUTCOMES, Judged, Layout
from cuelight.core.situation import CUSTOMERS

IDENTITIES, DISCLOSED = tuple(Identity), tuple(Kind)
_COLUMNS = (
    *("desk", "account", "chat", "at_s", "owner", "cue", "first_cue", "score", "log_odds", "policy", "identity"),
    *("network", "customer", "outcome", "outcome_after_s", "incident", "disclosed", "sprayed", "team"),
    *("replay", "generation"),
)
_PUT = (
    f"INSERT INTO chats ({', '.join(_COLUMNS)}) VALUES ({', '.join('?' * len(_COLUMNS))}) "  # noqa: S608 - constants
    f"ON CONFLICT (desk, account, chat) DO UPDATE SET {', '.join(f'{c} = excluded.{c}' for c in _COLUMNS[3:])}"
)
_AT_ONCE = 10_000


@dataclass(slots=True)
class Writer:
    """One process's hold on the archive. Every method raises `StoreUnavailable` where the file cannot be written."""

    db: sqlite3.Connection
    layout: Layout

    def meta(self, name: str) -> str | None:
        with schema.answers():
            found = self.db.execute("SELECT value FROM meta WHERE name = ?", (name,)).fetchone()
        return found[0] if found else None

    def put_meta(self, **values: str | int) -> None:
        with schema.answers():
            self.db.executemany(
                "INSERT INTO meta VALUES (?, ?) ON CONFLICT DO UPDATE SET value = excluded.value",
                [(name, str(value)) for name, value in values.items()],
            )

    @property
    def generation(self) -> int:
        return int(self.meta("generation") or 0)

    def start_over(self) -> None:
        """Rows from now on are of a new generation; `sweep` drops the others."""
        with schema.writing(self.db):
            if self.meta("layout") != self.layout.name:
                # What is here is spelled for other signals: of no use to a replay, and counted as if it were.
                self.db.execute("DELETE FROM chats")
            self.put_meta(generation=self.generation + 1, layout=self.layout.name, unreadable=0)

    def apply(
        self,
        filed: Sequence[Filed],
        gone: Sequence[ChatKey] = (),
        erased: Sequence[bytes] = (),
        **meta: str | int,
    ) -> None:
        """Chats as they are now, those that are no more, owners that were erased, and what to note, all at once."""
        generation = self.generation
        with schema.writing(self.db):
            self.db.executemany(_PUT, [(*self._row(one), generation) for one in filed])
            self.db.executemany(
                "DELETE FROM chats WHERE desk = ? AND account = ? AND chat = ?",
                [(key.desk, key.account, key.chat_id) for key in gone],
            )
            self.db.executemany("DELETE FROM chats WHERE owner = ?", [(owner,) for owner in erased])
            self.put_meta(changes=int(self.meta("changes") or 0) + 1, **meta)
        if erased or gone:
            self._leave_nothing()

    def sweep(self, before: datetime, *, generations: bool = False) -> int:
        """Drop chats from before a time; with `generations` also those that the last reading of everything did not
        find. Answers how many went."""
        dropped = 0
        while True:
            with schema.writing(self.db):
                found = self.db.execute(
                    "DELETE FROM chats WHERE id IN "
                    "(SELECT id FROM chats WHERE at_s < ? OR (? AND generation < ?) LIMIT ?)",
                    (int(before.timestamp()), generations, self.generation, _AT_ONCE),
                ).rowcount
                if not found:
                    self.db.execute("DELETE FROM hours WHERE chats = 0")
            dropped += found
            if not found:
                break
        if dropped:
            self._leave_nothing()
        with schema.answers():
            self.db.execute("PRAGMA optimize")
        return dropped

    def _leave_nothing(self) -> None:
        """What was overwritten must not stay readable in the log beside the file."""
        with schema.answers():
            self.db.execute("PRAGMA wal_checkpoint(TRUNCATE)")

    def _row(self, filed: Filed) -> tuple[object, ...]:
        stored = filed.stored
        chat, decision, outcome = stored.chat, stored.decision, stored.outcome
        basis = decision.first.basis if decision.first else decision.basis
        cue = decision.first.cue if decision.first else decision.cue
        network = chat.origin.kind if chat.origin else None
        found = outcome.outcome if outcome else None
        replay = self.layout.pack(Judged(chat.at, basis, cue, network, found)) if basis else None
        return (
            chat.key.desk,
            chat.key.account,
            chat.key.chat_id,
            int(chat.at.timestamp()),
            filed.owner,
            CUES.index(decision.cue),
            CUES.index(cue),
            decision.score,
            round(decision.log_odds * 1000),
            decision.policy_version,
            IDENTITIES.index(decision.identity),
            KINDS.index(network) if network else None,
            CUSTOMERS.index(basis.situation.customer) if basis else None,
            OUTCOMES.index(found) if found else None,
            max(0, int((outcome.at - chat.at).total_seconds())) if outcome else None,
            decision.incident_id,
            sum(1 << DISCLOSED.index(kind) for kind in filed.disclosed),
            int(any(reason.code.startswith("spray.") for reason in decision.reasons)),
            filed.team,
            replay,
        )


@contextmanager
def open_writer(path: Path, layout: Layout) -> Iterator[Writer | None]:
    """The archive to write, for the length of the block; None while another process has it. Raises
    `StoreUnavailable`."""
    with _alone(path) as mine:
        if not mine:
            yield None
            return
        with closing(schema.connect(path)) as db:
            yield Writer(db, layout)


@contextmanager
def _alone(path: Path) -> Iterator[bool]:
    try:
        path.parent.mkdir(parents=True, exist_ok=True)
        lock = os.open(path.with_suffix(".lock"), os.O_RDWR | os.O_CREAT, 0o600)
    except OSError as error:
        raise StoreUnavailable(f"the archive cannot be written ({type(error).__name__})") from error
    try:
        try:
            fcntl.flock(lock, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except BlockingIOError:
            yield False
        else:
            yield True
    finally:
        os.close(lock)
