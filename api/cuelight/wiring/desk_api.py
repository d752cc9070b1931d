"""The way to desks' own APIs: by the same checked addresses that alerts go to."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from typing import TYPE_CHECKING

from cuelight.channels.deliver import Deliverer
from cuelight.channels.target import AllowedPrivate, TargetRefused
from cuelight.core.errors import InvalidInput
from cuelight.desks.calling import TIMEOUT_S, DeskUnreachable, HttpDeskApi
from cuelight.settings import Settings

if TYPE_CHECKING:
    import requests


def desk_api(settings: Settings, timeout_s: float = TIMEOUT_S) -> HttpDeskApi:
    """Whoever may set up a desk must not thereby reach what is inside. Raises `InvalidInput` (a setting)."""
    deliverer = Deliverer(AllowedPrivate.parse(settings.allow_private_targets), timeout_s=timeout_s)

    @contextmanager
    def session(url: str) -> Iterator[requests.Session]:
        try:
            with deliverer.session(url) as opened:
                yield opened
        except (TargetRefused, InvalidInput):
            raise DeskUnreachable("target_refused") from None

    return HttpDeskApi(timeout_s, session)
