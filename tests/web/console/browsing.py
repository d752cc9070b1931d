"""Somebody signed in to the console, with a browser that sends what browsers send; and a month of chats to look at."""

from __future__ import annotations

import secrets
from collections.abc import Iterator
from contextlib import closing, contextmanager
from dataclasses import dataclass
from datetime import timedelta
from hashlib import sha256
from html import unescape
from pathlib import Path
from tempfile import TemporaryDirectory

from flask.testing import FlaskClient
from tests.conftest import ROOT, client_of, fresh, now, settings_for
from tests.unhurried import unhurried
from werkzeug.test import TestResponse

from cuelight.app import Service, open_service
from cuelight.assess import Corridor
from cuelight.core.operators import Operator, Session
from cuelight.core.roles import Role
from cuelight.customers.rekeyed import keyed
from cuelight.replay import ChatRecord, OutcomeRecord, ReplayClock
from cuelight.settings import Settings
from cuelight.wiring.archive import opened_follower
from cuelight.wiring.month import load, read

ORIGIN = "http://127.0.0.1"


@dataclass
class Browser:
    """Somebody signed in. Paths begin with `/console`."""

    client: FlaskClient
    csrf: str
    name: str

    def open(self, path: str) -> TestResponse:
        return self.client.get(path, base_url=ORIGIN)

    def get(self, path: str, status: int = 200) -> str:
        answer = self.open(path)
        assert answer.status_code == status, answer.text
        return unescape(answer.text)

    def post(self, path: str, *, htmx: bool = False, **form: object) -> TestResponse:
        headers = {"Sec-Fetch-Site": "same-origin", "Origin": ORIGIN}
        if htmx:
            headers["HX-Request"] = "true"
        return self.client.post(path, data={"csrf": self.csrf, **form}, base_url=ORIGIN, headers=headers)

    def done(self, path: str, **form: object) -> str:
        """Send a form that works; the page it leads to."""
        answer = self.post(path, **form)
        assert answer.status_code == 303, answer.text
        return self.get(answer.headers["Location"])


def signed_in(service: Service, *roles: Role) -> Browser:
    name, at = fresh("op"), now()
    service.stores.operators.add(
        Operator(name, frozenset(roles), at, at - timedelta(hours=1), password="unusable", totp_secret=b"x" * 20)
    )
    cookie, csrf = secrets.token_urlsafe(32), secrets.token_urlsafe(32)
    session = Session(name, "local", frozenset(roles), at, at, at, csrf)
    service.stores.sessions.put(sha256(cookie.encode()).hexdigest(), session, at)
    client = client_of(service)
    client.set_cookie("cuelight-console", cookie, domain="127.0.0.1")
    return Browser(client, csrf, name)


@contextmanager
def installation() -> Iterator[tuple[Service, Settings]]:
    """A service with a store of its own, and its settings. No chat has come yet."""
    with TemporaryDirectory(prefix="cue") as folder:
        settings = settings_for(Path(folder))
        with unhurried():
            opened = open_service(settings)
        with closing(opened) as service:
            yield service, settings


def with_month(service: Service, settings: Settings, records: int) -> int:
    """Put the last records of the sample month through the corridor; how many chats there are."""
    clock = ReplayClock()
    clock.now = now()
    has = keyed(service.locator, service.stores.customers, service.stores.crowd)
    corridor = Corridor(has.locator, has.customers, has.crowd, service.policies.now.live, clock)
    found = read(ROOT / "data" / "samples" / "month.json", clock.now)[-records:]
    chats = {record.facts.key.chat_id for record in found if isinstance(record, ChatRecord)}
    found = [record for record in found if not isinstance(record, OutcomeRecord) or record.chat_id in chats]
    done = load(found, corridor, clock, lambda: True)
    archived(service, settings)
    return done


def archived(service: Service, settings: Settings) -> None:
    """Bring the archive up to date, as the worker does."""
    with opened_follower(settings, service.stores) as follower:
        assert follower is not None
        while follower.step():
            pass
