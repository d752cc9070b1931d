"""`cuelight collectors`: publishable keys for chat pages, and the keys identity tokens are signed with."""

from __future__ import annotations

import secrets as random
import sys
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import replace
from datetime import UTC, datetime
from pathlib import Path
from typing import TYPE_CHECKING

import click

from cuelight.core.errors import InvalidInput, NotFound

if TYPE_CHECKING:
    from cuelight.core.collectors import Algorithm, Collector, CollectorStore

_FILE = click.Path(exists=True, dir_okay=False, path_type=Path)


@click.group()
def collectors() -> None:
    """Chat pages that may send facts: add, list and remove them, and set how customers are proven there."""


@collectors.command()
@click.argument("desk")
@click.option("--account", default="default", show_default=True, help="The desk's account, as its webhook names it.")
@click.option("--origin", "origins", multiple=True, required=True, help="https://shop.example (repeatable).")
@click.option("--url", default="https://cue.example.com", show_default=True, help="Where browsers reach Cuelight.")
def add(desk: str, account: str, origins: tuple[str, ...], url: str) -> None:
    """Make a publishable key for pages with chats of DESK, and print what to paste into them."""
    from cuelight.core.collectors import Collector, read_origin

    named = tuple(dict.fromkeys(read_origin(origin) for origin in origins))
    key = "pk_" + random.token_hex(12)
    _check_name("desk", desk)
    _check_name("account", account)
    with _store() as store:
        store.put(Collector(key, desk, account, named, datetime.now(UTC)))
    click.echo(
        f"""key {key} for pages of {", ".join(named)}

Paste this into the page the chat is on, and set data-consent to "yes" where the visitor has consented:

  <script async src="{url.rstrip("/")}/collector.js" data-key="{key}"
          data-desk="{desk}" data-account="{account}" data-consent="no"></script>

and tell it which chat is open, once there is one:

  window.Cuelight?.collect({{ chatId: "…" }});

Its content security policy needs: script-src {url.rstrip("/")}; connect-src {url.rstrip("/")}
To prove who is signed in: cuelight collectors secret {key} (see docs/collector.md)"""
    )


@collectors.command("list")
def list_() -> None:
    """List all publishable keys, without the secrets of identity tokens."""
    with _store() as store:
        found = store.list()
    if not found:
        click.echo("There are no collectors yet. Make one: cuelight collectors add DESK --origin https://…")
        return
    now = datetime.now(UTC)
    for collector in found:
        signed = ", ".join(f"{key.algorithm} {key.kid}" for key in collector.live_token_keys(now))
        click.echo(
            f"{collector.key}  {collector.created_at:%Y-%m-%d}  {collector.desk}/{collector.account}  "
            f"{' '.join(collector.origins)}  {signed or 'no identity tokens'}"
        )


@collectors.command()
@click.argument("key")
@click.option("--es256", type=_FILE, help="Your public key (P-256, PEM) instead of a secret we share.")
@click.option("--secret", metavar="FILE", help="A secret you have already, from a file; `-` reads standard input.")
def secret(key: str, es256: Path | None, secret: str | None) -> None:
    """Set what KEY's identity tokens are checked with. The one before stays good for seven days."""
    from cuelight.core.collectors import TokenKey
    from cuelight.web.identity_token import read_key

    if es256 is not None and secret is not None:
        raise InvalidInput("es256", "takes the place of --secret: name one of them")
    algorithm: Algorithm = "HS256" if es256 is None else "ES256"
    given = es256.read_text("utf-8") if es256 is not None else _read(secret) if secret is not None else None
    value = read_key(algorithm, given or random.token_urlsafe(32))
    with _store() as store:
        collector = _collector(store, key)
        made = TokenKey(random.token_hex(4), algorithm, value, datetime.now(UTC))
        store.put(replace(collector, token_keys=(made, *collector.token_keys[:1])))
    if given is None:
        click.echo(value)
        click.echo("the secret above is not shown again", err=True)
    click.echo(f"key {key}: {algorithm}, kid {made.kid}, aud {collector.audience}", err=True)


@collectors.command()
@click.argument("key")
def remove(key: str) -> None:
    """Remove KEY: what pages send with it is refused within five seconds."""
    with _store() as store:
        if not store.remove(key):
            raise _unknown(key)
    click.echo(f"key {key} removed")


def _read(source: str) -> str:
    try:
        return (sys.stdin.read() if source == "-" else Path(source).read_text("utf-8")).strip()
    except (OSError, UnicodeDecodeError) as error:
        raise InvalidInput("secret", f"cannot be read ({type(error).__name__})") from None


def _check_name(field: str, value: str) -> None:
    from pydantic import TypeAdapter, ValidationError

    from cuelight.web.models import Account, Desk

    try:
        TypeAdapter(Desk if field == "desk" else Account).validate_python(value)
    except ValidationError:
        raise InvalidInput(field, "holds letters, digits, - and _ only, as the desk's webhook names it") from None


def _collector(store: CollectorStore, key: str) -> Collector:
    found = store.get(key)
    if found is None:
        raise _unknown(key)
    return found


def _unknown(key: str) -> NotFound:
    return NotFound(f"no key {key[:30]}; `cuelight collectors list` shows them")


@contextmanager
def _store() -> Iterator[CollectorStore]:
    """The running service's store, or an embedded one for the moment."""
    from cuelight.app_opening import open_own_stores
    from cuelight.settings import Settings

    with open_own_stores(Settings()) as stores:
        yield stores.collectors
