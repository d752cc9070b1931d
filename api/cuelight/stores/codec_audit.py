"""Audit entries and the mark where the log starts, as JSON: they are few, and read by people in an emergency."""

from __future__ import annotations

from dataclasses import asdict
from datetime import UTC, datetime
from typing import Any

import orjson

from cuelight.core.audit import AuditEntry, Start, unreadable
from cuelight.stores.codec import reading

_TEXTS = ("by", "action", "target", "note", "seal")
_NEVER = datetime.fromtimestamp(0, UTC)


def pack_entry(entry: AuditEntry) -> bytes:
    return orjson.dumps(asdict(entry), option=orjson.OPT_SORT_KEYS)


def unpack_entry(data: bytes, number: int) -> AuditEntry:
    """`number` is where it is kept, which the seal covers: an entry that was moved no longer fits. Bytes that are no
    entry give one that says so: a log with a hole in it is to be shown and checked, not refused."""
    try:
        found: dict[str, Any] = orjson.loads(data)
        at = datetime.fromisoformat(found["at"])
        texts = {name: str(found[name]) for name in _TEXTS}
        if at.tzinfo is None:
            raise ValueError
        return AuditEntry(number=number, at=at, key=int(found["key"]), **texts)
    except (ValueError, LookupError, TypeError):
        return unreadable(number, _NEVER)


def pack_start(start: Start) -> bytes:
    return orjson.dumps(asdict(start), option=orjson.OPT_SORT_KEYS)


@reading
def unpack_start(data: bytes | None) -> Start:
    return Start(**orjson.loads(data)) if data else Start()
