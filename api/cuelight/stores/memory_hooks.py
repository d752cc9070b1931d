"""Webhooks in this process. Deliveries are remembered until the process ends."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime
from threading import RLock

from cuelight.core.chat import ChatKey
from cuelight.core.hooks import Hook, WrittenNote
from cuelight.stores import keys


class MemoryHookStore:
    """A `HookStore`, safe for threads."""

    def __init__(self) -> None:
        self._hooks: dict[str, Hook] = {}
        self._done: set[tuple[str, bytes]] = set()
        self._due: dict[ChatKey, datetime] = {}
        self._notes: dict[ChatKey, WrittenNote] = {}
        self._lock = RLock()

    def put(self, hook: Hook) -> None:
        with self._lock:
            self._hooks[hook.hook_id] = hook

    def get(self, hook_id: str) -> Hook | None:
        with self._lock:
            return self._hooks.get(hook_id)

    def list(self) -> Sequence[Hook]:
        with self._lock:
            return sorted(self._hooks.values(), key=lambda h: (h.created_at, h.hook_id))

    def remove(self, hook_id: str) -> bool:
        with self._lock:
            return self._hooks.pop(hook_id, None) is not None

    def done(self, hook_id: str, delivery: bytes) -> bool:
        with self._lock:
            return (hook_id, delivery) in self._done

    def mark(self, hook_id: str, delivery: bytes) -> bool:
        with self._lock:
            first = (hook_id, delivery) not in self._done
            self._done.add((hook_id, delivery))
            return first

    def due(self, key: ChatKey, at: datetime) -> None:
        with self._lock:
            self._due[key] = at
            for surplus in sorted(self._due, key=lambda k: self._due[k])[: -keys.NOTES_DUE]:
                del self._due[surplus]

    def take_due(self, now: datetime, again_at: datetime, limit: int) -> Sequence[ChatKey]:
        with self._lock:
            taken = sorted((k for k, at in self._due.items() if at <= now), key=lambda k: (self._due[k], k))[:limit]
            self._due.update(dict.fromkeys(taken, again_at))
            return taken

    def was_due(self, key: ChatKey, again_at: datetime) -> None:
        with self._lock:
            if self._due.get(key) == again_at:
                del self._due[key]

    def note(self, key: ChatKey) -> WrittenNote | None:
        with self._lock:
            return self._notes.get(key)

    def keep_note(self, key: ChatKey, note: WrittenNote) -> None:
        with self._lock:
            self._notes[key] = note
