"""Takes the notice's pictures: `python -m tests.notices.shoot [FOLDER]`.

Without a folder, those that a document shows go to docs/images/.
"""

from __future__ import annotations

import sys
import tempfile
from contextlib import closing
from pathlib import Path

from playwright.sync_api import Browser, sync_playwright
from tests.clock import Clock
from tests.extension.shown import keep
from tests.get_browser import find
from tests.mail_server import Mailbox
from tests.notices.conftest import House, noticing, open_house, served

PICTURES = (
    ("ask", "light", 1280, "en-GB"),
    ("ask", "dark", 1280, "de-DE"),
    ("ask", "light", 390, "en-GB"),
    ("confirm", "light", 390, "es-ES"),
    ("no", "light", 1280, "en-GB"),
    ("no", "dark", 390, "fr-FR"),
    ("yes", "light", 390, "en-GB"),
    ("garbled", "light", 390, "en-GB"),
    ("mail", "light", 640, "en-GB"),
    ("mail", "light", 390, "de-DE"),
)
"""What, scheme, width, language."""


def shoot(browser: Browser, house: House, base: str, folder: Path) -> None:
    for what, scheme, width, locale in PICTURES:
        name = f"notice-{what}-{scheme}-{width}"
        chat = {"desk": "zendesk", "account": "acme", "ip": "89.160.20.112"}
        owner = f"owner-{name}"
        address = f"{owner}@owner.example"
        path = house.asked(customer_id=owner, notice={"email": address, "locale": locale}, **chat)
        context = browser.new_context(
            viewport={"width": width, "height": {1280: 800, 640: 500}.get(width, 844)},
            color_scheme=scheme,  # type: ignore[arg-type]
            device_scale_factor=2,
            locale=locale,
        )
        page = context.new_page()
        if what == "mail":
            html = house.post.to(address)[-1].get_body(("html",))
            page.set_content(str(html.get_content()) if html else "")
        else:
            page.goto(base + (path[:-9] if what == "garbled" else path))
        if what in ("confirm", "no"):
            page.locator("button[value=no]").click()
        if what == "yes":
            page.locator("button[value=yes]").click()
        if what in ("no", "yes"):
            page.locator("button[value=confirm]").click()
            page.locator(".mark").wait_for()
        elif what == "confirm":
            page.locator("button[value=confirm]").wait_for()
        page.wait_for_load_state()
        page.screenshot(path=folder / f"{name}.png")
        context.close()


def main(folder: Path) -> None:
    folder.mkdir(parents=True, exist_ok=True)
    with tempfile.TemporaryDirectory(prefix="cue") as var, closing(Mailbox()) as post, sync_playwright() as driver:
        house = open_house(noticing(Path(var), post), Clock(), post)
        with closing(house.service), served(house) as base:
            browser = driver.chromium.launch(executable_path=find(), args=["--no-sandbox"])
            shoot(browser, house, base, folder)
            browser.close()


if __name__ == "__main__":
    if len(sys.argv) > 1:
        main(Path(sys.argv[1]))
    else:
        with tempfile.TemporaryDirectory() as taken:
            main(Path(taken))
            keep(Path(taken))
