"""Takes every state on two fake desks, light and dark, left to right and right to left, and one sheet of them all:
`python -m tests.extension.shoot_desks [FOLDER]`. Without a folder, those that a document shows go to docs/images/."""

from __future__ import annotations

import sys
import tempfile
from pathlib import Path

from playwright.sync_api import BrowserContext, Page, sync_playwright
from tests.extension.browser import Eyes, chromium_path, configure, copy_allowed, with_extension, worker_of
from tests.extension.cue_server import KEY, CueServer, body_for
from tests.extension.fixture_site import FAKE_DESKS, INSTALLS, FakeDesk, route_desks
from tests.extension.shown import keep
from tests.extension.test_cue_looks import right_to_left

STATES = ("green", "amber", "red", "grey", "loading", "guard")
CHATS = {"zendesk": "acme/311", "chatwoot": "1/44"}
REASONS = {
    "green": "A device this customer has used for 14 months.",
    "amber": "In Portugal, where this customer has not been seen before.",
    "red": "Not signed in; this customer always is.",
    "grey": "Nobody says who this contact is.",
}
SIZE = {"width": 780, "height": 340}


def _answer(server: CueServer, name: str, cue: str) -> None:
    account, chat_id = CHATS[name].split("/")
    body = body_for(CHATS[name], cue)
    body["reasons"][0]["text"] = REASONS[cue]
    server.bodies[CHATS[name]] = {**body, "chat": {"desk": name, "account": account, "chat_id": chat_id}}


def _shoot(page: Page, server: CueServer, desk: FakeDesk, state: str, target: Path) -> None:
    cue = state if state in REASONS else "red" if state == "guard" else "green"
    _answer(server, desk.name, cue)
    if state == "loading":
        server.delay_s = (1.4, 1.4)
    page.evaluate("() => desk.go('')")
    page.evaluate("(key) => desk.go(key)", CHATS[desk.name])
    eyes = Eyes(page)
    if state == "loading":
        page.wait_for_timeout(450)
    else:
        eyes.wait(lambda seen: seen.state == cue, 10)
        page.wait_for_timeout(1200)
    if state == "guard":
        page.locator(".pane.front .composer, .conversation-details-wrap .composer").click()
        page.keyboard.type("We have 221b Baker Street, London, and the card ends in 4471.")
        eyes.wait(lambda _: eyes.note() != "", 10)
        page.mouse.move(5, 5)
    elif state != "loading":
        box = page.evaluate("() => document.querySelector('cuelight-cue').getBoundingClientRect().toJSON()")
        page.mouse.move(box["x"] + (40 if page.evaluate("() => !document.dir") else box["width"] - 40), box["y"] + 16)
    page.wait_for_timeout(350)
    page.screenshot(path=target)
    page.mouse.move(5, 5)
    server.delay_s = (0, 0)


def _all(context: BrowserContext, server: CueServer, folder: Path, direction: str) -> None:
    for name in CHATS:
        desk = FAKE_DESKS[name]
        for theme in ("light", "dark"):
            page = context.new_page()
            page.emulate_media(color_scheme=theme)
            page.set_viewport_size(SIZE)
            page.goto(desk.url + ("?rtl" if direction == "rtl" else ""))
            page.wait_for_function("() => window.desk")
            for state in STATES:
                _shoot(page, server, desk, state, folder / f"desk-{name}-{state}-{theme}-{direction}.png")
            page.close()


def _sheet(folder: Path) -> None:
    """Every picture, small, on one: a row for each desk, theme and direction, a column for each state."""
    rows = [(name, theme, direction) for name in CHATS for theme in ("light", "dark") for direction in ("ltr", "rtl")]
    tiles = "".join(
        f'<img src="desk-{name}-{state}-{theme}-{direction}.png" alt="">'
        for name, theme, direction in rows
        for state in STATES
    )
    page_file = folder / "sheet.html"
    page_file.write_text(
        "<!doctype html><style>body{margin:0;padding:8px;background:#8a939d;display:grid;gap:8px;"
        f"grid-template-columns:repeat({len(STATES)},390px)}}img{{width:390px;height:170px;display:block}}</style>{tiles}"
    )
    with sync_playwright() as driver:
        browser = driver.chromium.launch(executable_path=chromium_path(), args=["--no-sandbox"])
        page = browser.new_page(viewport={"width": len(STATES) * 398 + 8, "height": len(rows) * 178 + 8})
        page.goto(page_file.as_uri())
        page.screenshot(path=folder / "desk-states.png", full_page=True)
        browser.close()
    page_file.unlink()


def main(folder: Path) -> None:
    folder.mkdir(parents=True, exist_ok=True)
    hosts = [desk.match for desk in FAKE_DESKS.values()] + ["https://*.zendesk.com/*"]
    messages = {key: value["message"] for key, value in right_to_left().items()}
    for direction, words in (("ltr", None), ("rtl", messages)):
        server = CueServer()
        with sync_playwright() as driver, tempfile.TemporaryDirectory() as place:
            extension = copy_allowed(Path(place), hosts, words)
            with with_extension(driver, Path(place) / "profile", extension=extension) as context:
                route_desks(context)
                worker_of(context)
                configure(context, server=server.url, key=KEY, name="Sam", mark="🦊", installs=INSTALLS)
                context.pages[0].wait_for_timeout(1500)
                _all(context, server, folder, direction)
        server.end()
    _sheet(folder)


if __name__ == "__main__":
    if len(sys.argv) > 1:
        main(Path(sys.argv[1]))
    else:
        with tempfile.TemporaryDirectory() as taken:
            main(Path(taken))
            keep(Path(taken))
