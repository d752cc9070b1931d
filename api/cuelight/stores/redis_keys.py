"""API keys in Redis: one hash, by the SHA-256 of the secret."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace
from datetime import datetime

import orjson

from cuelight.core.errors import Conflict
from cuelight.core.ports import ApiKey
from cuelight.stores import keys
from cuelight.stores.link import EPOCH_PREFIX, Link


class RedisKeyStore:
    """A `KeyStore`. An empty store is unavailable here too: a missing key there proves nothing."""

    def __init__(self, link: Link) -> None:
        self._link = link

    def add(self, key: ApiKey, secret_sha256: str) -> None:
        if any(known.key_id == key.key_id for known in self.list()):
            raise Conflict("a key with this id or secret exists already")
        if not self._link.call("HSETNX", keys.API_KEYS, secret_sha256, _pack(key)):
            raise Conflict("a key with this id or secret exists already")

    def by_secret(self, secret_sha256: str) -> ApiKey | None:
        names = [self._link.epoch_key(keys.API_KEYS), keys.API_KEYS]
        found = self._link.run("api_key", names, [EPOCH_PREFIX, secret_sha256])
        return _unpack(found) if found else None

    def list(self) -> Sequence[ApiKey]:
        return sorted(self._all().values(), key=lambda k: (k.created_at, k.key_id))

    def _all(self) -> dict[str, ApiKey]:
        names = [self._link.epoch_key(keys.API_KEYS), keys.API_KEYS]
        flat = self._link.run("api_key", names, [EPOCH_PREFIX])
        return {s.decode(): _unpack(data) for s, data in zip(flat[::2], flat[1::2], strict=True)}

    def revoke(self, key_id: str, at: datetime) -> bool:
        for secret, key in self._all().items():
            if key.key_id == key_id and key.revoked_at is None:
                self._link.call("HSET", keys.API_KEYS, secret, _pack(replace(key, revoked_at=at)))
                return True
        return False


def _pack(key: ApiKey) -> bytes:
    return orjson.dumps(
        {
            "key_id": key.key_id,
            "name": key.name,
            "scopes": sorted(key.scopes),
            "created_at": key.created_at,
            "expires_at": key.expires_at,
            "revoked_at": key.revoked_at,
        }
    )


def _unpack(data: bytes) -> ApiKey:
    found = orjson.loads(data)
    times = {
        name: datetime.fromisoformat(found[name]) if found[name] else None
        for name in ("created_at", "expires_at", "revoked_at")
    }
    created_at = times["created_at"]
    if created_at is None:
        raise ValueError("an API key has no time of creation")
    return ApiKey(
        found["key_id"],
        found["name"],
        frozenset(found["scopes"]),
        created_at,
        times["expires_at"],
        times["revoked_at"],
    )
