"""`cuelight store`: making a store of your own Cuelight's."""

from __future__ import annotations

from contextlib import closing

import click


@click.group()
def store() -> None:
    """Prepare the store that CUELIGHT_REDIS_URL names."""


@store.command()
def claim() -> None:
    """Mark a fresh store as this installation's. Until then it is *unavailable*, so that an emptied store is never
    mistaken for one in which every customer is new. Does no harm to a store that is marked already."""
    from cuelight.settings import Settings
    from cuelight.stores import open_stores

    settings = Settings()
    url = settings.redis_url.get_secret_value() if settings.redis_url else None
    with closing(open_stores(url, settings.var_dir)) as stores:
        stores.claim()
        stores.customers.ping()
    click.echo("the store is ready" if url else "the embedded store is ready")
