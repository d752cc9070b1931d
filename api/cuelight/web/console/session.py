"""The signed-in browser: an opaque cookie, everything else in the store."""

from __future__ import annotations

import hmac
import secrets
from dataclasses import dataclass, replace
from datetime import datetime, timedelta
from hashlib import sha256

from flask import Response, g, request

from cuelight.core.operators import Operator, Session
from cuelight.core.roles import Role, may
from cuelight.web.console.state import console
from cuelight.web.parts import parts

_TOUCH = timedelta(minutes=1)
"""How often `seen_at` is written: not at every click."""
UNATTENDED = "X-Unattended"
"""Header of requests that nobody made by hand (a page that renews itself): they do not keep a session alive."""


@dataclass(frozen=True, slots=True)
class Me:
    """Who is signed in, by which session."""

    session: Session
    digest: str
    roles: frozenset[Role]

    @property
    def name(self) -> str:
        return self.session.operator

    @property
    def by(self) -> str:
        """How the audit log names them."""
        return self.name if self.session.provider == "local" else f"oidc:{self.name}"

    def may(self, action: str) -> bool:
        return may(self.roles, action)


def me() -> Me | None:
    """Who makes this request, or None; found once a request. Raises `StoreUnavailable`."""
    if "console_me" not in g:
        g.console_me = _find()
    found: Me | None = g.console_me
    return found


def signed_in() -> Me:
    """Who makes this request, behind a guard that made sure there is somebody."""
    found = me()
    assert found is not None
    return found


def begin(operator: str, provider: str, roles: frozenset[Role]) -> None:
    """Sign in: always a new session under a new name, whatever cookie came with the request."""
    end()
    now = parts().clock()
    cookie = secrets.token_urlsafe(32)
    session = Session(operator, provider, roles, now, now, now, secrets.token_urlsafe(32))
    digest = _digest(cookie)
    console().sessions.put(digest, session, now)
    g.console_cookie = cookie
    g.console_me = Me(session, digest, roles)


def end() -> None:
    """Sign out. Raises `StoreUnavailable`: a session that may go on is not called ended."""
    if cookie := request.cookies.get(cookie_name()):
        console().sessions.remove(_digest(cookie))
    g.console_cookie = ""
    g.console_me = None


def keep(session: Session) -> None:
    """Write the present session back, changed."""
    has = signed_in()
    console().sessions.put(has.digest, session, parts().clock())
    g.console_me = replace(has, session=session)


def say(text: str) -> None:
    """A message for the next page that is shown."""
    session = signed_in().session
    keep(replace(session, told=(*session.told[-3:], text)))


def told() -> tuple[str, ...]:
    """Messages to show now, once."""
    found = me()
    if found is None or not found.session.told:
        return ()
    keep(replace(found.session, told=()))
    return found.session.told


def csrf() -> str:
    """The token every form carries: the session's, or, before there is one, that of this visit."""
    found = me()
    return found.session.csrf if found is not None else console().mac("csrf", visit())


def csrf_fits(shown: str) -> bool:
    return hmac.compare_digest(csrf().encode(), shown.encode())


def visit() -> str:
    """A random name of a browser that is not signed in."""
    if "console_visit" not in g:
        known = request.cookies.get(cookie_name("visit"), "")
        g.console_visit = known if len(known) == 43 else secrets.token_urlsafe(32)
    return str(g.console_visit)


def cookie_name(of: str = "console") -> str:
    """`__Host-` binds a cookie to this very host over https; browsers refuse the name otherwise."""
    return f"__Host-cuelight-{of}" if console().secure else f"cuelight-{of}"


def set_cookie(response: Response, of: str, value: str, max_age_s: int | None = None) -> None:
    response.set_cookie(
        cookie_name(of), value, max_age=max_age_s, path="/", httponly=True, secure=console().secure, samesite="Lax"
    )


def write_cookies(response: Response) -> Response:
    """After every request to the console: what was begun or ended in it."""
    cookie = g.get("console_cookie")
    if cookie:
        set_cookie(response, "console", cookie)
    elif cookie == "":
        response.delete_cookie(cookie_name(), path="/", secure=console().secure, httponly=True, samesite="Lax")
    if "console_visit" in g and request.cookies.get(cookie_name("visit")) != g.console_visit:
        set_cookie(response, "visit", g.console_visit)
    return response


def _find() -> Me | None:
    cookie = request.cookies.get(cookie_name(), "")
    if not 40 <= len(cookie) <= 64:
        return None
    has, now, digest = console(), parts().clock(), _digest(cookie)
    session = has.sessions.get(digest)
    if session is None or now >= session.ends_at:
        return None
    roles = session.roles
    if session.provider == "local":
        operator = has.operators.read(session.operator)
        if operator is None or not _still(operator, session):
            return None
        roles = operator.roles
    elif has.oidc is None:
        return None
    session = _touched(session, digest, now)
    return Me(session, digest, roles)


def _still(operator: Operator, session: Session) -> bool:
    return operator.valid_from <= session.started_at and (console().demo or not operator.demo)


def _touched(session: Session, digest: str, now: datetime) -> Session:
    if now - session.seen_at < _TOUCH or UNATTENDED in request.headers:
        return session
    seen = replace(session, seen_at=now)
    console().sessions.put(digest, seen, now)
    return seen


def _digest(cookie: str) -> str:
    return sha256(cookie.encode("utf-8", "surrogatepass")).hexdigest()
