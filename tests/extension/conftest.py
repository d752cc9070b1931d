"""A desk's page, a server that can fail, and a browser with the extension."""

from __future__ import annotations

from collections.abc import Iterator

import pytest
from playwright.sync_api import BrowserContext, Page, Playwright
from tests.extension.browser import Eyes, configure, with_extension, worker_of
from tests.extension.cue_server import KEY, CueServer
from tests.extension.desk_site import serve_desk


@pytest.fixture(scope="session")
def desk_url() -> Iterator[str]:
    with serve_desk() as url:
        yield url


@pytest.fixture(scope="session")
def browser_with_extension(driver: Playwright, tmp_path_factory: pytest.TempPathFactory) -> Iterator[BrowserContext]:
    with with_extension(driver, tmp_path_factory.mktemp("profile")) as context:
        worker_of(context)
        yield context


@pytest.fixture
def cue_server() -> Iterator[CueServer]:
    server = CueServer()
    yield server
    server.stop()


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
