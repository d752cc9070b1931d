"""The worker's half of `app`: what takes alerts out, wired without the application that serves."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import closing, contextmanager
from dataclasses import dataclass
from datetime import UTC, datetime

from cuelight.channels.deliver import TIMEOUT_S, Deliverer
from cuelight.channels.target import AllowedPrivate
from cuelight.channels.worker import Worker
from cuelight.settings import Settings
from cuelight.stores import Stores, open_stores
from cuelight.web import wording
from cuelight.wiring.notices import completer


@dataclass(frozen=True, slots=True)
class Sending:
    """The worker, and the stores it works on."""

    worker: Worker
    stores: Stores


@contextmanager
def open_sending(settings: Settings, timeout_s: float = TIMEOUT_S) -> Iterator[Sending]:
    """Wire a worker. Raises `InvalidInput` (a setting), `DataFileInvalid` (the wording) or, for an embedded store
    that does not start, `StoreUnavailable`; a named store that is down is waited for by the worker."""
    allowed = AllowedPrivate.parse(settings.allow_private_targets)
    words = wording.load(settings.data_dir / "wording" / "en.json")
    url = settings.redis_url.get_secret_value() if settings.redis_url else None
    with closing(open_stores(url, settings.var_dir, durability=settings.durability)) as stores:
        deliverer = Deliverer(allowed, timeout_s=timeout_s)
        worker = Worker(
            stores.outbox,
            stores.channels,
            deliverer,
            words,
            lambda: datetime.now(UTC),
            console_url=settings.console_url,
            complete=completer(settings, stores),
        )
        yield Sending(worker, stores)
