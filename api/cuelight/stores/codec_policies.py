"""Policies, the book of them, and lines of a shadow's comparison as JSON: few, and people may have to read them.

What cannot be read was changed by somebody else: `PolicyInvalid`, so that the last good policy stays.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import asdict
from datetime import date, datetime
from functools import wraps
from typing import Any, TypeVar

import orjson

from cuelight.core.chat import ChatKey
from cuelight.core.decision import Cue
from cuelight.core.errors import PolicyInvalid
from cuelight.core.policy_book import PolicyBook, PolicyDocument, PolicyHead, Publication, Request, Shadowing
from cuelight.core.shadow import Crossing, ShadowLine
from cuelight.stores import keys

T = TypeVar("T")
_BROKEN = (orjson.JSONDecodeError, KeyError, ValueError, TypeError, AttributeError)


def _reading(read: Callable[[bytes], T]) -> Callable[[bytes], T]:
    @wraps(read)
    def careful(data: bytes) -> T:
        try:
            return read(data)
        except _BROKEN:
            raise PolicyInvalid("(store): what is kept of the policies cannot be read; restore a backup") from None

    return careful


def pack_book(book: PolicyBook) -> bytes:
    """Keys sorted: equal books are equal bytes, so that a script can compare them."""
    return orjson.dumps(book, option=orjson.OPT_SORT_KEYS)


@_reading
def unpack_book(data: bytes) -> PolicyBook:
    found = orjson.loads(data)
    return PolicyBook(
        int(found["revision"]),
        tuple(map(_publication, found["stack"])),
        tuple(map(_publication, found["log"])),
        tuple(Request(**_timed(one)) for one in found["requests"]),
        Shadowing(**_timed(found["shadow"])) if found["shadow"] else None,
    )


def _publication(found: Mapping[str, Any]) -> Publication:
    return Publication(**_timed(found))


def _timed(found: Mapping[str, Any]) -> dict[str, Any]:
    return {**found, "at": datetime.fromisoformat(found["at"])}


def pack_document(made: PolicyDocument) -> bytes:
    return orjson.dumps(asdict(made))


@_reading
def unpack_document(data: bytes) -> PolicyDocument:
    found = orjson.loads(data)
    return PolicyDocument(**{**found, "created_at": datetime.fromisoformat(found["created_at"])})


def pack_head(made: PolicyDocument) -> bytes:
    return orjson.dumps([made.version, made.author, made.note, made.created_at])


@_reading
def unpack_head(data: bytes) -> PolicyHead:
    version, author, note, created_at = orjson.loads(data)
    return PolicyHead(version, author, note, datetime.fromisoformat(created_at))


def crossing_field(version: str, crossing: Crossing) -> str:
    """The day in front: fields in order are in the order of time."""
    day, live, shadow = crossing
    return f"{day:%Y%m%d} {live.value} {shadow.value} {version}"


def read_crossing(field: bytes) -> tuple[str, Crossing]:
    day, live, shadow, version = field.decode().split(" ", 3)
    return version, (date.fromisoformat(day), Cue(live), Cue(shadow))


def chat_mark(key: ChatKey) -> str:
    """A chat's name in front of its lines: printable, without a space."""
    return keys.hashed(keys.chat_name(key).hex(), 16)


def pack_line(version: str, line: ShadowLine) -> bytes:
    chat = [line.chat.desk, line.chat.account, line.chat.chat_id]
    cues = [line.live, line.shadow]
    return orjson.dumps([version, line.at, chat, cues, line.gained, line.lost, line.moved])


@_reading
def unpack_line(data: bytes) -> tuple[str, ShadowLine]:
    version, at, chat, (live, shadow), gained, lost, moved = orjson.loads(data.partition(b" ")[2])
    codes = (tuple(gained), tuple(lost), tuple(moved))
    return version, ShadowLine(datetime.fromisoformat(at), ChatKey(*chat), Cue(live), Cue(shadow), *codes)
