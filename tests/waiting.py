"""Waiting for what comes about by itself: in another thread, process or server."""

from __future__ import annotations

import time
from collections.abc import Callable


def until(done: Callable[[], object], limit_s: float = 10.0, *, pause_s: float = 0.05) -> None:
    """Looks again until it is so, `limit_s` at most."""
    deadline = time.monotonic() + limit_s
    while not done():
        assert time.monotonic() < deadline, "it did not come about in time"
        time.sleep(pause_s)
