"""Takes extension-*.png, every state of cue, panel and options: `python -m tests.extension.shoot [FOLDER]`.
Without a folder, those that a document shows go to docs/images/."""

from __future__ import annotations

import sys
import tempfile
import time
from pathlib import Path

from playwright.sync_api import BrowserContext, Page, sync_playwright
from tests.extension.browser import Eyes, configure, extension_url, tab_id_of, with_extension, worker_of
from tests.extension.cue_server import KEY, CueServer
from tests.extension.desk_site import serve_desk
from tests.extension.fixture_site import serve_fixture
from tests.extension.shown import keep
from tests.extension.story import Story
from tests.extension.test_picker import begin, wait_for


def _open(page: Page, chat_id: str, state: str) -> Eyes:
    page.evaluate("(id) => desk.go(id)", chat_id)
    eyes = Eyes(page)
    eyes.wait(lambda seen: seen.state == state, 8)
    page.wait_for_timeout(1100)
    return eyes


def shoot_cues(context: BrowserContext, desk_url: str, server: CueServer, folder: Path, theme: str) -> None:
    page = context.new_page()
    page.emulate_media(color_scheme=theme)
    page.set_viewport_size({"width": 620, "height": 330})
    page.goto(f"{desk_url}/demo/desk")
    for chat_id, state in (("1001", "green"), ("1002", "amber"), ("1003", "red"), ("1004", "grey")):
        _open(page, chat_id, state)
        page.mouse.move(470, 75)
        page.wait_for_timeout(250)
        page.screenshot(path=folder / f"extension-cue-{state}-{theme}.png")
        page.mouse.move(10, 300)
    server.delay_s = (1.2, 1.2)
    page.evaluate("() => desk.go('1001')")
    page.wait_for_timeout(500)
    page.screenshot(path=folder / f"extension-cue-loading-{theme}.png")
    server.delay_s = (0, 0)
    page.close()


def shoot_panels(context: BrowserContext, desk_url: str, server: CueServer, folder: Path, theme: str) -> None:
    desk = context.new_page()
    desk.goto(f"{desk_url}/demo/desk")
    panel_url = extension_url(context, f"panel/panel.html?tab={tab_id_of(context, desk)}")
    shots = [("1001", "green"), ("1002", "amber"), ("1003", "red"), ("1004", "grey"), ("1005", "recorded")]
    for chat_id, name in shots if theme == "light" else shots[:3]:
        desk.bring_to_front()
        _open(desk, chat_id, server.bodies[chat_id]["cue"])
        _panel(context, panel_url, folder / f"extension-panel-{name}-{theme}.png", theme)
    if theme == "light":
        _shoot_odd_panels(context, server, folder, desk, panel_url)
    desk.close()


def _shoot_odd_panels(context: BrowserContext, server: CueServer, folder: Path, desk: Page, panel_url: str) -> None:
    desk.bring_to_front()
    Story("de").tell(server)
    configure(context, language="de")
    desk.wait_for_timeout(500)
    _open(desk, "1003", "red")
    _panel(context, panel_url, folder / "extension-panel-german.png", "light", 320)
    Story("en").tell(server)
    configure(context, language="auto")
    for mode, name in (("503", "error"), ("401", "refused")):
        desk.bring_to_front()
        server.mode = mode
        desk.wait_for_timeout(2500)
        Eyes(desk).wait_state("grey")
        _panel(context, panel_url, folder / f"extension-panel-{name}.png", "light")
    server.mode = "ok"
    desk.evaluate("() => desk.go('')")
    desk.wait_for_timeout(300)
    _panel(context, panel_url, folder / "extension-panel-empty.png", "light")


def _panel(context: BrowserContext, url: str, target: Path, theme: str, width_px: int = 380) -> None:
    panel = context.new_page()
    panel.emulate_media(color_scheme=theme)
    panel.set_viewport_size({"width": width_px, "height": 600})
    panel.goto(url)
    panel.locator("h1").wait_for()
    panel.wait_for_timeout(500)
    panel.screenshot(path=target, full_page=True)
    panel.close()


def shoot_options(context: BrowserContext, server: CueServer, folder: Path) -> None:
    """Enrolled in light and dark; not yet enrolled, on a narrow screen with the form for a desk."""
    worker = worker_of(context)
    worker.evaluate("() => chrome.storage.session.remove('key')")
    for name, theme, width_px in (("narrow", "light", 360), ("light", "light", 860), ("dark", "dark", 860)):
        if name == "light":
            configure(context, enrolment={"server": server.url, "name": "Sam", "ended": False})
            token = {"value": KEY, "until_ms": (time.time() + 40_000) * 1000}
            worker.evaluate("(token) => chrome.storage.session.set({ token })", token)
        page = context.new_page()
        page.emulate_media(color_scheme=theme)
        page.set_viewport_size({"width": width_px, "height": 700})
        page.goto(extension_url(context, "options/options.html"))
        page.locator("#desks li").first.wait_for()
        if name == "narrow":
            page.locator("#add").click()
        else:
            page.locator("#test").click()
            page.locator("#server-result[data-kind='good']").wait_for()
        page.screenshot(path=folder / f"extension-options-{name}.png", full_page=True)
        page.close()


def shoot_picker(context: BrowserContext, folder: Path) -> None:
    """A place being chosen on a desk nobody has described, and what the options make of it."""
    with serve_fixture("own") as origin:
        options = context.new_page()
        options.emulate_media(color_scheme="light")
        options.set_viewport_size({"width": 860, "height": 700})
        options.goto(extension_url(context, "options/options.html"))
        options.locator("#desks li").first.wait_for()
        options.locator("#add").click()
        options.get_by_label("Which desk").select_option("Another desk")
        page = begin(options, origin)
        page.emulate_media(color_scheme="light")
        page.set_viewport_size({"width": 860, "height": 470})
        page.evaluate("() => desk.go('7/4711')")
        wait_for(page, "Open chat: 4711")
        page.keyboard.press("Enter")
        wait_for(page, "Click where the cue should go")
        page.mouse.click(520, 5)
        wait_for(page, "The cue will stand here")
        page.wait_for_timeout(300)
        page.screenshot(path=folder / "extension-picker.png")
        page.keyboard.press("Enter")
        options.locator("#desk-result[data-kind=good]").wait_for()
        options.get_by_label("Name", exact=True).fill("Shop desk")
        options.get_by_label("Desk name in the API").fill("shop")
        options.evaluate(
            "() => { document.activeElement.blur(); document.querySelector('#new-desk').style.padding = '16px'; }"
        )
        options.locator("#new-desk").screenshot(path=folder / "extension-picker-options.png")
        page.close()
        options.close()


def main(folder: Path) -> None:
    folder.mkdir(parents=True, exist_ok=True)
    server = CueServer()
    Story("en").tell(server)
    with (
        sync_playwright() as driver,
        tempfile.TemporaryDirectory() as profile,
        serve_desk() as desk_url,
        with_extension(driver, Path(profile)) as context,
    ):
        configure(context, server=server.url, key=KEY, name="Sam", mark="🦊")
        for theme in ("light", "dark"):
            shoot_cues(context, desk_url, server, folder, theme)
            shoot_panels(context, desk_url, server, folder, theme)
        shoot_picker(context, folder)
        shoot_options(context, server, folder)
    server.end()


if __name__ == "__main__":
    if len(sys.argv) > 1:
        main(Path(sys.argv[1]))
    else:
        with tempfile.TemporaryDirectory() as taken:
            main(Path(taken))
            keep(Path(taken))
