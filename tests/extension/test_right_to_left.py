"""A language nobody speaks, for tests only: written from right to left, longer, each text in brackets.

Where a text without brackets stands on the panel or the options, somebody has written it into the code.
"""

from __future__ import annotations

import json
import shutil
from collections.abc import Iterator
from pathlib import Path

import pytest
from axe_playwright_python.sync_playwright import Axe
from playwright.sync_api import BrowserContext, Page, Playwright, expect
from tests.extension.browser import EXTENSION, Eyes, configure, extension_url, tab_id_of, with_extension
from tests.extension.cue_server import KEY, CueServer, body_for
from tests.extension.panels import put_background

TEXTS = """() => {
  const found = [];
  const walker = document.createTreeWalker(document.body, NodeFilter.SHOW_TEXT);
  while (walker.nextNode()) {
    const { parentElement, textContent } = walker.currentNode;
    if (parentElement?.checkVisibility() && textContent.trim()) found.push(textContent.trim());
  }
  return found;
}"""


def mirrored(folder: Path) -> Path:
    """The extension with this language in place of English."""
    ignored = shutil.ignore_patterns("dev", "*.d.ts", "jsconfig.json")
    made = Path(shutil.copytree(EXTENSION, folder / "extension", ignore=ignored))
    path = made / "_locales" / "en" / "messages.json"
    told = json.loads(path.read_text("utf-8"))
    for key, value in told.items():
        if key.startswith("extension_"):
            continue
        text = value["message"]
        value["message"] = "rtl" if key == "text_direction" else f"⟦{text} שלום⟧" if len(text) > 12 else f"⟦{text}⟧"
    path.write_text(json.dumps(told), "utf-8")
    return made


@pytest.fixture(scope="module")
def browser(driver: Playwright, tmp_path_factory: pytest.TempPathFactory) -> Iterator[tuple[BrowserContext, CueServer]]:
    folder = tmp_path_factory.mktemp("rtl")
    server = CueServer()
    with with_extension(driver, folder / "profile", extension=mirrored(folder)) as context:
        configure(context, server=server.url, key=KEY, name="Sam")
        yield context, server
    server.end()


def bare(page: Page, known: tuple[str, ...]) -> list[str]:
    """Texts that are neither the language's nor among those that came from elsewhere."""
    return [
        text
        for text in page.evaluate(TEXTS)
        if not (text.startswith("⟦") and text.endswith("⟧")) and not any(each in text for each in known)
    ]


def assert_mirrored(page: Page, *widths_px: int) -> None:
    assert page.evaluate("() => document.documentElement.dir") == "rtl"
    for width_px in widths_px:
        page.set_viewport_size({"width": width_px, "height": 700})
        assert page.evaluate("() => document.documentElement.scrollWidth") <= width_px
    results = Axe().run(page)
    assert results.violations_count == 0, results.generate_report()


def test_the_panel_is_mirrored_and_says_nothing_of_its_own(
    browser: tuple[BrowserContext, CueServer], desk_url: str
) -> None:
    context, server = browser
    from_server = {"code": "sign_in", "text": "Server text."}
    server.bodies["1003"] = body_for("1003", "red", advice=[from_server], not_assessed=[{**from_server, "why": "x"}])
    put_background(server, "1003", console_url="https://cuelight.example.com/")
    desk = context.new_page()
    desk.goto(f"{desk_url}/demo/desk#/chat/1003")
    seen = Eyes(desk).wait_state("red", 10)
    assert seen.word.startswith("⟦")
    panel = context.new_page()
    panel.goto(extension_url(context, f"panel/panel.html?tab={tab_id_of(context, desk)}"))
    expect(panel.locator(".cl-contacts li").first).to_be_visible()
    panel.get_by_text("Note what was given out").click()
    told = ("Reason of chat", "Server text.", "Spain", "Japan", "Chrome on Linux", "Country", "Device", "sample")
    kinds = ("Address", "Orders", "Phone number", "Something else")
    assert bare(panel, told + kinds) == []
    assert_mirrored(panel, 380, 300)
    mark_x, title_x = (panel.locator(each).bounding_box()["x"] for each in (".cl-hero .shape", "h1"))
    assert mark_x > title_x
    for page in (panel, desk):
        page.close()


def test_the_options_are_mirrored_and_say_nothing_of_their_own(browser: tuple[BrowserContext, CueServer]) -> None:
    context, _ = browser
    page = context.new_page()
    page.goto(extension_url(context, "options/options.html"))
    page.locator("#desks li").first.wait_for()
    page.locator("#add").click()
    desks = ("Sample desk", "Zendesk", "Intercom", "LiveChat", "Crisp", "HubSpot", "Freshdesk", "Chatwoot", "http")
    languages = ("English", "Deutsch", "Español", "Français", "Live Helper Chat", "LibreDesk")
    assert bare(page, desks + languages) == []
    assert_mirrored(page, 860, 320)
    page.locator("#desk-kind").select_option("")
    page.locator("#desk-url").fill("https://desk.example.com/helpdesk/accounts/7/inbox/3/chats/4711")
    page.locator("#parts select").first.wait_for()
    segments = ("/helpdesk", "/accounts", "/7", "/inbox", "/3", "/chats", "/4711")
    assert bare(page, desks + languages + segments) == []
    assert_mirrored(page, 860, 320)
    page.close()
