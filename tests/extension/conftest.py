"""A desk's page, a server that can fail, and a browser with the extension."""

from __future__ import annotations

import threading
from collections.abc import Iterator
from contextlib import contextmanager
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path

import pytest
from playwright.sync_api import BrowserContext, Page, Playwright, sync_playwright
from tests.extension.browser import EXTENSION, Eyes, configure, with_extension, worker_of
from tests.extension.cue_server import KEY, CueServer

HERE = Path(__file__).parent
TYPES = {
    ".js": "text/javascript",
    ".css": "text/css",
    ".json": "application/json",
    ".html": "text/html",
    ".png": "image/png",
}


@contextmanager
def serve_desk() -> Iterator[str]:
    """The desk's page, and the extension's own files beside it for pages that draw cues themselves."""

    class Handler(BaseHTTPRequestHandler):
        def do_GET(self) -> None:
            path = self.path.split("?")[0]
            file = HERE / ("desk_page.html" if path == "/demo/desk" else f"desk_page{Path(path).suffix}")
            if path.startswith("/extension/"):
                file = EXTENSION / path.removeprefix("/extension/")
            if path.startswith("/pages/"):
                file = HERE / path.removeprefix("/")
            found = file.is_file()
            self.send_response(200 if found else 404)
            self.send_header("Content-Type", TYPES.get(file.suffix, "text/plain"))
            self.end_headers()
            if found:
                self.wfile.write(file.read_bytes())

        def log_message(self, *_: object) -> None:
            """Quiet."""

    server = ThreadingHTTPServer(("127.0.0.1", 0), Handler)
    server.daemon_threads = True
    threading.Thread(target=server.serve_forever, daemon=True).start()
    yield f"http://127.0.0.1:{server.server_port}"
    server.shutdown()
    server.server_close()


@pytest.fixture(scope="session")
def desk_url() -> Iterator[str]:
    with serve_desk() as url:
        yield url


@pytest.fixture(scope="session")
def driver() -> Iterator[Playwright]:
    with sync_playwright() as playwright:
        yield playwright


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
