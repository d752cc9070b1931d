"""Operators and sessions as JSON, keys sorted: equal ones are equal bytes, so that a script can compare them."""

from __future__ import annotations

from base64 import b64decode, b64encode
from dataclasses import fields
from datetime import datetime
from typing import Any

import orjson

from cuelight.core.operators import Operator, Session
from cuelight.core.roles import Role
from cuelight.stores.codec import reading

_TIMES = frozenset(
    {"created_at", "valid_from", "invitation_until", "link_until", "started_at", "seen_at", "fresh_at", "roles_at"}
)


def pack(value: Operator | Session) -> bytes:
    found = {field.name: getattr(value, field.name) for field in fields(value)}
    return orjson.dumps(found, default=_plain, option=orjson.OPT_SORT_KEYS)


@reading
def unpack_operator(data: bytes) -> Operator:
    found = _read(data)
    secret = found["totp_secret"]
    return Operator(**{**found, "totp_secret": None if secret is None else b64decode(secret)})


@reading
def unpack_session(data: bytes) -> Session:
    found = _read(data)
    return Session(**{**found, "told": tuple(found["told"])})


def _plain(value: object) -> object:
    if isinstance(value, frozenset):
        return sorted(value)
    if isinstance(value, bytes):
        return b64encode(value).decode()
    raise TypeError


def _read(data: bytes) -> dict[str, Any]:
    found: dict[str, Any] = orjson.loads(data)
    times = {name: datetime.fromisoformat(found[name]) for name in _TIMES & found.keys() if found[name]}
    return {**found, **times, "roles": frozenset(map(Role, found["roles"]))}
