"""From an idea to the desk and back: tuned on the sample month, asked for, published by a second person, seen by an
agent who has the chat open, and rolled back."""

from __future__ import annotations

import re
import shutil
import tempfile
from collections.abc import Iterator
from contextlib import closing
from dataclasses import dataclass, replace
from datetime import UTC, datetime, timedelta
from hashlib import sha256
from pathlib import Path
from threading import Thread

import pytest
from playwright.sync_api import Browser, Page, Playwright, expect
from tests.conftest import settings_for
from tests.extension.browser import QUIET, Eyes, chromium_path
from tests.unhurried import nobody_waits, unhurried
from tests.web.console.browsing import with_month
from tests.web.demo import places
from werkzeug.serving import make_server

from cuelight.app import Service, open_service
from cuelight.core.operators import Operator
from cuelight.core.roles import Role
from cuelight.web.console.proving import hashed
from cuelight.web.console.sign_in import link_of

FOLLOWS_S = 30.0
"""Promised are five seconds (`tests/test_policies.py`); a machine busy with other tests may need longer to draw it."""
expect.set_options(timeout=FOLLOWS_S * 1000)
CHATS = 120
PASSWORD = "four words are good"


@dataclass
class Place:
    service: Service
    url: str

    def link(self, name: str, role: Role) -> str:
        """A new operator's one-time link."""
        now = datetime.now(UTC)
        made, token = link_of(Operator(name, frozenset({role}), now, now, hashed(PASSWORD), demo=True), now)
        self.service.stores.operators.add(made)
        return f"{self.url}/console/enter/{token}"


@pytest.fixture(scope="module")
def place() -> Iterator[Place]:
    folder = Path(tempfile.mkdtemp(prefix="cue"))
    settings = settings_for(folder, demo=True, geo_dir=places.write(folder / "geo"), two_person_publishing=True)
    with unhurried(), closing(nobody_waits(open_service(settings))) as service:
        assert with_month(service, settings, CHATS)
        server = make_server("127.0.0.1", 0, service.app, threaded=True)
        thread = Thread(target=server.serve_forever, daemon=True)
        thread.start()
        yield Place(service, f"http://127.0.0.1:{server.server_port}")
        server.shutdown()
        thread.join()
    shutil.rmtree(folder, ignore_errors=True)


@pytest.fixture
def chromium(driver: Playwright) -> Iterator[Browser]:
    browser = driver.chromium.launch(executable_path=chromium_path(), args=list(QUIET))
    yield browser
    browser.close()


def enter(browser: Browser, place: Place, name: str, role: Role) -> Page:
    page = browser.new_context(viewport={"width": 1280, "height": 800}).new_page()
    page.goto(place.link(name, role))
    page.get_by_role("button", name="Sign in").click()
    page.get_by_role("navigation", name="Pages of the console").wait_for()
    return page


@pytest.mark.timeout(180)
def test_from_an_idea_to_the_desk_and_back(place: Place, chromium: Browser) -> None:
    before = place.service.policies.now.live().version
    desk = chromium.new_page(viewport={"width": 1280, "height": 800})
    desk.goto(f"{place.url}/demo/desk#/chat/1001")
    eyes = Eyes(desk)
    eyes.wait_state("green", FOLLOWS_S)

    # An editor moves a threshold and sees what it would have done, before anything is saved.
    editor = enter(chromium, place, "eve", Role.POLICY_EDITOR)
    editor.get_by_role("link", name="Tune", exact=True).click()
    effect = editor.locator("#effect")
    expect(effect).to_contain_text("What the live policy does")
    editor.get_by_role("spinbutton", name="Amber from").fill("0")
    expect(effect).to_contain_text("What it would have done")
    expect(effect).to_contain_text(re.compile("Ambers per 100 chats.*→", re.DOTALL))
    editor.get_by_label("Why, for whoever comes next").fill("every chat is looked at twice")
    editor.get_by_role("button", name="Save as draft").click()
    expect(editor.get_by_role("status")).to_contain_text("is kept as a draft")
    version = editor.get_by_role("heading", level=1).inner_text().split()[0]
    expect(editor.locator("#effect section")).to_contain_text("Ambers per 100")
    expect(editor.get_by_role("row").filter(has_text="thresholds.amber")).to_contain_text("0")
    editor.locator("summary", has_text="Ask to publish").click()
    editor.get_by_label("Why").fill("a wave of impersonations")
    editor.get_by_role("button", name="Ask an approver").click()
    expect(editor.get_by_role("status")).to_contain_text("An approver has to do it")
    assert place.service.policies.read("live").version == before

    # A second person sees it waiting, and publishes. The desk's chat was open all the time.
    approver = enter(chromium, place, "paul", Role.APPROVER)
    approver.get_by_role("link", name="Policies", exact=True).click()
    approver.get_by_role("region", name="Waiting for an approver").get_by_role("link", name=version).click()
    approver.locator("summary", has_text="Approve and publish").click()
    desk.mouse.move(300, 300)  # an agent who looks at the chat, not one who left
    approver.get_by_role("button", name="Publish for every desk").click()
    eyes.wait_state("amber", FOLLOWS_S)
    expect(approver.get_by_role("status")).to_contain_text(f"{version} is live")

    # It was too much: one click, and one person is enough.
    approver.locator("summary", has_text="Roll back to").click()
    approver.get_by_label("Why").fill("nobody can look at everything twice")
    desk.mouse.move(320, 320)
    approver.get_by_role("button", name="Roll back now").click()
    expect(approver.get_by_role("status")).to_contain_text(f"{before} is live again")
    eyes.wait_state("green", FOLLOWS_S)
    log = place.service.app.extensions["cuelight"].audit.read(limit=30)
    told = [(entry.by, entry.action) for entry in log if entry.action.startswith("policy.")]
    assert told == [
        ("paul", "policy.roll_back"),
        ("paul", "policy.approve"),
        ("eve", "policy.request"),
        ("eve", "policy.draft"),
    ]


def test_before_publishing_it_is_asked_again_who_it_is(place: Place, chromium: Browser) -> None:
    policies = place.service.policies
    version = policies.draft(policies.based_on("live", {"incident_days": 60}), "eve", "").version
    policies.publish(version, "eve", ask=True)
    approver = enter(chromium, place, "pia", Role.APPROVER)
    cookie = next(each["value"] for each in approver.context.cookies() if each["name"] == "cuelight-console")
    sessions, digest = place.service.stores.sessions, sha256(cookie.encode()).hexdigest()
    session, now = sessions.get(digest), datetime.now(UTC)
    assert session is not None
    sessions.put(digest, replace(session, fresh_at=now - timedelta(hours=1)), now)
    approver.goto(f"{place.url}/console/policies/{version}")
    approver.locator("summary", has_text="Approve and publish").click()
    approver.get_by_role("button", name="Publish for every desk").click()
    expect(approver.get_by_role("heading", level=1)).to_have_text("Confirm that it is you")
    assert policies.read(version).published is None
    approver.get_by_label("Password").fill(PASSWORD)
    approver.get_by_role("button", name="Confirm").click()
    expect(approver.get_by_role("status")).to_contain_text(f"{version} is live")
    policies.roll_back("pia")
