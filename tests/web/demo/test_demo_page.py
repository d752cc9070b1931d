"""The sample desk in a real Chromium, without the extension: an agent's half minute with each of the six chats."""

from __future__ import annotations

import json
import re
from collections.abc import Callable, Iterator
from contextlib import closing
from pathlib import Path

import pytest
from axe_playwright_python.sync_playwright import Axe
from playwright.sync_api import Browser, ConsoleMessage, Page, Playwright, Request, expect
from tests.extension.browser import configure, with_extension
from tests.get_browser import find

expect.set_options(timeout=10_000)

CUE_WORDS = {"green": "Looks right", "amber": "Check first", "red": "Stop and verify", "grey": "Unverified"}
STORY = {"1001": "green", "1002": "green", "1003": "amber", "1004": "red", "1005": "red", "1006": "grey"}


@pytest.fixture(scope="module")
def chromium(driver: Playwright) -> Iterator[Browser]:
    browser = driver.chromium.launch(executable_path=find(), args=["--no-sandbox"])
    yield browser
    browser.close()


Opener = Callable[..., Page]


@pytest.fixture
def desk(chromium: Browser, desk_url: str) -> Iterator[Opener]:
    """Opens the desk; at the end nothing may have been complained about, and nothing have left the machine."""
    complaints: list[str] = []
    asked: list[str] = []
    contexts = []

    def listen(message: ConsoleMessage) -> None:
        # A store that is late on a busy machine is a 503 and a grey second; what follows must be right all the same.
        late = "/cues/" in message.location.get("url", "") and " 503 " in message.text
        if message.type in ("error", "warning") and not late:
            complaints.append(message.text)

    def remember(request: Request) -> None:
        asked.append(request.url)

    def open_at(place: str = "", *, width: int = 1280, height: int = 800, scheme: str = "light") -> Page:
        context = chromium.new_context(viewport={"width": width, "height": height}, color_scheme=scheme)  # type: ignore[arg-type]
        contexts.append(context)
        page = context.new_page()
        page.set_default_timeout(10_000)
        page.on("console", listen)
        page.on("pageerror", lambda error: complaints.append(str(error)))
        page.on("request", remember)
        page.goto(desk_url + place)
        return page

    yield open_at
    for context in contexts:
        context.close()
    assert complaints == []
    origin = desk_url.removesuffix("/demo/desk")
    assert [url for url in asked if not url.startswith(origin)] == []


def panel(page: Page) -> str:
    return page.locator(".cue-panel").inner_text()


def test_six_chats_six_cues(desk: Opener) -> None:
    page = desk()
    for chat_id, cue in STORY.items():
        page.evaluate("id => { location.hash = `#/chat/${id}`; }", chat_id)
        expect(page.locator(f"[data-chat-pane][data-chat-id='{chat_id}']")).to_be_visible()
        expect(page.locator(".cue-panel h1")).to_have_text(CUE_WORDS[cue])
        # The cue's inside is closed to the page, as it must be; that it stands in the anchor is all a page can see.
        expect(page.locator("[data-cue-anchor] > *")).to_have_count(1)


def test_the_story_leads_to_its_chats(desk: Opener) -> None:
    page = desk()
    expect(page.locator("#story li")).to_have_count(6)
    page.get_by_role("link", name=re.compile("He tries again")).click()
    expect(page.locator("[data-chat-pane]")).to_have_attribute("data-chat-id", "1005")
    curl = page.locator(".curl code").inner_text()
    assert re.fullmatch(
        r'curl -s http://127\.0\.0\.1:\d+/cues/sample/demo/1005 -H "Authorization: Bearer cue_\S+"', curl
    )
    page.locator("#story").get_by_role("button", name="Close").click()
    expect(page.locator("#story")).to_be_hidden()
    page.reload()
    expect(page.locator("[data-chat-pane]")).to_be_visible()
    expect(page.locator("#story")).to_be_hidden()


def test_keys_move_through_the_inbox_and_into_the_reply(desk: Opener) -> None:
    page = desk()
    expect(page.get_by_text("No chat is open.")).to_be_visible()
    order = page.locator(".row").evaluate_all("rows => rows.map(row => row.hash)")
    page.keyboard.press("j")
    assert page.evaluate("location.hash") == order[0]
    page.keyboard.press("ArrowDown")
    page.keyboard.press("j")
    page.keyboard.press("k")
    assert page.evaluate("location.hash") == order[1]
    page.keyboard.press("r")
    page.keyboard.type("jk")
    assert page.locator("textarea").input_value() == "jk"
    assert page.evaluate("location.hash") == order[1]


def test_opening_a_chat_by_the_tab_key_keeps_the_place(desk: Opener) -> None:
    page = desk()
    page.locator(".row").nth(2).focus()
    page.keyboard.press("Enter")
    expect(page.locator("[data-chat-pane]")).to_be_visible()
    expect(page.locator(".row").nth(2)).to_be_focused()


def test_what_is_typed_stays_on_the_page(desk: Opener) -> None:
    page = desk("#/chat/1001")
    sent: list[str] = []
    page.on("request", lambda request: sent.append(f"{request.url} {request.post_data or ''}"))
    page.locator("textarea").fill("<img src=x onerror=document.title='owned'> hello")
    page.keyboard.press("Enter")
    last = page.locator(".message").last
    expect(last).to_contain_text("<img src=x onerror=document.title='owned'> hello")
    expect(page.locator(".row[aria-current] .line")).to_contain_text("You: <img")
    expect(page.locator("[data-cue-anchor] > *")).to_have_count(1)
    assert page.title() != "owned"
    assert [request for request in sent if "hello" in request] == []


def test_a_closed_chat_takes_no_reply_until_opened_again(desk: Opener) -> None:
    page = desk("#/chat/1004")
    expect(page.locator("textarea")).to_have_count(0)
    page.get_by_role("button", name="Open again").click()
    expect(page.locator("textarea")).to_be_visible()
    expect(page.locator(".cue-panel h1")).to_have_text(CUE_WORDS["red"])


def test_an_outcome_turns_the_cue_and_starting_over_turns_it_back(desk: Opener) -> None:
    page = desk("#/chat/1003")
    expect(page.locator(".cue-panel h1")).to_have_text(CUE_WORDS["amber"])
    page.locator(".cue-panel").get_by_role("button", name="One-time code").click()
    expect(page.locator(".cue-panel h1")).to_have_text(CUE_WORDS["green"])
    with page.expect_event("load"):  # it begins with a fresh page
        page.get_by_role("button", name="Start over").click()
    expect(page.get_by_text("No chat is open.")).to_be_visible()
    page.evaluate("location.hash = '#/chat/1003'")
    expect(page.locator(".cue-panel h1")).to_have_text(CUE_WORDS["amber"])


def test_the_theme_can_be_turned_and_is_kept(desk: Opener) -> None:
    page = desk("#/chat/1005", scheme="light")
    ground = "element => getComputedStyle(element).backgroundColor"
    hero = page.locator(".cl-hero[data-state=red]")
    light = page.locator(".bar").evaluate(ground), hero.evaluate(ground)
    page.get_by_role("button", name="Light or dark").click()
    dark = page.locator(".bar").evaluate(ground), hero.evaluate(ground)
    assert dark[0] != light[0]
    assert dark[1] != light[1]
    page.reload()
    expect(hero).to_be_visible()
    assert (page.locator(".bar").evaluate(ground), hero.evaluate(ground)) == dark


@pytest.mark.parametrize(("width", "height"), [(390, 844), (320, 568), (900, 700), (1280, 800), (1920, 1080)])
def test_nothing_sticks_out(desk: Opener, width: int, height: int) -> None:
    page = desk("#/chat/1005", width=width, height=height)
    expect(page.locator("[data-cue-anchor] > *")).to_have_count(1)
    expect(page.locator(".cue-panel h1")).to_have_text(CUE_WORDS["red"])
    size = page.evaluate("(e => [e.scrollWidth, e.scrollHeight])(document.documentElement)")
    assert size == [width, height]


def test_on_a_phone_the_list_the_chat_and_the_panel_take_turns(desk: Opener) -> None:
    page = desk(width=390, height=844)
    page.locator("#story").get_by_role("button", name="Close").click()
    expect(page.locator(".inbox")).to_be_visible()
    expect(page.locator(".talk")).to_be_hidden()
    page.locator(".row").first.click()
    expect(page.locator(".inbox")).to_be_hidden()
    expect(page.locator(".side")).to_be_hidden()
    page.get_by_role("button", name="About this chat").click()
    expect(page.locator(".cue-panel h1")).to_be_visible()
    # The cue itself stays in sight above the panel.
    cue = page.locator("[data-cue-anchor]").bounding_box()
    side = page.locator(".side").bounding_box()
    assert cue is not None
    assert side is not None
    assert cue["y"] + cue["height"] <= side["y"]
    page.keyboard.press("Escape")
    expect(page.locator(".side")).to_be_hidden()
    page.get_by_role("button", name="Back to the inbox").click()
    expect(page.locator(".inbox")).to_be_visible()


def test_clicking_the_cue_shows_the_details(desk: Opener) -> None:
    page = desk("#/chat/1005", width=390, height=844)
    expect(page.locator("[data-cue-anchor] > *")).to_have_count(1)
    expect(page.locator(".cue-panel h1")).to_have_text(CUE_WORDS["red"])
    box = page.locator("[data-cue-anchor]").bounding_box()
    assert box is not None
    page.mouse.click(box["x"] + 20, box["y"] + 16)
    expect(page.locator(".side")).to_be_visible()
    assert "Somebody has lately pretended to be this customer" in panel(page)


def test_the_page_keeps_no_key_where_others_could_find_it(desk: Opener) -> None:
    page = desk("#/chat/1005")
    expect(page.locator("[data-cue-anchor] > *")).to_have_count(1)
    kept = page.evaluate("JSON.stringify([{...localStorage}, {...sessionStorage}, document.cookie, location.href])")
    assert "cue_" not in kept
    assert set(json.loads(kept)[0]) <= {"desk.theme", "desk.story"}


def test_with_the_extension_the_page_steps_back_and_its_panel_goes_on(
    driver: Playwright, desk_url: str, tmp_path: Path
) -> None:
    with with_extension(driver, tmp_path) as context:
        page = context.new_page()
        page.goto(desk_url)
        key = page.evaluate("async () => (await (await fetch('/demo/desk.json')).json()).key")
        configure(context, server=desk_url.removesuffix("/demo/desk"), key=key, name="Sam")
        page.goto(f"{desk_url}#/chat/1005")
        page.reload()
        cues = page.locator("cuelight-cue")
        expect(page.locator("cuelight-cue[data-drawn-by=extension]")).to_have_count(1)
        for chat_id in ("1001", "1003", "1006", "1005"):
            page.evaluate("id => { location.hash = `#/chat/${id}`; }", chat_id)
            expect(page.locator(".cue-panel h1")).to_have_text(CUE_WORDS[STORY[chat_id]])
            expect(page.locator("cuelight-cue[data-drawn-by=extension]")).to_have_count(1)
            expect(cues).to_have_count(1)


@pytest.mark.parametrize("scheme", ["light", "dark"])
@pytest.mark.parametrize(("place", "width"), [("#/chat/1005", 1280), ("#/chat/1004", 390), ("#/", 390)])
def test_axe_finds_nothing(chromium: Browser, desk_url: str, scheme: str, place: str, width: int) -> None:
    # The checker is injected as a script, which the page's own policy would rightly refuse.
    size = {"width": width, "height": 800}
    with closing(chromium.new_context(viewport=size, color_scheme=scheme, bypass_csp=True)) as context:  # type: ignore[arg-type]
        page = context.new_page()
        page.goto(desk_url + place)
        expect(page.locator(".row")).to_have_count(6)
        if "chat" in place:
            expect(page.locator(".cue-panel h1")).to_have_text(CUE_WORDS["red"])
        found = Axe().run(page).response["violations"]
    assert [(v["id"], v["nodes"][0]["target"]) for v in found] == []
