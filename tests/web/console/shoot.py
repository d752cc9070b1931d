"""Takes the console's pictures: `python -m tests.web.console.shoot LINK [FOLDER]`, LINK as `make run` prints it.

Without a folder, those that a document shows go to docs/images/. The demonstration must run with GeoIP data; an agent,
desks and channels are added to it, so that there is something to see.
"""

from __future__ import annotations

import sys
import tempfile
from collections.abc import Callable
from pathlib import Path
from typing import Literal
from urllib.parse import urlsplit

from playwright.sync_api import Page as Tab
from playwright.sync_api import sync_playwright
from tests.extension.shown import keep
from tests.get_browser import find

from cuelight.web.console import PAGES

LOOKS: tuple[tuple[str, int, Literal["light", "dark"]], ...] = (
    ("", 1280, "light"),
    ("-dark", 1280, "dark"),
    ("-narrow", 390, "light"),
)
HEIGHT = 900


def customer(tab: Tab, base: str) -> None:
    tab.goto(f"{base}/console/customers")
    tab.get_by_label("Customer's id").fill("u-1001")
    tab.get_by_role("button", name="Look up").click()
    tab.get_by_role("heading", name="What is usual").wait_for()


def verified(tab: Tab, base: str) -> None:
    tab.goto(f"{base}/console/audit")
    tab.get_by_role("button", name="Verify the log").click()
    tab.get_by_role("heading", name="The log is whole").wait_for()


def collector(tab: Tab, base: str) -> None:
    tab.goto(f"{base}/console/collectors")
    tab.locator("td a").first.click()
    tab.get_by_role("heading", name="On the page").wait_for()


def prepare(tab: Tab, base: str) -> None:
    """Something to see on pages that are empty in a demonstration: an agent, two desks, two channels."""
    tab.goto(f"{base}/console/access")
    if tab.get_by_role("cell", name="Robin").count():
        return
    for agent, team in (("Robin", "returns"), ("Kim", "billing")):
        tab.get_by_label("Agent's name").fill(agent)
        tab.get_by_label("Team, if you like").fill(team)
        tab.get_by_role("button", name="Invite").click()
    for desk, account in (("chatwoot", "1"), ("zendesk", "lamplight")):
        tab.goto(f"{base}/console/desks/new/{desk}")
        tab.get_by_label("Where the desk reaches Cuelight").fill("https://cue.example.com")
        tab.locator("[name=account]").fill(account)
        tab.get_by_role("button", name="Add the webhook").click()
    for kind, name, target in (
        ("webhook", "SIEM", "https://siem.example.com/cuelight"),
        ("slack", "#fraud-desk", "https://hooks.slack.com/services/T0/B0/x"),
    ):
        tab.goto(f"{base}/console/channels/new/{kind}")
        tab.get_by_label("Name", exact=True).fill(name)
        tab.locator("[name=target]").fill(target)
        tab.get_by_role("button", name="Add the channel").click()


def plain(path: str) -> Callable[[Tab, str], None]:
    def go(tab: Tab, base: str) -> None:
        tab.goto(base + path)
        tab.wait_for_load_state("networkidle")

    return go


PICTURES: dict[str, Callable[[Tab, str], None]] = {
    **{page.name: plain(f"/console/{page.name}") for page in PAGES},
    "customers": customer,
    "audit": verified,
    "collectors": collector,
    "desk-new": plain("/console/desks/new/zendesk"),
}


def main(link: str, folder: Path) -> None:
    folder.mkdir(parents=True, exist_ok=True)
    at = urlsplit(link)
    base = f"{at.scheme}://{at.netloc}"
    with sync_playwright() as driver:
        browser = driver.chromium.launch(executable_path=find(), args=["--no-sandbox"])
        first = browser.new_context()
        tab = first.new_page()
        tab.goto(link)
        tab.screenshot(path=folder / "console-enter.png")
        tab.get_by_role("button", name="Sign in").click()
        tab.get_by_role("navigation", name="Pages of the console").wait_for()
        prepare(tab, base)
        state = first.storage_state()
        for suffix, width, scheme in LOOKS:
            context = browser.new_context(
                storage_state=state,
                color_scheme=scheme,
                viewport={"width": width, "height": HEIGHT},
                device_scale_factor=1.25,
                locale="en-GB",
                timezone_id="Asia/Singapore",
            )
            tab = context.new_page()
            for name, go in PICTURES.items():
                go(tab, base)
                tab.wait_for_timeout(300)
                tab.screenshot(path=folder / f"console-{name}{suffix}.png")
            context.close()
        browser.close()


if __name__ == "__main__":
    if len(sys.argv) > 2:
        main(sys.argv[1], Path(sys.argv[2]))
    else:
        with tempfile.TemporaryDirectory() as taken:
            main(sys.argv[1], Path(taken))
            keep(Path(taken))
