"""`cuelight keys`: bearer keys for the API. The token is shown once; only its hash is kept."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta

import click

from cuelight.cli.acting import acting


@click.group()
def keys() -> None:
    """Create, list and revoke API keys."""


@keys.command()
@click.argument("name")
@click.option("--scope", "scopes", multiple=True, required=True, help="What it may do (repeatable): score, cue …")
@click.option("--days", type=click.IntRange(1, 3650), help="Life time; without it, until revoked.")
def create(name: str, scopes: tuple[str, ...], days: int | None) -> None:
    """Create a key called NAME and print its token, once."""
    from cuelight.web.auth import mint

    now = datetime.now(UTC)
    key, token, digest = mint(name, scopes, now, now + timedelta(days=days) if days else None)
    with acting() as has:
        has.note("key.add", f"key:{key.key_id}", f"{name}: {', '.join(sorted(key.scopes))}")
        has.stores.keys.add(key, digest)
    click.echo(token)
    click.echo(f"key {key.key_id}: keep the token safe, it is not shown again", err=True)


@keys.command("list")
def list_() -> None:
    """List all keys, without their tokens."""
    with acting() as has:
        found = has.stores.keys.list()
    if not found:
        click.echo("There are no keys yet. Make one: cuelight keys create NAME --scope score")
        return
    for key in found:
        ended = f"revoked {_day(key.revoked_at)}" if key.revoked_at else ""
        expires = f"expires {_day(key.expires_at)}" if key.expires_at and not ended else ""
        scopes = ",".join(sorted(key.scopes))
        click.echo(f"{key.key_id}  {_day(key.created_at)}  {scopes:<28} {ended or expires:<20} {key.name}")


@keys.command()
@click.argument("key_id")
def revoke(key_id: str) -> None:
    """Revoke the key KEY_ID; it stops working within 5 seconds."""
    with acting() as has:
        known = {key.key_id for key in has.stores.keys.list() if key.revoked_at is None}
        if key_id in known:
            has.note("key.revoke", f"key:{key_id}")
        if not has.stores.keys.revoke(key_id, datetime.now(UTC)):
            raise click.ClickException(f"no key {key_id} in use; `cuelight keys list` shows them")
    click.echo(f"key {key_id} revoked")


def _day(at: datetime | None) -> str:
    return at.strftime("%Y-%m-%d") if at else ""
