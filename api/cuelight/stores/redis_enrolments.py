"""Enrolments in Redis: one hash, by id."""

from __future__ import annotations

from collections.abc import Sequence

from cuelight.core.enrolment import Enrolment
from cuelight.core.errors import Conflict
from cuelight.stores import codec_ledger, keys
from cuelight.stores.link import EPOCH_PREFIX, Argument, Link


class RedisEnrolmentStore:
    """An `EnrolmentStore`. An empty store is unavailable here too: an agent is not signed out by a lost disk."""

    def __init__(self, link: Link) -> None:
        self._link = link

    def add(self, enrolment: Enrolment) -> None:
        if not self._swap(enrolment.enrolment_id, b"", codec_ledger.pack_enrolment(enrolment)):
            raise Conflict("an enrolment with this id exists already")

    def read(self, enrolment_id: str) -> Enrolment | None:
        names = [self._link.epoch_key(keys.ENROLMENTS), keys.ENROLMENTS]
        found = self._link.run("api_key", names, [EPOCH_PREFIX, enrolment_id])
        return codec_ledger.unpack_enrolment(found) if found else None

    def change(self, before: Enrolment, after: Enrolment) -> bool:
        old, new = codec_ledger.pack_enrolment(before), codec_ledger.pack_enrolment(after)
        return self._swap(before.enrolment_id, old, new)

    def list(self) -> Sequence[Enrolment]:
        names = [self._link.epoch_key(keys.ENROLMENTS), keys.ENROLMENTS]
        flat = self._link.run("api_key", names, [EPOCH_PREFIX])
        return sorted(map(codec_ledger.unpack_enrolment, flat[1::2]), key=lambda e: (e.invited_at, e.enrolment_id))

    def remove(self, enrolment: Enrolment) -> bool:
        return self._swap(enrolment.enrolment_id, codec_ledger.pack_enrolment(enrolment), b"")

    def _swap(self, field: str, before: bytes, after: bytes) -> bool:
        names = [self._link.epoch_key(keys.ENROLMENTS), keys.ENROLMENTS]
        args: list[Argument] = [EPOCH_PREFIX, field, before, after]
        return bool(self._link.run("swap", names, args))
