"""Somebody signed in to the console, with a browser that sends what browsers send."""

from __future__ import annotations

import secrets
from dataclasses import dataclass
from datetime import timedelta
from hashlib import sha256
from html import unescape
from typing import Any

from flask.testing import FlaskClient
from tests.conftest import client_of, fresh, now
from werkzeug.test import TestResponse

from cuelight.app import Service
from cuelight.core.operators import Operator, Session
from cuelight.core.roles import Role

ORIGIN = "http://127.0.0.1"


@dataclass
class Browser:
    """Somebody signed in."""

    client: FlaskClient
    csrf: str
    name: str

    def get(self, path: str) -> TestResponse:
        return self.client.get(f"/console{path}", base_url=ORIGIN)

    def page(self, path: str) -> str:
        answer = self.get(path)
        assert answer.status_code == 200, answer.text
        return unescape(answer.text)

    def send(self, path: str, **form: Any) -> TestResponse:
        return self.client.post(
            f"/console{path}",
            data={"csrf": self.csrf, **form},
            base_url=ORIGIN,
            headers={"Sec-Fetch-Site": "same-origin", "Origin": ORIGIN},
        )

    def done(self, path: str, **form: Any) -> str:
        """Send a form that works; the page it leads to."""
        answer = self.send(path, **form)
        assert answer.status_code == 303, answer.text
        return self.page(answer.headers["Location"].removeprefix("/console"))


def signed_in(service: Service, *roles: Role) -> Browser:
    name, at = fresh("person"), now()
    service.stores.operators.add(
        Operator(name, frozenset(roles), at, at - timedelta(hours=1), password="unusable", totp_secret=b"x" * 20)
    )
    cookie, csrf = secrets.token_urlsafe(32), secrets.token_urlsafe(32)
    session = Session(name, "local", frozenset(roles), at, at, at, csrf)
    service.stores.sessions.put(sha256(cookie.encode()).hexdigest(), session, at)
    client = client_of(service)
    client.set_cookie("cuelight-console", cookie, domain="127.0.0.1")
    return Browser(client, csrf, name)
