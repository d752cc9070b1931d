"""Signing in and out: by password and one-time code, by a one-time link, by an invitation that sets both."""

from __future__ import annotations

import secrets
from dataclasses import replace
from datetime import datetime
from hashlib import sha256
from typing import cast

import segno
from flask import Blueprint, Response, redirect, request
from flask.typing import ResponseReturnValue
from markupsafe import Markup

from cuelight.core import operators, totp
from cuelight.core.errors import InvalidInput
from cuelight.core.operators import Operator
from cuelight.web.console import guard, session
from cuelight.web.console.errors import Stop
from cuelight.web.console.proving import Refused, hashed, prove
from cuelight.web.console.shell import render
from cuelight.web.console.state import console
from cuelight.web.parts import parts

bp = Blueprint("console_sign_in", __name__)


def _asked(wrong: str | None = None, status: int = 200) -> Response:
    html = render(
        "sign_in.html",
        title="Sign in",
        wrong=wrong,
        next=guard.local_path(request.values.get("next", "")),
        oidc=console().oidc is not None,
        local=any(each.ready for each in console().operators.list()),
    )
    return Response(html, status, content_type="text/html; charset=utf-8")


@bp.get("/sign-in", endpoint="sign_in")
def ask() -> ResponseReturnValue:
    if session.me() is not None:
        return redirect(guard.local_path(request.args.get("next", "")), 303)
    return _asked()


@bp.post("/sign-in", endpoint="sign_in_now")
def sign_in() -> ResponseReturnValue:
    guard.check_csrf()
    form = request.form
    try:
        found = prove(form.get("name", "").strip().lower(), form.get("password", ""), form.get("code", ""))
    except Refused as error:
        return _asked(str(error), 403)
    _begin(found, "password and code")
    return redirect(guard.local_path(form.get("next", "")), 303)


@bp.post("/sign-out", endpoint="sign_out")
def sign_out() -> ResponseReturnValue:
    guard.check_csrf()
    if (me := session.me()) is not None:
        parts().audit.append(by=me.by, action="operator.sign_out", target=f"operator:{me.name}")
        session.end()
    return redirect(guard.SIGN_IN, 303)


@bp.get("/enter/<token>", endpoint="enter")
def show_link(token: str) -> ResponseReturnValue:
    """A page with one button, so that whatever opens links ahead of people does not spend them."""
    found = _by_link(token)
    return render("enter.html", title="Sign in", operator=found, token=token)


@bp.post("/enter/<token>", endpoint="enter_now")
def use_link(token: str) -> ResponseReturnValue:
    guard.check_csrf()
    found = _by_link(token)
    if not console().operators.change(found, replace(found, link=None, link_until=None)):
        raise _spent()
    _begin(found, "one-time link")
    return redirect("/console/", 303)


@bp.get("/invitation/<token>", endpoint="invitation")
def show_invitation(token: str) -> ResponseReturnValue:
    return _invitation(_by_invitation(token), token)


@bp.post("/invitation/<token>", endpoint="invitation_now")
def accept(token: str) -> ResponseReturnValue:
    """Password and authenticator set at once: the code shows that the app has the secret."""
    guard.check_csrf()
    found, now = _by_invitation(token), parts().clock()
    password, again = request.form.get("password", ""), request.form.get("again", "")
    secret = _totp_secret(token)
    try:
        operators.checked_password(password, found.name)
    except InvalidInput as error:
        return _invitation(found, token, f"The password {error.problem}.", 422)
    if password != again:
        return _invitation(found, token, "The two passwords differ.", 422)
    step = totp.matching_step(secret, request.form.get("code", ""), now, 0)
    if step is None:
        return _invitation(found, token, "The code does not fit. Wait for the app's next one and type that.", 422)
    ready = operators.set_up(found, hashed(password), console().seal(secret, found.name), step)
    parts().audit.append(by=found.name, action="operator.set_up", target=f"operator:{found.name}")
    if not console().operators.change(found, ready):
        raise _spent()
    _begin(ready, "invitation")
    return redirect("/console/", 303)


@bp.post("/theme", endpoint="theme")
def theme() -> ResponseReturnValue:
    """Light, dark, or as the system has it; kept in the browser only."""
    guard.check_csrf()
    answer = cast(Response, redirect(guard.local_path(request.form.get("next", "")), 303))
    chosen = request.form.get("theme", "")
    if chosen in ("light", "dark"):
        year_s = 365 * 86_400
        secure = console().secure
        answer.set_cookie("cuelight-theme", chosen, max_age=year_s, path="/console", secure=secure, samesite="Lax")
    else:
        answer.delete_cookie("cuelight-theme", path="/console")
    return answer


def _begin(operator: Operator, how: str) -> None:
    parts().audit.append(by=operator.name, action="operator.sign_in", target=f"operator:{operator.name}", note=how)
    session.begin(operator.name, "local", operator.roles)


def _invitation(found: Operator, token: str, wrong: str | None = None, status: int = 200) -> Response:
    secret = _totp_secret(token)
    drawn = segno.make(totp.as_url(secret, found.name), error="m")
    html = render(
        "invitation.html",
        title="Set up your sign-in",
        operator=found,
        token=token,
        wrong=wrong,
        secret=_grouped(totp.as_text(secret)),
        # Without a style of its own, which the content policy would refuse.
        qr=Markup(drawn.svg_inline(scale=5, border=4, svgclass="qr", lineclass=None, omitsize=True)),  # noqa: S704 - drawn here, from digits
        least=operators.MIN_PASSWORD,
    )
    return Response(html, status, content_type="text/html; charset=utf-8")


def _by_link(token: str) -> Operator:
    digest, now = _digest(token), parts().clock()
    found = [each for each in console().operators.list() if operators.has_link(each, digest, now)]
    return _one(found)


def _by_invitation(token: str) -> Operator:
    digest, now = _digest(token), parts().clock()
    found = [each for each in console().operators.list() if operators.is_invited(each, digest, now)]
    return _one(found)


def _one(found: list[Operator]) -> Operator:
    if len(found) != 1 or (found[0].demo and not console().demo):
        raise _spent()
    return found[0]


def _spent() -> Stop:
    text = "It works once, and not for ever. Ask for a new one: `cuelight operators reset NAME` prints it."
    return Stop("link_spent", 410, "This link is not good any more", text)


def _totp_secret(token: str) -> bytes:
    """Made from the invitation, so that nothing has to be kept until it is accepted, and both pages agree."""
    return bytes.fromhex(console().mac("totp", token))[: totp.SECRET_BYTES]


def _grouped(text: str) -> str:
    return " ".join(text[at : at + 4] for at in range(0, len(text), 4))


def _digest(token: str) -> str:
    return sha256(token.encode("utf-8", "surrogatepass")).hexdigest()


def new_token() -> tuple[str, str]:
    """A one-time token, and what is kept of it."""
    token = secrets.token_urlsafe(32)
    return token, _digest(token)


def link_of(operator: Operator, now: datetime) -> tuple[Operator, str]:
    """The operator with a one-time link to sign in, and the link's token."""
    token, digest = new_token()
    return replace(operator, link=digest, link_until=now + operators.LINK_LIFE), token
