"""What the resources need, handed over by `app.create_app` and found again on the running application."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import cast

from flask import Flask, current_app

from cuelight.assess import Corridor
from cuelight.core.policy import Policy
from cuelight.web.auth import Keyring
from cuelight.web.wording import Wording

_NAME = "cuelight"


@dataclass(frozen=True, slots=True)
class Parts:
    """`ping` raises `StoreUnavailable`; `geo` describes the GeoIP data in use; `max_age` bounds `occurred_at`."""

    corridor: Corridor
    keyring: Keyring
    wording: Wording
    policy: Callable[[], Policy]
    ping: Callable[[], None]
    geo: Callable[[], Mapping[str, object]]
    clock: Callable[[], datetime]
    max_age: timedelta


def plug(app: Flask, plugged: Parts) -> None:
    app.extensions[_NAME] = plugged


def parts() -> Parts:
    """The parts of the application that is handling the current request."""
    return cast(Parts, current_app.extensions[_NAME])
