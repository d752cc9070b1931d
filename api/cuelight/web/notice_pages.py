"""`/notice/{token}`: the page behind a notice's link, for a customer who has no account with us and no script running.

Mail scanners open every link they see, so reading changes nothing; an answer takes two forms in a row. There are no
cookies: the link itself is the secret that no other page knows.
"""

from __future__ import annotations

import structlog
from flask import Blueprint, Response, g, render_template, request
from flask.typing import ResponseReturnValue
from werkzeug.exceptions import HTTPException

from cuelight.core.chat import NetworkKind
from cuelight.core.errors import StoreUnavailable
from cuelight.core.notice import MISTAKE_FOR, Answer, Notice, Told
from cuelight.notices.asking import Look, Standing
from cuelight.web.collect import counted_as
from cuelight.web.notice_words import NoticeWords
from cuelight.web.parts import parts
from cuelight.web.problems import RETRY_AFTER_S, frames

_log = structlog.get_logger("cuelight.web")

bp = Blueprint("notice", __name__, url_prefix="/notice", static_folder="static/notice", static_url_path="/static")

_POLICY = "default-src 'none'; style-src 'self'; form-action 'self'; base-uri 'none'; frame-ancestors 'none'"
_STATUS = {Standing.EXPIRED: 410, Standing.VOID: 410, Standing.GARBLED: 404}
_NOT_SAID = frozenset({"api", "generic"})
"""Names of desks that tell a customer nothing."""
_A_MINUTE_S = 60


@bp.get("/<token>")
def show(token: str) -> ResponseReturnValue:
    """What was asked, or what was answered. However often it is opened, and by whomever, nothing happens."""
    look = _look(token)
    return look if isinstance(look, Response) else _standing(look)


@bp.post("/<token>")
def answer(token: str) -> ResponseReturnValue:
    """First the answer, which is asked back; then its confirmation, which counts."""
    if request.headers.get("Sec-Fetch-Site", "same-origin") not in {"same-origin", "none"}:
        return _message("odd", 403)
    look = _look(token)
    if isinstance(look, Response):
        return look
    wanted = request.form.get("answer", "")
    if wanted not in list(Answer):
        return _message("odd", 422)
    chosen = Answer(wanted)
    if look.notice is None or not look.notice.may_answer(chosen, parts().clock()):
        return _standing(look)
    if request.form.get("step") != "confirm":
        return _page("confirm.html", 200, title=f"confirm.{chosen}.title", answer=chosen)
    parts().notice_pages.notices.answer(token, chosen)
    # Relative, so that it holds behind a proxy that serves this under a path of its own.
    return Response(status=303, headers={"Location": token})


def _look(token: str) -> Look | Response:
    """What the link leads to; or the page that says that it was opened too often."""
    has = parts()
    address = has.collecting.proxies.client(
        request.environ.get("REMOTE_ADDR", ""), {name.lower(): value for name, value in request.headers.items()}
    )
    sender = has.collecting.sender(counted_as(address))
    if not has.notice_pages.notices.admits(token, sender, answering=request.method == "POST"):
        return _message("busy", 429, retry_after_s=_A_MINUTE_S)
    return has.notice_pages.notices.look(token)


def _standing(look: Look) -> Response:
    match look:
        case Look(Standing.OPEN, Notice(told=Told() as told, key=key)):
            return _page("ask.html", 200, title="page.title", facts=_facts(told, key.desk))
        case Look(Standing.YES, Notice() as notice):
            until = notice.answered_at + MISTAKE_FOR if notice.answered_at and look.may_correct else None
            return _page("yes.html", 200, title="done.yes.title", until=until)
        case Look(Standing.NO):
            return _page("no.html", 200, title="done.no.title")
        case _:
            standing = Standing.VOID if look.standing is Standing.OPEN else look.standing
            return _message(standing.value, _STATUS[standing])


def _facts(told: Told, desk: str) -> list[tuple[str, str]]:
    """Label and value. Coarse: the country, and which kind of connection; never an address."""
    words, names = _words(), parts().catalogues.best([_words().locale])
    if told.kind.hides_origin:
        where = words.say("page.hidden")
    elif told.country:
        where = words.say("page.near", country=names.name("country", told.country))
    else:
        where = words.say("page.unknown")
    unknown = told.kind is NetworkKind.UNKNOWN
    kind = words.say("page.unknown") if unknown else names.name("network", told.kind.value)
    facts = [("page.when", words.date(told.at)), ("page.where", where), ("page.network", kind)]
    if desk not in _NOT_SAID:
        facts.append(("page.desk", desk.replace("_", " ").title()))
    return [(words.say(label), value[:1].upper() + value[1:]) for label, value in facts]


def _message(name: str, status: int, retry_after_s: int | None = None) -> Response:
    answer = _page("message.html", status, title=f"{name}.title", text=f"{name}.text")
    if retry_after_s is not None:
        answer.headers["Retry-After"] = str(retry_after_s)
    return answer


def _page(template: str, status: int, *, title: str, **values: object) -> Response:
    words, terms = _words(), parts().notice_pages.notices.terms
    brand = terms.brand
    html = render_template(
        f"notice/{template}",
        lang=words.locale,
        brand=brand,
        help_url=terms.help_url,
        title=words.say(title, brand=brand),
        say=lambda name, **more: words.say(name, brand=brand, **more),
        date=words.date,
        **values,
    )
    return Response(html, status, content_type="text/html; charset=utf-8")


def _words() -> NoticeWords:
    return parts().notice_pages.texts.best(list(request.accept_languages.values())[:20])


@bp.after_request
def guard(response: Response) -> Response:
    """Strict, and not for search engines. The rest every answer gets."""
    if request.endpoint != "notice.static":
        response.headers["Content-Security-Policy"] = _POLICY
        response.headers.add("Vary", "Accept-Language")
    response.headers["X-Robots-Tag"] = "noindex, nofollow, noarchive"
    return response


@bp.errorhandler(StoreUnavailable)
def _down(_: StoreUnavailable) -> Response:
    g.problem_code = "store_unavailable"
    return _message("down", 503, retry_after_s=RETRY_AFTER_S)


@bp.errorhandler(HTTPException)
def _refused(error: HTTPException) -> ResponseReturnValue:
    status = error.code or 500
    return _message("odd", status) if 400 <= status < 500 else _failed(error)


@bp.errorhandler(Exception)
def _failed(error: Exception) -> Response:
    g.problem_code = "internal_error"
    _log.error("unexpected_error", request_id=g.get("request_id"), causes=[type(error).__name__], frames=frames(error))
    return _message("down", 500)
