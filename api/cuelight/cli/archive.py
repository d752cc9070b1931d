"""`cuelight archive`: the file of the last month's decisions that the console's pages and replays read."""

from __future__ import annotations

import json
from datetime import UTC, datetime

import click


@click.group()
def archive() -> None:
    """The archive of decisions: made by `cuelight worker`, read by the console."""


@archive.command()
@click.option("--json", "as_json", is_flag=True, help="One JSON object.")
def status(as_json: bool) -> None:
    """How far the archive is, and what it holds."""
    from cuelight.settings import Settings
    from cuelight.wiring.archive import archive_path, open_archive

    settings = Settings()
    found = open_archive(settings).status()
    age_s = found.age_s(datetime.now(UTC))
    if as_json:
        told = {
            "state": found.state,
            "age_s": age_s,
            "chats": found.chats,
            "unreplayable": found.unreplayable,
            "unreadable": found.unreadable,
            "since": found.since.isoformat() if found.since else None,
        }
        click.echo(json.dumps(told))
        return
    if found.state == "missing":
        click.echo(
            f"{archive_path(settings)}: not made yet; `cuelight worker` makes it (`cuelight run` keeps one going)"
        )
        return
    behind = "never up to date" if age_s is None else f"{age_s:.0f} s behind"
    click.echo(f"{found.state}, {behind}; {found.chats:,} chats, of which {found.unreplayable:,} cannot be replayed")
    if found.unreadable:
        click.echo(f"{found.unreadable:,} stored decisions could not be read and are left out", err=True)


@archive.command()
def rebuild() -> None:
    """Read everything from the store again. Pages go on showing what there is meanwhile."""
    from cuelight.archive import schema
    from cuelight.settings import Settings
    from cuelight.wiring.archive import archive_path, opened_follower
    from cuelight.wiring.opening import open_own_stores

    settings = Settings()
    with open_own_stores(settings) as stores, opened_follower(settings, stores) as follower:
        if follower is not None:
            follower.read_everything()
            while follower.step():
                pass
            click.echo("the archive is up to date")
            return
        schema.want_anew(archive_path(settings))
    click.echo(
        "a worker has the archive; it reads everything again now (`cuelight archive status` tells how far it is)"
    )
