"""Notices in Redis: a key for each, another with a short life for where it goes, and a set of those that are due."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime
from typing import Any

import orjson

from cuelight.core.chat import ChatKey, NetworkKind
from cuelight.core.notice import Answer, Notice, State, Told
from cuelight.stores import bounds
from cuelight.stores import keys_notices as keys
from cuelight.stores.link import EPOCH_PREFIX, Argument, Link


class RedisNoticeStore:
    """A `NoticeStore`. All of it lies in one slot, so that a notice and what belongs to it change in one step."""

    def __init__(self, link: Link) -> None:
        self._link = link

    def offer(self, notice: Notice, due_at: datetime, sealed: bytes | None = None) -> bool:
        args = (pack(notice), keys.TTL_S, notice.customer, notice.name, _millis(due_at), keys.DUE_KEPT)
        kept = sealed or b"", keys.ADDRESS_TTL_S
        return bool(self._run("notice_offer", keys.notice(notice.name), *args, *kept))

    def read(self, name: str) -> Notice | None:
        found = self._link.fetch(keys.TAG, keys.notice(name)[0])
        return unpack(found) if found else None

    def several(self, names: Sequence[str]) -> Sequence[Notice]:
        found = self._link.many([("GET", keys.notice(name)[0]) for name in names]) if names else []
        return [unpack(data) for data in found if data]

    def sealed(self, name: str) -> bytes | None:
        return self._link.fetch(keys.TAG, keys.notice(name)[1])

    def change(self, before: Notice, after: Notice, *, done: bool = False, keep: bool = False) -> bool:
        args = (pack(before), pack(after), keys.TTL_S, before.name if done else "", "keep" if keep else "")
        return bool(self._run("notice_change", keys.notice(before.name), *args))

    def withdraw(self, name: str) -> bool:
        return bool(self._run("notice_change", keys.notice(name), "", "", 0, name, ""))

    def take_due(self, now: datetime, again_at: datetime, limit: int) -> Sequence[str]:
        taken = self._run("notice_due", (keys.BY_TIME,), "take", _millis(now), _millis(again_at), limit)
        return [name.decode() for name in taken]

    def put_off(self, name: str, at: datetime) -> None:
        self._run("notice_due", (keys.BY_TIME,), "put", name, _millis(at), keys.DUE_KEPT)

    def admit(self, what: str, most: int, ttl_s: int) -> bool:
        return bool(self._run("notice_admit", (keys.count(what),), most, ttl_s))

    def forget(self, names: Sequence[str]) -> int:
        if not names:
            return 0
        parts = [part for name in names for part in keys.notice(name)[:2]]
        return int(self._run("notice_forget", (keys.BY_TIME, *parts), *names))

    def _run(self, script: str, names: Sequence[str], *args: Argument) -> Any:
        return self._link.run(script, [self._link.epoch_key(keys.TAG), *names], [EPOCH_PREFIX, *args])


def _millis(at: datetime) -> int:
    return bounds.micros(at) // 1000


def pack(notice: Notice) -> bytes:
    """Equal notices are packed alike: a change compares them so."""
    told = notice.told
    return orjson.dumps(
        {
            "chat": [notice.key.desk, notice.key.account, notice.key.chat_id],
            "customer": notice.customer,
            "nonce": notice.nonce,
            "made_at": notice.made_at,
            "state": notice.state,
            "attempts": notice.attempts,
            "told": None if told is None else [told.at, told.country, told.kind],
            "sent_at": notice.sent_at,
            "expires_at": notice.expires_at,
            "answer": notice.answer,
            "answered_at": notice.answered_at,
            "incident_id": notice.incident_id,
            "reason": notice.reason,
        }
    )


def unpack(data: bytes) -> Notice:
    found = orjson.loads(data)
    told = found["told"]
    return Notice(
        key=ChatKey(*found["chat"]),
        customer=found["customer"],
        nonce=found["nonce"],
        made_at=datetime.fromisoformat(found["made_at"]),
        state=State(found["state"]),
        attempts=found["attempts"],
        told=Told(datetime.fromisoformat(told[0]), told[1], NetworkKind(told[2])) if told else None,
        sent_at=_time(found["sent_at"]),
        expires_at=_time(found["expires_at"]),
        answer=Answer(found["answer"]) if found["answer"] else None,
        answered_at=_time(found["answered_at"]),
        incident_id=found["incident_id"],
        reason=found["reason"],
    )


def _time(text: str | None) -> datetime | None:
    return datetime.fromisoformat(text) if text else None
