"""`cuelight hash-keys`: a new key for the keyed hashes, without a cue changing."""

from __future__ import annotations

import time
from collections.abc import Iterator
from contextlib import closing, contextmanager
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import TYPE_CHECKING

import click

if TYPE_CHECKING:
    from cuelight.app import Service
    from cuelight.core.rekeying import Former
    from cuelight.sense.key_ring import KeyRing


@click.group()
def hash_keys() -> None:
    """Rotate the key under which customers, addresses and fingerprints are hashed."""


@hash_keys.command()
def status() -> None:
    """Show the keys and how far a rotation is."""
    with _service() as service:
        ring = service.locator.keys.ring
        for line in _told(ring):
            click.echo(line)
        former = service.locator.former()
        if former is not None:
            left = service.mover.left(former)
            click.echo(f"customers still under the key before: {left}" + (": cuelight hash-keys move" if left else ""))


@hash_keys.command()
@click.option(
    "--in", "seconds", default=15, show_default=True, type=click.IntRange(10, 7 * 86_400),
    help="Seconds until the new key is used: as long as it takes to bring the file to every machine.",
)  # fmt: skip
def rotate(seconds: int) -> None:
    """Make a new key. The one before stays live until `finish`; every API process reads the new one by itself."""
    from cuelight.sense.key_ring import rotate_file

    path = _file()
    active_at = datetime.now(UTC).replace(microsecond=0) + timedelta(seconds=seconds)
    ring = rotate_file(path, active_at)
    click.echo(f"key {len(ring.keys)} is in {path}; it is used from {active_at:%Y-%m-%d %H:%M:%S} UTC on")
    click.echo("Back the file up now, and copy it to every machine that runs Cuelight, with mode 600.")
    click.echo("Customers are moved when they next chat; all of them at once: cuelight hash-keys move")


@hash_keys.command()
def move() -> None:
    """Move every customer to the new key now, while the service runs; also after restoring a backup from before."""
    with _service() as service:
        former = service.locator.former(even_finished=True)
        if former is None:
            raise click.ClickException("there is no rotation under way, or its key is not in use yet")
        _sweep(service, former)


@hash_keys.command()
@click.option("--now", "early", is_flag=True, help="Before 90 days: the crowd forgets values nobody has borne since.")
def finish(early: bool) -> None:
    """End a rotation: move who is left, then look no longer for the key before. Not before 90 days, unless --now."""
    from cuelight.sense.key_ring import finish_file

    path = _file()
    with _service() as service:
        # Refuses what is too early before anything is done.
        service.locator.keys.ring.finished(datetime.now(UTC), early=early)
        if (former := service.locator.former()) is not None:
            _sweep(service, former)
            if left := service.mover.left(former):
                raise click.ClickException(f"{left} customers are still under the key before; run it again")
        finish_file(path, datetime.now(UTC), early=early)
    click.echo("the rotation is finished. Keep all keys: tokens of the new one are made from tokens of those before")


def _sweep(service: Service, former: Former) -> None:
    count, shown = 0, time.monotonic()
    for count in service.mover.sweep(former):
        if time.monotonic() - shown > 5:
            click.echo(f"{count} customers moved …", err=True)
            shown = time.monotonic()
    click.echo(f"{count} customers moved")


def _told(ring: KeyRing) -> Iterator[str]:
    from cuelight.sense.key_ring import YOUNG
    from cuelight.sense.tokens import Tokens

    now = datetime.now(UTC)
    for number, key in enumerate(ring.keys, 1):
        since = f"in use from {key.active_at:%Y-%m-%d %H:%M:%S} UTC" if key.active_at else "the first"
        yield f"key {number} ({Tokens(key.key).key_id}): {since}"
    last = ring.keys[-1]
    if not ring.rotating or last.active_at is None:
        yield "no rotation is under way"
    elif now < last.active_at:
        yield f"a rotation begins in {(last.active_at - now).total_seconds():.0f} s"
    else:
        yield f"a rotation is under way; it can be finished from {last.active_at + YOUNG:%Y-%m-%d} on"


def _file() -> Path:
    from cuelight.settings import Settings

    settings = Settings()
    if settings.hash_key is not None:
        raise click.ClickException(
            "the keys are in CUELIGHT_HASH_KEY, which only you can change. Put its value into a file of mode 600 at "
            "CUELIGHT_VAR_DIR/hash.key on every machine and unset it; or rotate a copy there and set the variable to "
            "the file's lines, with `;` between them, in all processes at once"
        )
    return settings.var_dir / "hash.key"


@contextmanager
def _service() -> Iterator[Service]:
    from cuelight.app import open_service
    from cuelight.settings import Settings

    with closing(open_service(Settings(), patient=True)) as service:
        yield service
