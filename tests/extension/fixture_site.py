"""The fake desks of `fixtures/`: at their vendors' own addresses inside the browser, or on loopback.

`route_desks` answers for those addresses before anything reaches a network, so that the built-in desk files are used
as they are shipped. `serve_fixture` is for browsers without such routes.
"""

from __future__ import annotations

import threading
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path
from urllib.parse import urlsplit

from playwright.sync_api import BrowserContext, Route

FIXTURES = Path(__file__).parent / "fixtures"
TYPES = {".js": "text/javascript", ".css": "text/css", ".html": "text/html"}
CSP = "default-src 'self'; style-src 'self' 'unsafe-inline'; require-trusted-types-for 'script'; trusted-types 'none'"
"""As strict as desks get. Inline styles are allowed for the pages that cover and hide things."""


@dataclass(frozen=True, slots=True)
class FakeDesk:
    """A fake desk: its address, the path it opens at, and whether its company had to name that address."""

    name: str
    origin: str
    home: str
    installed: bool = False

    @property
    def url(self) -> str:
        return self.origin + self.home

    @property
    def match(self) -> str:
        return f"{self.origin}/*"


FAKE_DESKS = {
    desk.name: desk
    for desk in (
        FakeDesk("live_helper_chat", "https://chat.example.com", "/site_admin/", installed=True),
        FakeDesk("libredesk", "https://libre.example.com", "/inboxes/assigned", installed=True),
        FakeDesk("chatwoot", "https://woot.example.com", "/app/accounts/1/dashboard", installed=True),
        FakeDesk("zendesk", "https://acme.zendesk.com", "/agent/tickets/new/1"),
        FakeDesk("intercom", "https://app.intercom.com", "/a/inbox/ab12cd/inbox/shared/all"),
        FakeDesk("livechat", "https://my.livechatinc.com", "/archives/PJ0MRSHTDG"),
        FakeDesk("crisp", "https://app.crisp.chat", "/website/0b8f5a3e-7a55-4d5f-8a1e-1f6f6c1f7a11/inbox/"),
        FakeDesk("hubspot", "https://app.hubspot.com", "/live-messages/4455/inbox"),
        FakeDesk("freshdesk", "https://acme.freshdesk.com", "/a/tickets/filters/unresolved"),
    )
}
INSTALLS = [{"desk": desk.name, "match": desk.match} for desk in FAKE_DESKS.values() if desk.installed]


def page_of(name: str, path: str) -> tuple[bytes, str]:
    """What a fake desk answers at a path: a file below `/fixture/`, its one page everywhere else."""
    file = FIXTURES / path.removeprefix("/fixture/") if path.startswith("/fixture/") else FIXTURES / name / "index.html"
    return file.read_bytes(), TYPES[file.suffix]


def route_desks(context: BrowserContext) -> None:
    """Answers for every fake desk's address; any other address outside loopback fails."""
    by_host = {urlsplit(desk.origin).hostname: desk for desk in FAKE_DESKS.values()}

    def answer(route: Route) -> None:
        url = urlsplit(route.request.url)
        desk = by_host.get(url.hostname)
        if desk is None:
            route.abort()
        elif url.path == "/favicon.ico":
            route.fulfill(status=204)
        else:
            body, kind = page_of(desk.name, url.path)
            headers = {} if url.query == "without-policy" else {"Content-Security-Policy": CSP}
            route.fulfill(body=body, content_type=kind, headers=headers)

    context.route(lambda url: url.startswith("https://"), answer)


@contextmanager
def serve_fixture(name: str) -> Iterator[str]:
    """A fake desk at a loopback address."""

    class Handler(BaseHTTPRequestHandler):
        def do_GET(self) -> None:
            path = self.path.split("?")[0]
            known = path != "/favicon.ico"
            body, kind = page_of(name, path) if known else (b"", "text/plain")
            self.send_response(200 if known else 204)
            self.send_header("Content-Type", kind)
            self.send_header("Content-Security-Policy", CSP)
            self.end_headers()
            self.wfile.write(body)

        def log_message(self, *_: object) -> None:
            """Quiet."""

    server = ThreadingHTTPServer(("127.0.0.1", 0), Handler)
    server.daemon_threads = True
    threading.Thread(target=server.serve_forever, kwargs={"poll_interval": 0.05}, daemon=True).start()
    yield f"http://127.0.0.1:{server.server_port}"
    server.shutdown()
    server.server_close()
