"""What every `CollectorStore` promises."""

from __future__ import annotations

import secrets
from concurrent.futures import ThreadPoolExecutor
from dataclasses import replace
from datetime import timedelta

import pytest
from tests.stores import world

from cuelight.core import collectors
from cuelight.core.collectors import Collector, TokenKey, read_origin
from cuelight.core.errors import InvalidInput
from cuelight.core.hooks import OVERLAP
from cuelight.stores import Stores, keys


def made(hours: float = 0.0, **parts: object) -> Collector:
    origins = ("https://shop.example", "http://localhost:*")
    collector = Collector("pk_" + secrets.token_hex(12), "zendesk", "acme", origins, world.at(hours))
    return replace(collector, **parts)  # type: ignore[arg-type]


def test_a_collector_comes_back_as_it_was_put(stores: Stores) -> None:
    token_keys = (
        TokenKey("a", "ES256", "-----BEGIN …", world.at(2)),
        TokenKey("b", "HS256", "Zürich 💬" * 9, world.at(1)),
    )
    collector = made(token_keys=token_keys)
    assert stores.collectors.get(collector.key) is None
    stores.collectors.put(collector)
    assert stores.collectors.get(collector.key) == collector
    changed = replace(collector, origins=("https://other.example",), token_keys=())
    stores.collectors.put(changed)
    assert [c for c in stores.collectors.list() if c.key == collector.key] == [changed]


def test_they_are_listed_oldest_first_and_removed_once(stores: Stores) -> None:
    younger, older = made(2), made(1)
    stores.collectors.put(younger)
    stores.collectors.put(older)
    assert [c for c in stores.collectors.list() if c in (younger, older)] == [older, younger]
    assert stores.collectors.remove(older.key)
    assert not stores.collectors.remove(older.key)
    assert stores.collectors.get(older.key) is None


def test_a_minute_takes_so_many_of_a_sender_and_of_a_key(stores: Stores, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(collectors, "ADDRESS_PER_MIN", 3)
    key, other, minute = made().key, made().key, world.at().replace(second=5)

    def admit(sender: str, which: str = key, after_s: int = 0) -> bool:
        return stores.collectors.admit(which, sender, minute + timedelta(seconds=after_s), 5)

    assert [admit("one", after_s=n) for n in range(5)] == [True] * 3 + [False] * 2
    assert admit("one", other)
    assert [admit("two", after_s=10) for _ in range(3)] == [True, True, False], "what was refused is not counted"
    assert not admit("three", after_s=54)
    assert admit("one", after_s=60)


def test_of_many_at_once_no_more_are_admitted(stores: Stores, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(collectors, "ADDRESS_PER_MIN", 4)
    key = made().key
    with ThreadPoolExecutor(8) as pool:
        admitted = list(pool.map(lambda _: stores.collectors.admit(key, "one", world.at()), range(12)))
    assert sum(admitted) == 4


def test_what_counts_a_minute_is_gone_a_minute_later(redis_stores: Stores) -> None:
    key = made().key
    assert redis_stores.collectors.admit(key, "one", world.at())
    assert redis_stores.link is not None
    assert 0 < redis_stores.link.call("TTL", keys.minute(key, world.at())) <= 60


def test_a_replaced_token_key_is_good_for_a_week() -> None:
    old, new = TokenKey("a", "HS256", "x" * 32, world.at(0)), TokenKey("b", "HS256", "y" * 32, world.at(48))
    assert made().live_token_keys(world.at()) == ()
    assert made(token_keys=(old,)).live_token_keys(world.at(9999)) == (old,)
    assert made(token_keys=(new, old, old)).live_token_keys(new.added_at) == (new, old)
    assert made(token_keys=(new, old)).live_token_keys(new.added_at + OVERLAP) == (new,)


@pytest.mark.parametrize(
    ("text", "origin"),
    [
        ("https://shop.example", "https://shop.example"),
        (" HTTPS://Shop.Example/ ", "https://shop.example"),
        ("https://shop.example:443", "https://shop.example"),
        ("https://shop.example:8443", "https://shop.example:8443"),
        ("http://localhost:8000", "http://localhost:8000"),
        ("http://127.0.0.1:*", "http://127.0.0.1:*"),
        ("https://[2001:db8::1]", "https://[2001:db8::1]"),
    ],
)
def test_origins_are_spelt_as_browsers_do(text: str, origin: str) -> None:
    assert read_origin(text) == origin


@pytest.mark.parametrize(
    "text",
    ["", "*", "null", "https://*", "https://*.shop.example", "shop.example", "http://shop.example", "https://a/b",
     "https://a?b", "https://a@b", "https://shop.example:*", "file:///x", "https://a b", "https://a:b", "https://é.example"],
)  # fmt: skip
def test_what_is_no_origin_or_too_many_is_refused(text: str) -> None:
    with pytest.raises(InvalidInput, match="origin"):
        read_origin(text)


@pytest.mark.parametrize(
    ("origin", "allowed"),
    [
        ("https://shop.example", True),
        ("http://localhost:8000", True),
        ("https://shop.example:444", False),
        ("https://shop.example.evil.example", False),
        ("https://evil-shop.example", False),
        ("http://shop.example", False),
        ("http://localhost", False),
        ("http://localhost:", False),
        ("http://localhost:8000.evil.example", False),
        ("http://localhost:*", True),
        ("null", False),
        ("", False),
    ],
)
def test_a_page_has_the_origin_or_it_does_not(origin: str, allowed: bool) -> None:
    assert made().allows(origin) is allowed
