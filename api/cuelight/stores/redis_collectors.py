"""Collectors in Redis: one hash of all, and for each a hash that counts one minute's messages."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime
from typing import Any

import orjson

from cuelight.core import collectors
from cuelight.core.chat import Token
from cuelight.core.collectors import Collector, TokenKey
from cuelight.stores import keys
from cuelight.stores.link import EPOCH_PREFIX, Link


class RedisCollectorStore:
    """A `CollectorStore`. Secrets of identity tokens lie in it in clear, as an HMAC needs them."""

    def __init__(self, link: Link) -> None:
        self._link = link

    def put(self, collector: Collector) -> None:
        self._run("hook_put", keys.COLLECTORS, collector.key, _pack(collector))

    def get(self, key: str) -> Collector | None:
        found = self._run("api_key", keys.COLLECTORS, key)
        return _unpack(found) if found else None

    def list(self) -> Sequence[Collector]:
        flat = self._run("api_key", keys.COLLECTORS)
        return sorted(map(_unpack, flat[1::2]), key=lambda c: (c.created_at, c.key))

    def remove(self, key: str) -> bool:
        return bool(self._run("hook_put", keys.COLLECTORS, key))

    def admit(self, key: str, sender: Token, now: datetime, most: int = collectors.KEY_PER_MIN) -> bool:
        bounds = (collectors.ADDRESS_PER_MIN, most, keys.MINUTE_TTL_S)
        return bool(self._run("hook_admit", keys.minute(key, now), sender, *bounds))

    def _run(self, script: str, name: str, *args: str | bytes | int) -> Any:
        return self._link.run(script, [self._link.epoch_key(name), name], [EPOCH_PREFIX, *args])


def _pack(collector: Collector) -> bytes:
    return orjson.dumps(
        {
            "key": collector.key,
            "desk": collector.desk,
            "account": collector.account,
            "origins": collector.origins,
            "created_at": collector.created_at,
            "token_keys": [[k.kid, k.algorithm, k.value, k.added_at] for k in collector.token_keys],
        }
    )


def _unpack(data: bytes) -> Collector:
    found = orjson.loads(data)
    token_keys = (
        TokenKey(kid, algorithm, value, datetime.fromisoformat(added_at))
        for kid, algorithm, value, added_at in found["token_keys"]
    )
    return Collector(
        found["key"],
        found["desk"],
        found["account"],
        tuple(found["origins"]),
        datetime.fromisoformat(found["created_at"]),
        tuple(token_keys),
    )
