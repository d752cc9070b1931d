"""A desk's page, a server that can fail, and a browser with the extension."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass

import pytest
from playwright.sync_api import Browser, BrowserContext, Page, Playwright
from tests.extension.browser import (
    Eyes,
    Seen,
    chromium_path,
    configure,
    copy_allowed,
    extension_url,
    tab_id_of,
    with_extension,
    worker_of,
)
from tests.extension.cue_server import KEY, CueServer, cue_of
from tests.extension.desk_site import serve_desk
from tests.extension.fixture_site import FAKE_DESKS, INSTALLS, FakeDesk, route_desks


@pytest.fixture(scope="package")
def desk_url() -> Iterator[str]:
    with serve_desk() as url:
        yield url


@pytest.fixture(scope="package")
def plain_browser(driver: Playwright) -> Iterator[Browser]:
    """A browser without the extension."""
    browser = driver.chromium.launch(executable_path=chromium_path(), args=["--no-sandbox"])
    yield browser
    browser.close()


@pytest.fixture(scope="package")
def browser_with_extension(driver: Playwright, tmp_path_factory: pytest.TempPathFactory) -> Iterator[BrowserContext]:
    with with_extension(driver, tmp_path_factory.mktemp("profile")) as context:
        worker_of(context)
        yield context


@pytest.fixture
def cue_server() -> Iterator[CueServer]:
    server = CueServer()
    yield server
    server.end()


@pytest.fixture
def chrome(browser_with_extension: BrowserContext, cue_server: CueServer) -> Iterator[BrowserContext]:
    """The browser, set up for this test's server; every page of the test is closed afterwards."""
    context = browser_with_extension
    worker_of(context).evaluate("() => chrome.storage.local.clear()")
    configure(context, server=cue_server.url, key=KEY, name="Sam", mark="🦊")
    yield context
    keep = context.new_page()  # a browser without a page would end
    for page in context.pages:
        if page is not keep:
            page.close()


@pytest.fixture
def desk(chrome: BrowserContext, desk_url: str) -> Page:
    """The desk with no chat open."""
    page = chrome.new_page()
    page.goto(f"{desk_url}/demo/desk")
    return page


@pytest.fixture
def eyes(desk: Page) -> Eyes:
    return Eyes(desk)


@dataclass(frozen=True, slots=True)
class Desks:
    """A browser in which every fake desk is allowed and set up, and the server its cues come from."""

    context: BrowserContext
    server: CueServer

    def open(self, name: str, key: str = "", path: str | None = None) -> FakePage:
        desk = FAKE_DESKS[name]
        page = self.context.new_page()
        page.goto(desk.origin + path if path else desk.url)
        page.wait_for_function("() => window.desk")
        fake = FakePage(desk, page, Eyes(page))
        if key:
            fake.go(key)
        return fake


@dataclass(frozen=True, slots=True)
class FakePage:
    """One fake desk in one tab."""

    desk: FakeDesk
    page: Page
    eyes: Eyes

    @property
    def chats(self) -> list[str]:
        found: list[str] = self.page.evaluate("() => desk.chats")
        return found

    def go(self, key: str, way: str = "push") -> None:
        self.page.evaluate("([key, way]) => desk.go(key, way)", [key, way])

    def see(self, key: str, within_s: float = 10) -> Seen:
        """Waits for the cue of this very chat."""
        seen, _ = self.eyes.wait(lambda seen: seen.tip == f"Reason of chat {key}.", within_s)
        assert seen.state == cue_of(key)
        return seen


@pytest.fixture(scope="package")
def desk_browser(driver: Playwright, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Desks]:
    folder = tmp_path_factory.mktemp("desks")
    hosts = [desk.match for desk in FAKE_DESKS.values()] + ["https://*.zendesk.com/*", "https://*.freshdesk.com/*"]
    extension = copy_allowed(folder, hosts)
    server = CueServer()
    with with_extension(driver, folder / "profile", extension=extension) as context:
        route_desks(context)
        worker_of(context)
        configure(context, server=server.url, key=KEY, name="Sam", mark="🦊", installs=INSTALLS)
        registered = "async () => (await chrome.scripting.getRegisteredContentScripts()).length"
        for _ in range(200):
            if worker_of(context).evaluate(registered) >= len(FAKE_DESKS):
                break
            context.pages[0].wait_for_timeout(50)
        yield Desks(context, server)
    server.end()


@pytest.fixture
def desks(desk_browser: Desks) -> Iterator[Desks]:
    """The fake desks; every page of the test is closed afterwards, and the server is well again."""
    server = desk_browser.server
    server.mode, server.delay_s, server.failing, server.ttl_s = "ok", (0.0, 0.0), 0.0, 60.0
    server.bodies.clear()
    yield desk_browser
    keep = desk_browser.context.new_page()  # a browser without a page would end
    for page in desk_browser.context.pages:
        if page is not keep:
            page.close()


@pytest.fixture
def panel(chrome: BrowserContext, desk: Page) -> Page:
    """The panel for the desk's tab, in a tab of its own."""
    page = chrome.new_page()
    page.set_viewport_size({"width": 372, "height": 640})
    page.goto(extension_url(chrome, f"panel/panel.html?tab={tab_id_of(chrome, desk)}"))
    return page
