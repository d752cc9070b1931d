"""Serves the small desk of these tests, and the extension's own files for pages that draw cues themselves."""

from __future__ import annotations

import threading
from collections.abc import Iterator
from contextlib import contextmanager
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path

from tests.extension.browser import EXTENSION

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
            page = path == "/demo/desk" or path.startswith("/shop/")
            file = HERE / ("desk_page.html" if page else f"desk_page{Path(path).suffix}")
            if path.startswith("/extension/"):
                file = EXTENSION / path.removeprefix("/extension/")
            if path.startswith("/pages/"):
                file = HERE / path.removeprefix("/")
            found = file.is_file()
            self.send_response(200 if found else 204 if path == "/favicon.ico" else 404)
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
