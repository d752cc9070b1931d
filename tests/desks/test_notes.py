"""The private note: written once, changed where the desk can, added anew only when it says something else."""

from __future__ import annotations

from dataclasses import replace
from typing import Any

import pytest
from tests.desks.samples import BY_DESK
from tests.receiver import Answer, Got, Receiver
from tests.stores import world

from cuelight.core.chat import ChatKey
from cuelight.core.hooks import Hook
from cuelight.desks import BY_NAME
from cuelight.desks.calling import DeskUnreachable, HttpDeskApi
from cuelight.desks.notekeeper import WantsNotes
from cuelight.desks.notes import NoteResult, compose, write_note
from cuelight.stores.memory_hooks import MemoryHookStore

RED = compose("red", ["The network is in another country (SE)."], ["Give out nothing.", "Call back."])
GREEN = compose("green", ["The device is known."], [])


class Room:
    """One desk with its hook, whose API is the local server."""

    def __init__(self, desk: str, server: Receiver, **options: str) -> None:
        sample = BY_DESK[desk]
        ready = {"notes": "yes", "api_url": server.origin, "api_token": "user:token", "whisper": "yes", "admin_id": "9"}
        self.hooks = MemoryHookStore()
        self.desk = BY_NAME[desk]
        self.hook = Hook("h1", desk, sample.account, world.at(), ("s",), None, {**ready, **options})
        self.hooks.put(self.hook)
        self.key = ChatKey(desk, sample.account, sample.chat_id)

    def write(self, text: str, key: ChatKey | None = None) -> NoteResult:
        return write_note(self.hooks, HttpDeskApi(30), self.desk, self.hook, key or self.key, text)


def test_a_note_says_cue_reasons_and_advice() -> None:
    assert RED.splitlines() == [
        "Cuelight: RED",
        "- The network is in another country (SE).",
        "Do:",
        "- Give out nothing.",
        "- Call back.",
    ]
    assert len(compose("red", ["x" * 900] * 9, [])) == 2000


@pytest.mark.parametrize("desk", [n for n, d in BY_NAME.items() if d.notes])
def test_once_and_again_only_if_it_changed(desk: str, server: Receiver) -> None:
    server.answer = lambda _: Answer(200, {}, b'{"data": {"fingerprint": 163239623329114}}')
    room = Room(desk, server)
    assert room.write(RED) is NoteResult.WRITTEN
    assert room.write(RED) is NoteResult.SAME
    assert len(server.got) == 1
    assert room.write(GREEN) is (NoteResult.CHANGED if desk == "crisp" else NoteResult.WRITTEN)
    assert room.write(GREEN) is NoteResult.SAME
    first, second = server.got
    assert (first.method, second.method) == (("POST", "PATCH") if desk == "crisp" else (first.method, first.method))
    assert b"RED" in first.body
    assert b"GREEN" in second.body
    if desk == "crisp":
        assert second.path == f"{first.path}/163239623329114"
    other = replace(room.key, chat_id=room.key.chat_id[:-1] + "9")
    assert room.write(RED, other) is NoteResult.WRITTEN


def test_paths_and_keys_of_each_desk(server: Receiver) -> None:
    found: dict[str, Got] = {}
    for name in (n for n, d in BY_NAME.items() if d.notes):
        Room(name, server).write(RED)
        found[name] = server.got[-1]
    paths: dict[str, Any] = {name: asked.path for name, asked in found.items()}
    assert paths == {
        "live_helper_chat": "/restapi/addmsgadmin",
        "libredesk": "/api/v1/conversations/0f9a1c1e-5b1e-4a55-9d0c-6f2f1f0b7a31/messages",
        "chatwoot": "/api/v1/accounts/12/conversations/318/messages",
        "zendesk": "/api/v2/tickets/35436.json",
        "intercom": "/conversations/215468/reply",
        "livechat": "/v3.5/agent/action/send_event",
        "crisp": "/v1/website/8c842203-7ed8-4e29-a608-7cf78a7d2fcc/conversation/"
        "session_36ba3566-9651-4790-afc8-ffedbccc317f/message",
        "hubspot": "/conversations/v3/conversations/threads/5544332211/messages",
    }
    assert found["chatwoot"].headers["api_access_token"] == "user:token"
    assert found["hubspot"].headers["authorization"] == "Bearer user:token"
    assert found["zendesk"].headers["authorization"].startswith("Basic ")
    assert found["zendesk"].json == {"ticket": {"comment": {"body": RED, "public": False}}}


def test_nobody_asked_for_it(server: Receiver) -> None:
    assert Room("chatwoot", server, notes="no").write(RED) is NoteResult.OFF
    assert server.got == []


def test_what_cannot_be_private_is_not_written(server: Receiver) -> None:
    for room in (
        Room("live_helper_chat", server, whisper="no"),
        Room("generic", server),
        Room("intercom", server, admin_id=""),
    ):
        assert room.write(RED) is NoteResult.NOT_PRIVATE
    assert server.got == []


def test_a_note_that_failed_is_written_the_next_time(server: Receiver) -> None:
    room = Room("chatwoot", server)
    server.answer = lambda _: Answer(503, {}, b"")
    with pytest.raises(DeskUnreachable):
        room.write(RED)
    server.answer = lambda _: Answer(200, {}, b"{}")
    assert room.write(RED) is NoteResult.WRITTEN


def test_a_chats_hook_is_that_of_its_desk_and_account(server: Receiver) -> None:
    room = Room("zendesk", server)
    older = replace(room.hook, hook_id="h0", created_at=world.at(-5))
    own = {"desk": "own-desk", "notes": "yes"}
    generic = replace(room.hook, hook_id="h2", desk="generic", account="main", options=own)
    silent = replace(room.hook, hook_id="h3", account="silent", options={})
    for hook in (older, generic, silent):
        room.hooks.put(hook)
    wants = WantsNotes(room.hooks)
    assert wants.hook("zendesk", room.key.account) == room.hook, "the newest"
    assert wants.hook("own-desk", "main") == generic
    assert wants.hook("zendesk", "silent") is wants.hook("zendesk", "other") is None
