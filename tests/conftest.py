"""The real application over the real embedded store, started once; factories for keys, chats and sightings."""

from __future__ import annotations

import itertools
import logging
import shutil
import tempfile
import time
from collections.abc import Callable, Iterator
from contextlib import closing
from dataclasses import dataclass, replace
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import TYPE_CHECKING, Any

import hypothesis
import pytest
import structlog
from flask.testing import FlaskClient
from tests.unhurried import nobody_waits, unhurried
from werkzeug.test import TestResponse

from cuelight.app import Service, open_service
from cuelight.settings import Settings
from cuelight.web import logs
from cuelight.web.auth import SCOPES, mint

if TYPE_CHECKING:
    from playwright.sync_api import Playwright

# Deadlines measure the machine, not the code: a busy one is no finding.
hypothesis.settings.register_profile("cuelight", deadline=None, suppress_health_check=[hypothesis.HealthCheck.too_slow])
hypothesis.settings.load_profile("cuelight")

ROOT = Path(__file__).resolve().parent.parent

CHROME_ON_MAC = (
    "Mozilla/5.0 (Macintosh; Intel Mac OS X 10_15_7) AppleWebKit/537.36 (KHTML, like Gecko) "
    "Chrome/142.0.0.0 Safari/537.36"
)
FIREFOX_ON_LINUX = "Mozilla/5.0 (X11; Linux x86_64; rv:145.0) Gecko/20100101 Firefox/145.0"

# Addresses the test databases place: a British broadband line, a Swedish network, a mobile carrier in the USA.
HOME_IP = "81.2.69.142"
ABROAD_IP = "89.160.20.112"
ELSEWHERE_IP = "216.160.83.56"

_numbers = itertools.count(1)


def now() -> datetime:
    return datetime.now(UTC)


def stamp(at: datetime) -> str:
    return at.isoformat(timespec="milliseconds").replace("+00:00", "Z")


def fresh(prefix: str) -> str:
    """A name no other test uses."""
    return f"{prefix}-{next(_numbers)}"


@pytest.fixture
def folder() -> Iterator[Path]:
    """A short path: the store's socket lives in it, and socket paths are limited to 107 bytes."""
    made = Path(tempfile.mkdtemp(prefix="cue"))
    yield made
    shutil.rmtree(made, ignore_errors=True)


def settings_for(folder: Path, **more: Any) -> Settings:
    values: dict[str, Any] = {
        "data_dir": ROOT / "data",
        "geo_dir": ROOT / "data" / "geo",
        "var_dir": folder / "var",
        "redis_url": None,
    }
    return Settings(**(values | more))


@pytest.fixture(scope="session")
def driver() -> Iterator[Playwright]:
    """Playwright, once for the whole run: a second one beside it refuses to start."""
    from playwright.sync_api import sync_playwright

    with sync_playwright() as playwright:
        yield playwright


@pytest.fixture(scope="session")
def service() -> Iterator[Service]:
    """One application and one embedded store for the whole run; tests keep apart by fresh names."""
    made = Path(tempfile.mkdtemp(prefix="cue"))
    with unhurried():
        service = nobody_waits(open_service(settings_for(made)))
        service.stores.customers.ping()
    with closing(service) as opened:
        yield opened
    shutil.rmtree(made, ignore_errors=True)


@pytest.fixture
def own_service(folder: Path) -> Iterator[Service]:
    """An application with a store of its own, for tests that break things."""
    with closing(open_service(settings_for(folder))) as opened:
        yield opened


@pytest.fixture
def logged(capsys: pytest.CaptureFixture[str]) -> Iterator[pytest.CaptureFixture[str]]:
    """Everything is logged as a server does; afterwards it is as before."""
    root, before = logging.getLogger(), structlog.get_config()
    handlers, level = root.handlers[:], root.level
    logs.configure("DEBUG")
    yield capsys
    structlog.configure(**before)
    root.handlers[:] = handlers
    root.setLevel(level)


class PatientClient(FlaskClient):
    """Repeats a request the store was too slow for, as a caller would after `Retry-After`.

    On a machine busy with other tests the store's process may wait longer for its turn than the service waits for
    it. The service is right to say 503 then; most tests are about something else.
    """

    def open(self, *args: Any, **kwargs: Any) -> TestResponse:
        for _ in range(5):
            answer = super().open(*args, **kwargs)
            if answer.status_code != 503:
                break
            time.sleep(0.2)
        return answer


@dataclass(frozen=True)
class Api:
    """The API through Flask's client with one key; every call is a real request through every layer."""

    client: FlaskClient
    token: str

    def headers(self, more: dict[str, str] | None = None) -> dict[str, str]:
        return {"Authorization": f"Bearer {self.token}", **(more or {})}

    def post(self, path: str, json: Any, **headers: str) -> TestResponse:
        return self.client.post(path, json=json, headers=self.headers(headers))

    def raw(self, path: str, data: bytes, content_type: str = "application/json", **headers: str) -> TestResponse:
        return self.client.post(path, data=data, content_type=content_type, headers=self.headers(headers))

    def get(self, path: str, headers: dict[str, str] | None = None) -> TestResponse:
        return self.client.get(path, headers=self.headers(headers))

    def score(self, **facts: Any) -> dict[str, Any]:
        answer = self.post("/score", facts)
        assert answer.status_code == 200, answer.text
        return answer.get_json()

    def cue(self, chat_id: str, desk: str = "api", account: str = "default") -> dict[str, Any]:
        answer = self.get(f"/cues/{desk}/{account}/{chat_id}")
        assert answer.status_code == 200, answer.text
        return answer.get_json()

    def outcome(self, chat_id: str, **said: str) -> TestResponse:
        return self.post(f"/chats/api/default/{chat_id}/outcome", {"by": "Sam", **said})

    def settled_customer(self, prefix: str = "settled") -> str:
        """A customer with a month of sign-ins from home on one device."""
        customer_id = fresh(prefix)
        for days in range(1, 30, 3):
            answer = self.post("/sightings", at_home(customer_id, occurred_at=stamp(now() - timedelta(days=days))))
            assert answer.status_code == 200, answer.text
        return customer_id


def at_home(customer_id: str, **more: Any) -> dict[str, Any]:
    """The facts of a customer at home on the usual device."""
    return {
        "customer_id": customer_id,
        "ip": HOME_IP,
        "user_agent": CHROME_ON_MAC,
        "fingerprint": {
            "id": "home-device",
            "components": {
                "timezone": "Europe/London",
                "languages": ["en-GB", "en"],
                "screen": "1512x982",
                "platform": "MacIntel",
                "cores": 10,
                "gpu": "Apple M2",
            },
        },
        **more,
    }


def as_impostor(customer_id: str, **more: Any) -> dict[str, Any]:
    """The facts of somebody else who names the customer: another country, network and device."""
    return {
        "customer_id": customer_id,
        "ip": ABROAD_IP,
        "user_agent": FIREFOX_ON_LINUX,
        "fingerprint": {
            "id": "other-device",
            "components": {
                "timezone": "Asia/Yekaterinburg",
                "languages": ["ru-RU"],
                "screen": "1366x768",
                "platform": "Linux x86_64",
                "cores": 2,
                "gpu": "llvmpipe",
            },
        },
        **more,
    }


def client_of(service: Service) -> FlaskClient:
    return PatientClient(service.app, service.app.response_class)


def api_for(
    service: Service,
    scopes: tuple[str, ...] = SCOPES,
    expires_at: datetime | None = None,
    *,
    client: FlaskClient | None = None,
) -> Api:
    """The API with a fresh key of these scopes; through a patient client, if none is given."""
    key, token, digest = mint(fresh("test"), scopes, now())
    service.stores.keys.add(replace(key, expires_at=expires_at), digest)
    return Api(client or client_of(service), token)


@pytest.fixture(scope="session")
def api(service: Service) -> Api:
    """The API with a key that may do everything."""
    return api_for(service)


@pytest.fixture
def api_with(service: Service) -> Callable[..., Api]:
    """The API with a key of the given scopes."""
    return lambda *scopes, **more: api_for(service, scopes, **more)
