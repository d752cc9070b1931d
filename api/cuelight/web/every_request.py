"""What every request gets, whatever it asks for: an id, safe headers, and one log line without personal data."""

from __future__ import annotations

import re
import secrets
from time import perf_counter

import structlog
from flask import Flask, Response, g, request

_log = structlog.get_logger("cuelight.web")

_METHODS = frozenset({"GET", "HEAD", "POST", "PUT", "PATCH", "DELETE", "OPTIONS"})
_EXTENSION_ORIGIN = re.compile(
    r"chrome-extension://[a-p]{32}|moz-extension://[0-9a-f]{8}(-[0-9a-f]{4}){3}-[0-9a-f]{12}"
)
_FOR_EXTENSIONS = {
    "cues.show": "GET",
    "chats.outcome": "POST",
    "disclosures.details": "GET",
    "disclosures.disclose": "POST",
    "enrolments.create": "POST",
    "enrolments.renew": "POST",
    "enrolments.remove": "DELETE",
}
"""The calls a browser extension makes, by endpoint. Nothing else may be called from another origin."""

_HEADERS = {
    "Cache-Control": "no-store",
    "Content-Security-Policy": "default-src 'none'; frame-ancestors 'none'; base-uri 'none'; form-action 'none'",
    "Cross-Origin-Opener-Policy": "same-origin",
    "Cross-Origin-Resource-Policy": "same-origin",
    "Permissions-Policy": "camera=(), geolocation=(), microphone=()",
    "Referrer-Policy": "no-referrer",
    "X-Content-Type-Options": "nosniff",
    "X-Frame-Options": "DENY",
}


def register(app: Flask) -> None:
    app.before_request(_begin)
    app.after_request(_finish)


def _begin() -> None:
    g.started_s = perf_counter()
    # Always our own: an id taken from the caller could carry anything into the log.
    g.request_id = secrets.token_hex(8)


def _finish(response: Response) -> Response:
    for name, value in _HEADERS.items():
        response.headers.setdefault(name, value)
    response.headers["X-Request-Id"] = g.request_id
    _allow_extension(response)
    _line(response)
    return response


def _allow_extension(response: Response) -> None:
    """CORS for the extension where its host permission is not granted; closed to every web page."""
    method = _FOR_EXTENSIONS.get(request.endpoint or "")
    if method is None:
        return
    response.headers.add("Vary", "Origin")
    origin = request.headers.get("Origin", "")
    if not _EXTENSION_ORIGIN.fullmatch(origin):
        return
    response.headers["Access-Control-Allow-Origin"] = origin
    response.headers["Access-Control-Expose-Headers"] = "ETag, Retry-After, X-Request-Id"
    if request.method == "OPTIONS":
        response.headers["Access-Control-Allow-Methods"] = method
        response.headers["Access-Control-Allow-Headers"] = "Authorization, Content-Type, Idempotency-Key, If-None-Match"
        response.headers["Access-Control-Max-Age"] = "600"


def _line(response: Response) -> None:
    """One line a request: the route's rule, never the path, which may hold an identifier; no address, no body."""
    entry: dict[str, object] = {
        "method": request.method if request.method in _METHODS else "OTHER",
        "route": request.url_rule.rule if request.url_rule else None,
        "status": response.status_code,
        "duration_ms": round((perf_counter() - g.started_s) * 1000, 2),
        "request_id": g.request_id,
    }
    if "key_id" in g:
        entry["key_id"] = g.key_id
    if "problem_code" in g:
        entry["problem"] = g.problem_code
    _log.info("request", **entry)
