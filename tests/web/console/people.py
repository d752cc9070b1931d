"""Operators at their browsers: Flask's client, with what a browser sends along."""

from __future__ import annotations

import itertools
import re
import secrets
from dataclasses import dataclass
from html import unescape
from typing import Any

from flask.testing import FlaskClient
from tests.clock import Clock
from tests.conftest import PatientClient
from werkzeug.datastructures import MultiDict
from werkzeug.test import TestResponse

from cuelight.app import Service
from cuelight.core import totp
from cuelight.core.operators import Operator
from cuelight.core.roles import Role
from cuelight.web.console import proving
from cuelight.web.console.proving import hashed

_numbers = itertools.count(1)
PASSWORD = "four words are good"
COSTLY = proving._HASHER
"""What hashes passwords where no test makes it cheap: see `conftest.py`."""
SECRETS: dict[str, bytes] = {}
"""What operators' authenticators have, by name."""


@dataclass
class Site:
    """A service whose console has somebody to sign in, and its clock."""

    service: Service
    clock: Clock

    def operator(self, *roles: Role, name: str = "", **more: Any) -> Operator:
        """One more operator, ready to sign in."""
        name, secret = name or f"op-{secrets.token_hex(4)}", secrets.token_bytes(20)
        made = Operator(
            name,
            frozenset(roles or {Role.ADMIN}),
            self.clock(),
            self.clock(),
            hashed(PASSWORD),
            self.service.app.extensions["cuelight.console"].seal(secret, name),
            **more,
        )
        SECRETS[name] = secret
        self.service.stores.operators.add(made)
        self.service.app.extensions["cuelight.console"].looked.until_s = 0
        return made

    def browser(self, base: str = "http://localhost", address: str | None = None) -> Browser:
        """At an address of its own, unless told: attempts to sign in are counted by address, too."""
        client = PatientClient(self.service.app, use_cookies=True)
        client.environ_base["REMOTE_ADDR"] = address or f"10.{next(_numbers) % 250}.{secrets.randbelow(250)}.7"
        return Browser(self, client, base)

    def signed_in(self, *roles: Role) -> Browser:
        browser = self.browser()
        answer = browser.sign_in(self.operator(*roles))
        assert answer.status_code == 303, answer.text
        return browser

    def audited(self, action: str = "") -> list[tuple[str, str, str]]:
        """By, action and target of the newest entries."""
        found = self.service.stores.audit.read(limit=50)
        return [(e.by, e.action, e.target) for e in found if e.action.startswith(action)]


@dataclass
class Browser:
    site: Site
    client: FlaskClient
    base: str = "http://localhost"
    operator: Operator | None = None
    token: str = ""

    def get(self, path: str, **headers: str) -> TestResponse:
        answer = self.client.get(path, base_url=self.base, headers=headers)
        self._note(answer)
        return answer

    def post(self, path: str, data: Any = None, *, csrf: str | None = None, **headers: str) -> TestResponse:
        """A form as a page of ours sends it; `Origin=""` leaves the header out."""
        sent = {"Origin": self.base, "Sec-Fetch-Site": "same-origin", **headers}
        fields = dict(data or {}) if not isinstance(data, list) else data
        csrf = self.token if csrf is None else csrf
        body = [*fields, ("csrf", csrf)] if isinstance(fields, list) else {**fields, "csrf": csrf}
        answer = self.client.post(
            path, base_url=self.base, data=MultiDict(body), headers={k: v for k, v in sent.items() if v}
        )
        self._note(answer)
        return answer

    def sign_in(self, operator: Operator, password: str = PASSWORD, code: str | None = None) -> TestResponse:
        self.get("/console/sign-in")
        form = {"name": operator.name, "password": password, "code": self.code(operator) if code is None else code}
        answer = self.post("/console/sign-in", form)
        if answer.status_code == 303:
            self.operator = operator
            self.get("/console/nothing-here")
        return answer

    def code(self, operator: Operator) -> str:
        """What the operator's authenticator shows now: the next code where this one is used up."""
        known = self.site.service.stores.operators.read(operator.name)
        step = max(totp.step_at(self.site.clock()), known.totp_step + 1 if known else 0)
        return totp.code_at(SECRETS.get(operator.name, bytes(20)), step)

    def cookie(self, name: str = "cuelight-console") -> str | None:
        found = self.client.get_cookie(name, domain=self.base.split("/")[2].split(":")[0])
        return found.value if found else None

    def _note(self, answer: TestResponse) -> None:
        if answer.mimetype == "text/html" and (found := re.search(r'name="csrf" value="([^"]*)"', answer.text)):
            self.token = unescape(found[1])


def shows(answer: TestResponse, text: str) -> bool:
    return text in re.sub(r"\s+", " ", unescape(answer.text))
