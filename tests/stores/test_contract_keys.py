"""What every `KeyStore` promises."""

from __future__ import annotations

import hashlib
import secrets
from datetime import timedelta

import pytest
from tests.stores import world

from cuelight.core.errors import Conflict
from cuelight.core.ports import ApiKey
from cuelight.stores import Stores


def made(name: str = "desk", **parts: object) -> tuple[ApiKey, str]:
    secret = hashlib.sha256(secrets.token_bytes(32)).hexdigest()
    return ApiKey(secrets.token_hex(4), name, frozenset({"score", "cue"}), world.at(), **parts), secret  # type: ignore[arg-type]


def test_a_key_is_found_by_its_secret(stores: Stores) -> None:
    key, secret = made("Zürich 💬", expires_at=world.at() + timedelta(days=1))
    stores.keys.add(key, secret)
    assert stores.keys.by_secret(secret) == key
    assert stores.keys.by_secret(secret[::-1]) is None
    assert key in stores.keys.list()


def test_neither_id_nor_secret_can_be_given_twice(stores: Stores) -> None:
    key, secret = made()
    stores.keys.add(key, secret)
    with pytest.raises(Conflict):
        stores.keys.add(key, made()[1])
    with pytest.raises(Conflict):
        stores.keys.add(made()[0], secret)
    assert stores.keys.by_secret(secret) == key


def test_a_key_is_revoked_once(stores: Stores) -> None:
    key, secret = made()
    stores.keys.add(key, secret)
    assert stores.keys.revoke(key.key_id, world.at(1))
    assert not stores.keys.revoke(key.key_id, world.at(2))
    assert not stores.keys.revoke("unknown", world.at(2))
    revoked = stores.keys.by_secret(secret)
    assert revoked is not None
    assert revoked.revoked_at == world.at(1)


def test_keys_are_listed_oldest_first(stores: Stores) -> None:
    first, second = made(), made()
    older = ApiKey(first[0].key_id, "older", frozenset(), world.at(-1))
    stores.keys.add(second[0], second[1])
    stores.keys.add(older, first[1])
    listed = [key for key in stores.keys.list() if key.key_id in (older.key_id, second[0].key_id)]
    assert listed == [older, second[0]]
