"""Notes in step with cues: noticed when scored, written by a worker, again after a failure, given up in the end."""

from __future__ import annotations

import os
import subprocess
import sys
import threading
import time
from dataclasses import replace
from datetime import datetime, timedelta
from pathlib import Path

import pytest
from tests.clock import Clock
from tests.conftest import HOME_IP, ROOT, api_for, as_impostor, fresh, now, settings_for
from tests.receiver import Answer, Receiver
from tests.stores import world

from cuelight.app import Service, open_service
from cuelight.core.chat import ChatKey
from cuelight.core.errors import StoreUnavailable
from cuelight.core.hooks import Hook
from cuelight.desks.calling import HttpDeskApi
from cuelight.desks.notekeeper import AGAIN, GIVEN_UP_AFTER, SETTLE, NotesDue, NoteWriter
from cuelight.stores.memory_hooks import MemoryHookStore
from cuelight.web import wording
from cuelight.wiring.notes import looker


def hook_to(server: Receiver, **options: str) -> Hook:
    told = {"notes": "yes", "api_url": server.origin, "api_token": "t", **options}
    return Hook("h1", "chatwoot", "12", world.at(), ("s",), None, told)


class Room:
    """A writer over a store in memory, with a clock that tests move."""

    def __init__(self, server: Receiver, **options: str) -> None:
        self.clock, self.hooks = Clock(), MemoryHookStore()
        self.hooks.put(hook_to(server, **options))
        self.says: dict[ChatKey, tuple[str, datetime]] = {}
        self.due = NotesDue(self.hooks, self.clock)
        self.writer = NoteWriter(self.hooks, HttpDeskApi(30), self.says.get, self.clock)

    def scored(self, text: str, account: str = "12", chat_id: str = "318") -> None:
        chat = world.chat(None, key=ChatKey("chatwoot", account, chat_id))
        self.due(chat)
        self.says[chat.key] = text, self.clock.at

    def later(self, by: timedelta = SETTLE) -> int:
        self.clock.at += by
        return self.writer.serve()


def test_a_burst_of_scores_is_one_note(server: Receiver) -> None:
    room = Room(server)
    for text in ("GREY", "AMBER", "RED"):
        room.scored(text)
    assert room.writer.serve() == 0
    assert room.later() == 1
    assert [asked.json["content"] for asked in server.got] == ["RED"]
    assert room.later(AGAIN) == 0


def test_only_chats_of_accounts_that_want_notes_are_noticed(server: Receiver) -> None:
    room = Room(server)
    room.scored("RED", account="13")
    assert room.later() == 0
    silent = Room(server, notes="no")
    silent.scored("RED")
    assert silent.later() == 0
    assert server.got == []


def test_a_desk_that_is_out_gets_its_note_later_and_the_newest(server: Receiver) -> None:
    room = Room(server)
    room.scored("AMBER")
    server.answer = lambda _: Answer(502, {}, b"")
    assert room.later() == 1
    assert room.later() == 0
    room.says = {key: ("RED", since) for key, (_, since) in room.says.items()}
    room.writer._look = room.says.get
    server.answer = lambda _: Answer(200, {}, b"{}")
    assert room.later(AGAIN) == 1
    assert [asked.json["content"] for asked in server.got] == ["AMBER", "RED"]
    assert room.later(AGAIN) == 0


def test_a_desk_that_stays_out_is_given_up(server: Receiver) -> None:
    room = Room(server)
    room.scored("RED")
    server.answer = lambda _: Answer(502, {}, b"")
    assert room.later() == 1
    assert room.later(GIVEN_UP_AFTER) == 1
    assert room.later(AGAIN) == 0


def test_a_chat_that_is_gone_and_one_that_cannot_be_private_are_left(server: Receiver) -> None:
    room = Room(server)
    room.scored("RED")
    room.says.clear()
    assert room.later() == 1
    assert room.later(AGAIN) == 0
    lhc = Room(server)
    lhc.hooks.put(replace(hook_to(server, whisper="no"), desk="live_helper_chat", account="main"))
    chat = world.chat(None, key=ChatKey("live_helper_chat", "main", "7"))
    lhc.due(chat)
    lhc.says[chat.key] = "RED", lhc.clock.at
    assert lhc.later() == 1
    assert lhc.later(AGAIN) == 0
    assert server.got == []


def test_no_score_fails_for_a_note(server: Receiver, monkeypatch: pytest.MonkeyPatch) -> None:
    room = Room(server)
    room.scored("RED")

    def out(*_: object) -> None:
        raise StoreUnavailable("out")

    monkeypatch.setattr(room.hooks, "due", out)
    room.scored("RED")
    monkeypatch.setattr(room.hooks, "list", out)
    Room.scored(room, "RED")


def test_a_writer_outlives_faults_and_stops_when_told(server: Receiver) -> None:
    room = Room(server)
    calls = []

    def broken() -> int:
        calls.append(1)
        raise StoreUnavailable("out") if len(calls) == 1 else ZeroDivisionError

    room.writer.serve = broken  # type: ignore[method-assign]
    thread = threading.Thread(target=room.writer.run, args=(0.01,))
    thread.start()
    until = time.monotonic() + 60
    while len(calls) < 3 and time.monotonic() < until:
        time.sleep(0.01)
    room.writer.stop()
    thread.join(60)
    assert not thread.is_alive()
    assert len(calls) >= 3


def test_a_note_says_what_the_agent_would_see(own_service: Service, server: Receiver) -> None:
    """From `POST /score` to the desk, through the real store; and an incident elsewhere changes it."""
    own_service.stores.hooks.put(hook_to(server))
    api = api_for(own_service)
    customer_id, chat_id = api.settled_customer(), fresh("c")
    api.score(chat_id=chat_id, desk="chatwoot", account="12", ip=HOME_IP, customer_id=customer_id)
    words = wording.load(ROOT / "data" / "wording" / "en.json")
    clock = Clock()
    writer = NoteWriter(own_service.stores.hooks, HttpDeskApi(30), looker(own_service.corridor, words), clock)
    clock.at = now() + timedelta(seconds=5)
    assert writer.serve() == 1
    other = fresh("c")
    api.score(chat_id=other, **as_impostor(customer_id))
    api.outcome(other, outcome="impersonation")
    clock.at = now() + timedelta(seconds=5)
    assert writer.serve() == 1
    first, second = (asked.json for asked in server.got)
    assert first["content"] != second["content"]
    assert second["content"].startswith("Cuelight: RED")
    assert second["private"] is True
    assert words.advise("incident_hand_over") in second["content"]
    for secret in (HOME_IP, customer_id):
        assert secret not in first["content"] + second["content"]


@pytest.mark.timeout(200)
def test_the_worker_writes_notes_beside_its_alerts(folder: Path, server: Receiver) -> None:
    """`cuelight worker` in a process of its own, as `cuelight run` keeps it."""
    settings = settings_for(folder)
    service = open_service(settings)
    try:
        service.stores.hooks.put(hook_to(server))
        assert service.stores.server is not None
        environment = {
            **os.environ, "CUELIGHT_REDIS_URL": service.stores.server.url, "CUELIGHT_VAR_DIR": str(folder / "var"),
            "CUELIGHT_GEO_DIR": str(ROOT / "data" / "geo"), "PYTHONPATH": str(ROOT / "api"),
            "CUELIGHT_ALLOW_PRIVATE_TARGETS": "127.0.0.1",
        }  # fmt: skip
        command = [sys.executable, "-c", "from cuelight.cli import main; main()", "worker"]
        worker = subprocess.Popen(command, env=environment, stderr=subprocess.DEVNULL)
        try:
            api_for(service).score(chat_id="318", desk="chatwoot", account="12", customer_id="u", ip=HOME_IP)
            until = time.monotonic() + 100
            while not server.got and time.monotonic() < until:
                time.sleep(0.05)
            assert server.got, "no note was written"
            assert server.got[0].path == "/api/v1/accounts/12/conversations/318/messages"
            worker.terminate()
            assert worker.wait(60) == 0
        finally:
            worker.kill()
            worker.wait()
    finally:
        service.close()
