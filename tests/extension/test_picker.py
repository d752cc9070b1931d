"""An own desk by pointing at its page: places that are found again, and the whole way from the options to the cue."""

from __future__ import annotations

import json
from collections.abc import Iterator
from typing import Any

import jsonschema_rs
import pytest
from axe_playwright_python.sync_playwright import Axe
from playwright.sync_api import BrowserContext, Page, expect
from tests.extension.browser import EXTENSION, Eyes, extension_url, picker_of, worker_of
from tests.extension.cue_server import CueServer, cue_of
from tests.extension.fixture_site import serve_fixture
from tests.extension.payloads import COUNT_HITS

SCHEMA = jsonschema_rs.validator_for(json.loads((EXTENSION / "desks" / "schema.json").read_text()))


@pytest.fixture(scope="module")
def own_url() -> Iterator[str]:
    with serve_fixture("own") as url:
        yield url


@pytest.fixture
def options(chrome: BrowserContext) -> Page:
    page = chrome.new_page()
    page.goto(extension_url(chrome, "options/options.html"))
    page.locator("#desks li").first.wait_for()
    page.locator("#add").click()
    page.get_by_label("Which desk").select_option("Another desk")
    return page


def begin(options: Page, address: str) -> Page:
    """Asks for a place; returns the desk's page with the picker on it."""
    options.get_by_label("Address of an open chat").fill(address)
    with options.context.expect_page() as opened:
        options.get_by_role("button", name="Choose on the page").click()
    page = opened.value
    wait_for(page, "Open a chat of this desk")
    return page


def wait_for(page: Page, text: str) -> str:
    """What the picker says, once it says this."""
    told = ""
    for _ in range(400):
        told = picker_of(page)
        if text in told:
            return told
        page.wait_for_timeout(25)
    raise AssertionError(f"not told: {text}; last told: {told!r}")


def stored_desks(context: BrowserContext) -> list[dict[str, Any]]:
    found: list[dict[str, Any]] = worker_of(context).evaluate(
        "async () => (await chrome.storage.local.get('desks')).desks ?? []"
    )
    return found


def test_a_place_is_clicked_and_the_cue_stands_there(
    options: Page, chrome: BrowserContext, cue_server: CueServer, own_url: str
) -> None:
    page = begin(options, own_url)
    page.evaluate(f"() => {{ {COUNT_HITS} }}")
    assert "names no chat yet" in picker_of(page)
    page.evaluate("() => desk.go('7/4711')")
    wait_for(page, "Open chat: 4711")
    page.evaluate("() => { window.clicks = []; }")
    page.keyboard.press("Enter")
    wait_for(page, "Click where the cue should go")
    header = page.locator("[data-conversation='4711'] .head")
    box = header.bounding_box()
    assert box is not None
    page.mouse.move(box["x"] + box["width"] / 2, box["y"] + 4)
    wait_for(page, 'div[data-testid="conversation-header"]')
    page.mouse.click(box["x"] + box["width"] / 2, box["y"] + 4)
    wait_for(page, "The cue will stand here")
    expect(header.locator("> cuelight-cue[data-drawn-by=sample]")).to_have_count(1)
    Eyes(page).wait_state("grey")
    page.keyboard.press("Enter")

    expect(options.locator("#desk-result[data-kind=good]")).to_contain_text("Chosen.")
    expect(page.locator("cuelight-cue, cuelight-pick")).to_have_count(0)
    assert page.evaluate("() => window.clicks") == []
    expect(options.get_by_label("Place for the cue")).to_have_value('[data-testid="conversation-header"]\n.head')
    expect(options.get_by_label("Pane with the chat's number")).to_have_value("[data-conversation] data-conversation")
    marks = options.locator("#parts select").evaluate_all("(all) => all.map(({ value }) => value)")
    assert marks == ["same", "same", "account", "same", "any", "same", "chat_id"]
    results = Axe().run(options)
    assert results.violations_count == 0, results.generate_report()
    options.get_by_label("Desk name in the API").fill("shop")
    options.get_by_label("Name", exact=True).fill("Shop desk")
    expect(options.locator("#desk-named")).to_contain_text("shop / 7 / 4711")
    options.get_by_role("button", name="Add this desk").click()
    expect(options.locator("#desk-result")).to_contain_text("Shop desk was added.")
    (saved,) = stored_desks(chrome)
    SCHEMA.validate(saved)
    assert "4711" not in json.dumps(saved)
    assert "Ada" not in json.dumps(saved)

    page.bring_to_front()
    eyes = Eyes(page)
    for key in ("7/4712", "9/4713", "7/4711"):
        page.evaluate("(key) => desk.go(key)", key)
        seen, _ = eyes.wait(lambda seen, key=key: seen.tip == f"Reason of chat {key}.", 10)
        assert seen.state == cue_of(key)
        head = page.locator(f"[data-conversation='{key.split('/')[1]}'] .head > cuelight-cue")
        expect(head).to_have_count(1)
    page.evaluate("() => desk.go('')")
    eyes.wait_state(None)


def test_with_the_keys_alone_through_a_reload_and_ended_by_escape(
    options: Page, chrome: BrowserContext, own_url: str
) -> None:
    page = begin(options, f"{own_url}/helpdesk/accounts/7/inbox/3/chats/4711")
    page.keyboard.press("Escape")
    expect(options.locator("#desk-result")).to_contain_text("Nothing was chosen.")
    expect(page.locator("cuelight-pick")).to_have_count(0)
    expect(options.get_by_role("button", name="Choose on the page")).to_be_focused()

    options.keyboard.press("Enter")  # the tab that is open already
    wait_for(page, "Open a chat of this desk")
    page.reload()
    wait_for(page, "Open chat: 4711")
    page.keyboard.press("Enter")
    wait_for(page, "Click where the cue should go")
    for _ in range(12):
        if "section" in picker_of(page):
            break
        page.keyboard.press("ArrowUp")
    for key in ("ArrowDown", "ArrowDown", "ArrowRight"):
        page.keyboard.press(key)
    wait_for(page, "div.actions")
    page.keyboard.press("Enter")
    wait_for(page, "The cue will stand here")
    page.keyboard.press("Shift+Tab")  # to the choice beside the button
    page.keyboard.press("ArrowDown")
    expect(page.locator("[data-conversation='4711'] .actions > cuelight-cue:first-child")).to_have_count(1)
    page.keyboard.press("Tab")
    page.keyboard.press("Enter")
    expect(options.get_by_label("Where exactly")).to_have_value("prepend")
    expect(options.get_by_label("Place for the cue")).to_have_value('.actions\n[data-testid="conversation-header"] div')

    # Another part is the chat's id after all: what was chosen for the first one is gone.
    options.locator("#parts select").nth(2).select_option("the chat's id")
    expect(options.locator("#parts select").nth(6)).to_have_value("same")
    expect(options.get_by_label("Place for the cue")).to_have_value("")
    expect(options.locator("#desk-result")).to_contain_text("Choose the place on the page again.")
    options.get_by_role("button", name="Cancel").click()
    assert stored_desks(chrome) == []


PLACES = [
    ('<header id="chat-head"></header>', "#chat-head", ["#chat-head", "header"]),
    ('<div id="head-4711"></div>', "div", ['[id="head-{chat_id}"]']),
    ('<div id="item-12" class="row-4711 col-6"></div><div class="row-4712"></div>', "div", [".col-6"]),
    ('<i data-chat="4712"></i><i data-chat="4711"></i>', "i:last-child", ['[data-chat="{chat_id}"]']),
    ('<div id="ember412" class="css-1x2y3z"><i></i></div>', "i", ["body > div > i"]),
    ('<div id=":r1f:" data-testid="thread-header"></div>', "div", ['[data-testid="thread-header"]']),
    ('<div class="bar"></div><section class="talk"><div class="bar"></div></section>', "section .bar", [".talk .bar"]),
    ('<p class="css-9f2kqz"></p><div><b></b><b></b><b class="x1"></b></div>', ".x1", ["body > div > b:nth-of-type(3)"]),
    (
        '<div data-name="Maria Lopez" title="Maria" aria-label="Maria" class="active open is-selected"></div>',
        "div",
        ["[data-name]"],
    ),
    ("<nav role=\"toolbar\"><a href='/4711'>4711</a></nav>", "nav", ['nav[role="toolbar"]', "nav"]),
    ('<form><input name="localName"><input name="parentNode"><input name="attributes"><u></u></form>', "u", ["form u"]),
    (
        "<div></div>" * 3 + '<div data-a\'b="x" class="a&quot;b \\ {x}"></div>',
        "div:last-child",
        ["body > div:nth-of-type(4)"],
    ),
]


def test_places_are_named_by_what_programmers_wrote(chrome: BrowserContext, desk_url: str) -> None:
    """Not by hashes, counters, passing states, labels or anything a contact could have written."""
    page = chrome.new_page()
    page.goto(f"{desk_url}/favicon.css")  # a page without a policy of its own
    for name in ("content/dom.js", "picker/selectors.js"):
        page.evaluate((EXTENSION / name).read_text())
    for html, wanted, selectors in PLACES:
        found = page.evaluate(
            """([html, wanted]) => {
              document.body.innerHTML = html;
              return CuelightContent.selectors.find(document.querySelector(wanted), null, "4711");
            }""",
            [html, wanted],
        )
        assert found[: len(selectors)] == selectors, html
        assert len(found) <= 2
    took_ms = page.evaluate(
        """() => {
          document.body.innerHTML = '<div class="row same">'.repeat(12) + '<i class="row same cell"></i>'.repeat(4000);
          const begun = performance.now();
          CuelightContent.selectors.find(document.querySelectorAll("i")[2000], null, "4711");
          return performance.now() - begun;
        }"""
    )
    assert took_ms < 5000
