"""Operators: who may use the console. Links are shown once; nobody here sees or sets another one's password."""

from __future__ import annotations

from dataclasses import replace

from flask import request
from flask.typing import ResponseReturnValue

from cuelight.core.errors import Conflict, InvalidInput, NotFound
from cuelight.core.operators import Operator, checked_name, invited
from cuelight.core.roles import Role, read_roles
from cuelight.web.console.session import signed_in
from cuelight.web.console.shell import Page, as_csv, wants_csv
from cuelight.web.console.sign_in import new_token
from cuelight.web.console.state import console
from cuelight.web.parts import parts

page = Page("operators", "Operators", "Installation", reads="operators.read")

ROLE_HELP = {
    Role.VIEWER: "looks at everything that happens",
    Role.ANALYST: "works on incidents, looks customers up, locks them",
    Role.POLICY_EDITOR: "drafts policies and asks for publishing",
    Role.APPROVER: "publishes and rolls back, confirms closing",
    Role.ADMIN: "runs the installation, and may do everything",
}


@page.get()
def show() -> ResponseReturnValue:
    if wants_csv():
        found = console().operators.list()
        rows = [(o.name, " ".join(sorted(o.roles)), _state(o), o.created_at) for o in found]
        return as_csv("operators", ("name", "roles", "state", "made"), rows)
    return _page()


@page.post("/add", does="operators.change")
def add() -> ResponseReturnValue:
    now, roles = parts().clock(), _roles()
    token, digest = new_token()
    name = checked_name(request.form.get("name", "").strip().lower())
    made = invited(Operator(name, roles, now, now), digest, now)
    _note("operator.add", name, ", ".join(sorted(roles)))
    console().operators.add(made)
    return _page(made, token)


@page.post("/<name>/roles", does="operators.change")
def change(name: str) -> ResponseReturnValue:
    found, roles = _find(name), _roles()
    if found.name == signed_in().name and Role.ADMIN not in roles:
        raise Conflict("nobody takes the role admin from themselves: another admin does")
    _note("operator.roles", name, ", ".join(sorted(roles)))
    _put(found, replace(found, roles=roles))
    return page.back(f"{name} is now {', '.join(sorted(role.label for role in roles))}: at once.")


@page.post("/<name>/reset", does="operators.change")
def reset(name: str) -> ResponseReturnValue:
    """A new link; password, authenticator and sessions of before end."""
    found = _find(name)
    token, digest = new_token()
    after = invited(found, digest, parts().clock())
    _note("operator.reset", name)
    _put(found, after)
    console().sessions.succeed(f"account:{name}")
    return _page(after, token)


@page.post("/<name>/remove", does="operators.change")
def remove(name: str) -> ResponseReturnValue:
    found = _find(name)
    if found.name == signed_in().name and signed_in().session.provider == "local":
        raise Conflict("nobody removes themselves: another admin does")
    _note("operator.remove", name)
    if not console().operators.remove(found):
        raise Conflict("this operator was changed meanwhile: look again")
    return page.back(f"{name} is removed, and signed out.")


def _page(invited: Operator | None = None, token: str = "") -> str:
    found = [(each, _state(each)) for each in console().operators.list()]
    link = f"{console().origin}/console/invitation/{token}" if token else ""
    provider = console().oidc is not None
    return page.render(
        "operators.html", operators=found, invited=invited, link=link, roles=ROLE_HELP, provider=provider
    )


def _state(operator: Operator) -> str:
    if operator.ready:
        return "ready"
    until = operator.invitation_until
    return "invited" if until is not None and until > parts().clock() else "link lapsed"


def _roles() -> frozenset[Role]:
    try:
        found = read_roles(request.form.getlist("role"))
    except ValueError:
        found = frozenset()
    if not found:
        raise InvalidInput("role", f"name at least one of {', '.join(role.label for role in Role)}")
    return found


def _find(name: str) -> Operator:
    found = console().operators.read(name)
    if found is None:
        raise NotFound("there is no such operator any more")
    return found


def _put(before: Operator, after: Operator) -> None:
    if not console().operators.change(before, after):
        raise Conflict("this operator was changed meanwhile: look again")


def _note(action: str, name: str, note: str = "") -> None:
    parts().audit.append(by=signed_in().by, action=action, target=f"operator:{name}", note=note)
