"""What every `CrowdStore` promises: shares, spray and reported marks, across customers."""

from __future__ import annotations

from datetime import timedelta

import pytest
from tests.stores import world

from cuelight.core.crowd import Trait, TraitStats
from cuelight.stores import Stores, bounds
from cuelight.stores.link import Link
from cuelight.stores.redis_crowd import RedisCrowdStore


@pytest.fixture
def address() -> Trait:
    return ("address", world.token())


def stats(stores: Stores, trait: Trait, hours: float = 0.0, own: str | None = None) -> TraitStats:
    return stores.crowd.read(own, [trait], world.at(hours)).of(*trait)


def test_nothing_is_known_of_a_new_trait(stores: Stores, address: Trait) -> None:
    assert stats(stores, address) == TraitStats()


def test_learning_counts_customers_and_totals(stores: Stores) -> None:
    name = "c." + world.token()
    for value in ("a", "b", "b"):
        stores.crowd.learn([(name, value)])
    crowd = stores.crowd.read(None, [(name, "a"), (name, "b"), (name, "c")], world.at())
    assert [crowd.of(name, value).customers for value in "abc"] == [1.0, 2.0, 0.0]
    assert crowd.totals == {name: 3.0}


def test_spray_counts_other_customers_within_a_day_and_a_week(stores: Stores, address: Trait) -> None:
    me = world.customer()
    stores.crowd.contact(me, [address], world.at(0))
    stores.crowd.contact(world.customer(), [address], world.at(-2))
    stores.crowd.contact(world.customer(), [address], world.at(-30))
    stores.crowd.contact(world.customer(), [address], world.at(-24 * 8))
    stores.crowd.contact(world.customer(), [address], world.at(5))
    assert stats(stores, address, own=me) == TraitStats(others_1d=1, others_7d=2, since=world.at(-30))
    assert stats(stores, address, own=None) == TraitStats(others_1d=2, others_7d=3, since=world.at(-30))
    assert stats(stores, address, 28, own=me).others_1d == 1


def test_one_customer_many_chats_is_one_other(stores: Stores, address: Trait) -> None:
    other = world.customer()
    for hours in (1, 9, 3):
        stores.crowd.contact(other, [address], world.at(hours))
    assert stats(stores, address, 9) == TraitStats(others_1d=1, others_7d=1, since=world.at(9))
    # The latest contact counts, whatever order they were told in.
    assert stats(stores, address, 9 + 23).others_1d == 1


def test_spray_stops_counting_at_fifty(stores: Stores, address: Trait) -> None:
    for number in range(60):
        stores.crowd.contact(world.customer(), [address], world.at(number / 60))
    assert stats(stores, address, 2) == TraitStats(others_1d=50, others_7d=50, since=world.at(10 / 60))


def test_a_campaign_is_told_of_once_a_day(stores: Stores, address: Trait) -> None:
    assert stores.crowd.first_today(address)
    assert not stores.crowd.first_today(address)
    assert stores.crowd.first_today((address[0], address[1] + "x"))


def test_reports_count_once_a_chat_for_ninety_days_and_can_be_withdrawn(stores: Stores, address: Trait) -> None:
    one, two = world.chat(None).key, world.chat(None).key
    stores.crowd.report([address], one, world.at(0))
    stores.crowd.report([address], one, world.at(0))
    stores.crowd.report([address], two, world.at(24))
    assert stats(stores, address, 25).reported == 2
    assert stats(stores, address, 24 * 90 + 1).reported == 1
    stores.crowd.withdraw([address], two)
    assert stats(stores, address, 25).reported == 1


def test_customers_with_a_chat_this_week_are_counted(stores: Stores) -> None:
    """The day is far from every other test's; days are counted whole, so a week's edge may be a day off."""
    now = world.NOON + timedelta(days=4000)
    before = stores.crowd.read(None, [], now).contacts_7d
    for number in range(40):
        who = world.customer()
        for _ in range(2):
            stores.crowd.contact(who, [], now - timedelta(hours=number))
    stores.crowd.contact(world.customer(), [], now - timedelta(days=9))
    assert stores.crowd.read(None, [], now).contacts_7d - before == pytest.approx(40, abs=1)


def test_values_are_told_apart_by_name(stores: Stores) -> None:
    value = world.token()
    stores.crowd.contact(world.customer(), [("address", value)], world.at())
    assert stats(stores, ("prefix", value)) == TraitStats()


def test_the_prior_stands_in_until_something_is_learnt(redis_stores: Stores) -> None:
    prior = {"os": {"iOS": 0.3, "": 0.01}}
    link = redis_stores.link
    assert link is not None
    crowd = RedisCrowdStore(link, prior, 20.0).read(None, [], world.at())
    assert (crowd.share("os", "iOS"), crowd.prior_weight) == (0.3, 20.0)


def test_a_store_that_fails_gives_an_empty_answer_and_one_line(capsys: pytest.CaptureFixture[str]) -> None:
    crowd = RedisCrowdStore(Link("unix:///nowhere/at/all"), {"os": {"": 0.5}})
    traits = [("address", "a-token-of-somebody")]
    for _ in range(3):
        empty = crowd.read(None, traits, world.at())
        assert (empty.stats, empty.share("os", "x")) == ({}, 0.5)
        crowd.contact("somebody", traits, world.at())
        crowd.learn(traits)
        crowd.report(traits, world.chat(None).key, world.at())
        crowd.withdraw(traits, world.chat(None).key)
    written = capsys.readouterr()
    assert (written.out + written.err).count("crowd_unavailable") == 1
    assert "somebody" not in written.out + written.err


def test_rare_values_make_room_and_common_ones_stay(redis_stores: Stores, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("cuelight.stores.redis_crowd.MAX_SHARES", 30)
    name = "c." + world.token()
    for _ in range(40):
        redis_stores.crowd.learn([(name, "common")])
    for number in range(120):
        redis_stores.crowd.learn([(name, f"rare-{number}")])
    crowd = redis_stores.crowd.read(None, [(name, "common"), (name, "rare-119")], world.at())
    assert crowd.of(name, "common").customers == 40
    link = redis_stores.link
    assert link is not None
    assert link.call("HLEN", f"cl:n:{name}") <= 31
    assert crowd.totals[name] == 160


def test_the_bounds_are_those_the_core_promises() -> None:
    assert bounds.MAX_SPRAY == 50
