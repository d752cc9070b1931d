"""Operators in Redis: one hash, by name. Sessions and counted attempts: a key each, with its end."""

from __future__ import annotations

import math
from collections.abc import Sequence
from datetime import datetime

from cuelight.core.errors import Conflict
from cuelight.core.operators import ATTEMPTS_KEPT, FREE_TRIES, LONGEST_WAIT_S, Operator, Session
from cuelight.stores import bounds, keys
from cuelight.stores.codec_operators import pack, unpack_operator, unpack_session
from cuelight.stores.complaints import answers
from cuelight.stores.link import EPOCH_PREFIX, Argument, Link


class RedisOperatorStore:
    """An `OperatorStore`. An empty store is unavailable here too: a lost disk is no reason to open the console."""

    def __init__(self, link: Link) -> None:
        self._link = link

    def add(self, operator: Operator) -> None:
        if not self._swap(operator.name, b"", pack(operator)):
            raise Conflict("an operator of this name exists already")

    def read(self, name: str) -> Operator | None:
        names = [self._link.epoch_key(keys.OPERATORS), keys.OPERATORS]
        found = self._link.run("api_key", names, [EPOCH_PREFIX, name])
        return unpack_operator(found) if found else None

    def change(self, before: Operator, after: Operator) -> bool:
        return self._swap(before.name, pack(before), pack(after))

    def list(self) -> Sequence[Operator]:
        names = [self._link.epoch_key(keys.OPERATORS), keys.OPERATORS]
        flat = self._link.run("api_key", names, [EPOCH_PREFIX])
        return sorted(map(unpack_operator, flat[1::2]), key=lambda o: o.name)

    def remove(self, operator: Operator) -> bool:
        return self._swap(operator.name, pack(operator), b"")

    def _swap(self, field: str, before: bytes, after: bytes) -> bool:
        names = [self._link.epoch_key(keys.OPERATORS), keys.OPERATORS]
        return bool(self._link.run("swap", names, [EPOCH_PREFIX, field, before, after]))


class RedisSessionStore:
    """A `SessionStore`. Life times run by the store's clock; who is signed in is decided by `Session.ends_at`."""

    def __init__(self, link: Link) -> None:
        self._link = link

    def put(self, digest: str, session: Session, now: datetime) -> None:
        ttl_s = max(1, math.ceil((session.ends_at - now).total_seconds()))
        name = keys.session(digest)
        self._link.run("hook_mark", [self._link.epoch_key(name), name], [EPOCH_PREFIX, pack(session), ttl_s])

    def get(self, digest: str) -> Session | None:
        name = keys.session(digest)
        found = self._link.fetch(name, name)
        return unpack_session(found) if found else None

    def remove(self, digest: str) -> None:
        self._link.call("DEL", keys.session(digest))

    def end_all(self) -> int:
        with answers():
            found = list(self._link.client.scan_iter(match=keys.session("*"), count=1000))
        return sum(int(self._link.call("DEL", name)) for name in found)

    def attempt(self, names: Sequence[str], now: datetime) -> float:
        fields = [keys.attempt(name) for name in names]
        free = [FREE_TRIES, LONGEST_WAIT_S, int(ATTEMPTS_KEPT.total_seconds())]
        args: list[Argument] = [EPOCH_PREFIX, bounds.micros(now) // 1000, *free]
        waited_ms = self._link.run("operator_attempt", [self._link.epoch_key(fields[0]), *fields], args)
        return int(waited_ms) / 1000

    def succeed(self, name: str) -> None:
        self._link.call("DEL", keys.attempt(name))
