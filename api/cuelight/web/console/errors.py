"""What the console says where something is not as it should be: a page, with the same care for values as the API's."""

from __future__ import annotations

import structlog
from flask import Blueprint, Response, g, request
from flask.typing import ResponseReturnValue
from werkzeug.exceptions import HTTPException

from cuelight.core.errors import Conflict, CuelightError, Erased, InvalidInput, NotFound, StoreUnavailable
from cuelight.web.problems import Problem, frames, respond

_log = structlog.get_logger("cuelight.web")

_NOT_HERE = Problem("not_found", "There is nothing at this path. The API's paths are at /docs.")


class Stop(Exception):
    """A page that ends here: `code` goes into the log, `title` and `text` to the person."""

    def __init__(self, code: str, status: int, title: str, text: str) -> None:
        super().__init__(code)
        self.code, self.status, self.title, self.text = code, status, title, text


class NotHere(Exception):
    """There is no console: the answer is that of any path there is not."""


def register(bp: Blueprint) -> None:
    bp.register_error_handler(NotHere, lambda _: respond(_NOT_HERE))
    bp.register_error_handler(Stop, _page)
    bp.register_error_handler(Problem, _from_problem)
    bp.register_error_handler(CuelightError, _from_core)
    bp.register_error_handler(HTTPException, _from_http)
    bp.register_error_handler(Exception, _unexpected)


def _page(stop: Stop) -> ResponseReturnValue:
    from cuelight.web.console.shell import render  # noqa: PLC0415 - the shell's guard raises what is shown here

    g.problem_code = stop.code
    g.console_quiet = stop.code == "store_unavailable"
    html = render("problem.html", title=stop.title, text=stop.text, request_id=g.get("request_id"))
    return Response(html, stop.status, content_type="text/html; charset=utf-8")


def _from_problem(problem: Problem) -> ResponseReturnValue:
    return _page(Stop(problem.code, problem.status, "That did not work", problem.detail))


def _from_core(error: CuelightError) -> ResponseReturnValue:
    match error:
        case StoreUnavailable():
            _log.warning("store_unavailable", request_id=g.get("request_id"))
            text = "The store does not answer, so nothing was shown or changed. Try again in a few seconds."
            return _page(Stop("store_unavailable", 503, "The store does not answer", text))
        case InvalidInput():
            return _page(Stop("invalid_input", 422, "That cannot be used", f"{error.field}: {error.problem}"))
        case NotFound():
            return _page(Stop("not_found", 404, "There is no such thing", str(error)))
        case Conflict() | Erased():
            return _page(Stop("conflict", 409, "That does not fit any more", str(error)))
        case _:
            return _page(Stop(error.code, 422, "That did not work", str(error)))


def _from_http(error: HTTPException) -> ResponseReturnValue:
    code = error.code or 500
    if code == 404:
        return _page(Stop("not_found", 404, "There is no such page", "Check the address, or use the menu."))
    if code == 405:
        return _page(Stop("method_not_allowed", 405, "That is no page", f"{request.method} does nothing here."))
    if code < 500:
        return _page(Stop("bad_request", code, "That could not be read", "Open the page again and repeat it."))
    return _unexpected(error)


def _unexpected(error: Exception) -> ResponseReturnValue:
    names = [type(error).__qualname__, *([type(error.__cause__).__qualname__] if error.__cause__ else [])]
    _log.error("unexpected_error", request_id=g.get("request_id"), causes=names, frames=frames(error))
    text = "Something failed on our side. Whether it was done is uncertain: look before you repeat it."
    return _page(Stop("internal_error", 500, "That failed", text))
