"""`cuelight store`: making a store of your own Cuelight's."""

from __future__ import annotations

import click


@click.group()
def store() -> None:
    """Prepare the store that CUELIGHT_REDIS_URL names."""


@store.command()
def claim() -> None:
    """Mark a fresh store as this installation's. Until then it is *unavailable*, so that an emptied store is never
    mistaken for one in which every customer is new. Does no harm to a store that is marked already."""
    from cuelight.settings import Settings
    from cuelight.wiring.opening import open_own_stores

    settings = Settings()
    with open_own_stores(settings) as stores:
        stores.claim()
        stores.customers.ping()
    click.echo("the store is ready" if settings.redis_url else "the embedded store is ready")


@store.command()
def migrate() -> None:
    """Bring a store that an older version wrote to this version's schema. Back it up and stop every process that
    uses it first; until this is done, nothing is answered from it. Cut short, it is finished by running it again.
    The embedded store does this by itself when it starts."""
    from cuelight.settings import Settings
    from cuelight.stores.migration import Migrated
    from cuelight.stores.migration import migrate as bring
    from cuelight.wiring.opening import open_own_stores

    settings = Settings()

    def told(done: Migrated) -> None:
        if done.rewritten // 10_000 > shown[0]:
            shown[0] = done.rewritten // 10_000
            click.echo(f"{done.rewritten} values so far", err=True)

    shown = [0]
    with open_own_stores(settings) as stores:
        done = bring(stores.link, told) if stores.link is not None else Migrated()
        stores.customers.ping()
    if done.unreadable:
        click.echo(
            f"{done.unreadable} values could not be read and were left: their customers' cues stay grey", err=True
        )
    click.echo(f"{done.rewritten} values rewritten; the store is ready" if done.rewritten else "nothing to do")
