"""How the cue looks and sounds: each change spoken once, right to left, at 200 %, without motion, in forced colours."""

from __future__ import annotations

import json
from collections.abc import Iterator
from typing import Any

import pytest
from axe_playwright_python.sync_playwright import Axe
from playwright.sync_api import Browser, Page, Route
from tests.extension.browser import EXTENSION
from tests.extension.test_page_drawn import ARRIVED, go, page, wait

__all__ = ["page"]
CHIP = "roots[0].querySelector('.chip')"


def pseudo(text: str) -> str:
    """A word that reads from right to left, as ar-XB does it."""
    return f"\u202e{text}\u202c"


def right_to_left() -> dict[str, Any]:
    words = json.loads((EXTENSION / "_locales" / "en" / "messages.json").read_text())
    told = {key: {"message": pseudo(value["message"])} for key, value in words.items()}
    return {**told, "text_direction": {"message": "rtl"}}


@pytest.fixture
def open_with(plain_browser: Browser, desk_url: str) -> Iterator[Any]:
    """Opens the page that draws its own cues with a browser's options."""
    opened: list[Page] = []

    def opener(messages: dict[str, Any] | None = None, **options: Any) -> Page:
        made = plain_browser.new_page(**options)
        opened.append(made)
        if messages:
            made.route("**/messages.json", lambda route: give(route, messages))
        made.goto(f"{desk_url}/pages/drawn.html")
        made.wait_for_function("() => window.roots.length > 0 && window.switchMany")
        return made

    yield opener
    for each in opened:
        each.close()


def give(route: Route, messages: dict[str, Any]) -> None:
    route.fulfill(json=messages)


def test_a_screen_reader_hears_each_change_and_only_those(page: Page) -> None:
    page.evaluate("() => { settings.delay_ms = 20 }")
    go(page, "1001", "green")
    page.evaluate(
        """() => {
          window.spoken = [];
          const place = roots[0].querySelector(".spoken");
          new MutationObserver(() => window.spoken.push(place.dataset.say)).observe(place, { attributes: true });
        }"""
    )
    asked = page.evaluate("() => told.asked")
    page.wait_for_function("(asked) => told.asked >= asked + 4", arg=asked)  # the same answer, again and again
    assert page.evaluate("() => window.spoken") == []
    page.evaluate("() => { settings.body = { cue: 'red' } }")
    wait(page, "red")
    page.evaluate("() => { settings.failing = 1 }")
    wait(page, "grey")
    page.evaluate("() => { settings.failing = 0; settings.body = {} }")
    wait(page, "green")
    told = page.evaluate("() => window.spoken")
    assert [text.split(":")[0] for text in told] == ["Cue red", "Cue grey", "Cue green"]


def test_what_is_spoken_is_in_the_accessibility_tree(page: Page) -> None:
    """The words are drawn by the style sheet, so this asks the browser what it tells a screen reader."""
    go(page, "1002", "red")
    nodes = page.context.new_cdp_session(page).send("Accessibility.getFullAXTree")["nodes"]
    by_id = {node["nodeId"]: node for node in nodes}

    def text(node: dict[str, Any]) -> str:
        own = node.get("name", {}).get("value", "") if node.get("role", {}).get("value") == "StaticText" else ""
        return str(own) + "".join(text(by_id[child]) for child in node.get("childIds", []) if child in by_id)

    status = [text(node) for node in nodes if node.get("role", {}).get("value") == "status"]
    assert status == ["Cue red: Stop and verify. Reason of chat 1002."]
    chips = [node for node in nodes if node.get("role", {}).get("value") == "button"]
    assert [node["name"]["value"] for node in chips] == ["Stop and verify"]
    assert chips[0]["description"]["value"] == "Reason of chat 1002."


def test_right_to_left(open_with: Any) -> None:
    page = open_with(right_to_left(), viewport={"width": 700, "height": 400})
    page.evaluate("() => { document.documentElement.dir = 'rtl' }")
    go(page, "1002", "red")
    page.evaluate(f"() => {CHIP}.focus()")
    page.keyboard.press("Enter")
    page.wait_for_function("() => roots[0].querySelector('.card').matches(':popover-open')")
    found = page.evaluate(
        f"""() => {{
          const [chip, card] = [{CHIP}, roots[0].querySelector(".card")].map((each) => each.getBoundingClientRect());
          const [shape, word] = ["svg", ".word"].map((name) => {CHIP}.querySelector(name).getBoundingClientRect());
          return {{ mirrored: shape.left > word.left, card: [card.left, card.right], edge: chip.right }};
        }}"""
    )
    assert found["mirrored"]
    left, right = found["card"]
    assert right <= 700
    assert left == 12 or abs(right - found["edge"]) <= 2  # under the chip's own end, or as near as the page allows


def test_at_200_percent_everything_still_fits(open_with: Any) -> None:
    page = open_with(viewport={"width": 400, "height": 300}, device_scale_factor=2)
    for chat_id, state in (("1001", "green"), ("1002", "red"), ("1003", "amber")):
        go(page, chat_id, state)
        fits = page.evaluate(
            f"""() => {{
              const word = {CHIP}.querySelector(".word");
              const at = {CHIP}.getBoundingClientRect();
              return [word.scrollWidth <= word.clientWidth, at.left >= 0 && at.right <= innerWidth];
            }}"""
        )
        assert fits == [True, True], state
    page.evaluate(f"() => {CHIP}.focus()")
    page.keyboard.press("Enter")
    page.wait_for_function("() => roots[0].querySelector('.card').matches(':popover-open')")
    card = page.evaluate("() => roots[0].querySelector('.card').getBoundingClientRect().toJSON()")
    assert card["left"] >= 0
    assert card["right"] <= 400
    assert card["bottom"] <= 300


def test_nothing_moves_for_those_who_want_no_motion(open_with: Any) -> None:
    page = open_with(reduced_motion="reduce")
    for chat_id, state in (("1002", "red"), ("1003", "amber"), ("1001", "green")):
        go(page, chat_id, state)
        moving = "() => roots[0].querySelector('.cue').getAnimations({ subtree: true }).length"
        assert page.evaluate(moving) == 0, state
    while_loading = """() => new Promise((done) => {
      const box = roots[0].querySelector(".cue");
      const look = () => box.dataset.state === "loading" && done(box.getAnimations({ subtree: true }).length);
      new MutationObserver(look).observe(box, { attributes: true });
      settings.delay_ms = 1e9;
      desk.go("1004");
    })"""
    assert page.evaluate(while_loading) == 0


def test_red_glows_once_and_green_comes_to_rest(page: Page) -> None:
    go(page, "1002", "red")
    timing = f"() => {CHIP}.getAnimations().map((each) => each.effect.getComputedTiming().iterations)"
    assert page.evaluate(timing) in ([1], [])  # at most one glow, never a blink
    go(page, "1001", "green")
    page.evaluate(f"() => {{ for (const each of {CHIP}.getAnimations()) each.finish() }}")
    assert page.evaluate(f"() => getComputedStyle({CHIP}).backgroundColor") == "rgba(0, 0, 0, 0)"
    assert page.evaluate(f"() => {CHIP}.querySelector('.word').dataset.say") == "Looks right"


def test_forced_colours_leave_shape_and_word(open_with: Any) -> None:
    page = open_with(forced_colors="active")
    styles = set()
    for chat_id, state in (("1002", "red"), ("1003", "amber"), ("1001", "green")):
        go(page, chat_id, state)
        look = page.evaluate(
            f"""() => {{
              const style = getComputedStyle({CHIP});
              const path = {CHIP}.querySelector("path").getAttribute("d");
              return [style.borderTopWidth, style.color !== style.backgroundColor, path];
            }}"""
        )
        assert look[0] == "2px"
        assert look[1]
        styles.add(look[2])
    assert len(styles) == 3  # told apart by shape


def test_a_dark_desk_gets_a_dark_cue(open_with: Any) -> None:
    for scheme in ("light", "dark"):
        page = open_with(color_scheme=scheme)
        go(page, "1001", "green")
        assert page.evaluate("() => roots[0].querySelector('.cue').dataset.theme") == scheme


@pytest.mark.parametrize("media", [{"color_scheme": "light"}, {"color_scheme": "dark"}, {"forced_colors": "active"}])
def test_axe_finds_nothing_in_the_warning(plain_browser: Browser, desk_url: str, media: dict[str, Any]) -> None:
    page = plain_browser.new_page(**media)
    page.add_init_script(
        """const attach = Element.prototype.attachShadow;
        Element.prototype.attachShadow = function () { return attach.call(this, { mode: "open" }) };"""
    )
    page.goto(f"{desk_url}/pages/drawn.html")
    page.wait_for_function("() => window.switchMany")
    go(page, "1002", "red")
    page.evaluate(
        """() => {
          const box = document.createElement("textarea");
          box.setAttribute("aria-label", "Reply");
          document.querySelector("section").append(box);
          box.focus();
        }"""
    )
    page.keyboard.type("We have 221b Baker Street here.")
    warned = "() => document.querySelector('cuelight-note')?.shadowRoot.querySelector('.warn:popover-open')"
    page.wait_for_function(warned)
    page.evaluate(ARRIVED)
    results = Axe().run(page)
    assert results.violations_count == 0, results.generate_report()
    page.close()
