"""Lines of a customer's disclosure ledger, and enrolments, as bytes."""

from __future__ import annotations

from dataclasses import fields
from datetime import datetime

import orjson

from cuelight.core.chat import ChatKey
from cuelight.core.disclosure import Disclosure, Kind
from cuelight.core.enrolment import Enrolment
from cuelight.stores.codec import VERSION, Corrupt, Reader, Writer, reading
from cuelight.stores.codec_record import check_version

KINDS = tuple(Kind)
_TIMES = frozenset({"invited_at", "code_until", "enrolled_at", "renewed_at", "token_until", "ended_at"})


def pack_disclosure(line: Disclosure) -> bytes:
    w = Writer()
    w.byte(VERSION)
    w.time(line.at)
    w.byte(KINDS.index(line.kind) << 1 | line.mistaken)
    for part in (line.chat.desk, line.chat.account, line.chat.chat_id, line.by):
        w.text(part)
    if line.team:
        w.text(line.team)
    return bytes(w.out)


@reading
def unpack_disclosure(data: bytes) -> Disclosure:
    check_version(data)
    r = Reader(data, 1)
    at, head = r.time(), r.byte()
    if head >> 1 >= len(KINDS):
        raise Corrupt("a stored disclosure is of a kind this version does not know")
    chat = ChatKey(r.text(), r.text(), r.text())
    by = r.text()
    return Disclosure(chat, KINDS[head >> 1], at, by, bool(head & 1), r.text() if r.at < len(data) else "")


def pack_enrolment(enrolment: Enrolment) -> bytes:
    """JSON with its keys sorted: equal enrolments are equal bytes, so that a script can compare them. One without a
    team is written as before there were teams."""
    found = {field.name: getattr(enrolment, field.name) for field in fields(enrolment)}
    if not enrolment.team:
        del found["team"]
    return orjson.dumps(found, option=orjson.OPT_SORT_KEYS)


def unpack_enrolment(data: bytes) -> Enrolment:
    found = orjson.loads(data)
    times = {name: datetime.fromisoformat(found[name]) for name in _TIMES if found[name]}
    return Enrolment(**{**found, **times, "spent": tuple(found["spent"])})
