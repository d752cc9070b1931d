"""The page in a real browser: without a script, on a phone, in the dark, and for those who do not see it."""

from __future__ import annotations

from collections.abc import Iterator

import pytest
from axe_playwright_python.sync_playwright import Axe
from playwright.sync_api import Browser, Page, Playwright
from tests.get_browser import find
from tests.notices.conftest import House, served


@pytest.fixture(scope="module")
def chromium(driver: Playwright) -> Iterator[Browser]:
    browser = driver.chromium.launch(executable_path=find(), args=["--no-sandbox"])
    yield browser
    browser.close()


@pytest.fixture(scope="module")
def base(house: House) -> Iterator[str]:
    with served(house) as url:
        yield url


def check(page: Page, where: str) -> None:
    page.wait_for_load_state()
    found = Axe().run(page)
    assert not found.response["violations"], f"{where}: {found.generate_report()}"
    assert page.evaluate("document.documentElement.scrollWidth <= innerWidth"), where
    assert page.evaluate("document.querySelectorAll('h1').length") == 1


@pytest.mark.parametrize(("scheme", "width", "locale"), [("light", 320, "de-DE"), ("dark", 1280, "fr-FR")])
def test_every_page_is_whole_and_accessible(
    house: House, base: str, chromium: Browser, scheme: str, width: int, locale: str
) -> None:
    paths = {answer: house.asked() for answer in ("no", "yes")}
    context = chromium.new_context(
        viewport={"width": width, "height": 700},
        color_scheme=scheme,  # type: ignore[arg-type]
        locale=locale,
    )
    page = context.new_page()
    wrong: list[str] = []
    page.on("console", lambda said: wrong.append(said.text) if said.type == "error" else None)
    for answer, path in paths.items():
        page.goto(base + path)
        assert page.locator("html").get_attribute("lang") == locale[:2]
        assert page.evaluate("getComputedStyle(document.querySelector('.card')).borderRadius") != "0px", "styled"
        check(page, "asked")
        page.locator(f"button[value={answer}]").click()
        page.locator("button[value=confirm]").wait_for()
        check(page, f"asked back: {answer}")
        page.locator("button[value=confirm]").click()
        page.locator(".mark").wait_for()
        check(page, f"answered: {answer}")
    assert not wrong
    page.goto(base + paths["no"][:-5])
    check(page, "garbled")
    context.close()


def test_it_works_without_scripts_and_by_keyboard(house: House, base: str, chromium: Browser) -> None:
    path = house.asked()
    context = chromium.new_context(java_script_enabled=False, locale="en-GB")
    page = context.new_page()
    page.goto(base + path)
    page.keyboard.press("Tab")
    page.keyboard.press("Enter")
    page.get_by_role("heading", name="It was not you?").wait_for()
    page.get_by_role("link", name="Back, without answering").click()
    page.get_by_role("button", name="Yes, that was me").click()
    page.get_by_role("button", name="Confirm: it was me").click()
    page.get_by_role("heading", name="Thank you: it was you").wait_for()
    assert page.url == base + path
    page.reload()
    page.get_by_role("button", name="I made a mistake").click()
    page.get_by_role("button", name="Confirm: it was not me").click()
    page.get_by_role("heading", name="Your account is being secured").wait_for()
    assert not context.cookies()
    context.close()
