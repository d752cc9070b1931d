"""Announcements, alerts, tries, log lines and channels as JSON: few and far between, so readable beats small."""

from __future__ import annotations

from dataclasses import asdict, dataclass, replace
from datetime import UTC, datetime
from typing import Any

import orjson

from cuelight.core.outbox import Alert, Channel, LogLine, Severity
from cuelight.core.ports import Announcement
from cuelight.stores import keys

_ID_BYTES = 16


@dataclass(frozen=True, slots=True)
class Tries:
    """What was tried with an alert: how often, when first and last (milliseconds), and how it ended last."""

    count: int = 0
    since_ms: int | None = None
    last_ms: int = 0
    why: str = ""


def millis(at: datetime) -> int:
    return int(at.timestamp() * 1000)


def moment(ms: int) -> datetime:
    return datetime.fromtimestamp(ms / 1000, UTC)


def group_of(tag: str, kind: str) -> str:
    """The customer's group; what belongs to no customer keeps its order by kind."""
    return keys.hashed(tag) if tag else "-" + keys.hashed(kind)


def pack_announcement(announcement: Announcement, tag: str) -> bytes:
    """`tag` lets an erasure find it."""
    return orjson.dumps({"kind": announcement.kind, "at": announcement.at, "tag": tag, "body": announcement.body})


def tag_in_json(tag: str) -> bytes:
    """How a customer's tag stands in an announcement."""
    return orjson.dumps({"tag": tag})[1:-1]


def alert_from(place: str, data: bytes) -> Alert:
    """The alert an announcement at this place of the outbox is; the same one whenever it is read."""
    found = orjson.loads(data)
    alert_id = "a_" + keys.hashed(place + "|" + data.decode(), _ID_BYTES)
    group = group_of(found["tag"], found["kind"])
    return Alert(alert_id, found["kind"], datetime.fromisoformat(found["at"]), group, found["body"])


def pack_alert(alert: Alert) -> bytes:
    return orjson.dumps(alert)


def unpack_alert(data: bytes) -> Alert:
    found = orjson.loads(data)
    return Alert(**{**found, "at": datetime.fromisoformat(found["at"])})


def pack_tries(tries: Tries) -> bytes:
    return orjson.dumps(tries)


def unpack_tries(data: bytes | None) -> Tries:
    return Tries(**orjson.loads(data)) if data else Tries()


def pack_line(line: LogLine) -> bytes:
    return orjson.dumps(line)


def unpack_line(data: bytes) -> LogLine:
    found = orjson.loads(data)
    return LogLine(**{**found, "at": datetime.fromisoformat(found["at"])})


def pack_channel(channel: Channel) -> bytes:
    plain = asdict(replace(channel, kinds=frozenset(), desks=frozenset()))
    return orjson.dumps(plain | {"kinds": sorted(channel.kinds), "desks": sorted(channel.desks)})


def unpack_channel(data: bytes) -> Channel:
    found: dict[str, Any] = orjson.loads(data)
    return Channel(
        **{
            **found,
            "created_at": datetime.fromisoformat(found["created_at"]),
            "kinds": frozenset(found["kinds"]),
            "desks": frozenset(found["desks"]),
            "least": Severity(found["least"]),
        }
    )
