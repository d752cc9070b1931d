"""`cuelight hooks`: the desks' own webhooks. A secret is printed once, when it is made, and never again."""

from __future__ import annotations

import sys
from collections.abc import Mapping
from dataclasses import replace
from datetime import UTC, datetime
from pathlib import Path
from typing import TYPE_CHECKING

import click

from cuelight.cli.acting import acting, reached_at
from cuelight.core.errors import InvalidInput, NotFound

if TYPE_CHECKING:
    from cuelight.core.hooks import Hook, HookStore
    from cuelight.desks.desk import Desk

_OPTION = click.option("--option", "options", multiple=True, metavar="NAME=VALUE", help="A setting (repeatable).")
_ASK = click.option("--ask", multiple=True, metavar="NAME", help="Ask for a secret setting, such as api_token.")
_SECRET = click.option("--secret", metavar="FILE", help="The desk's own secret, from a file; `-` asks for it.")


@click.group()
def hooks() -> None:
    """Webhooks of desks: add, list, change, rotate and remove them."""


@hooks.command()
@click.argument("desk")
@click.option("--account", help="The desk's account, subdomain or workspace, as in the desk's addresses.")
@click.option("--url", help="Where the desk reaches Cuelight; absent: CUELIGHT_PUBLIC_URL.")
@_OPTION
@_ASK
@_SECRET
def add(
    desk: str, account: str | None, url: str | None, options: tuple[str, ...], ask: tuple[str, ...], secret: str | None
) -> None:
    """Add a webhook for DESK and print what to do on the desk's side. `cuelight hooks desks` lists the desks."""
    from cuelight.desks.new import desk_named, new_hook, steps

    entry = desk_named(desk)
    own = _read_secret(secret) if secret else None
    hook = new_hook(entry, account, reached_at(url), _told(entry, options, ask), own, datetime.now(UTC))
    with acting() as has:
        has.note("desk.add", f"hook:{hook.hook_id}", f"{hook.desk}, {hook.account}")
        has.stores.hooks.put(hook)
    click.echo(f"webhook {hook.hook_id} for {entry.title}, account {hook.account}\n")
    for number, step in enumerate(steps(hook), 1):
        click.echo(f"{number}. {step}")
    if hook.secrets and not secret:
        click.echo("\nThe secret above is not shown again.")


@hooks.command("list")
def list_() -> None:
    """List all webhooks, without their secrets."""
    with acting() as has:
        found = has.stores.hooks.list()
    if not found:
        click.echo("There are no webhooks yet. Make one: cuelight hooks add DESK --url https://…")
    for hook in found:
        state = "" if hook.secrets else "no secret yet  "
        notes = "writes notes  " if hook.options.get("notes") == "yes" else ""
        rotated = f"rotated {hook.rotated_at:%Y-%m-%d}  " if hook.rotated_at else ""
        line = f"{hook.hook_id}  {hook.created_at:%Y-%m-%d}  {hook.desk:<17} {hook.account:<20} {rotated}{notes}{state}"
        click.echo(line.rstrip())
        click.echo(f"    {hook.options.get('url', '')}")


@hooks.command("set")
@click.argument("hook_id")
@_OPTION
@_ASK
def set_(hook_id: str, options: tuple[str, ...], ask: tuple[str, ...]) -> None:
    """Change settings of HOOK_ID: `--option notes=yes --ask api_token`. An empty value takes one back."""
    from cuelight.desks.new import desk_named

    with acting() as has:
        hook = _hook(has.stores.hooks, hook_id)
        told = _told(desk_named(hook.desk), options, ask)
        has.note("desk.change", f"hook:{hook_id}", ", ".join(sorted(told)))
        has.stores.hooks.put(replace(hook, options={**hook.options, **told}))
    click.echo(f"webhook {hook_id}: {', '.join(sorted(told)) or 'nothing'} changed")


@hooks.command()
@click.argument("hook_id")
@_SECRET
def rotate(hook_id: str, secret: str | None) -> None:
    """Give HOOK_ID a new secret. The one before stays good for seven days."""
    from cuelight.desks.new import desk_named
    from cuelight.desks.new import rotated as with_new

    with acting() as has:
        hook = _hook(has.stores.hooks, hook_id)
        if desk_named(hook.desk).secret_from_desk and secret is None:
            raise InvalidInput("secret", f"{desk_named(hook.desk).title} makes it: enter it with --secret -")
        changed = with_new(hook, _read_secret(secret) if secret else None, datetime.now(UTC))
        has.note("desk.rotate", f"hook:{hook_id}")
        has.stores.hooks.put(changed)
    if secret is None:
        click.echo(changed.secrets[0])
        click.echo("enter the secret above on the desk's side within seven days: it is not shown again", err=True)
    else:
        click.echo(f"webhook {hook_id} has the desk's secret", err=True)


@hooks.command()
@click.argument("hook_id")
def remove(hook_id: str) -> None:
    """Remove HOOK_ID: what the desk sends there is refused from now on."""
    with acting() as has:
        _hook(has.stores.hooks, hook_id)
        has.note("desk.remove", f"hook:{hook_id}")
        if not has.stores.hooks.remove(hook_id):
            raise NotFound(f"no webhook {hook_id}; `cuelight hooks list` shows them")
    click.echo(f"webhook {hook_id} removed")


@hooks.command("desks")
def desks_() -> None:
    """List the desks there are, and each one's settings."""
    from cuelight.desks import DESKS

    for desk in DESKS:
        click.echo(f"{desk.name}: {desk.title}")
        for name, option in desk.options.items():
            default = f" [{option.default}]" if option.default else ""
            choices = f" ({'|'.join(option.choices)})" if option.choices else ""
            how = "--ask" if option.secret else "--option"
            click.echo(f"    {how} {name}{choices}{default}: {option.help}")


def _told(entry: Desk, options: tuple[str, ...], ask: tuple[str, ...]) -> Mapping[str, str]:
    told: dict[str, str] = {}
    for given in options:
        name, equals, value = given.partition("=")
        if not equals or name not in entry.options:
            raise InvalidInput("option", f"{entry.name} has {', '.join(entry.options)}; write NAME=VALUE")
        if entry.options[name].secret:
            raise InvalidInput(name, "is a secret: use --ask, so that it is in no list of processes")
        if (choices := entry.options[name].choices) and value not in choices:
            raise InvalidInput(name, f"is one of {', '.join(choices)}")
        told[name] = value
    for name in ask:
        if name not in entry.options or not entry.options[name].secret:
            secret = ", ".join(n for n, option in entry.options.items() if option.secret)
            raise InvalidInput("ask", f"{entry.name} has these secret settings: {secret or 'none'}")
        told[name] = click.prompt(name, hide_input=True, err=True)
    return told


def _read_secret(source: str) -> str:
    from cuelight.desks.new import checked_secret

    if source == "-":
        piped = not sys.stdin.isatty()
        found: str = sys.stdin.readline() if piped else click.prompt("Secret", hide_input=True, err=True)
    else:
        try:
            found = Path(source).read_text("utf-8")
        except (OSError, UnicodeDecodeError) as error:
            raise InvalidInput("secret", f"the file cannot be read ({type(error).__name__})") from None
    return checked_secret(found)


def _hook(store: HookStore, hook_id: str) -> Hook:
    found = store.get(hook_id)
    if found is None:
        raise NotFound(f"no webhook {hook_id}; `cuelight hooks list` shows them")
    return found
