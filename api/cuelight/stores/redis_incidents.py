"""What is kept around incidents in Redis: the incidents, whose they are, locks, and who saw the cues.

Whose an incident is stands in an index outside all customers' slots, best effort: written behind the incident, and
healed by nobody but the next write. An incident that is missing there floors cues all the same.
"""

from __future__ import annotations

from collections.abc import Sequence

import structlog

from cuelight.core.chat import Token
from cuelight.core.errors import Conflict, Erased, InvalidInput, StoreUnavailable
from cuelight.core.history import Incident, Lock
from cuelight.core.incident_store import INDEX_KEPT, VIEWS_KEPT, View
from cuelight.core.ports import Announcement
from cuelight.stores import codec_incident, codec_outbox, keys
from cuelight.stores.link import EPOCH_PREFIX, Argument
from cuelight.stores.redis_keeping import RedisKeeping

CHANGED = "the incident was changed meanwhile; read it and try again"

_log = structlog.get_logger("cuelight.stores.incidents")


class RedisIncidents(RedisKeeping):
    """The part of `RedisCustomerStore` that an `IncidentStore` is."""

    def put_incident(
        self,
        customer: Token,
        incident: Incident,
        announce: Sequence[Announcement] = (),
        *,
        was: Incident | None = None,
        first: bool = False,
    ) -> None:
        tag = keys.tag(customer)
        names = [self._link.epoch_key(tag), keys.incidents(tag), self._link.outbox_key(tag)]
        args: list[Argument] = [
            EPOCH_PREFIX,
            incident.incident_id,
            codec_incident.pack_incident(incident),
            self._incident_ttl_s(incident),
            codec_incident.pack_before(was, first=first),
            keys.OUTBOX_KEPT,
            *announcements(tag, announce),
        ]
        done = self._link.run("incident", names, args)
        if done == 0:
            raise Erased
        if done == 2:
            raise Conflict(CHANGED)
        if announce:
            self._link.ring(tag)
        self._index(tag, incident)

    def _incident_ttl_s(self, incident: Incident) -> int:
        """As long as it can floor a cue, and the life time of a history beyond."""
        return self._kept.history_s + max(0, int((incident.ends_at - incident.opened_at).total_seconds()))

    def _index(self, tag: str, incident: Incident) -> None:
        opened_ms = int(incident.opened_at.timestamp() * 1000)
        args: list[Argument] = [EPOCH_PREFIX, incident.incident_id, tag, opened_ms, INDEX_KEPT]
        names = [self._link.epoch_key(keys.INDEX_TAG), *keys.INDEX]
        try:
            self._link.run("incident_index", names, [*args, self._incident_ttl_s(incident)])
        except StoreUnavailable as error:
            _log.warning("incident_not_listed", incident=incident.incident_id, why=str(error))

    def incident_owner(self, incident_id: str) -> Token | None:
        found: bytes | None = self._link.call("HGET", keys.INDEX[1], incident_id)
        return None if found is None else found.decode()

    def incidents(self, limit: int, after: str | None = None) -> Sequence[tuple[Token, str]]:
        start = 0
        if after is not None:
            rank: int | None = self._link.call("ZREVRANK", keys.INDEX[0], after)
            if rank is None:
                raise InvalidInput("after", "is not the id of an incident in the list; begin again without it")
            start = rank + 1
        ids: list[bytes] = self._link.call("ZREVRANGE", keys.INDEX[0], start, start + limit - 1)
        owners: list[bytes | None] = self._link.call("HMGET", keys.INDEX[1], *ids) if ids else []
        return [(who.decode(), name.decode()) for name, who in zip(ids, owners, strict=True) if who is not None]

    def put_lock(self, customer: Token, lock: Lock | None) -> None:
        tag = keys.tag(customer)
        packed = codec_incident.pack_lock(lock) if lock else b""
        self._link.run("lock", [self._link.epoch_key(tag), keys.lock(tag)], [EPOCH_PREFIX, packed, keys.LOCK_TTL_S])

    def seen(self, customer: Token, view: View) -> None:
        tag = keys.tag(customer)
        args: list[Argument] = [EPOCH_PREFIX, *codec_incident.pack_view(view), VIEWS_KEPT, self._kept.decisions_s]
        self._link.run("view", [self._link.epoch_key(tag), keys.views(tag)], args)

    def views(self, customer: Token) -> Sequence[View]:
        found = self._link.call("HGETALL", keys.views(keys.tag(customer)))
        pairs = found.items() if isinstance(found, dict) else zip(found[::2], found[1::2], strict=True)
        views = [codec_incident.unpack_view(name, data) for name, data in pairs]
        return sorted(views, key=lambda view: (view.at, view.by), reverse=True)


def announcements(tag: str, announce: Sequence[Announcement]) -> list[Argument]:
    """How many, and each as JSON; `tag` lets an erasure find them."""
    packed = [codec_outbox.pack_announcement(one, tag) for one in announce]
    return [len(packed), *packed]
