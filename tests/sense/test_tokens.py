from __future__ import annotations

import base64
from zoneinfo import available_timezones

import pytest
from hypothesis import given
from hypothesis import strategies as st

from cuelight.core.errors import InvalidInput
from cuelight.sense.tokens import LONG_BYTES, SHORT_BYTES, Tokens, decode_key

KEY = bytes(range(32))


def test_tokens_are_short_url_safe_and_depend_on_key_kind_and_value() -> None:
    tokens = Tokens(KEY)
    seen = {
        tokens.of("address", b"a"),
        tokens.of("address", b"b"),
        tokens.of("prefix", b"a"),
        Tokens(KEY[::-1]).of("address", b"a"),
    }
    assert len(seen) == 4
    assert all(len(token) == 8 and "=" not in token for token in seen)
    assert len(tokens.customer("u-1")) == 24
    assert tokens.of("address", b"a") == Tokens(KEY).of("address", b"a")


def test_a_short_token_is_the_beginning_of_the_long_one() -> None:
    """So that histories with longer tokens can be shortened where they are stored."""
    tokens = Tokens(KEY)
    assert tokens.of("prefix", b"a", SHORT_BYTES) == tokens.of("prefix", b"a", LONG_BYTES)[:4]
    assert tokens.of_component("canvas", "x") == tokens.of("c.canvas", "x")[:4]
    assert tokens.of_component("canvas", "x" * 500) == tokens.of("c.canvas", "x" * 500)[:4]


def test_every_time_zone_has_a_token_of_its_own() -> None:
    tokens, zones = Tokens(KEY), available_timezones()
    assert len({tokens.of_component("timezone", zone) for zone in zones}) == len(zones)


@given(st.text(max_size=20), st.text(max_size=20))
def test_kind_and_value_do_not_run_into_each_other(one: str, other: str) -> None:
    tokens = Tokens(KEY)
    assert (tokens.of("ab", one) == tokens.of("a", "b" + other)) is False
    assert tokens.of("c.x", one) != tokens.customer(one)


def test_lone_surrogates_are_hashed_like_anything_else() -> None:
    assert Tokens(KEY).customer("\ud800") != Tokens(KEY).customer("\ud801")


def test_key_id_names_the_key_and_repr_holds_no_secret() -> None:
    assert Tokens(KEY).key_id == Tokens(KEY).key_id != Tokens(KEY[::-1]).key_id
    assert KEY.hex() not in repr(Tokens(KEY))


def test_long_keys_count_whole() -> None:
    long = KEY * 4
    assert Tokens(long).of("a", "b") != Tokens(long[:-1] + b"!").of("a", "b")


def test_short_keys_are_refused() -> None:
    with pytest.raises(InvalidInput, match="hash_key"):
        Tokens(b"short")


@pytest.mark.parametrize("text", ["", "abc", "!" * 44, base64.b64encode(b"x" * 31).decode(), "ä" * 50])
def test_unusable_key_texts_are_refused(text: str) -> None:
    with pytest.raises(InvalidInput, match="hash_key"):
        decode_key(text)


@given(st.binary(min_size=32, max_size=80))
def test_both_base64_alphabets_decode(key: bytes) -> None:
    assert decode_key(base64.b64encode(key).decode()) == key
    assert decode_key(base64.urlsafe_b64encode(key).decode().rstrip("=") + "\n") == key


def test_a_token_under_a_new_key_is_made_of_the_one_before() -> None:
    first = Tokens(KEY)
    second = Tokens(KEY[::-1], first)
    third = Tokens(bytes(32), second)
    assert (first.number, second.number, third.number) == (1, 2, 3)
    for size in (SHORT_BYTES, LONG_BYTES):
        before = first.of("address", b"a", size)
        assert second.of("address", b"a", size) == second.renamed(before) != before
        assert len(second.renamed(before)) == len(before)
        assert third.renamed(second.renamed(before)) == third.of("address", b"a", size)
    assert second.of_component("gpu", "x") == second.renamed(first.of_component("gpu", "x"))
    # Neither key alone makes it.
    assert Tokens(KEY[::-1]).of("address", b"a") != second.of("address", b"a")


def test_a_customers_token_tells_its_key() -> None:
    first = Tokens(KEY)
    second = Tokens(KEY[::-1], first)
    before, now = first.customer("u-1"), second.customer("u-1")
    assert second.renamed_customer(before) == now
    assert now.startswith("2.")
    assert first.made(before)
    assert not first.made(now)
    assert second.made(now)
    assert not second.made(before)
