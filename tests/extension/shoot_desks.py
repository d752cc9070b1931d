"""Takes every state on two fake desks, light and dark, left to right and right to left:
`python -m tests.extension.shoot_desks [FOLDER]`. Without a folder, the few that docs/ shows."""

from __future__ import annotations

import sys
import tempfile
from pathlib import Path

from playwright.sync_api import BrowserContext, Page, sync_playwright
from tests.extension.browser import Eyes, configure, copy_allowed, with_extension, worker_of
from tests.extension.cue_server import KEY, CueServer, body_for
from tests.extension.fixture_site import FAKE_DESKS, INSTALLS, FakeDesk, route_desks
from tests.extension.test_cue_looks import right_to_left

IMAGES = Path(__file__).resolve().parents[2] / "docs" / "images"
KEPT = {
    ("zendesk", "light", "ltr"): ("red", "guard"),
    ("zendesk", "dark", "ltr"): ("amber",),
    ("chatwoot", "light", "ltr"): ("green",),
    ("chatwoot", "light", "rtl"): ("red",),
    ("chatwoot", "dark", "ltr"): ("guard",),
}
"""What docs/images/ keeps, by desk, theme and direction."""
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


def _all(context: BrowserContext, server: CueServer, folder: Path, direction: str, kept_only: bool) -> None:
    for name in CHATS:
        desk = FAKE_DESKS[name]
        for theme in ("light", "dark"):
            wanted = KEPT.get((name, theme, direction), ()) if kept_only else STATES
            if not wanted:
                continue
            page = context.new_page()
            page.emulate_media(color_scheme=theme)
            page.set_viewport_size(SIZE)
            page.goto(desk.url + ("?rtl" if direction == "rtl" else ""))
            page.wait_for_function("() => window.desk")
            for state in wanted:
                _shoot(page, server, desk, state, folder / f"desk-{name}-{state}-{theme}-{direction}.png")
            page.close()


def main(folder: Path, kept_only: bool) -> None:
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
                _all(context, server, folder, direction, kept_only)
        server.stop()


if __name__ == "__main__":
    main(Path(sys.argv[1]) if len(sys.argv) > 1 else IMAGES, kept_only=len(sys.argv) <= 1)
