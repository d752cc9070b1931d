"""Links and sealed values: what this installation made, nothing else, under old keys and new ones."""

from __future__ import annotations

import secrets
from base64 import urlsafe_b64decode, urlsafe_b64encode
from datetime import UTC, datetime, timedelta

import pytest

from cuelight.core.chat import ChatKey
from cuelight.core.notice import Link, name_of
from cuelight.sense.hash_keys import HashKeys
from cuelight.sense.key_ring import KeyRing, RingKey
from cuelight.sense.sealing import KeyedSeals

NOW = datetime(2026, 11, 24, 12, tzinfo=UTC)
LINK = Link(name_of(ChatKey("zendesk", "acme", "7431")), "AAECAwQFBgc", NOW + timedelta(days=7))


def seals_of(*ring: RingKey) -> KeyedSeals:
    return KeyedSeals(HashKeys.of(KeyRing(ring or (RingKey(secrets.token_bytes(32)),)), lambda: NOW))


def test_a_link_is_read_as_it_was_made_and_says_nothing() -> None:
    seals = seals_of()
    token = seals.sign(LINK)
    assert seals.read(token) == LINK
    assert len(token) == 60
    for word in (b"zendesk", b"acme", b"7431"):
        assert word not in urlsafe_b64decode(token)


def test_no_bit_of_a_link_can_be_changed() -> None:
    seals = seals_of()
    raw = urlsafe_b64decode(seals.sign(LINK))
    for place in range(len(raw)):
        for bit in range(8):
            changed = bytearray(raw)
            changed[place] ^= 1 << bit
            assert seals.read(urlsafe_b64encode(bytes(changed)).decode()) is None


@pytest.mark.parametrize(
    "token",
    [
        "",
        "x",
        "A" * 60,
        "A" * 59,
        "A" * 61,
        "=" * 60,
        "../" * 20,
        "%00" * 20,
        "\uff21" * 60,
        "\ud800" * 60,
        "_" * 60,
        " " * 60,
    ],
)
def test_what_is_no_link_is_none(token: str) -> None:
    assert seals_of().read(token) is None


def test_another_spelling_is_another_link() -> None:
    seals = seals_of()
    token = seals.sign(LINK)
    for changed in (token[:-1], token + "=", token + "A", token.upper(), f" {token}", f"{token}\n"):
        assert seals.read(changed) is None


def test_another_installation_made_nothing_here() -> None:
    one, other = seals_of(), seals_of()
    assert other.read(one.sign(LINK)) is None
    assert other.open(one.seal("owner@example.com", LINK.name), LINK.name) is None


def test_what_was_made_before_a_rotation_stays_good() -> None:
    first = RingKey(secrets.token_bytes(32))
    second = RingKey(secrets.token_bytes(32), NOW - timedelta(seconds=1))
    before, after = seals_of(first), seals_of(first, second)
    token, sealed = before.sign(LINK), before.seal("owner@example.com", LINK.name)
    assert after.read(token) == LINK
    assert after.open(sealed, LINK.name) == "owner@example.com"
    assert after.sign(LINK) != token
    assert after.read(after.sign(LINK)) == LINK
    assert before.read(after.sign(LINK)) is None


def test_a_sealed_value_is_unreadable_and_belongs_to_one_notice() -> None:
    seals = seals_of()
    sealed = seals.seal("Zoë@owner.example", "one")
    assert seals.open(sealed, "one") == "Zoë@owner.example"
    assert b"owner" not in sealed
    assert seals.seal("Zoë@owner.example", "one") != sealed
    assert seals.open(sealed, "another") is None
    for broken in (b"", sealed[:9], sealed[:-1], sealed + b"x", bytes((9,)) + sealed[1:], bytes(len(sealed))):
        assert seals.open(broken, "one") is None
