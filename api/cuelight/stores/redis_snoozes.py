"""Snoozes in Redis: one hash of all, few and far between."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime
from typing import Any

import orjson

from cuelight.core.snooze import About, Snooze
from cuelight.stores import keys
from cuelight.stores.link import EPOCH_PREFIX, Link


class RedisSnoozeStore:
    """A `SnoozeStore`."""

    def __init__(self, link: Link) -> None:
        self._link = link

    def add(self, snooze: Snooze) -> None:
        self._run("hook_put", snooze.snooze_id, orjson.dumps(snooze))

    def list(self) -> Sequence[Snooze]:
        flat = self._run("api_key")
        return sorted(map(_unpack, flat[1::2]), key=lambda s: (s.at, s.snooze_id), reverse=True)

    def remove(self, snooze_id: str) -> bool:
        return bool(self._run("hook_put", snooze_id))

    def _run(self, script: str, *args: str | bytes) -> Any:
        return self._link.run(script, [self._link.epoch_key(keys.SNOOZES), keys.SNOOZES], [EPOCH_PREFIX, *args])


def _unpack(data: bytes) -> Snooze:
    found = orjson.loads(data)
    times = {name: datetime.fromisoformat(found[name]) for name in ("until", "at")}
    return Snooze(**{**found, **times, "about": About(found["about"])})
