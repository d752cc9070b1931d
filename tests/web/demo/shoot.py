"""Takes the sample desk's pictures: `python -m tests.web.demo.shoot http://127.0.0.1:8000 [FOLDER]`.

Without a folder, those that a document shows go to docs/images/. The desk must run with GeoIP data and untouched
samples (press "Start over" first).
"""

from __future__ import annotations

import sys
import tempfile
from pathlib import Path
from typing import Literal

from playwright.sync_api import Page, sync_playwright
from tests.extension.shown import keep
from tests.get_browser import find

Scheme = Literal["light", "dark"]

# File, width and height in CSS pixels, scheme, place, whether the story is told above the desk.
PICTURES: tuple[tuple[str, int, int, Scheme, str, bool], ...] = (
    ("desk-red", 1280, 800, "light", "#/chat/1005", False),
    ("desk-light", 1280, 800, "light", "#/chat/1001", True),
    ("desk-dark", 1280, 800, "dark", "#/chat/1003", False),
    ("desk-narrow", 390, 844, "light", "#/chat/1005", False),
)
TYPED = "You live at 221b Baker Street, is that right?"
"""In the reply of the chats that are not green: what the disclosure guard warns of."""
SHOP: tuple[tuple[str, int, int, Scheme], ...] = (
    ("shop-light", 1280, 800, "light"),
    ("shop-dark", 1280, 800, "dark"),
    ("shop-narrow", 390, 844, "light"),
)
"""The sample shop: file, width, height, scheme."""
PULSE_MS = 1500  # a red cue draws the eye once as it appears; the picture is of what stays


def main(base: str, folder: Path) -> None:
    folder.mkdir(parents=True, exist_ok=True)
    with sync_playwright() as driver:
        browser = driver.chromium.launch(executable_path=find(), args=["--no-sandbox"])
        for name, width, height, scheme, place, told in PICTURES:
            context = browser.new_context(
                viewport={"width": width, "height": height},
                color_scheme=scheme,
                device_scale_factor=2,
                locale="en-GB",
                timezone_id="Asia/Singapore",
            )
            context.add_init_script(f"localStorage.setItem('desk.story', '{'shown' if told else 'hidden'}')")
            page = context.new_page()
            page.goto(f"{base}/demo/desk{place}")
            page.locator(".cue-panel h1").wait_for(state="attached")
            # No key in a picture, not even one that is dead by the time it is looked at.
            page.locator(".curl code").evaluate(
                "code => { code.textContent = code.textContent.replace(/cue_[^\"]+/, 'cue_…'); }"
            )
            page.wait_for_timeout(PULSE_MS)
            if name != "desk-light":
                page.get_by_label("Reply").click()
                page.keyboard.type(TYPED)
                page.locator("cuelight-note").wait_for(state="attached")
            page.wait_for_timeout(300)
            page.screenshot(path=folder / f"{name}.png")
            context.close()
        for name, width, height, scheme in SHOP:
            context = browser.new_context(
                viewport={"width": width, "height": height}, color_scheme=scheme, device_scale_factor=2, locale="en-GB"
            )
            shop(context.new_page(), base, folder / f"{name}.png")
            context.close()
        browser.close()


def shop(page: Page, base: str, file: Path) -> None:
    """A contact who has consented and written."""
    page.goto(f"{base}/demo/shop?who=u-1001&from=crete")
    page.get_by_label("Your message").fill("Hello, could you send my parcel to another address?")
    page.get_by_role("button", name="Send").click()
    page.get_by_role("button", name="Yes, check").click()
    page.get_by_text("Device sent").wait_for()
    page.screenshot(path=file)


if __name__ == "__main__":
    if len(sys.argv) > 2:
        main(sys.argv[1].rstrip("/"), Path(sys.argv[2]))
    else:
        with tempfile.TemporaryDirectory() as taken:
            main(sys.argv[1].rstrip("/"), Path(taken))
            keep(Path(taken))
