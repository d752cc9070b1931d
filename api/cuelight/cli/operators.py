"""`cuelight operators`: who may use the console. Links are shown once; passwords never pass through here."""

from __future__ import annotations

from dataclasses import replace
from datetime import UTC, datetime
from typing import TYPE_CHECKING

import click

from cuelight.cli.acting import Acting, acting
from cuelight.core.roles import Role

if TYPE_CHECKING:
    from collections.abc import Iterator

    from cuelight.core.operators import Operator
    from cuelight.settings import Settings
    from cuelight.stores import Stores

_ROLE = click.Choice([role.value for role in Role])


@click.group()
def operators() -> None:
    """Add, list, reset and remove operators of the console."""


@operators.command()
@click.argument("name")
@click.option("--role", "roles", multiple=True, required=True, type=_ROLE, help="What they may do (repeatable).")
@click.option("--url", help="Where they find Cuelight; default CUELIGHT_CONSOLE_URL, else this machine.")
def add(name: str, roles: tuple[str, ...], url: str | None) -> None:
    """Add the operator NAME and print a one-time link, on which they set password and authenticator."""
    from cuelight.core.operators import Operator, checked_name, invited
    from cuelight.web.console.sign_in import new_token

    now = datetime.now(UTC)
    token, digest = new_token()
    made = invited(Operator(checked_name(name), frozenset(map(Role, roles)), now, now), digest, now)
    with acting() as has:
        has.note("operator.add", f"operator:{name}", ", ".join(sorted(roles)))
        has.stores.operators.add(made)
    _show_link(made, token, url)


@operators.command("list")
def list_() -> None:
    """List all operators."""
    now = datetime.now(UTC)
    with acting() as has:
        found = has.stores.operators.list()
    if not found:
        click.echo("There is no operator yet. Add one: cuelight operators add NAME --role admin")
    for each in found:
        invited = each.invitation_until is not None and each.invitation_until > now
        state = "ready" if each.ready else "invited" if invited else "link lapsed"
        note = " (demonstration)" if each.demo else ""
        click.echo(f"{each.name:<24} {state:<12} {', '.join(sorted(each.roles))}{note}")


@operators.command()
@click.argument("name")
@click.option("--role", "roles", multiple=True, type=_ROLE, help="New roles instead of theirs (repeatable).")
@click.option("--url", help="Where they find Cuelight; default CUELIGHT_CONSOLE_URL, else this machine.")
def reset(name: str, roles: tuple[str, ...], url: str | None) -> None:
    """End the sessions of NAME, forget password and authenticator, and print a new one-time link."""
    from cuelight.core.operators import invited
    from cuelight.web.console.sign_in import new_token

    token, digest = new_token()
    with acting() as has:
        before = _known(has, name)
        after = invited(before, digest, datetime.now(UTC))
        if roles:
            after = replace(after, roles=frozenset(map(Role, roles)))
        has.note("operator.reset", f"operator:{name}", ", ".join(sorted(roles)))
        if not has.stores.operators.change(before, after):
            raise click.ClickException("the operator was changed meanwhile; run it again")
        has.stores.sessions.succeed(f"account:{name}")
    _show_link(after, token, url)


@operators.command()
@click.argument("name")
def remove(name: str) -> None:
    """Remove the operator NAME; their sessions end at once. What they did stays in the audit log."""
    with acting() as has:
        known = _known(has, name)
        has.note("operator.remove", f"operator:{name}")
        if not has.stores.operators.remove(known):
            raise click.ClickException("the operator was changed meanwhile; run it again")
    click.echo(f"operator {name} removed")


@operators.command("sign-out")
def sign_out() -> None:
    """End all sessions of the console: for roles that the identity provider took away."""
    with acting() as has:
        has.note("operator.sign_out_all", "sessions")
        count = has.stores.sessions.end_all()
    click.echo(f"{count} sessions ended")


def operator_checks(settings: Settings, stores: Stores) -> Iterator[tuple[bool | None, str]]:
    """For `cuelight doctor`: True in order, None worth a look, False to be mended."""
    found = [each for each in stores.operators.list() if settings.demo or not each.demo]
    admins = [each for each in found if Role.ADMIN in each.roles and each.ready]
    if not settings.console or not (found or settings.oidc_issuer):
        yield (
            None,
            "console: not served" + ("" if not settings.console else "; cuelight operators add NAME --role admin"),
        )
    elif settings.console_url is None:
        yield None, "console: on this machine only; for others set CUELIGHT_CONSOLE_URL to its https address"
    else:
        yield (
            True,
            f"console: {settings.console_url}, {len(found)} operators"
            + (", and the identity provider's" if settings.oidc_issuer else ""),
        )
    if settings.console and settings.oidc_issuer and not admins:
        yield None, "console: no local admin is ready for the day the identity provider is out of reach"


def _known(has: Acting, name: str) -> Operator:
    found = has.stores.operators.read(name)
    if found is None:
        raise click.ClickException(f"no operator {name}; `cuelight operators list` shows them")
    return found


def _show_link(operator: Operator, token: str, url: str | None) -> None:
    from cuelight.settings import Settings

    base = (url or Settings().console_url or "http://127.0.0.1:8000").rstrip("/").removesuffix("/console")
    click.echo(f"{base}/console/invitation/{token}")
    until = operator.invitation_until
    assert until is not None
    click.echo(f"for {operator.name}, once, until {until:%Y-%m-%d %H:%M} UTC: hand it over in private", err=True)
