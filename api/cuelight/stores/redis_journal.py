"""The journal in Redis: a list a day of the chats that changed, written by the script that changes them.

On one server it is written with the change or not at all. On a Cluster the list lies in another slot and is written
afterwards; what is lost between the two is found when everything is read again, once a day there.

A list and not a stream: an erased name must leave memory, and what is deleted from a stream stays there. Here it is
replaced by nothing, so places stay what they were.
"""

from __future__ import annotations

import time
from collections.abc import Iterator, Sequence
from hashlib import sha1
from itertools import islice
from typing import Any

import structlog

from cuelight.core.chat import ChatKey
from cuelight.core.disclosure import standing
from cuelight.core.errors import StoreUnavailable
from cuelight.core.journal import Changes, Filed
from cuelight.stores import codec_ledger, codec_record, keys
from cuelight.stores.codec import Corrupt
from cuelight.stores.complaints import answers
from cuelight.stores.link import Command, Link

log = structlog.get_logger("cuelight.journal")

_DAYS = keys.JOURNAL_TTL_S // keys.DAY_S
_ERASED = b"\xff"
"""Begins an entry that is no chat: names of chats begin with a length below 128."""
_LATE_S = 60
"""How long after midnight a day is still looked into: clocks of a Cluster's callers may differ by that."""
_AT_ONCE = 500
_SOUGHT_AT_ONCE = 20
"""A millisecond each, where a hundred thousand chats come on a day."""


def owner(tag: str) -> bytes | None:
    """A customer by a hash, as tombstones name them: who has the token can find the rows, the rows name nobody."""
    return None if tag.startswith("~") else sha1(tag.encode(), usedforsecurity=False).digest()[:8]


def tell(link: Link, chats: Sequence[ChatKey]) -> None:
    """Note that these chats changed, apart from the change itself. Best effort: the next full reading finds it."""
    try:
        _push(link, [keys.chat_name(key) for key in chats])
    except StoreUnavailable as error:
        log.warning("journal_behind", chats=len(chats), error=str(error))


def forget(link: Link, chats: Sequence[ChatKey]) -> None:
    """Take the names of these chats out."""
    today = int(time.time()) // keys.DAY_S
    names = [keys.chat_name(key) for key in chats]
    for day in (keys.journal(day) for day in range(today - _DAYS, today + 2)):
        for start in range(0, len(names), _SOUGHT_AT_ONCE):
            found = link.pipeline([("LPOS", day, n, "COUNT", 0) for n in names[start : start + _SOUGHT_AT_ONCE]])
            gone: list[Command] = [("LSET", day, place, b"") for places in found for place in places]
            if gone:
                link.pipeline(gone)


def tell_erased(link: Link, tag: str) -> None:
    """From now on every archive drops what it has of this customer. Raises `StoreUnavailable`."""
    if (who := owner(tag)) is not None:
        _push(link, [_ERASED + who])


def _push(link: Link, entries: Sequence[bytes]) -> None:
    if not entries:
        return
    day = keys.journal(int(time.time()) // keys.DAY_S)
    link.pipeline([("RPUSH", day, *entries), ("EXPIRE", day, keys.JOURNAL_TTL_S)])


class RedisJournal:
    """A `Journal`. A place is `day:index`."""

    def __init__(self, link: Link) -> None:
        self._link = link

    def epoch(self) -> str:
        found = self._link.epoch()
        if found is None:
            raise StoreUnavailable("the store is empty")
        return found

    def end(self) -> str:
        day = int(self._now()) // keys.DAY_S
        return f"{day}:{self._length(day)}"

    def read(self, place: str, limit: int) -> Changes | None:
        now = self._now()
        day, index = (int(part) for part in place.split(":"))
        if now // keys.DAY_S - day >= _DAYS or self._length(day) < index:
            return None
        entries: list[bytes] = self._link.call("LRANGE", keys.journal(day), index, index + limit - 1)
        over = (now - _LATE_S) // keys.DAY_S > day and len(entries) < limit
        chats = [keys.read_chat_name(e) for e in entries if e and not e.startswith(_ERASED)]
        erased = [e[1:] for e in entries if e.startswith(_ERASED)]
        place = f"{day + 1}:0" if over else f"{day}:{index + len(entries)}"
        return Changes(list(dict.fromkeys(chats)), erased, place, over or len(entries) == limit)

    def look(self, chats: Sequence[ChatKey]) -> tuple[Sequence[Filed], Sequence[ChatKey], int]:
        pointers = self._link.pipeline([("GET", keys.pointer(key)) for key in chats])
        known = [(key, tag.decode()) for key, tag in zip(chats, pointers, strict=True) if tag is not None]
        stored = self._link.pipeline([("GET", keys.chat(tag, key)) for key, tag in known])
        there = [(key, tag, data) for (key, tag), data in zip(known, stored, strict=True) if data is not None]
        filed, unreadable = self._filed(there)
        kept = {key for key, _, _ in there}
        return filed, [key for key in chats if key not in kept], unreadable

    def everything(self) -> Iterator[tuple[Sequence[Filed], int]]:
        with answers():
            names = iter(self._link.client.scan_iter(match="cl:c:{*", count=1000))
            while part := list(islice(names, _AT_ONCE)):
                yield self._read(part)

    def _read(self, names: Sequence[bytes]) -> tuple[Sequence[Filed], int]:
        found = [_split(name) for name in names]
        contents = self._link.pipeline([("GET", name) for name in names])
        pointers = self._link.pipeline([("GET", keys.pointer(key)) for key, _ in found])
        # Where nothing leads to any more is what a chat was before it changed hands.
        there = [
            (key, tag, data)
            for (key, tag), data, pointer in zip(found, contents, pointers, strict=True)
            if data is not None and pointer == tag.encode()
        ]
        return self._filed(there)

    def _filed(self, there: Sequence[tuple[ChatKey, str, bytes]]) -> tuple[Sequence[Filed], int]:
        tags = list(dict.fromkeys(tag for _, tag, _ in there))
        lines = self._link.pipeline([("LRANGE", keys.ledger(tag), 0, -1) for tag in tags])
        ledgers: dict[str, list[Any]] = dict(zip(tags, lines, strict=True))
        filed: list[Filed] = []
        unreadable = 0
        for key, tag, data in there:
            try:
                customer = None if tag.startswith("~") else tag
                stored = codec_record.unpack_record(data, key, customer)
                ledger = [codec_ledger.unpack_disclosure(line) for line in reversed(ledgers[tag])]
            except Corrupt:
                unreadable += 1
                continue
            given = [line for line in standing(ledger) if line.chat == key]  # newest first
            disclosed = frozenset(line.kind for line in given)
            filed.append(Filed(stored, owner(tag), disclosed, given[-1].team if given else ""))
        return filed, unreadable

    def _now(self) -> int:
        if self._link.clustered:
            return int(time.time())
        return int(self._link.call("TIME")[0])

    def _length(self, day: int) -> int:
        found: int = self._link.call("LLEN", keys.journal(day))
        return found


def _split(name: bytes) -> tuple[ChatKey, str]:
    tag, _, chat = name[len(b"cl:c:{") :].partition(b"}:")
    return keys.read_chat_name(chat), tag.decode()
