"""The main job from end to end: the six chats of the sample desk, drawn by the page alone and by the extension."""

from __future__ import annotations

import random
import re
import signal
import time
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass

import pytest
from playwright.sync_api import Browser, BrowserContext, Page, Playwright, expect
from tests.extension.browser import Eyes, chromium_path, configure, extension_url, tab_id_of, wait_toolbar, worker_of
from tests.journeys.conftest import Demo

pytestmark = pytest.mark.timeout(300)  # the first one waits for the demo, another starts it anew

WORDS = {"green": "Looks right", "amber": "Check first", "red": "Stop and verify", "grey": "Unverified"}
STORY = {
    "1001": {"green"},  # the customer as always
    "1002": {"green", "amber"},  # the same on a new phone at home
    "1003": {"amber"},  # on holiday, signed in
    "1004": {"red"},  # the impostor
    "1005": {"red"},  # his second try
    "1006": {"grey"},  # somebody anonymous
}


@dataclass(frozen=True, slots=True)
class Desk:
    """The desk's page, and who draws its cues."""

    page: Page
    eyes: Eyes
    drawn_by: str

    def open(self, chat_id: str) -> None:
        self.page.evaluate("(id) => { location.hash = `#/chat/${id}` }", chat_id)


@pytest.fixture(scope="module")
def plain_browser(driver: Playwright) -> Iterator[Browser]:
    browser = driver.chromium.launch(executable_path=chromium_path(), args=["--no-sandbox"])
    yield browser
    browser.close()


@contextmanager
def showing(context: Browser | BrowserContext, demo: Demo, drawn_by: str) -> Iterator[Desk]:
    """The desk with the first chat open, its cue drawn by whom it should be."""
    page = context.new_page()
    page.set_viewport_size({"width": 1280, "height": 800})
    page.goto(f"{demo.desk_url}#/chat/1001")
    eyes = Eyes(page)
    eyes.wait(lambda seen: (seen.state, seen.drawn_by, seen.count) == ("green", drawn_by, 1), 20)
    yield Desk(page, eyes, drawn_by)
    page.close()


@pytest.fixture
def by_page(plain_browser: Browser, demo: Demo) -> Iterator[Desk]:
    with showing(plain_browser, demo, "page") as desk:
        yield desk


@pytest.fixture
def by_extension(chrome_with_extension: BrowserContext, demo: Demo) -> Iterator[Desk]:
    configure(chrome_with_extension, server=demo.url, key=demo.key, name="Sam")
    with showing(chrome_with_extension, demo, "extension") as desk:
        yield desk


@pytest.fixture(params=["by_page", "by_extension"])
def desk(request: pytest.FixtureRequest) -> Desk:
    found: Desk = request.getfixturevalue(request.param)
    return found


def told(demo: Demo, chat_id: str) -> tuple[str, set[str]]:
    """What the API says of a chat: its cue and the texts of its reasons."""
    body = demo.cue(chat_id)
    return body["cue"], {reason["text"] for reason in body["reasons"]}


def test_the_six_cues_are_the_told_ones(desk: Desk, demo: Demo) -> None:
    for chat_id, wanted in STORY.items():
        cue, reasons = told(demo, chat_id)
        assert cue in wanted, chat_id
        desk.open(chat_id)
        seen, _ = desk.eyes.wait(lambda seen, cue=cue, reasons=reasons: seen.state == cue and seen.tip in reasons)
        assert seen.word == WORDS[cue]
        assert (seen.drawn_by, seen.count) == (desk.drawn_by, 1)


def test_an_address_in_a_reply_is_warned_of_until_it_is_sent(desk: Desk) -> None:
    desk.open("1005")
    desk.eyes.wait_state("red")
    reply = desk.page.get_by_label("Reply")
    reply.click()
    desk.page.keyboard.type("We have 221b Baker Street, London.")
    desk.eyes.wait(lambda _: "a postal address" in desk.eyes.note(), 10)
    desk.page.keyboard.press("Enter")
    desk.eyes.wait(lambda _: desk.eyes.note() == "", 10)
    desk.open("1001")
    desk.eyes.wait_state("green")
    reply.click()
    desk.page.keyboard.type("We have 221b Baker Street, London.")
    desk.page.wait_for_timeout(600)
    assert desk.eyes.note() == ""


def test_twenty_switches_and_not_one_wrong_cue(desk: Desk, demo: Demo) -> None:
    answers = {chat_id: told(demo, chat_id) for chat_id in STORY}
    chance = random.Random(5)
    wrong = []
    for _ in range(20):
        chat_id = chance.choice(list(STORY))
        desk.open(chat_id)
        cue, reasons = answers[chat_id]
        until = time.monotonic() + chance.uniform(0.05, 0.5)
        while time.monotonic() < until:
            seen = desk.eyes.look()
            if seen.state in ("red", "amber", "green") and (seen.state != cue or seen.tip not in reasons):
                wrong.append((chat_id, seen))
        desk.eyes.wait(lambda seen, cue=cue, reasons=reasons: seen.state == cue and seen.tip in reasons)
    assert wrong == []


def test_a_server_that_hangs_is_grey_and_comes_back(desk: Desk, demo: Demo) -> None:
    """How soon is told in tests/extension/test_pace.py, by a clock that no busy machine slows down."""
    demo.signal(signal.SIGSTOP)
    try:
        desk.eyes.wait(lambda seen: seen.state == "grey" and "in time" in seen.tip)
    finally:
        demo.signal(signal.SIGCONT)
    desk.eyes.wait_state("green", within_s=20)


def test_a_server_that_is_killed_is_grey_and_comes_back(demo: Demo, by_page: Desk, by_extension: Desk) -> None:
    """Seen by both at once: a start takes long."""
    demo.kill()
    try:
        for desk in (by_page, by_extension):
            desk.eyes.wait(lambda seen: seen.state == "grey" and "cannot be reached" in seen.tip)
            desk.open("1004")  # another chat while nothing answers: grey, never the earlier cue
            desk.eyes.wait_state("grey")
    finally:
        demo.start()
    for desk in (by_page, by_extension):
        desk.eyes.wait_state("red", within_s=20)
        desk.open("1001")
        desk.eyes.wait_state("green")


def test_the_toolbar_says_what_the_page_says_and_the_panel_why(
    demo: Demo, chrome_with_extension: BrowserContext
) -> None:
    context = chrome_with_extension
    configure(context, server=demo.url, key=demo.key, name="Sam")
    page = context.new_page()
    page.goto(demo.desk_url)
    panel = context.new_page()
    panel.goto(extension_url(context, f"panel/panel.html?tab={tab_id_of(context, page)}"))
    for chat_id in STORY:
        body = demo.cue(chat_id)
        cue = body["cue"]
        page.bring_to_front()
        page.evaluate("(id) => { location.hash = `#/chat/${id}` }", chat_id)
        wait_toolbar(context, page, lambda said, cue=cue: said == f"Cuelight: {WORDS[cue]} ({cue})")
        panel.bring_to_front()
        expect(panel.locator("h1")).to_have_text(WORDS[cue])
        further = panel.get_by_text(re.compile("^Further reasons"))
        if further.count():
            further.click()
        for line in (*body["reasons"], *body["advice"]):
            expect(panel.get_by_text(line["text"]).first).to_be_visible()
    panel.close()
    page.close()


def test_an_outcome_given_in_the_panel_reaches_the_server_and_can_be_taken_back(
    demo: Demo, chrome_with_extension: BrowserContext
) -> None:
    context = chrome_with_extension
    configure(context, server=demo.url, key=demo.key, name="Sam")
    page = context.new_page()
    page.goto(f"{demo.desk_url}#/chat/1003")
    Eyes(page).wait_state(demo.cue("1003")["cue"])
    panel = context.new_page()
    panel.goto(extension_url(context, f"panel/panel.html?tab={tab_id_of(context, page)}"))
    panel.get_by_role("button", name="One-time code").click()
    expect(panel.locator(".cl-done")).to_contain_text("Recorded as verified: One-time code.")
    recorded = demo.cue("1003")["outcome"]
    assert (recorded["outcome"], recorded["method"], recorded["by"]) == ("genuine", "one_time_code", "Sam")
    panel.get_by_role("button", name="Undo").click()
    expect(panel.locator(".cl-done")).to_contain_text("Still open: not sure yet.")
    expect(panel.get_by_role("button", name="Impersonation")).to_be_visible()
    assert demo.cue("1003")["outcome"]["outcome"] == "unknown"
    panel.close()
    page.close()


def test_the_extension_tests_its_connection_with_the_real_server(
    demo: Demo, chrome_with_extension: BrowserContext
) -> None:
    context = chrome_with_extension
    worker_of(context).evaluate("() => chrome.storage.local.clear()")
    page = context.new_page()
    page.goto(extension_url(context, "options/options.html"))
    page.locator("#desks li").first.wait_for()
    page.get_by_label("Address", exact=True).fill(demo.url)
    page.locator("#by-key").evaluate("(details) => { details.open = true }")
    page.get_by_label("Key", exact=True).fill("not-a-key-of-this-server")
    page.get_by_role("button", name="Test connection").click()
    expect(page.locator("#server-result")).to_contain_text("does not accept this browser")
    page.get_by_label("Key", exact=True).fill(demo.key)
    page.get_by_role("button", name="Test connection").click()
    expect(page.locator("#server-result")).to_contain_text("accepts this browser")
    page.close()
