"""What stands before every page and every action of the console: who, may they, was it they, is it still they."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace
from functools import wraps
from typing import ParamSpec
from urllib.parse import quote

from flask import Response, g, redirect, request
from flask.typing import ResponseReturnValue

from cuelight.core.roles import ACTIONS
from cuelight.web.console import session
from cuelight.web.console.errors import NotHere, Stop
from cuelight.web.console.proving import Refused, prove
from cuelight.web.console.state import console
from cuelight.web.parts import parts

P = ParamSpec("P")
View = Callable[P, ResponseReturnValue]

SAFE = frozenset({"GET", "HEAD"})
SIGN_IN = "/console/sign-in"
PROOF_FIELDS = ("proof_password", "proof_code")
"""Fields of the form that asks again who it is; they never reach the action."""


def admit() -> None:
    """Before anything of the console: without anybody who could sign in there is nothing here."""
    has = console()
    if not has.active():
        raise NotHere
    if not has.reachable():
        text = "Passwords are not typed into an open line. Serve Cuelight over https and set CUELIGHT_CONSOLE_URL."
        raise Stop("console_needs_https", 403, "The console needs https", text)
    if request.method not in SAFE:
        check_origin()


def check_origin() -> None:
    """A form of another site is refused, whatever it sends along."""
    site = request.headers.get("Sec-Fetch-Site")
    origin = request.headers.get("Origin")
    # Every browser of today sends one of them with a form.
    if site not in (None, "same-origin") or (origin is None and site is None):
        raise _not_from_here("This form was not sent from the console. Open the page and try again.")
    if origin is not None and origin != console().origin:
        raise _not_from_here("This form was sent from another address. Open the console at its own.")


def check_csrf() -> None:
    shown = request.headers.get("X-CSRF-Token") or request.form.get("csrf", "")
    if not session.csrf_fits(shown):
        raise _not_from_here("This page is too old to send. Open it again, then repeat what you did.")


def does(action: str) -> Callable[[View[P]], View[P]]:
    """Let only operators through who may do `action`; see `core.roles`."""
    needed = ACTIONS[action]

    def wrap(view: View[P]) -> View[P]:
        @wraps(view)
        def guarded(*args: P.args, **kwargs: P.kwargs) -> ResponseReturnValue:
            me = session.me()
            if me is None:
                return to_sign_in()
            by_hand = request.method in SAFE and "HX-Request" not in request.headers
            if by_hand and me.session.asks_for_roles(parts().clock()):
                return to_provider()
            if not me.may(action):
                raise _lacking(action)
            if request.method not in SAFE:
                check_csrf()
                if needed.fresh and (asked := prove_again(me)) is not None:
                    return asked
            return view(*args, **kwargs)

        guarded.__dict__["action"] = action
        return guarded

    return wrap


def prove_again(me: session.Me) -> ResponseReturnValue | None:
    """None where it is certain enough that it is still they; else the form that asks, which sends the action on."""
    if me.session.is_fresh(parts().clock()):
        return None
    wrong = None
    if me.session.provider == "local" and PROOF_FIELDS[0] in request.form:
        try:
            prove(me.name, request.form[PROOF_FIELDS[0]], request.form.get(PROOF_FIELDS[1], ""))
        except Refused as error:
            wrong = str(error)
        else:
            session.keep(replace(me.session, fresh_at=parts().clock()))
            return None
    from cuelight.web.console.shell import render  # noqa: PLC0415 - the shell stands on this guard

    operator = console().operators.read(me.name) if me.session.provider == "local" else None
    fields = [(name, value) for name, value in request.form.items(multi=True) if name not in (*PROOF_FIELDS, "csrf")]
    back = request.referrer or ""
    html = render(
        "again.html",
        title="Confirm that it is you",
        wrong=wrong,
        fields=fields,
        provider=me.session.provider,
        wants_code=operator is not None and operator.totp_secret is not None,
        back=local_path(back.removeprefix(console().origin)),
    )
    return Response(html, 403, content_type="text/html; charset=utf-8")


def to_sign_in() -> ResponseReturnValue:
    """To the sign-in page and back. A form that was sent meanwhile is not repeated behind anybody's back."""
    g.problem_code = "signed_out"
    path = request.full_path.rstrip("?") if request.method in SAFE else ""
    target = SIGN_IN + (f"?next={quote(path, safe='')}" if path else "")
    if "HX-Request" in request.headers:
        return Response(status=401, headers={"HX-Redirect": target})
    return redirect(target, 303)


def to_provider() -> ResponseReturnValue:
    """To the company's identity provider, which says what they may do now, and back: a detour nobody notices who is
    signed in there."""
    return redirect(f"/console/oidc/start?renew=1&next={quote(request.full_path.rstrip('?'), safe='')}", 303)


def local_path(text: str) -> str:
    """A path of the console, to be sent to after signing in; anything else becomes its first page."""
    fits = text.startswith("/console/") and len(text) < 500 and "\\" not in text and "//" not in text
    return text if fits and text.isprintable() else "/console/"


def _lacking(action: str) -> Stop:
    roles = " or ".join(sorted(role.label for role in ACTIONS[action].roles))
    text = f"This needs the role {roles}. An admin can give it to you."
    return Stop("role_missing", 403, "Your role does not allow that", text)


def _not_from_here(text: str) -> Stop:
    return Stop("not_from_here", 403, "That was not sent from here", text)
