"""A page that draws cues with the extension's own files, watched from inside at every change of the cue."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

import pytest
from axe_playwright_python.sync_playwright import Axe
from playwright.sync_api import Browser, Page


@pytest.fixture
def page(plain_browser: Browser, desk_url: str) -> Iterator[Page]:
    opened = plain_browser.new_page(viewport={"width": 900, "height": 500})
    problems: list[str] = []
    opened.on("pageerror", lambda error: problems.append(str(error)))
    opened.on("console", lambda message: problems.append(message.text) if message.type == "error" else None)
    opened.goto(f"{desk_url}/pages/drawn.html")
    opened.wait_for_function("() => window.roots.length === 1 && window.switchMany")
    yield opened
    assert problems == []
    opened.close()


ARRIVED = """() => {
  for (const host of document.querySelectorAll("cuelight-cue")) {
    for (const glow of host.shadowRoot.getAnimations()) if (/^arrive/.test(glow.animationName)) glow.finish();
  }
}"""
"""The glow of a new cue is over. Its colours are in between until then, which is not for axe to judge."""


def go(page: Page, chat_id: str, state: str) -> dict[str, Any]:
    page.evaluate("(id) => desk.go(id)", chat_id)
    return wait(page, state)


def wait(page: Page, state: str) -> dict[str, Any]:
    page.wait_for_function("(state) => seen()?.state === state", arg=state, timeout=10_000)
    found: dict[str, Any] = page.evaluate("() => seen()")
    return found


def test_generations_only_grow(page: Page) -> None:
    page.evaluate("() => switchMany(30)")
    numbers = [seq for _, seq in page.evaluate("() => told.opened")]
    assert numbers == list(range(1, len(numbers) + 1))


def test_the_page_steps_back_for_the_extension(page: Page) -> None:
    go(page, "1001", "green")
    page.evaluate(
        """() => {
          const other = document.createElement("cuelight-cue");
          other.setAttribute("data-drawn-by", "extension");
          document.body.append(other);
        }"""
    )
    page.wait_for_function("() => !roots[0].host.isConnected")
    asked = page.evaluate("() => told.asked")
    page.wait_for_timeout(700)  # soon after its opening, a chat is asked about twice a second
    assert page.evaluate("() => told.asked") == asked


def test_stop_ends_everything(page: Page) -> None:
    go(page, "1001", "green")
    page.evaluate("() => running.stop()")
    assert page.evaluate("() => seen()") is None
    asked = page.evaluate("() => told.asked")
    page.evaluate("() => desk.go('1002')")
    page.wait_for_timeout(700)
    assert page.evaluate("() => [seen(), told.asked]") == [None, asked]


def test_hover_focus_card_and_escape(page: Page) -> None:
    go(page, "1001", "green")
    page.keyboard.press("Tab")  # past the links
    for _ in range(8):
        if page.evaluate("() => document.activeElement?.localName === 'cuelight-cue'"):
            break
        page.keyboard.press("Tab")
    is_open = "(name) => roots[0].querySelector(name).matches(':popover-open')"
    assert page.evaluate(is_open, ".tip")
    page.keyboard.press("Enter")
    page.wait_for_function("() => roots[0].querySelector('.card').matches(':popover-open')")
    assert page.evaluate("() => roots[0].querySelector('.card li').dataset.say") == "Reason of chat 1001."
    page.keyboard.press("Escape")
    assert not page.evaluate(is_open, ".card")
    assert page.evaluate("() => roots[0].activeElement?.className") == "chip"


def test_nothing_on_the_desk_moves_when_the_cue_changes(page: Page) -> None:
    where = """() => JSON.stringify(
      [...document.querySelectorAll("h1, header, section p")].map((element) => element.getBoundingClientRect()))"""
    go(page, "1001", "green")
    places = {page.evaluate(where)}
    page.evaluate("() => { settings.failing = 1 }")
    wait(page, "grey")
    places.add(page.evaluate(where))
    page.evaluate("() => { settings.failing = 0 }")
    wait(page, "green")
    places.add(page.evaluate(where))
    assert len(places) == 1


@pytest.mark.parametrize("media", [{"color_scheme": "light"}, {"color_scheme": "dark"}, {"forced_colors": "active"}])
def test_axe_finds_nothing_in_the_cue(plain_browser: Browser, desk_url: str, media: dict[str, Any]) -> None:
    """A closed root hides from axe too, so for this test alone the root is opened as it is made."""
    page = plain_browser.new_page(**media)
    page.add_init_script(
        """const attach = Element.prototype.attachShadow;
        Element.prototype.attachShadow = function () { return attach.call(this, { mode: "open" }) };"""
    )
    page.goto(f"{desk_url}/pages/drawn.html")
    page.wait_for_function("() => window.switchMany")
    for chat_id in ("1001", "1002", "1003"):
        page.evaluate("(id) => desk.go(id)", chat_id)
        page.wait_for_function("() => ['red', 'amber', 'green'].includes(seen()?.state)")
        page.evaluate(ARRIVED)
        results = Axe().run(page)
        assert results.violations_count == 0, results.generate_report()
    page.close()
