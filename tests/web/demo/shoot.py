"""Takes the sample desk's pictures for the documentation: `python -m tests.web.demo.shoot http://127.0.0.1:8000`.

The desk must run with GeoIP data and untouched samples (press "Start over" first).
"""

from __future__ import annotations

import sys
from typing import Literal

from playwright.sync_api import sync_playwright
from tests.conftest import ROOT
from tests.get_browser import find

Scheme = Literal["light", "dark"]

# File, width and height in CSS pixels, scheme, place, whether the story is told above the desk.
PICTURES: tuple[tuple[str, int, int, Scheme, str, bool], ...] = (
    ("desk-red", 1280, 800, "light", "#/chat/1005", False),
    ("desk-light", 1280, 800, "light", "#/chat/1001", True),
    ("desk-dark", 1280, 800, "dark", "#/chat/1003", False),
    ("desk-narrow", 390, 844, "light", "#/chat/1005", False),
)
PULSE_MS = 1500  # a red cue draws the eye once as it appears; the picture is of what stays


def main(base: str) -> None:
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
            page.screenshot(path=ROOT / "docs" / "images" / f"{name}.png")
            context.close()
        browser.close()


if __name__ == "__main__":
    main(sys.argv[1].rstrip("/"))
