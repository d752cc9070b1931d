"""Every key lives as long as the table says, counted from the last write."""

from __future__ import annotations

import re
from pathlib import Path

import pytest
from tests.stores import world

from cuelight.core.history import Outcome, Proof
from cuelight.core.ports import OutcomeRecord
from cuelight.stores import Stores, keys

DOCS = Path(__file__).resolve().parents[2] / "docs" / "stores.md"


def ttl_s(stores: Stores, key: str | bytes) -> int:
    assert stores.link is not None
    found: int = stores.link.call("TTL", key)
    return found


def test_life_times(redis_stores: Stores) -> None:
    who, link = world.customer(), redis_stores.link
    assert link is not None
    chats = [world.chat(who, hours) for hours in range(66)]
    for chat in chats:
        redis_stores.customers.record(chat, world.decision(chat), world.entry(chat))
    redis_stores.customers.put_incident(who, world.incident(days=30))
    trait = ("address", world.token())
    redis_stores.crowd.contact(who, [trait], world.at())
    redis_stores.crowd.report([trait], chats[0].key, world.at())
    redis_stores.crowd.learn([trait])
    day = 86_400
    assert ttl_s(redis_stores, keys.history(who)) == pytest.approx(90 * day, abs=30)
    assert ttl_s(redis_stores, keys.chat(who, chats[0].key)) == pytest.approx(30 * day, abs=30)
    assert ttl_s(redis_stores, keys.pointer(chats[0].key)) == pytest.approx(30 * day, abs=30)
    assert ttl_s(redis_stores, keys.overflow(who)) == pytest.approx(30 * day, abs=30)
    assert ttl_s(redis_stores, keys.incidents(who)) == pytest.approx(120 * day, abs=30)
    assert ttl_s(redis_stores, keys.spray(trait)) == pytest.approx(7 * day, abs=30)
    assert ttl_s(redis_stores, keys.reports(trait)) == pytest.approx(90 * day, abs=30)
    assert ttl_s(redis_stores, keys.contacts(world.at())) == pytest.approx(9 * day, abs=30)
    assert ttl_s(redis_stores, keys.shares("address")) == -1
    assert ttl_s(redis_stores, link.epoch_key(who)) == -1


def test_a_history_is_seen_again_by_every_sort_of_write(redis_stores: Stores) -> None:
    who, link = world.customer(), redis_stores.link
    assert link is not None
    chat = world.chat(who)
    redis_stores.customers.record(chat, world.decision(chat), world.entry(chat))
    outcome = OutcomeRecord(Outcome.UNKNOWN, world.at(), "Sam")

    def settle() -> None:
        redis_stores.customers.settle(
            chat.key, who, outcome, proof=Proof.NONE, reported=False, failed_step_up=False, incident=None
        )

    for write in (settle, lambda: redis_stores.customers.observe(who, [world.sign_in()])):
        link.call("EXPIRE", keys.history(who), 100)
        write()
        assert ttl_s(redis_stores, keys.history(who)) > 89 * 86_400


def test_an_outcome_does_not_lengthen_the_life_of_a_decision(redis_stores: Stores) -> None:
    who, link = world.customer(), redis_stores.link
    assert link is not None
    chat = world.chat(who)
    redis_stores.customers.record(chat, world.decision(chat), world.entry(chat))
    link.call("EXPIRE", keys.chat(who, chat.key), 100)
    outcome = OutcomeRecord(Outcome.UNKNOWN, world.at(), "Sam")
    redis_stores.customers.settle(
        chat.key, who, outcome, proof=Proof.NONE, reported=False, failed_step_up=False, incident=None
    )
    assert 0 < ttl_s(redis_stores, keys.chat(who, chat.key)) <= 100


def test_a_short_incident_does_not_shorten_the_life_of_a_long_one(redis_stores: Stores) -> None:
    who = world.customer()
    redis_stores.customers.put_incident(who, world.incident(days=300))
    redis_stores.customers.put_incident(who, world.incident(days=1))
    assert ttl_s(redis_stores, keys.incidents(who)) > 389 * 86_400


def test_every_key_in_the_store_is_in_the_table(redis_stores: Stores) -> None:
    who, link = world.customer(), redis_stores.link
    assert link is not None
    chat = world.chat(who)
    redis_stores.customers.record(chat, world.decision(chat), world.entry(chat))
    forms = {
        "{tag}": r"\{.+\}",
        "{slot}": r"\{\d+\}",
        "{channel}": r"\{.+\}",
        "{day}": r"\{u\}:\d{8}",
        "day": r"\d+",
        "chat": ".+",
        "trait": ".+",
        "name": ".+",
    }
    patterns = []
    for kind in keys.TABLE:
        text = kind.name
        for placeholder, form in forms.items():
            text = text.replace(placeholder, form)
        patterns.append(re.compile(text, re.DOTALL))
    for key in link.client.scan_iter(count=5000):
        name = key.decode("utf-8", "replace")
        assert any(pattern.fullmatch(name) for pattern in patterns), name


def test_all_keys_of_a_customer_are_in_one_slot() -> None:
    from redis.crc import key_slot

    who, chat = world.customer(), world.chat(None).key
    names = [keys.history(who), keys.incidents(who), keys.overflow(who), keys.chat(who, chat)]
    assert len({key_slot(n.encode() if isinstance(n, str) else n) for n in names}) == 1


def lives(ttl_s: int | None) -> str:
    if ttl_s is None:
        return "until removed"
    sizes = (("day", keys.DAY_S), ("hour", 3600), ("second", 1))
    unit, count = next((unit, ttl_s // size) for unit, size in sizes if ttl_s >= size and ttl_s % size == 0)
    return f"{count} {unit}{'' if count == 1 else 's'}"


def test_the_documentation_shows_the_table() -> None:
    shown = DOCS.read_text("utf-8")
    for kind in keys.TABLE:
        life = lives(kind.ttl_s)
        slot = "customer's" if kind.in_customer_slot else "its own"
        assert f"| `{kind.name}` | {kind.shape} | {kind.holds} | {life} | {slot} |" in shown
