"""The sample half of `app`: what a demonstration shows that a company's own service does not."""

from __future__ import annotations

from collections.abc import Callable
from contextlib import suppress
from datetime import datetime
from hashlib import blake2b

from flask import Flask

from cuelight.assess import Corridor
from cuelight.core.collectors import Collector, TokenKey
from cuelight.core.errors import Conflict
from cuelight.settings import Settings
from cuelight.stores import Stores
from cuelight.web import demo, demo_data, demo_shop
from cuelight.web.auth import mint
from cuelight.web.demo_talks import Talks


def show_samples(
    app: Flask,
    corridor: Corridor,
    stores: Stores,
    settings: Settings,
    *,
    key: bytes,
    clock: Callable[[], datetime],
    forget: Callable[[str], None],
) -> None:
    """The sample desk and shop, their customers, and the keys their pages ask the API with."""
    samples_dir = settings.data_dir / "samples"
    # Made from the installation's own key: the same for every worker and after every start.
    secret = blake2b(key[:64], digest_size=32, person=b"cuelight/sample").digest()
    sample_key, token, digest = mint("sample desk", ["cue", "outcome"], clock(), secret=secret)
    if stores.keys.by_secret(digest) is None:
        with suppress(Conflict):  # another worker was first
            stores.keys.add(sample_key, digest)
    collector = _collector(key, clock())
    stores.collectors.put(collector)
    talks = Talks(settings.var_dir / "demo-shop.json")
    demo_data.load(corridor, samples_dir, clock())
    app.register_blueprint(
        demo.blueprint(
            corridor,
            demo_key=token,
            extension_dir=settings.extension_dir,
            samples_dir=samples_dir,
            clock=clock,
            forget=forget,
            also=talks.clear,
        )
    )
    app.register_blueprint(demo_shop.blueprint(corridor, collector, talks, samples_dir=samples_dir, clock=clock))


def _collector(key: bytes, now: datetime) -> Collector:
    """The sample shop's publishable key and the secret it signs with; any port, because the demo may have any."""
    made = blake2b(key[:64], digest_size=44, person=b"cuelight/shop").hexdigest()
    origins = tuple(f"http://{host}:*" for host in ("127.0.0.1", "localhost", "[::1]"))
    return Collector(f"pk_{made[:24]}", "sample", "demo", origins, now, (TokenKey("sample", "HS256", made[24:], now),))
