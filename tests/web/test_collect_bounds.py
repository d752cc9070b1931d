"""How much `POST /collect` takes: of one message, of one address, and of a page's key from everywhere."""

from __future__ import annotations

import json
from contextlib import closing
from datetime import timedelta
from pathlib import Path

import pytest
from tests.conftest import now, settings_for
from tests.unhurried import nobody_waits, unhurried
from tests.web.collector_page import ORIGIN, Page
from tests.web.desk_line import empty
from tests.web.test_collect import refused

from cuelight.app import Service, open_service
from cuelight.core import collectors


@pytest.fixture
def page(service: Service) -> Page:
    return Page(service)


def test_a_body_is_bounded_and_json(page: Page) -> None:
    assert refused(page.send(components={"fonts": ["x" * 128] * 200}), "body_too_large", 413)
    client = page.service.app.test_client()
    plain = client.post("/collect", data=json.dumps(page.body()), headers={"Origin": ORIGIN}, content_type="text/plain")
    assert refused(plain, "unsupported_media_type", 415)
    assert client.get("/collect").status_code == 405


def test_one_address_sends_so_much_a_minute(page: Page, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(collectors, "ADDRESS_PER_MIN", 3)
    answers = [page.send(ip="2001:db8:7:7::" + str(n)) for n in range(9)]  # one line's /64
    late = [a for a in answers if a.status_code == 429]
    assert len(late) >= 3  # of two minutes at most, if one ended meanwhile
    assert late[0].get_json(force=True)["code"] == "too_many_requests"
    assert late[0].headers["Retry-After"] == "60"
    assert late[0].headers["Access-Control-Allow-Origin"] == ORIGIN
    assert empty(page.send(ip="2001:db8:7:8::1"), 204)


def test_all_addresses_together_send_so_much_a_minute_with_one_key(folder: Path) -> None:
    at = [now()]
    with unhurried():
        service = nobody_waits(open_service(settings_for(folder, collect_per_minute=60), lambda: at[0]))
    with closing(service):
        page, other = Page(service), Page(service)
        answers = [page.send(ip=f"198.51.100.{n}").status_code for n in range(62)]
        assert answers == [204] * 60 + [429] * 2
        assert empty(other.send(), 204), "another page's key is another's"
        at[0] += timedelta(minutes=1)
        assert empty(page.send(), 204)
