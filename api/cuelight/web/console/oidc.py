"""Signing in with the company's identity provider: there and back."""

from __future__ import annotations

from dataclasses import asdict, replace
from typing import TYPE_CHECKING, Any

from flask import Blueprint, Response, redirect, request, url_for
from flask.typing import ResponseReturnValue
from itsdangerous import BadData

from cuelight.web.console import guard, session
from cuelight.web.console.errors import Stop
from cuelight.web.console.oidc_terms import Identity, OidcFailed, Started
from cuelight.web.console.state import console
from cuelight.web.parts import parts

if TYPE_CHECKING:
    from cuelight.web.console.oidc_client import OidcClient

bp = Blueprint("console_oidc", __name__)

_BACK_WITHIN_S = 600
_PURPOSE = "oidc"


@bp.get("/oidc/start", endpoint="oidc_start")
def start() -> ResponseReturnValue:
    """Off to the provider. A link, not a form: the content policy lets forms go nowhere else."""
    me = session.me()
    again = me is not None and request.args.get("again") == "1"
    renew = me is not None and request.args.get("renew") == "1"
    try:
        url, started = _client().begin(_back(), again=again)
    except OidcFailed as error:
        raise _stop(error) from error
    kept = {**asdict(started), "next": guard.local_path(request.args.get("next", "")), "again": again, "renew": renew}
    answer = redirect(url, 303)
    assert isinstance(answer, Response)
    session.set_cookie(answer, _PURPOSE, console().sealer(_PURPOSE).dumps(kept), _BACK_WITHIN_S)
    return answer


@bp.get("/oidc/back", endpoint="oidc_back")
def back() -> ResponseReturnValue:
    kept = _kept()
    if request.args.get("state") != kept["state"] or not request.args.get("code"):
        raise _stop(OidcFailed("Signing in was not finished. Start again from the sign-in page."))
    try:
        found = _client().finish(_back(), request.args["code"], Started(kept["state"], kept["nonce"], kept["verifier"]))
    except OidcFailed as error:
        raise _stop(error) from error
    me = session.me()
    if kept["again"]:
        _prove(found)
    elif kept["renew"] and me is not None and me.by == f"oidc:{found.name}" and found.roles:
        _renew(me, found)
    else:
        _sign_in(found)
    answer = redirect(kept["next"], 303)
    assert isinstance(answer, Response)
    answer.delete_cookie(session.cookie_name(_PURPOSE), path="/", secure=console().secure, httponly=True)
    return answer


def _sign_in(found: Identity) -> None:
    by = f"oidc:{found.name}"
    if not found.roles:
        session.end()
        parts().audit.append(by=by, action="operator.sign_in_failed", target=f"operator:{by}", note="no role")
        text = "Your account has no role in this console. An admin gives it to you at your company's provider."
        raise Stop("no_role", 403, "You have no role here", text)
    parts().audit.append(by=by, action="operator.sign_in", target=f"operator:{by}", note="identity provider")
    session.begin(found.name, "oidc", found.roles)


def _renew(me: session.Me, found: Identity) -> None:
    """The same person in the same session, with the roles they have now."""
    if found.roles != me.session.roles:
        note = f"{', '.join(sorted(found.roles))}, by the identity provider"
        parts().audit.append(by=me.by, action="operator.roles", target=f"operator:{me.by}", note=note)
    session.keep(replace(me.session, roles=found.roles, roles_at=parts().clock()))


def _prove(found: Identity) -> None:
    """Signed in anew at the provider, just now, as the same person."""
    me, now = session.me(), parts().clock()
    recent = found.authenticated_at_s is not None and now.timestamp() - found.authenticated_at_s < _BACK_WITHIN_S
    if me is None or me.session.provider != "oidc" or me.name != found.name or not recent:
        raise _stop(OidcFailed("That was not a fresh sign-in of the account you use here. Nothing was done."))
    session.keep(replace(me.session, fresh_at=now, roles=found.roles, roles_at=now))
    session.say("Thank you. You may now repeat what you were about to do; it is asked again after five minutes.")


def _kept() -> dict[str, Any]:
    sealed = request.cookies.get(session.cookie_name(_PURPOSE), "")
    try:
        found: dict[str, Any] = console().sealer(_PURPOSE).loads(sealed, max_age=_BACK_WITHIN_S)
    except BadData:
        raise _stop(OidcFailed("Signing in took too long, or was begun elsewhere. Start again.")) from None
    return found


def _client() -> OidcClient:
    client = console().oidc
    if client is None:
        raise Stop("not_found", 404, "There is no such page", "No identity provider is set up.")
    return client


def _back() -> str:
    return console().origin + url_for("console.console_oidc.oidc_back")


def _stop(error: OidcFailed) -> Stop:
    return Stop("oidc_failed", 403, "You are not signed in", str(error))
