"""API keys in memory: for tests and replays."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace
from datetime import datetime
from threading import RLock

from cuelight.core.errors import Conflict
from cuelight.core.ports import ApiKey


class MemoryKeyStore:
    """A `KeyStore` in this process."""

    def __init__(self) -> None:
        self._keys: dict[str, ApiKey] = {}
        self._lock = RLock()

    def add(self, key: ApiKey, secret_sha256: str) -> None:
        with self._lock:
            if secret_sha256 in self._keys or any(k.key_id == key.key_id for k in self._keys.values()):
                raise Conflict("a key with this id or secret exists already")
            self._keys[secret_sha256] = key

    def by_secret(self, secret_sha256: str) -> ApiKey | None:
        return self._keys.get(secret_sha256)

    def list(self) -> Sequence[ApiKey]:
        with self._lock:
            return sorted(self._keys.values(), key=lambda k: (k.created_at, k.key_id))

    def revoke(self, key_id: str, at: datetime) -> bool:
        with self._lock:
            for secret, key in self._keys.items():
                if key.key_id == key_id and key.revoked_at is None:
                    self._keys[secret] = replace(key, revoked_at=at)
                    return True
            return False
