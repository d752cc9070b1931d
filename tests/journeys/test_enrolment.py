"""An agent's browser from the invitation to the revocation, with the real server and the real command."""

from __future__ import annotations

import os
import subprocess
import sys
from collections.abc import Iterator
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import pytest
from axe_playwright_python.sync_playwright import Axe
from playwright.sync_api import BrowserContext, Page, expect
from tests.extension.browser import Eyes, extension_url, tab_id_of, worker_of
from tests.journeys.conftest import Demo

from cuelight.settings import Settings
from cuelight.web import enrol
from cuelight.wiring.opening import open_enrolment_store

NOT_ACCEPTED = "does not accept this browser"


def agents(demo: Demo, *arguments: str) -> str:
    """`cuelight agents …` beside the running server."""
    command = [str(Path(sys.executable).with_name("cuelight")), "agents", *arguments]
    environment = {**os.environ, "CUELIGHT_VAR_DIR": str(demo.folder / "var")}
    done = subprocess.run(command, env=environment, capture_output=True, text=True, check=True, timeout=60)
    return done.stdout.strip()


def forget(context: BrowserContext) -> None:
    """As a browser that was just installed: other tests use the same one."""
    session(
        context,
        """async () => {
          await chrome.storage.local.clear();
          await chrome.storage.session.clear();
          await new Promise((done) => { indexedDB.deleteDatabase("cuelight").onsuccess = done; });
        }""",
    )


@pytest.fixture
def context(chrome_with_extension: BrowserContext) -> Iterator[BrowserContext]:
    forget(chrome_with_extension)
    yield chrome_with_extension
    keep = chrome_with_extension.new_page()
    for page in chrome_with_extension.pages:
        if page is not keep:
            page.close()
    forget(chrome_with_extension)


@pytest.fixture
def options(context: BrowserContext) -> Page:
    page = context.new_page()
    page.goto(extension_url(context, "options/options.html"))
    page.locator("#desks li").first.wait_for()
    return page


def enter(options: Page, server: str, code: str) -> None:
    """With the keyboard alone."""
    options.bring_to_front()
    options.get_by_label("Address", exact=True).focus()
    options.keyboard.press("Control+A")
    options.keyboard.type(server)
    options.keyboard.press("Tab")
    options.keyboard.press("Control+A")
    options.keyboard.type(code)
    options.keyboard.press("Enter")


def invite(demo: Demo, name: str) -> str:
    """What the command does, without starting one."""
    with open_enrolment_store(Settings(var_dir=demo.folder / "var", redis_url=None)) as store:
        return enrol.invite(store, name, datetime.now(UTC))[1]


def state_of(demo: Demo, enrolment_id: str) -> str | None:
    with open_enrolment_store(Settings(var_dir=demo.folder / "var", redis_url=None)) as store:
        found = store.read(enrolment_id)
    return found.ended_why if found else "gone"


def enrolled(options: Page, demo: Demo, name: str, code: str = "") -> str:
    """Enrols; answers with the enrolment's id."""
    code = code or invite(demo, name)
    enter(options, demo.url, code.lower().replace("-", " "))
    expect(options.locator("#enrolled")).to_contain_text(f"enrolled as {name}")
    return code.replace("-", "")[:6].lower()


def session(context: BrowserContext, expression: str, argument: Any = None) -> Any:
    return worker_of(context).evaluate(expression, argument)


def open_chat(context: BrowserContext, demo: Demo) -> Eyes:
    page = context.new_page()
    page.goto(f"{demo.desk_url}#/chat/1001")
    return Eyes(page)


def test_from_invitation_to_outcome_to_revocation(demo: Demo, context: BrowserContext, options: Page) -> None:
    enrolment_id = enrolled(options, demo, "Kim", agents(demo, "invite", "Kim"))
    assert "enrolled" in agents(demo, "list")
    expect(options.get_by_label("Enrolment code")).to_be_hidden()
    expect(options.get_by_role("button", name="Sign out")).to_be_focused()
    for theme in ("light", "dark"):
        options.emulate_media(color_scheme=theme)
        results = Axe().run(options)
        assert results.violations_count == 0, results.generate_report()
    eyes = open_chat(context, demo)
    eyes.wait(lambda seen: seen.state == "green" and seen.drawn_by == "extension", 10)
    panel = context.new_page()
    panel.goto(extension_url(context, f"panel/panel.html?tab={tab_id_of(context, eyes.page)}"))
    panel.get_by_role("button", name="Not sure").click()
    expect(panel.locator(".cl-done")).to_contain_text("Kim")
    panel.get_by_text("Note what was given out").click()
    panel.get_by_role("button", name="Orders").click()
    expect(panel.locator(".cl-ledger")).to_contain_text("Kim")
    panel.get_by_role("button", name="Undo: Orders").click()
    expect(panel.locator(".cl-ledger")).to_have_count(0)
    assert agents(demo, "revoke", enrolment_id)
    eyes.page.bring_to_front()
    eyes.wait(lambda seen: NOT_ACCEPTED in seen.tip, 15)
    options.reload()
    expect(options.locator("#enrolled")).to_contain_text("has ended")
    enrolled(options, demo, "Kim again")
    eyes.page.bring_to_front()
    eyes.wait_state("green", 10)


def test_neither_secret_nor_token_is_where_a_content_script_could_look(
    demo: Demo, context: BrowserContext, options: Page
) -> None:
    enrolled(options, demo, "Vera")
    local = session(context, "async () => JSON.stringify(await chrome.storage.local.get(null))")
    assert "Vera" in local
    held = session(context, "async () => (await chrome.storage.session.get('token')).token.value")
    assert held.startswith("cua_")
    assert held not in local
    assert "secret" not in local


def test_a_browser_that_lost_its_session_renews_by_itself(demo: Demo, context: BrowserContext, options: Page) -> None:
    """As after each start of the browser: the token was in memory only."""
    enrolled(options, demo, "Noor")
    before = session(context, "async () => (await chrome.storage.session.get('token')).token.value")
    session(context, "() => chrome.storage.session.remove('token')")
    open_chat(context, demo).wait_state("green", 10)
    after = session(context, "async () => (await chrome.storage.session.get('token')).token.value")
    assert after != before


def test_a_copied_profile_is_found_out(demo: Demo, context: BrowserContext, options: Page) -> None:
    """Somebody copies what the browser keeps and uses it first; when the agent comes, it ends for both."""
    enrolment_id = enrolled(options, demo, "Ida")
    stolen = session(
        context,
        """() => new Promise((resolve) => {
          const opening = indexedDB.open("cuelight");
          opening.onsuccess = () => {
            const asking = opening.result.transaction("kept").objectStore("kept").get("enrolled");
            asking.onsuccess = () => { opening.result.close(); resolve(asking.result); };
          };
        })""",
    )
    used = """async ({ server, id, secret }) => (await fetch(`${server}/enrolments/${id}/token`, {
      method: "POST",
      headers: { "Content-Type": "application/json" },
      body: JSON.stringify({ secret, next: "T".repeat(43) }),
    })).status"""
    assert session(context, used, stolen) == 200
    session(context, "() => chrome.storage.session.remove('token')")
    open_chat(context, demo).wait(lambda seen: NOT_ACCEPTED in seen.tip, 15)
    assert state_of(demo, enrolment_id) == "reused"
    assert session(context, used, {**stolen, "secret": "T" * 43}) == 401


def test_signing_out_ends_it_here_and_there(demo: Demo, context: BrowserContext, options: Page) -> None:
    enrolment_id = enrolled(options, demo, "Lou")
    options.get_by_role("button", name="Sign out").click()
    expect(options.locator("#server-result")).to_contain_text("Signed out")
    expect(options.get_by_label("Enrolment code")).to_be_focused()
    assert state_of(demo, enrolment_id) == "signed_out"
    open_chat(context, demo).wait(lambda seen: "not enrolled" in seen.tip, 10)


@pytest.mark.parametrize(
    ("code", "says"),
    [
        ("", "20 letters and digits"),
        ("7KQ3M-P2XNA", "20 letters and digits"),
        ("00000-00000-00000-00000", "not known"),
    ],
)
def test_codes_that_are_none(demo: Demo, options: Page, code: str, says: str) -> None:
    enter(options, demo.url, code)
    expect(options.locator("#server-result")).to_contain_text(says)
    expect(options.get_by_label("Enrolment code")).to_be_focused()
    expect(options.get_by_label("Enrolment code")).to_have_attribute("aria-invalid", "true")


def test_a_code_works_once_and_a_wrong_one_ends_no_enrolment(
    demo: Demo, context: BrowserContext, options: Page
) -> None:
    code = invite(demo, "Max")
    enter(options, demo.url, code)
    expect(options.locator("#enrolled")).to_contain_text("enrolled as Max")
    again = session(context, "() => chrome.storage.local.get('enrolment')")
    answer = options.evaluate(
        "([server, code]) => chrome.runtime.sendMessage({ type: 'options.enrol', server, code })", [demo.url, code]
    )
    assert answer["reason"] == "unauthorised"
    assert session(context, "() => chrome.storage.local.get('enrolment')") == again
    open_chat(context, demo).wait_state("green", 10)


def test_the_servers_words_come_in_the_agents_language(demo: Demo, context: BrowserContext, options: Page) -> None:
    enrolled(options, demo, "Jo")
    options.get_by_label("Language").select_option("de")
    expect(options.get_by_role("heading", name="Cuelight-Einstellungen")).to_be_visible()
    eyes = open_chat(context, demo)
    seen, _ = eyes.wait(lambda seen: seen.state == "green", 10)
    assert seen.word == "Passt"
    panel = context.new_page()
    panel.goto(extension_url(context, f"panel/panel.html?tab={tab_id_of(context, eyes.page)}"))
    expect(panel.get_by_text("Passt zu dieser Person. Es gilt die übliche Sorgfalt.")).to_be_visible(timeout=10_000)
    expect(panel.get_by_role("rowheader", name="Land")).to_be_visible(timeout=10_000)
