"""Every error as an RFC 9457 problem document, and the only place that maps errors to statuses.

`code` is stable and public; `detail` says what to do. Neither ever repeats a value the caller sent: values may
be addresses or fingerprints, and problem documents end up in other people's logs.
"""

from __future__ import annotations

import traceback
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path

import orjson
import structlog
from flask import Flask, Response, g
from werkzeug.exceptions import HTTPException, MethodNotAllowed

from cuelight.core.enrolment import EnrolmentRefused
from cuelight.core.errors import (
    Conflict,
    CuelightError,
    Erased,
    InvalidInput,
    NotFound,
    PolicyInvalid,
    SecondPersonNeeded,
    StoreUnavailable,
)

_log = structlog.get_logger("cuelight.web")

RETRY_AFTER_S = 1
"""How long to wait before asking again when the store is out: it is back within two seconds or not at all."""


@dataclass(frozen=True, slots=True)
class Kind:
    """One kind of problem: its stable code, HTTP status, title, and the advice the documentation gives."""

    code: str
    status: int
    title: str
    advice: str


KINDS: dict[str, Kind] = {
    kind.code: kind
    for kind in (
        Kind("bad_request", 400, "Bad request", "The request itself is broken. Check method, headers and framing."),
        Kind("malformed_json", 400, "Malformed JSON", "Fix the body at the line and column given."),
        Kind("unauthorized", 401, "No valid API key", "Send `Authorization: Bearer cue_…` with a live key."),
        Kind("enrolment_refused", 401, "Enrolment refused", "Ask for a new code (`cuelight agents invite NAME`)."),
        Kind("webhook_refused", 401, "Webhook refused", "Compare address, secret and clocks: see `docs/desks.md`."),
        Kind("collect_refused", 403, "Not from this page", "Compare key, origin and desk: see `docs/collector.md`."),
        Kind("missing_scope", 403, "Scope missing", "Use a key that has the scope named in `detail`."),
        Kind("not_found", 404, "Not found", "Check path and identifiers against this page."),
        Kind("method_not_allowed", 405, "Method not allowed", "Use one of the methods in the `Allow` header."),
        Kind("conflict", 409, "Conflict", "The request contradicts what is recorded. Read the current state first."),
        Kind("second_person_needed", 409, "Second person needed", "Have somebody else send the same request."),
        Kind("body_too_large", 413, "Body too large", "At most 16 KiB (policies 64, webhooks 256, sightings 1024)."),
        Kind("unsupported_media_type", 415, "Unsupported media type", "Send UTF-8 JSON, not compressed."),
        Kind("invalid_input", 422, "Invalid input", "Correct the fields listed in `errors`, then send again."),
        Kind("policy_invalid", 422, "Invalid policy", "Correct the field named in `errors`; nothing was changed."),
        Kind("too_many_requests", 429, "Too many requests", "Wait as long as `Retry-After` says."),
        Kind("internal_error", 500, "Internal error", "Report the `request_id`. Treat the chat as unverified."),
        Kind(
            "store_unavailable", 503, "Store unavailable",
            "Treat the chat as unverified and ask again after `Retry-After` seconds. Writes are safe to repeat.",
        ),
    )
}  # fmt: skip


@dataclass(frozen=True, slots=True)
class FieldError:
    """What is wrong with one field; `line` counts from 1 in NDJSON bodies."""

    field: str
    problem: str
    line: int | None = None

    def wire(self) -> dict[str, object]:
        shown: dict[str, object] = {"field": self.field, "problem": self.problem}
        return shown if self.line is None else {"line": self.line, **shown}


class Problem(Exception):
    """Raised by resources; becomes the answer. `more` are extension members of the document."""

    def __init__(
        self,
        code: str,
        detail: str,
        *,
        errors: Sequence[FieldError] = (),
        headers: Mapping[str, str] | None = None,
        more: Mapping[str, object] | None = None,
        status: int | None = None,
    ) -> None:
        super().__init__(code)
        self.code = code
        self.detail = detail
        self.errors = tuple(errors)
        self.headers = dict(headers or {})
        self.more = dict(more or {})
        self.status = status or KINDS[code].status


def respond(problem: Problem) -> Response:
    """The problem document as a response; the request id lets an operator find the log line."""
    kind = KINDS[problem.code]
    g.problem_code = problem.code
    document: dict[str, object] = {
        "type": f"/problems/{kind.code}",
        "title": kind.title,
        "status": problem.status,
        "code": kind.code,
        "detail": problem.detail,
        **problem.more,
    }
    if problem.errors:
        document["errors"] = [error.wire() for error in problem.errors]
    if request_id := g.get("request_id"):
        document["request_id"] = request_id
    answer = Response(
        orjson.dumps(document, option=orjson.OPT_APPEND_NEWLINE),
        problem.status,
        content_type="application/problem+json",
    )
    answer.headers.update(problem.headers)
    return answer


def register(app: Flask) -> None:
    """Make every failure of the application answer with a problem document."""
    app.register_error_handler(Problem, respond)
    app.register_error_handler(CuelightError, _from_core)
    app.register_error_handler(HTTPException, _from_http)
    app.register_error_handler(Exception, _unexpected)


def _from_core(error: CuelightError) -> Response:
    match error:
        case InvalidInput():
            return respond(
                Problem(
                    "invalid_input",
                    f"{error.field}: {error.problem.removesuffix('.')}.",
                    errors=[FieldError(error.field, error.problem)],
                )
            )
        case PolicyInvalid():
            return respond(Problem("policy_invalid", f"{error}.", errors=[FieldError(error.field, error.problem)]))
        case NotFound():
            return respond(Problem("not_found", _sentence(str(error))))
        case EnrolmentRefused():
            return respond(Problem("enrolment_refused", _sentence(str(error))))
        case SecondPersonNeeded():
            return respond(Problem("second_person_needed", _sentence(str(error))))
        case Conflict() | Erased():
            return respond(Problem("conflict", _sentence(str(error))))
        case StoreUnavailable():
            # Our own text says what to do and names no host; that of what caused it could hold a store's URL.
            _log.warning("store_unavailable", request_id=g.get("request_id"), why=str(error), causes=_causes(error))
            return respond(store_unavailable())
        case _:
            return _unexpected(error)


def _sentence(text: str) -> str:
    """Our own errors are written to stand behind a name; here they stand alone."""
    return text[:1].upper() + text[1:] + ("" if text.endswith((".", "?", "!")) else ".")


def store_unavailable(more: Mapping[str, object] | None = None) -> Problem:
    """The 503 of a store that cannot answer for certain: never a guess, never 'a new customer'."""
    return Problem(
        "store_unavailable",
        "The store does not answer. Treat the chat as unverified and ask again shortly.",
        headers={"Retry-After": str(RETRY_AFTER_S)},
        more=more,
    )


def _from_http(error: HTTPException) -> Response:
    """Flask's own refusals: unknown path, wrong method, too large a body, broken framing."""
    match error.code:
        case 404:
            return respond(Problem("not_found", "There is nothing at this path. The API's paths are at /docs."))
        case 405:
            allowed = error.valid_methods if isinstance(error, MethodNotAllowed) else None
            methods = ", ".join(sorted(allowed or ()))
            return respond(
                Problem("method_not_allowed", f"This path answers to: {methods}.", headers={"Allow": methods})
            )
        case 413:
            return respond(too_large(None))
        case 415:
            return respond(Problem("unsupported_media_type", "Send the body as application/json in UTF-8."))
        case 429:
            return respond(
                Problem("too_many_requests", "Too many requests.", headers={"Retry-After": str(RETRY_AFTER_S)})
            )
        case int(status) if 400 <= status < 500:
            return respond(Problem("bad_request", "The request could not be read.", status=status))
        case _:
            return _unexpected(error)


def too_large(limit_bytes: int | None) -> Problem:
    size = "the limit" if limit_bytes is None else f"{limit_bytes // 1024} KiB"
    return Problem("body_too_large", f"The body is over {size}. Send less, or several requests.")


def _unexpected(error: Exception) -> Response:
    """A bug. The log gets the class and where it happened; never the values, which may be personal."""
    _log.error("unexpected_error", request_id=g.get("request_id"), causes=_causes(error), frames=frames(error))
    return respond(
        Problem("internal_error", "Something failed on our side; nothing was decided. Report the request_id.")
    )


def _causes(error: BaseException) -> list[str]:
    """Class names of an error and of what led to it, outermost first."""
    names: list[str] = []
    seen: BaseException | None = error
    while seen is not None and len(names) < 5:
        names.append(f"{type(seen).__module__}.{type(seen).__qualname__}")
        seen = seen.__cause__ or seen.__context__
    return names


def frames(error: BaseException) -> list[str]:
    """Where an error came from: `file:line function`, innermost last, at most the last 12; no source, no values."""
    return [
        f"{Path(frame.filename).name}:{frame.lineno} {frame.name}"
        for frame in traceback.extract_tb(error.__traceback__)[-12:]
    ]
