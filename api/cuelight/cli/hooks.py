"""`cuelight hooks`: the desks' own webhooks. A secret is printed once, when it is made, and never again."""

from __future__ import annotations

import re
import secrets as random
import sys
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from dataclasses import replace
from datetime import UTC, datetime
from pathlib import Path
from typing import TYPE_CHECKING

import click

from cuelight.core.errors import InvalidInput, NotFound

if TYPE_CHECKING:
    from cuelight.core.hooks import Hook, HookStore
    from cuelight.desks.desk import Desk

_ACCOUNT = re.compile(r"[A-Za-z0-9][A-Za-z0-9._-]{0,63}")
_BASE = re.compile(r"https?://[^\s/?#]+(/[^\s?#]*)?")
_OPTION = click.option("--option", "options", multiple=True, metavar="NAME=VALUE", help="A setting (repeatable).")
_ASK = click.option("--ask", multiple=True, metavar="NAME", help="Ask for a secret setting, such as api_token.")
_SECRET = click.option("--secret", metavar="FILE", help="The desk's own secret, from a file; `-` asks for it.")


@click.group()
def hooks() -> None:
    """Webhooks of desks: add, list, change, rotate and remove them."""


@hooks.command()
@click.argument("desk")
@click.option("--account", help="The desk's account, subdomain or workspace, as in the desk's addresses.")
@click.option("--url", required=True, metavar="https://cue.example.com", help="Where the desk reaches Cuelight.")
@_OPTION
@_ASK
@_SECRET
def add(
    desk: str, account: str | None, url: str, options: tuple[str, ...], ask: tuple[str, ...], secret: str | None
) -> None:
    """Add a webhook for DESK and print what to do on the desk's side. `cuelight hooks desks` lists the desks."""
    from cuelight.core.hooks import Hook

    entry = _desk(desk)
    hook_id = random.token_hex(8)
    if not _BASE.fullmatch(url):
        raise InvalidInput("url", "is not an address like https://cue.example.com")
    told = {"url": f"{url.rstrip('/')}/desks/{entry.name}/{hook_id}", **_defaults(entry), **_told(entry, options, ask)}
    made = _read_secret(secret) if secret else None if entry.secret_from_desk else random.token_urlsafe(32)
    hook = Hook(hook_id, entry.name, _account(entry, account), datetime.now(UTC), (made,) if made else (), None, told)
    with _store() as store:
        store.put(hook)
    click.echo(f"webhook {hook_id} for {entry.title}, account {hook.account}\n")
    for number, step in enumerate(entry.steps, 1):
        click.echo(f"{number}. {_filled(step, hook)}")
    if made and not secret:
        click.echo("\nThe secret above is not shown again.")


@hooks.command("list")
def list_() -> None:
    """List all webhooks, without their secrets."""
    with _store() as store:
        found = store.list()
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
    with _store() as store:
        hook = _hook(store, hook_id)
        told = _told(_desk(hook.desk), options, ask)
        store.put(replace(hook, options={**hook.options, **told}))
    click.echo(f"webhook {hook_id}: {', '.join(sorted(told)) or 'nothing'} changed")


@hooks.command()
@click.argument("hook_id")
@_SECRET
def rotate(hook_id: str, secret: str | None) -> None:
    """Give HOOK_ID a new secret. The one before stays good for seven days."""
    with _store() as store:
        hook = _hook(store, hook_id)
        entry = _desk(hook.desk)
        if entry.secret_from_desk and secret is None:
            raise InvalidInput("secret", f"{entry.title} makes it: enter it with --secret -")
        made = _read_secret(secret) if secret else random.token_urlsafe(32)
        store.put(replace(hook, secrets=(made, *hook.secrets[:1]), rotated_at=datetime.now(UTC)))
    if secret is None:
        click.echo(made)
        click.echo("enter the secret above on the desk's side within seven days: it is not shown again", err=True)
    else:
        click.echo(f"webhook {hook_id} has the desk's secret", err=True)


@hooks.command()
@click.argument("hook_id")
def remove(hook_id: str) -> None:
    """Remove HOOK_ID: what the desk sends there is refused from now on."""
    with _store() as store:
        if not store.remove(hook_id):
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


def _desk(name: str) -> Desk:
    from cuelight.desks import BY_NAME

    if name not in BY_NAME:
        raise InvalidInput("desk", f"there is no {name!r}; there are {', '.join(BY_NAME)}")
    return BY_NAME[name]


def _account(entry: Desk, account: str | None) -> str:
    found = account or entry.account
    if found is None:
        raise InvalidInput("account", f"is needed: {entry.account_help}")
    if not _ACCOUNT.fullmatch(found):
        raise InvalidInput("account", "holds only letters, digits and . _ -")
    return found


def _defaults(entry: Desk) -> dict[str, str]:
    return {name: option.default for name, option in entry.options.items() if option.default}


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
    if source == "-":
        piped = not sys.stdin.isatty()
        found: str = sys.stdin.readline() if piped else click.prompt("Secret", hide_input=True, err=True)
    else:
        try:
            found = Path(source).read_text("utf-8")
        except (OSError, UnicodeDecodeError) as error:
            raise InvalidInput("secret", f"the file cannot be read ({type(error).__name__})") from None
    found = found.strip()
    if len(found) < 8 or not found.isprintable():
        raise InvalidInput("secret", "is empty, shorter than 8 characters or not in one line")
    return found


def _filled(step: str, hook: Hook) -> str:
    """A step with its places filled in; double braces are the desk's own templates and stay."""
    secret = hook.secrets[0] if hook.secrets else ""
    values = {**hook.options, "url": hook.options["url"], "secret": secret, "hook_id": hook.hook_id}
    return re.sub(r"(?<!\{)\{([a-z_]+)\}(?!\})", lambda m: values.get(m[1], m[0]), step)


def _hook(store: HookStore, hook_id: str) -> Hook:
    found = store.get(hook_id)
    if found is None:
        raise NotFound(f"no webhook {hook_id}; `cuelight hooks list` shows them")
    return found


@contextmanager
def _store() -> Iterator[HookStore]:
    """The running service's store, or an embedded one for the moment."""
    from cuelight.app_opening import open_own_stores
    from cuelight.settings import Settings

    with open_own_stores(Settings()) as stores:
        yield stores.hooks
