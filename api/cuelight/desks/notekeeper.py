"""Keeps the private notes in step with the cues: notices chats that were scored, and writes what they say now.

What is kept is which chats to look at, not what to say: so a note always tells the cue of the moment, however often it
changed meanwhile, and what a worker that dies had taken is written by the next.
"""

from __future__ import annotations

import threading
from collections.abc import Callable
from datetime import datetime, timedelta
from time import monotonic

import structlog

from cuelight.core.chat import Chat, ChatKey
from cuelight.core.errors import StoreUnavailable
from cuelight.core.hooks import Hook, HookStore
from cuelight.desks import BY_NAME
from cuelight.desks.calling import DeskApi, DeskUnreachable
from cuelight.desks.notes import NoteResult, desk_name, write_note

_log = structlog.get_logger("cuelight.desks")

SETTLE = timedelta(seconds=1)
"""Facts of one chat come in a burst; the note says what they come to."""
AGAIN = timedelta(minutes=1)
GIVEN_UP_AFTER = timedelta(hours=6)
"""A desk's API that has been out for so long gets no note about a conversation of this morning."""
_KNOWN_S = 5.0
_AT_ONCE = 20


class WantsNotes:
    """Which desks and accounts want notes, looked up every few seconds. An unreachable store: as last known."""

    def __init__(self, hooks: HookStore) -> None:
        self._hooks = hooks
        self._known: dict[tuple[str, str], Hook] = {}
        self._until_s = 0.0

    def hook(self, desk: str, account: str) -> Hook | None:
        return self._current().get((desk, account))

    def any(self) -> bool:
        return bool(self._current())

    def _current(self) -> dict[tuple[str, str], Hook]:
        if monotonic() >= self._until_s:
            # First the time: while one request asks, the others go on with what is known.
            self._until_s = monotonic() + _KNOWN_S
            try:
                found = [hook for hook in self._hooks.list() if hook.options.get("notes") == "yes"]
            except StoreUnavailable:
                return self._known
            self._known = {(desk_name(hook), hook.account): hook for hook in found}
        return self._known


class NotesDue:
    """Told of every chat that is about to be scored. Best effort: no score waits or fails for a note."""

    def __init__(self, hooks: HookStore, clock: Callable[[], datetime]) -> None:
        self._hooks = hooks
        self._wants = WantsNotes(hooks)
        self._clock = clock

    def __call__(self, chat: Chat, *_: object) -> None:
        if self._wants.hook(chat.key.desk, chat.key.account) is None:
            return
        try:
            self._hooks.due(chat.key, self._clock() + SETTLE)
        except StoreUnavailable:
            _log.warning("desk_note_missed", desk=chat.key.desk)


class NoteWriter:
    """Writes the notes that are due. `look`: what a chat's note says now and since when, None for one that is gone."""

    def __init__(
        self,
        hooks: HookStore,
        api: DeskApi,
        look: Callable[[ChatKey], tuple[str, datetime] | None],
        clock: Callable[[], datetime],
    ) -> None:
        self._hooks = hooks
        self._api = api
        self._look = look
        self._clock = clock
        self._wants = WantsNotes(hooks)
        self._stop = threading.Event()

    def serve(self) -> int:
        """Write a few. Returns how many were looked at. Raises `StoreUnavailable`."""
        if not self._wants.any():
            return 0
        now = self._clock()
        again_at = now + AGAIN
        taken = self._hooks.take_due(now, again_at, _AT_ONCE)
        for key in taken:
            if self._write(key, now):
                self._hooks.was_due(key, again_at)
        return len(taken)

    def _write(self, key: ChatKey, now: datetime) -> bool:
        """True if there is nothing more to do for this chat."""
        hook, seen = self._wants.hook(key.desk, key.account), self._look(key)
        if hook is None or seen is None:
            return True
        text, since = seen
        try:
            result = write_note(self._hooks, self._api, BY_NAME[hook.desk], hook, key, text)
        except DeskUnreachable as error:
            given_up = now - since > GIVEN_UP_AFTER
            _log.warning("desk_note_failed", desk=key.desk, hook_id=hook.hook_id, why=error.why, given_up=given_up)
            return given_up
        if result is NoteResult.NOT_PRIVATE:
            _log.warning("desk_note_skipped", desk=key.desk, hook_id=hook.hook_id, why=result.value)
        else:
            _log.info("desk_note", desk=key.desk, hook_id=hook.hook_id, result=result.value)
        return True

    def run(self, pause_s: float = 1.0) -> None:
        """Until `stop`. A store that is out is waited for."""
        while not self._stop.is_set():
            try:
                busy = self.serve() == _AT_ONCE
            except StoreUnavailable as error:
                _log.warning("desk_notes_wait", why=type(error).__name__)
                busy = False
            except Exception as error:
                # A fault in one look must not end all notes.
                _log.error("desk_notes_fault", exc_info=error)
                busy = False
            if not busy:
                self._stop.wait(pause_s)

    def stop(self) -> None:
        self._stop.set()
