"""The sample half of `app`: what a demonstration shows that a company's own service does not."""

from __future__ import annotations

from collections.abc import Callable
from contextlib import suppress
from datetime import datetime
from hashlib import blake2b

from flask import Flask

from cuelight.assess import Corridor
from cuelight.core.errors import Conflict
from cuelight.core.ports import KeyStore
from cuelight.settings import Settings
from cuelight.web import demo, demo_data
from cuelight.web.auth import mint


def show_samples(
    app: Flask,
    corridor: Corridor,
    keys: KeyStore,
    settings: Settings,
    *,
    key: bytes,
    clock: Callable[[], datetime],
    forget: Callable[[str], None],
) -> None:
    """The sample desk, its customers, and the key its page asks the API with."""
    samples_dir = settings.data_dir / "samples"
    # Made from the installation's own key: the same for every worker and after every start.
    secret = blake2b(key[:64], digest_size=32, person=b"cuelight/sample").digest()
    sample_key, token, digest = mint("sample desk", ["cue", "outcome"], clock(), secret=secret)
    if keys.by_secret(digest) is None:
        with suppress(Conflict):  # another worker was first
            keys.add(sample_key, digest)
    demo_data.load(corridor, samples_dir, clock())
    app.register_blueprint(
        demo.blueprint(
            corridor,
            demo_key=token,
            extension_dir=settings.extension_dir,
            samples_dir=samples_dir,
            clock=clock,
            forget=forget,
        )
    )
