"""Webhooks in Redis: one hash of hooks, and a key for every delivery done and every note written, each with its end."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime
from typing import Any

import orjson

from cuelight.core.chat import ChatKey
from cuelight.core.hooks import Hook, WrittenNote
from cuelight.core.retention import Retention
from cuelight.stores import bounds, keys
from cuelight.stores.link import EPOCH_PREFIX, Link


class RedisHookStore:
    """A `HookStore`. Secrets lie in it in clear, as an HMAC needs them: see `docs/desks.md`."""

    def __init__(self, link: Link, retention: Retention | None = None) -> None:
        self._link = link
        self._kept = retention or Retention()

    def put(self, hook: Hook) -> None:
        self._run("hook_put", keys.HOOKS, hook.hook_id, _pack(hook))

    def get(self, hook_id: str) -> Hook | None:
        found = self._run("api_key", keys.HOOKS, hook_id)
        return _unpack(found) if found else None

    def list(self) -> Sequence[Hook]:
        flat = self._run("api_key", keys.HOOKS)
        return sorted(map(_unpack, flat[1::2]), key=lambda h: (h.created_at, h.hook_id))

    def remove(self, hook_id: str) -> bool:
        return bool(self._run("hook_put", keys.HOOKS, hook_id))

    def done(self, hook_id: str, delivery: bytes) -> bool:
        name = keys.delivery(hook_id, delivery)
        return self._link.fetch(name, name) is not None

    def mark(self, hook_id: str, delivery: bytes) -> bool:
        name = keys.delivery(hook_id, delivery)
        return bool(self._run("hook_mark", name, "1", self._kept.webhook_ids_s, "NX"))

    def due(self, key: ChatKey, at: datetime) -> None:
        self._run(
            "hook_due", keys.NOTES, "put", keys.chat_name(key), _millis(at), keys.NOTES_DUE, self._kept.decisions_s
        )

    def take_due(self, now: datetime, again_at: datetime, limit: int) -> Sequence[ChatKey]:
        taken = self._run("hook_due", keys.NOTES, "take", _millis(now), _millis(again_at), limit)
        return [keys.read_chat_name(name) for name in taken]

    def was_due(self, key: ChatKey, again_at: datetime) -> None:
        self._run("hook_due", keys.NOTES, "done", keys.chat_name(key), _millis(again_at))

    def note(self, key: ChatKey) -> WrittenNote | None:
        name = keys.note(key)
        found = self._link.fetch(name, name)
        return WrittenNote(*orjson.loads(found)) if found else None

    def keep_note(self, key: ChatKey, note: WrittenNote) -> None:
        self._run("hook_mark", keys.note(key), orjson.dumps([note.note_id, note.digest]), self._kept.decisions_s)

    def _run(self, script: str, name: str, *args: str | bytes | int) -> Any:
        return self._link.run(script, [self._link.epoch_key(name), name], [EPOCH_PREFIX, *args])


def _millis(at: datetime) -> int:
    return bounds.micros(at) // 1000


def _pack(hook: Hook) -> bytes:
    return orjson.dumps(
        {
            "hook_id": hook.hook_id,
            "desk": hook.desk,
            "account": hook.account,
            "created_at": hook.created_at,
            "secrets": hook.secrets,
            "rotated_at": hook.rotated_at,
            "options": dict(hook.options),
        }
    )


def _unpack(data: bytes) -> Hook:
    found = orjson.loads(data)
    rotated_at = found["rotated_at"]
    return Hook(
        found["hook_id"],
        found["desk"],
        found["account"],
        datetime.fromisoformat(found["created_at"]),
        tuple(found["secrets"]),
        datetime.fromisoformat(rotated_at) if rotated_at else None,
        found["options"],
    )
