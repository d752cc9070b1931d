"""An installation with as many decisions in its archive as asked for, and somebody signed in to its console."""

from __future__ import annotations

import random
import secrets
import time
from collections.abc import Iterator
from contextlib import closing, contextmanager
from dataclasses import dataclass, replace
from datetime import UTC, datetime, timedelta
from hashlib import sha256
from pathlib import Path
from tempfile import TemporaryDirectory

from flask.testing import FlaskClient

from cuelight.app import Service, open_service
from cuelight.archive import Wanted, open_writer
from cuelight.assess import Corridor
from cuelight.core.journal import Filed
from cuelight.core.operators import Operator, Session
from cuelight.core.roles import Role
from cuelight.customers.rekeyed import keyed
from cuelight.replay import ReplayClock
from cuelight.settings import Settings
from cuelight.wiring.archive import archive_path, layout_of_signals, opened_follower
from cuelight.wiring.month import load, read

ORIGIN = "http://127.0.0.1"
PAUSE_S = 0.4
"""Between two questions of a page that waits for the month to be read."""
_AT_ONCE = 5_000
_DAYS = 30
_MADE = 100_000
_KEPT = (
    "owner, cue, first_cue, score, log_odds, policy, identity, network, customer, outcome, outcome_after_s, incident"
)
_AGAIN = f"""
  INSERT INTO chats (desk, account, chat, at_s, {_KEPT}, disclosed, sprayed, replay, generation)
  SELECT desk, account, chat || ?1, max(?3, at_s - ?2), {_KEPT}, disclosed, sprayed, replay, generation
  FROM chats WHERE account = 'copied' AND chat NOT LIKE '%-%' LIMIT ?4
"""


@dataclass
class Desk:
    service: Service
    client: FlaskClient
    csrf: str
    path: Path
    filled_s: float

    def get(self, path: str) -> None:
        answer = self.client.get(path, base_url=ORIGIN)
        assert answer.status_code == 200, f"{path}: {answer.status_code}"

    def forget(self) -> None:
        """As in a process that has just started: no decision was read yet."""
        replays = self.service.app.extensions["cuelight"].replays
        replays.columns()  # a reading that is under way has come to its end
        replays._month = None

    def begin_to_read(self) -> None:
        self.forget()
        self.service.app.extensions["cuelight"].replays.warm()

    def effect(self, **form: str) -> None:
        """What the form would have done, until it is on the page: while the month is read, the page asks again."""
        headers = {"Sec-Fetch-Site": "same-origin", "Origin": ORIGIN, "HX-Request": "true"}
        sent = {"csrf": self.csrf, **form}
        for _ in range(200):
            answer = self.client.post("/console/tune/effect", data=sent, base_url=ORIGIN, headers=headers)
            assert answer.status_code == 200, answer.text[:300]
            if "chats from" in answer.text:
                return
            assert "Reading the last month" in answer.text
            time.sleep(PAUSE_S)
        raise AssertionError("the month is not read")

    def archive_bytes(self) -> int:
        return sum(file.stat().st_size for file in self.path.parent.glob(f"{self.path.name}*"))

    def chat(self) -> str:
        """One that is also in the store, whose page shows all there is."""
        archive = self.service.app.extensions["cuelight"].archive
        keys = (one.key for one in archive.listed(Wanted(), 50_000) if one.key.account == "lamplight")
        found = next(key for key in keys if self.service.stores.customers.find(key))
        return f"{found.desk}/{found.account}/{found.chat_id}"

    def middle(self) -> str:
        """Where a list goes on half a month ago."""
        before = datetime.now(UTC) - timedelta(days=_DAYS / 2)
        return f"{int(before.timestamp())}-0"


@contextmanager
def filled(decisions: int) -> Iterator[Desk]:
    """Everything goes when the block ends."""
    with TemporaryDirectory(prefix="clc") as name:
        settings = Settings(var_dir=Path(name), redis_url=None)
        with closing(open_service(settings)) as service:
            started = time.perf_counter()
            originals = _month(service, settings)
            _multiply(settings, originals, decisions - len(originals))
            client, csrf = _signed_in(service)
            yield Desk(service, client, csrf, archive_path(settings), time.perf_counter() - started)


def _month(service: Service, settings: Settings) -> list[Filed]:
    clock = ReplayClock()
    clock.now = datetime.now(UTC)
    has = keyed(service.locator, service.stores.customers, service.stores.crowd)
    corridor = Corridor(has.locator, has.customers, has.crowd, service.policies.now.live, clock)
    records = read(settings.data_dir / "samples" / "month.json", clock.now)
    for _ in range(5):  # a busy machine may keep the store from answering in time
        try:
            load(records, corridor, clock, lambda: True)
            break
        except Exception as error:
            print(f"loading again: {error}")
    with opened_follower(settings, service.stores) as follower:
        assert follower is not None
        while follower.step():
            pass
    journal = service.stores.journal
    assert journal is not None
    return [one for part, _ in journal.everything() for one in part]


def _multiply(settings: Settings, originals: list[Filed], count: int) -> None:
    """More chats like these: at other times, with other names, and with points that differ a little; beyond a hundred
    thousand, the database copies its own."""
    rnd = random.Random(7)
    end = datetime.now(UTC)
    made_here = min(count, _MADE)
    with open_writer(archive_path(settings), layout_of_signals()) as writer:
        assert writer is not None
        for start in range(0, made_here, _AT_ONCE):
            size = min(_AT_ONCE, made_here - start)
            writer.apply([_copy(rnd, rnd.choice(originals), start + n, end) for n in range(size)])
        left, copies = count - made_here, 0
        while left > 0:
            copies += 1
            writer.db.execute(_AGAIN, (f"-{copies}", 977 * copies, int(end.timestamp()) - 86_400 * _DAYS, left))
            left -= _MADE
        writer.put_meta(current_at=end.isoformat())
        writer.sweep(end - timedelta(days=365))


def _copy(rnd: random.Random, original: Filed, number: int, end: datetime) -> Filed:
    stored = original.stored
    moved = stored.chat.at - timedelta(seconds=rnd.uniform(0, 86_400 * _DAYS))
    at = moved if end - moved < timedelta(days=_DAYS) else moved + timedelta(days=_DAYS)
    key = replace(stored.chat.key, account="copied", chat_id=f"c{number}")
    chat = replace(stored.chat, key=key, sighting=replace(stored.chat.sighting, at=at))
    reasons = tuple(
        reason
        if reason.code.startswith("chat.")
        else replace(reason, raw=(reason.raw or round(1000 * reason.points)) + rnd.randrange(-300, 300))
        for reason in stored.decision.reasons
    )
    outcome = stored.outcome and replace(stored.outcome, at=at + timedelta(hours=rnd.uniform(0.1, 60)))
    decision = replace(stored.decision, key=key, reasons=reasons)
    return Filed(replace(stored, chat=chat, decision=decision, outcome=outcome), rnd.randbytes(8), original.disclosed)


def _signed_in(service: Service) -> tuple[FlaskClient, str]:
    at = datetime.now(UTC)
    roles = frozenset({Role.ADMIN})
    service.stores.operators.add(
        Operator("bench", roles, at, at - timedelta(hours=1), password="unusable", totp_secret=b"x" * 20)
    )
    cookie, csrf = secrets.token_urlsafe(32), secrets.token_urlsafe(32)
    session = Session("bench", "local", roles, at, at, at, csrf)
    service.stores.sessions.put(sha256(cookie.encode()).hexdigest(), session, at)
    client = service.app.test_client()
    client.set_cookie("cuelight-console", cookie, domain="127.0.0.1")
    return client, csrf
