"""A private note in the conversation, for agents without the extension: written once, and again only if it changed."""

from __future__ import annotations

from collections.abc import Sequence
from enum import StrEnum
from hashlib import blake2b

from cuelight.core.chat import ChatKey
from cuelight.core.hooks import Hook, HookStore, WrittenNote
from cuelight.desks.calling import DeskApi
from cuelight.desks.desk import Desk

_MAX_CHARS = 2000


class NoteResult(StrEnum):
    """What became of a note."""

    WRITTEN = "written"
    CHANGED = "changed"
    SAME = "same"  # the note there says this already
    OFF = "off"  # nobody asked for notes on this desk
    NOT_PRIVATE = "not_private"  # the desk cannot keep it from the contact, or is not set up for it


def compose(cue: str, reasons: Sequence[str], advice: Sequence[str]) -> str:
    """Plain lines from the wording catalogue. Nothing in them is a contact's own text."""
    lines = [f"Cuelight: {cue.upper()}", *(f"- {reason}" for reason in reasons[:5])]
    if advice:
        lines += ["Do:", *(f"- {step}" for step in advice)]
    return "\n".join(lines)[:_MAX_CHARS]


def write_note(hooks: HookStore, api: DeskApi, desk: Desk, hook: Hook, key: ChatKey, text: str) -> NoteResult:
    """Write or change the note of a chat. Raises `DeskUnreachable` (try again later) and `StoreUnavailable`.

    Where a desk lets a note be changed, it is; elsewhere a new one is added, and only when it says something else.
    """
    if hook.options.get("notes") != "yes":
        return NoteResult.OFF
    digest = blake2b(text.encode(), digest_size=12).hexdigest()
    before = hooks.note(key)
    if before is not None and before.digest == digest:
        return NoteResult.SAME
    options = {**hook.options, "account": hook.account}
    request = desk.notes.write(key, text, options, before.note_id if before else None) if desk.notes else None
    if desk.notes is None or request is None:
        return NoteResult.NOT_PRIVATE
    answer = api.send(request)
    changed = before is not None and before.note_id is not None
    note_id = before.note_id if changed and before else desk.notes.note_id(answer)
    hooks.keep_note(key, WrittenNote(note_id, digest))
    return NoteResult.CHANGED if changed else NoteResult.WRITTEN


def desk_name(hook: Hook) -> str:
    """What the desk is called in chats: its own name, or the one a generic hook was given."""
    return hook.options.get("desk", hook.desk) if hook.desk == "generic" else hook.desk
