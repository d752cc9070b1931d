"""`cuelight collectors`: publishable keys for chat pages, and the keys identity tokens are signed with."""

from __future__ import annotations

import sys
from datetime import UTC, datetime
from pathlib import Path
from textwrap import indent
from typing import TYPE_CHECKING

import click

from cuelight.cli.acting import acting, reached_at
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
@click.option("--url", help="Where browsers reach Cuelight; absent: CUELIGHT_PUBLIC_URL.")
def add(desk: str, account: str, origins: tuple[str, ...], url: str | None) -> None:
    """Make a publishable key for pages with chats of DESK, and print what to paste into them."""
    from cuelight.web.new_collector import new_collector, tag

    collector = new_collector(desk, account, origins, datetime.now(UTC))
    url = reached_at(url)
    with acting() as has:
        has.note("collector.add", f"collector:{collector.key}", f"{desk}, {account}: {' '.join(collector.origins)}")
        has.stores.collectors.put(collector)
    base = url.rstrip("/")
    click.echo(
        f"""key {collector.key} for pages of {", ".join(collector.origins)}

Paste this into the page the chat is on, and set data-consent to "yes" where the visitor has consented:

{indent(tag(collector, url), "  ")}

and tell it which chat is open, once there is one:

  window.Cuelight?.collect({{ chatId: "…" }});

Its content security policy needs: script-src {base}; connect-src {base}
To prove who is signed in: cuelight collectors secret {collector.key} (see docs/collector.md)"""
    )


@collectors.command("list")
def list_() -> None:
    """List all publishable keys, without the secrets of identity tokens."""
    with acting() as has:
        found = has.stores.collectors.list()
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
    from cuelight.web.new_collector import with_token_key

    if es256 is not None and secret is not None:
        raise InvalidInput("es256", "takes the place of --secret: name one of them")
    algorithm: Algorithm = "HS256" if es256 is None else "ES256"
    source = str(es256) if es256 is not None else secret
    given = _read(source) if source is not None else None
    if given == "":
        raise InvalidInput("secret", "is empty; leave --secret out to have one made")
    with acting() as has:
        changed = with_token_key(_collector(has.stores.collectors, key), algorithm, given, datetime.now(UTC))
        made = changed.token_keys[0]
        has.note("collector.secret", f"collector:{key}", f"{algorithm}, kid {made.kid}")
        has.stores.collectors.put(changed)
    if given is None:
        click.echo(made.value)
        click.echo("the secret above is not shown again", err=True)
    click.echo(f"key {key}: {algorithm}, kid {made.kid}, aud {changed.audience}", err=True)


@collectors.command()
@click.argument("key")
def remove(key: str) -> None:
    """Remove KEY: what pages send with it is refused within five seconds."""
    with acting() as has:
        _collector(has.stores.collectors, key)
        has.note("collector.remove", f"collector:{key}")
        has.stores.collectors.remove(key)
    click.echo(f"key {key} removed")


def _read(source: str) -> str:
    try:
        return (sys.stdin.read() if source == "-" else Path(source).read_text("utf-8")).strip()
    except (OSError, UnicodeDecodeError) as error:
        raise InvalidInput("secret", f"cannot be read ({type(error).__name__})") from None


def _collector(store: CollectorStore, key: str) -> Collector:
    found = store.get(key)
    if found is None:
        raise NotFound(f"no key {key[:30]}; `cuelight collectors list` shows them")
    return found
