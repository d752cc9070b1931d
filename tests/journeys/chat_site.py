"""A company's own page on an origin of its own, as strict as pages can be, with the collector's tag on it."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from threading import Thread

from werkzeug.serving import make_server
from werkzeug.wrappers import Request, Response

WATCH = """
window.complaints = [];
document.addEventListener("securitypolicyviolation", (event) => window.complaints.push(event.violatedDirective));
addEventListener("error", (event) => window.complaints.push(String(event.message)));
addEventListener("unhandledrejection", (event) => window.complaints.push(String(event.reason)));
"""


@contextmanager
def serving(server: str, key: str, *, consent: str = "no") -> Iterator[str]:
    """The page's address. `server` is Cuelight's origin; its policy names nothing but that, and its own script."""
    policy = (
        f"default-src 'none'; script-src 'self' {server}; connect-src {server}; "
        "require-trusted-types-for 'script'; trusted-types 'none'; base-uri 'none'; form-action 'none'"
    )
    tag = f'<script async src="{server}/collector.js" data-key="{key}" data-desk="sample" data-account="demo"'
    page = (
        '<!doctype html><html lang="en"><title>Help</title><script src="/watch.js"></script>'
        f'{tag} data-consent="{consent}"></script><p>Help</p></html>'
    )

    @Request.application
    def site(request: Request) -> Response:
        if request.path == "/watch.js":
            return Response(WATCH, content_type="text/javascript")
        if request.path == "/":
            return Response(page, content_type="text/html", headers={"Content-Security-Policy": policy})
        return Response(status=204)

    listening = make_server("127.0.0.1", 0, site, threaded=True)
    thread = Thread(target=listening.serve_forever, daemon=True)
    thread.start()
    try:
        yield f"http://127.0.0.1:{listening.server_port}/"
    finally:
        listening.shutdown()
        thread.join()
