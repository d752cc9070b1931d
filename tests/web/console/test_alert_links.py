"""Where an alert says that the console shows it, the console does."""

from __future__ import annotations

from urllib.parse import urlsplit

import pytest
from tests.channels.conftest import WORDS
from tests.conftest import api_for, as_impostor, fresh
from tests.web.console.people import Browser, Site, shows

from cuelight.channels.telling import tell
from cuelight.core.outbox import KINDS, Alert

CONSOLE = "http://localhost/console"


@pytest.fixture(scope="module")
def browser(site: Site) -> Browser:
    return site.signed_in()


@pytest.fixture(scope="module")
def said(site: Site) -> dict[str, str]:
    """What alerts name: a chat that was reported, and its incident."""
    api, chat_id = api_for(site.service), fresh("alert:link+~=")
    api.score(chat_id=chat_id, **as_impostor(fresh("owner")))
    reported = api.outcome(chat_id, outcome="impersonation").get_json()
    named = {"desk": "api", "account": "default", "chat_id": chat_id}
    return named | {"incident_id": reported["incident"]["incident_id"]}


@pytest.mark.parametrize("kind", KINDS)
def test_an_alerts_link_leads_to_what_it_is_about(
    site: Site, browser: Browser, said: dict[str, str], kind: str
) -> None:
    chat = {name: said[name] for name in ("desk", "account", "chat_id")}
    bodies: dict[str, dict[str, object]] = {
        "policy.published": {},
        "campaign.suspected": {"chats": ["/".join(chat.values())]},
        "incident.opened": said,
        "incident.closed": {"incident_id": said["incident_id"]},
    }
    body = bodies.get(kind, {**chat})
    link = tell(Alert("a_1", kind, site.clock(), "g", body), WORDS, CONSOLE).link
    assert link is not None
    shown = browser.get(urlsplit(link).path)
    assert shown.status_code == 200, link
    about = said["incident_id"] if "incident_id" in body else said["chat_id"]
    assert shows(shown, "Policies" if kind == "policy.published" else about)


def test_without_anything_to_name_it_leads_to_the_console(site: Site, browser: Browser) -> None:
    link = tell(Alert("a_1", "some.day", site.clock(), "g", {}), WORDS, CONSOLE).link
    assert link == CONSOLE
    assert browser.get("/console/").status_code == 303
