"""What every `HookStore` promises."""

from __future__ import annotations

import secrets
from concurrent.futures import ThreadPoolExecutor
from dataclasses import replace
from datetime import timedelta

import pytest
from tests.stores import world

from cuelight.core.chat import ChatKey
from cuelight.core.hooks import OVERLAP, Hook, WrittenNote
from cuelight.stores import Stores, keys


def made(hours: float = 0.0, **parts: object) -> Hook:
    hook = Hook(secrets.token_hex(8), "zendesk", "acme", world.at(hours), ("s-" + secrets.token_hex(8),))
    return replace(hook, **parts)  # type: ignore[arg-type]


def test_a_hook_comes_back_as_it_was_put(stores: Stores) -> None:
    hook = made(options={"api_url": "https://acme.example", "token": "Zürich 💬"}, rotated_at=world.at(1))
    assert stores.hooks.get(hook.hook_id) is None
    stores.hooks.put(hook)
    assert stores.hooks.get(hook.hook_id) == hook
    later = replace(hook, secrets=("new", hook.secrets[0]))
    stores.hooks.put(later)
    assert stores.hooks.get(hook.hook_id) == later
    assert [h for h in stores.hooks.list() if h.hook_id == hook.hook_id] == [later]


def test_hooks_are_listed_oldest_first_and_removed_once(stores: Stores) -> None:
    younger, older = made(2), made(1)
    stores.hooks.put(younger)
    stores.hooks.put(older)
    assert [h for h in stores.hooks.list() if h in (younger, older)] == [older, younger]
    assert stores.hooks.remove(older.hook_id)
    assert not stores.hooks.remove(older.hook_id)
    assert stores.hooks.get(older.hook_id) is None


def test_nothing_of_a_secret_is_in_a_repr() -> None:
    hook = made(options={"token": "canary"})
    assert hook.secrets[0] not in repr(hook)
    assert "canary" not in repr(hook)


def test_two_secrets_are_live_until_the_older_one_ran_out() -> None:
    assert made(secrets=()).live_secrets(world.at()) == ()
    rotated = made(secrets=("new", "old", "older"), rotated_at=world.at())
    assert rotated.live_secrets(world.at()) == ("new", "old")
    assert rotated.live_secrets(world.at() + OVERLAP) == ("new",)


def test_a_delivery_is_done_once_it_is_marked_and_only_on_its_hook(stores: Stores) -> None:
    one, other, delivery = secrets.token_hex(8), secrets.token_hex(8), secrets.token_bytes(40)
    assert not stores.hooks.done(one, delivery)
    assert stores.hooks.mark(one, delivery)
    assert stores.hooks.done(one, delivery)
    assert not stores.hooks.mark(one, delivery)
    assert not stores.hooks.done(other, delivery)
    assert not stores.hooks.done(one, delivery + b"!")


def test_of_many_at_once_one_marks_first(stores: Stores) -> None:
    hook_id, delivery = secrets.token_hex(8), b"body"
    with ThreadPoolExecutor(8) as pool:
        assert sorted(pool.map(lambda _: stores.hooks.mark(hook_id, delivery), range(8))) == [False] * 7 + [True]


def test_notes_are_remembered_by_chat(stores: Stores) -> None:
    key = ChatKey("crisp", "w", secrets.token_hex(8))
    assert stores.hooks.note(key) is None
    stores.hooks.keep_note(key, WrittenNote("17", "digest"))
    stores.hooks.keep_note(key, WrittenNote(None, "newer"))
    assert stores.hooks.note(key) == WrittenNote(None, "newer")
    assert stores.hooks.note(replace(key, account="v")) is None


@pytest.mark.parametrize("what", ["delivery", "note"])
def test_life_times(redis_stores: Stores, what: str) -> None:
    link, key, hook_id = redis_stores.link, ChatKey("crisp", "w", secrets.token_hex(8)), secrets.token_hex(8)
    assert link is not None
    redis_stores.hooks.mark(hook_id, b"body")
    redis_stores.hooks.keep_note(key, WrittenNote("1", "d"))
    name, days = (keys.delivery(hook_id, b"body"), 7) if what == "delivery" else (keys.note(key), 30)
    assert link.call("TTL", name) == pytest.approx(days * 86_400, abs=30)


def test_chats_whose_note_is_due_are_lent_and_given_back_done_or_due_again(stores: Stores) -> None:
    start = world.at(1000 * secrets.randbelow(1000))
    while stores.hooks.take_due(start, start + timedelta(days=9999), 100):
        pass  # what other tests left
    one, two = (ChatKey("crisp", "w", secrets.token_hex(8)) for _ in range(2))
    stores.hooks.due(one, start)
    stores.hooks.due(two, start + timedelta(seconds=2))
    stores.hooks.due(one, start + timedelta(seconds=1))
    first_end, second_end = start + timedelta(seconds=60), start + timedelta(seconds=90)
    assert stores.hooks.take_due(start, first_end, 9) == []
    assert stores.hooks.take_due(start + timedelta(seconds=1), first_end, 9) == [one]
    assert stores.hooks.take_due(start + timedelta(seconds=2), first_end, 9) == [two]
    assert stores.hooks.take_due(start + timedelta(seconds=59), first_end, 9) == []
    stores.hooks.was_due(two, first_end)
    stores.hooks.due(one, start + timedelta(seconds=70))  # scored again while it was being written
    stores.hooks.was_due(one, first_end)
    assert stores.hooks.take_due(start + timedelta(seconds=70), second_end, 9) == [one]
    assert stores.hooks.take_due(start + timedelta(seconds=91), second_end, 9) == [one], "whoever had it died"
    stores.hooks.was_due(one, second_end)
    assert stores.hooks.take_due(start + timedelta(seconds=200), start + timedelta(seconds=300), 9) == []


def test_only_so_many_notes_are_due(stores: Stores, monkeypatch: pytest.MonkeyPatch) -> None:
    start = world.at(5_000_000)
    while stores.hooks.take_due(start, start + timedelta(days=9999), 100):
        pass
    monkeypatch.setattr(keys, "NOTES_DUE", 3)
    chats = [ChatKey("crisp", "w", secrets.token_hex(8)) for _ in range(5)]
    for number, key in enumerate(chats):
        stores.hooks.due(key, start + timedelta(days=9999, seconds=number))
    later = start + timedelta(days=10_000)
    assert stores.hooks.take_due(later, later, 9) == chats[2:]
