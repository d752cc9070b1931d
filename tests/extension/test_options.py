"""The options page: each way to get it wrong is told apart, and the key never comes back out."""

from __future__ import annotations

import pytest
from axe_playwright_python.sync_playwright import Axe
from playwright.sync_api import BrowserContext, Page, expect
from tests.extension.browser import Eyes, extension_url, worker_of
from tests.extension.cue_server import KEY, CueServer
from tests.extension.watcher import Watcher, world_of


@pytest.fixture
def options(chrome: BrowserContext) -> Page:
    page = chrome.new_page()
    page.goto(extension_url(chrome, "options/options.html"))
    page.locator("#desks li").first.wait_for()
    return page


def result(page: Page, kind: str) -> str:
    place = page.locator(f"#server-result[data-kind='{kind}']")
    place.wait_for()
    return place.inner_text().strip()


def stored(context: BrowserContext, area: str, name: str) -> object:
    query = "async ([area, name]) => (await chrome.storage[area].get(name))[name] ?? null"
    return worker_of(context).evaluate(query, [area, name])


def test_a_connection_that_works(options: Page) -> None:
    options.get_by_role("button", name="Test connection").click()
    assert "accepts this browser" in result(options, "good")


FAILURES = {
    "401": "does not accept this browser",
    "403": "may not do that",
    "429": "asked too often",
    "500": "error of its own",
    "503": "cannot answer right now",
    "html": "is not Cuelight",
    "garbage": "is not Cuelight",
    "404": "is not Cuelight",
    "other_shape": "cannot be read",
}


def test_each_failure_has_its_own_result(options: Page, cue_server: CueServer) -> None:
    for mode, says in FAILURES.items():
        cue_server.mode = "ok"
        options.get_by_role("button", name="Test connection").click()
        result(options, "good")
        cue_server.mode = mode
        options.get_by_role("button", name="Test connection").click()
        assert says in result(options, "bad"), mode


def test_a_server_that_is_off(options: Page, cue_server: CueServer) -> None:
    cue_server.stop()
    options.get_by_role("button", name="Test connection").click()
    assert "cannot be reached" in result(options, "bad")


ADDRESSES = {
    "": "not an address",
    "cuelight": "not an address",
    "ftp://cuelight.example.com": "not an address",
    "http://cuelight.example.com": "Use https://",
    "https://sam:secret@cuelight.example.com": "Leave out",
    "https://cuelight.example.com/?x=1": "Leave out",
}


def test_addresses_are_checked(options: Page, chrome: BrowserContext, cue_server: CueServer) -> None:
    field = options.get_by_label("Address", exact=True)
    for address, says in ADDRESSES.items():
        field.fill(address)
        options.get_by_role("button", name="Save").click()
        expect(options.locator("#server-result[data-kind=bad]")).to_contain_text(says)
        expect(field).to_be_focused()
        expect(field).to_have_attribute("aria-invalid", "true")
        assert stored(chrome, "local", "server") == cue_server.url, address
    field.fill(cue_server.url)
    options.get_by_role("button", name="Save").click()
    assert result(options, "good") == "Saved."
    expect(field).not_to_have_attribute("aria-invalid", "true")


def test_the_key_is_kept_and_never_shown_again(options: Page, chrome: BrowserContext) -> None:
    options.get_by_label("Key", exact=True).fill("another-key-42")
    options.get_by_role("button", name="Save").click()
    assert result(options, "good") == "Saved."
    expect(options.get_by_label("Key", exact=True)).to_have_value("")
    assert stored(chrome, "session", "key") == stored(chrome, "local", "key") == "another-key-42"
    options.reload()
    expect(options.get_by_text("A key is stored.")).to_be_visible()
    expect(options.get_by_label("Key", exact=True)).to_have_value("")
    options.get_by_role("button", name="Forget the key").click()
    expect(options.get_by_text("The key was forgotten.")).to_be_visible()
    assert stored(chrome, "session", "key") is None
    assert stored(chrome, "local", "key") is None


def test_content_scripts_cannot_reach_the_stores(chrome: BrowserContext, desk: Page) -> None:
    """Asked in the content script's own world, through the debugger."""
    session = chrome.new_cdp_session(desk)
    asked = """Promise.allSettled([chrome.storage.local.get(null), chrome.storage.session.get(null)])
      .then((all) => JSON.stringify(all.map((each) => each.status + JSON.stringify(each.value ?? ""))))"""
    told = str(Watcher(session, world_of(desk, session)).evaluate(asked))
    assert told.count("rejected") == 2
    assert KEY not in told


def test_a_saved_key_brings_the_cue_back(
    options: Page, chrome: BrowserContext, desk: Page, cue_server: CueServer
) -> None:
    options.bring_to_front()
    options.get_by_label("Key", exact=True).fill("a-wrong-key-1")
    options.get_by_role("button", name="Save").click()
    result(options, "good")
    desk.bring_to_front()
    desk.evaluate("() => desk.go('1001')")
    Eyes(desk).wait(lambda seen: seen.state == "grey" and "does not accept this browser" in seen.tip)
    options.bring_to_front()
    options.get_by_label("Key", exact=True).fill(KEY)
    options.get_by_role("button", name="Save").click()
    desk.bring_to_front()
    Eyes(desk).wait_state("green", within_s=8)  # at once: with a refused key the page asks every ten seconds


def test_the_language_is_changed_at_once_and_asked_of_the_server(
    options: Page, chrome: BrowserContext, cue_server: CueServer, desk: Page
) -> None:
    options.bring_to_front()
    options.get_by_label("Language").select_option("es")
    expect(options.get_by_role("heading", name="Opciones de Cuelight")).to_be_visible()
    assert options.evaluate("() => document.documentElement.lang") == "es"
    desk.bring_to_front()
    desk.evaluate("() => desk.go('1001')")
    Eyes(desk).wait(lambda seen: seen.word == "Parece correcto")
    assert cue_server.languages["es"] > 0


def test_the_mark_is_two_characters_at_most(options: Page, chrome: BrowserContext) -> None:
    field = options.get_by_label("Personal mark")
    field.fill("abc")
    expect(field).to_have_attribute("aria-invalid", "true")
    assert stored(chrome, "local", "mark") == "🦊"
    field.fill("👩‍🚀")
    expect(field).to_have_attribute("aria-invalid", "false")
    expect(options.locator("#preview li").first).to_contain_text("👩‍🚀")
    assert stored(chrome, "local", "mark") == "👩‍🚀"


def test_axe_finds_nothing(options: Page, cue_server: CueServer) -> None:
    options.get_by_role("button", name="Add a desk").click()
    cue_server.mode = "401"
    options.get_by_role("button", name="Test connection").click()
    result(options, "bad")
    for theme in ("light", "dark"):
        options.emulate_media(color_scheme=theme)
        results = Axe().run(options)
        assert results.violations_count == 0, results.generate_report()


def test_it_fits_a_phone(options: Page) -> None:
    options.set_viewport_size({"width": 320, "height": 640})
    options.get_by_role("button", name="Add a desk").click()
    assert options.evaluate("() => document.documentElement.scrollWidth") <= 320
