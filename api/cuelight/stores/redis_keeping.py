"""What is done to a customer as a whole: listed, moved to another hash key's name, erased."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from datetime import datetime

from cuelight.core.chat import Sighting, Token
from cuelight.core.erasure import Erasure, Rewrite
from cuelight.core.rekeying import Rename
from cuelight.core.retention import Retention
from cuelight.stores import keys, redis_erasure, redis_rekeying
from cuelight.stores.link import Link
from cuelight.stores.patience import unhurried


class RedisKeeping:
    """The part of `RedisCustomerStore` that is no chat's daily business."""

    def __init__(self, link: Link, retention: Retention | None = None) -> None:
        self._link = link
        self._kept = retention or Retention()

    def customers(self) -> Iterator[Token]:
        return redis_rekeying.customers(self._link)

    def move(self, former: Token, present: Token, rename: Rename) -> Sequence[Sighting]:
        with unhurried():
            return redis_rekeying.move(self._link, former, present, rename, self._kept)

    def erase(self, customer: Token, at: datetime) -> Erasure:
        return redis_erasure.erase(self._link, customer, at, self._kept)

    def erased(self, customer: Token) -> bool:
        tag = keys.tag(customer)
        return self._link.fetch(tag, keys.tombstone(tag, self._link.epoch_key(tag))) is not None

    def rewrite(self) -> Rewrite:
        return redis_erasure.rewrite(self._link)

    def rewriting(self) -> bool:
        return redis_erasure.rewriting(self._link)
