"""What every `EnrolmentStore` promises, and every `CustomerStore` about the ledger of disclosures."""

from __future__ import annotations

import hashlib
import secrets
from concurrent.futures import ThreadPoolExecutor
from dataclasses import replace
from datetime import timedelta

import pytest
from tests.stores import world

from cuelight.core.disclosure import Disclosure, Kind
from cuelight.core.enrolment import Enrolment, accept, end, renew
from cuelight.core.errors import Conflict
from cuelight.stores import Stores, codec_ledger, keys


def digest() -> str:
    return hashlib.sha256(secrets.token_bytes(8)).hexdigest()


def invited(name: str = "Zoë 💬") -> Enrolment:
    return Enrolment(secrets.token_hex(4), name, world.at(), world.at(24), digest())


def test_an_enrolment_comes_back_exactly_at_every_step(stores: Stores) -> None:
    made = replace(invited(), team="billing 💬")
    stores.enrolments.add(made)
    assert stores.enrolments.read(made.enrolment_id) == made
    first, second = digest(), digest()
    taken = accept(made, made.code_sha256, first, digest(), world.at(1))
    renewed = renew(taken, first, second, digest(), world.at(2))
    ended = end(renewed, world.at(3), "revoked")
    for before, after in ((made, taken), (taken, renewed), (renewed, ended)):
        assert stores.enrolments.change(before, after)
        assert stores.enrolments.read(made.enrolment_id) == after
        assert after in stores.enrolments.list()
    assert stores.enrolments.read("unknown") is None


def test_an_id_cannot_be_given_twice(stores: Stores) -> None:
    made = invited()
    stores.enrolments.add(made)
    with pytest.raises(Conflict):
        stores.enrolments.add(replace(made, name="another"))
    assert stores.enrolments.read(made.enrolment_id) == made


def test_only_one_of_many_changes_is_made(stores: Stores) -> None:
    made = invited()
    stores.enrolments.add(made)
    wanted = [replace(made, name=f"agent {number}") for number in range(8)]
    with ThreadPoolExecutor(8) as pool:
        done = list(pool.map(lambda after: stores.enrolments.change(made, after), wanted))
    assert done.count(True) == 1
    assert stores.enrolments.read(made.enrolment_id) == wanted[done.index(True)]


def test_what_was_changed_meanwhile_is_not_removed(stores: Stores) -> None:
    made = invited()
    stores.enrolments.add(made)
    after = replace(made, name="another")
    assert stores.enrolments.change(made, after)
    assert not stores.enrolments.remove(made)
    assert stores.enrolments.remove(after)
    assert not stores.enrolments.remove(after)
    assert stores.enrolments.read(made.enrolment_id) is None


def test_enrolments_are_listed_oldest_first(stores: Stores) -> None:
    late, early = invited(), replace(invited(), invited_at=world.at(-9))
    stores.enrolments.add(late)
    stores.enrolments.add(early)
    assert [e for e in stores.enrolments.list() if e in (late, early)] == [early, late]


def line(chat, kind: Kind = Kind.ADDRESS, hours: float = 0.0, *, mistaken: bool = False) -> Disclosure:
    return Disclosure(chat.key, kind, world.at(hours), "Sam", mistaken)


def test_the_ledger_is_one_for_all_of_a_customers_chats_newest_first(stores: Stores) -> None:
    who = world.customer()
    first, second = world.chat(who), world.chat(who)
    assert list(stores.customers.ledger(who, first.key)) == []
    lines = [line(first), line(second, Kind.ORDERS, 1), line(second, Kind.ORDERS, 2, mistaken=True)]
    assert list(stores.customers.ledger(who, first.key, lines[:1])) == lines[:1]
    assert list(stores.customers.ledger(who, second.key, lines[1:])) == lines[::-1]
    assert list(stores.customers.ledger(who, first.key)) == lines[::-1]


def test_what_was_stored_before_there_were_teams_is_still_the_same() -> None:
    """An enrolment is changed only where its bytes are what they were."""
    made, told = invited(), line(world.chat(None))
    assert b"team" not in codec_ledger.pack_enrolment(made)
    assert codec_ledger.unpack_enrolment(codec_ledger.pack_enrolment(made)) == made
    written = codec_ledger.pack_disclosure(told)
    assert codec_ledger.pack_disclosure(replace(told, team="x")).startswith(written)
    assert codec_ledger.unpack_disclosure(written) == told


def test_a_chat_nobody_claims_has_a_ledger_of_its_own(stores: Stores) -> None:
    one, other = world.chat(None), world.chat(None)
    told = replace(line(one), team="Abrechnung Süd")
    stores.customers.ledger(None, one.key, [told])
    assert list(stores.customers.ledger(None, one.key)) == [told]
    assert list(stores.customers.ledger(None, other.key)) == []


def test_the_ledger_is_bounded_and_goes_with_the_customer(stores: Stores) -> None:
    who = world.customer()
    chat = world.chat(who)
    kept = keys.LEDGER_KEPT
    stores.customers.ledger(who, chat.key, [line(chat, hours=number) for number in range(kept + 5)])
    found = stores.customers.ledger(who, chat.key)
    assert len(found) == kept
    assert found[0].at - found[-1].at == timedelta(hours=kept - 1)
    assert stores.customers.erase(who, world.at(kept + 9)).disclosures == kept
    assert list(stores.customers.ledger(who, chat.key)) == []


def test_the_ledger_lives_as_long_as_a_history(redis_stores: Stores) -> None:
    who, link = world.customer(), redis_stores.link
    assert link is not None
    chat = world.chat(who)
    redis_stores.customers.ledger(who, chat.key, [line(chat)])
    assert link.call("TTL", keys.ledger(who)) == pytest.approx(90 * 86_400, abs=30)
    link.call("EXPIRE", keys.ledger(who), 100)
    redis_stores.customers.ledger(who, chat.key)
    assert link.call("TTL", keys.ledger(who)) <= 100  # reading is no reason to keep
