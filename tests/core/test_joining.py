"""Facts of one chat from several messages: any order, newest of each kind, and proof that nobody can talk away."""

from __future__ import annotations

import itertools
from dataclasses import replace
from datetime import datetime, timedelta
from functools import reduce

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from tests.signals.builders import NOW

from cuelight.core import naming
from cuelight.core.chat import (
    Ask,
    Chat,
    ChatKey,
    Consistency,
    Device,
    Identity,
    NetworkKind,
    Origin,
    Sighting,
    Software,
)
from cuelight.core.joining import MAX_COMPONENTS, adds_nothing, digest, join, signed_sighting, unsigned
from cuelight.core.naming import NamedBy

KEY = ChatKey("d", "a", "1")
HOME = Origin("home", ("h24", "h20", "h16"), 1, NetworkKind.CONSUMER, "GB")
ABROAD = Origin("abroad", ("a24", "a20", "a16"), 2, NetworkKind.CONSUMER, "SE")
CHROME = Device(Software("Windows", (10,)), Software("Chrome", (140,)), "computer")
FIREFOX = Device(Software("Linux"), Software("Firefox", (145,)), "computer")
_MISSING = {"ip": "no_ip", "geo": "no_ip", "user_agent": "no_user_agent", "fingerprint": "no_fingerprint"}


def at(minutes: float) -> datetime:
    return NOW + timedelta(minutes=minutes)


def message(
    minutes: float = 0,
    *,
    origin: Origin | None = None,
    software: Device | None = None,
    components: tuple[tuple[str, str], ...] = (),
    fingerprint: str | None = None,
    customer: str | None = None,
    identity: Identity | None = None,
    asks: tuple[Ask, ...] = (),
    consistency: Consistency | None = None,
    signed: bool = True,
    by: NamedBy = NamedBy.TOLD,
) -> Chat:
    """One message, as `sense` would hand it over: what is absent is told in `unavailable`."""
    device = None
    if software or components or fingerprint:
        device = replace(software or Device(), components=tuple(sorted(components)), fingerprint=fingerprint)
    there = {"ip": origin, "geo": origin, "user_agent": software, "fingerprint": components or fingerprint}
    chat = Chat(
        key=KEY,
        customer=customer,
        identity=identity or (Identity.CLAIMED if customer else Identity.ANONYMOUS),
        sighting=Sighting(at(minutes), origin, device),
        consistency=consistency or Consistency(),
        asks=asks,
        unavailable={name: why for name, why in _MISSING.items() if not there[name]},
    )
    chat = naming.noted(chat, by)
    return chat if signed else unsigned(chat)


def joined(*messages: Chat) -> Chat:
    return reduce(join, messages)


VERIFIED = Identity.VERIFIED

# Made once: making strategies takes longer than drawing from them.
_letters = st.sampled_from("xyz")
_maybe_letters = st.none() | _letters
_customers = st.none() | st.sampled_from(["u", "v"])
_ways = {
    True: st.sampled_from([NamedBy.TOLD, NamedBy.SIGNED_IN, NamedBy.BOUND]),
    False: st.sampled_from([NamedBy.TOLD, NamedBy.OTHER]),
}
_origins = st.none() | st.sampled_from([HOME, ABROAD])
_software = st.none() | st.sampled_from([CHROME, FIREFOX])
_components = st.dictionaries(st.sampled_from(["gpu", "screen", "touch"]), _letters)
_identities = st.sampled_from(Identity)
_asks = st.sets(st.sampled_from(Ask), max_size=2)
_signed = st.booleans()


@st.composite
def messages(draw: st.DrawFn) -> Chat:
    customer = draw(_customers)
    return message(
        by=draw(_ways[customer is not None]),
        origin=draw(_origins),
        software=draw(_software),
        components=tuple(draw(_components).items()),
        fingerprint=draw(_maybe_letters),
        customer=customer,
        identity=draw(_identities) if customer else None,
        asks=tuple(draw(_asks)),
        signed=draw(_signed),
    )


def conversations(most: int = 5) -> st.SearchStrategy[list[Chat]]:
    """Messages of one chat at distinct times."""
    found = st.lists(messages(), min_size=2, max_size=most)
    return found.map(lambda told: [replace(m, sighting=replace(m.sighting, at=at(n))) for n, m in enumerate(told)])


@given(messages())
def test_joining_a_chat_to_itself_changes_nothing(chat: Chat) -> None:
    assert join(chat, chat) == chat


@given(conversations())
def test_joining_again_changes_nothing(told: list[Chat]) -> None:
    once = joined(*told)
    assert join(once, once) == once
    for earlier in told:
        assert adds_nothing(once, join(once, earlier), timed=True)


@given(conversations(), st.randoms())
@settings(max_examples=400)
def test_the_order_of_arrival_does_not_matter(told: list[Chat], order) -> None:
    """Three orders of up to five messages; and joining parts that were joined before."""
    expected = joined(*told)
    shuffled = told.copy()
    order.shuffle(shuffled)
    assert joined(*shuffled) == joined(*reversed(told)) == expected
    cut = order.randrange(1, len(told))
    assert join(joined(*shuffled[:cut]), joined(*shuffled[cut:])) == expected


@given(conversations(most=4))
def test_every_order_of_a_few(told: list[Chat]) -> None:
    assert all(joined(*order) == joined(*told) for order in itertools.permutations(told))


@given(conversations())
def test_the_newest_signed_fact_of_each_kind_wins(told: list[Chat]) -> None:
    result = joined(*told)
    for read in (lambda c: c.origin, lambda c: c.device and c.device.fingerprint, lambda c: c.asks or None):
        values = [(not chat.unsigned, chat.at, read(chat)) for chat in told if read(chat)]
        assert read(result) == (max(values, key=lambda v: v[:2])[2] if values else None)
    signed = [chat for chat in told if chat.customer and not chat.unsigned]
    named = signed or [chat for chat in told if chat.customer]
    assert result.customer == (named[-1].customer if named else None)


@given(conversations())
def test_proof_goes_with_its_customer_and_with_nothing_else(told: list[Chat]) -> None:
    result, proven = told[0], told[0].identity is VERIFIED
    for new in told[1:]:
        before, result = result, join(result, new)
        if new.identity is VERIFIED:
            assert (result.customer, result.identity) == (new.customer, VERIFIED)
        elif before.identity is VERIFIED:
            assert (result.identity is VERIFIED) == (result.customer == before.customer)
        else:
            assert result.identity is not VERIFIED
        proven = proven or new.identity is VERIFIED
    assert proven or result.identity is not VERIFIED


@given(conversations())
def test_what_is_missing_is_what_no_message_brought(told: list[Chat]) -> None:
    result = joined(*told)
    assert ("ip" in result.unavailable) == (result.origin is None)
    for name in _MISSING:
        assert (name in result.unavailable) == all(name in chat.unavailable for chat in told)


def test_absent_is_unknown_and_leaves_what_was_there() -> None:
    whole = message(0, origin=HOME, software=CHROME, components=(("gpu", "x"),), customer="u", asks=(Ask.CARD,))
    later = join(whole, message(5))
    assert replace(later, sighting=whole.sighting, seen={}) == whole
    assert later.at == at(5)
    assert adds_nothing(whole, later, timed=False)


def test_a_webhook_and_a_collector_make_one_chat() -> None:
    webhook = message(0, origin=HOME, customer="u")
    collector = message(1, software=CHROME, components=(("gpu", "x"), ("timezone", "London")), fingerprint="f")
    chat = join(webhook, collector)
    assert chat.origin == HOME
    assert chat.device == collector.device
    assert (chat.customer, chat.identity, chat.unavailable) == ("u", Identity.CLAIMED, {})


def test_components_are_kept_one_by_one_and_bounded() -> None:
    many = message(0, components=tuple((f"c{n:02}", "x") for n in range(MAX_COMPONENTS)))
    chat = join(many, message(1, components=(("c00", "y"), ("new", "y"))))
    assert chat.device is not None
    kept = dict(chat.device.components)
    assert len(kept) == MAX_COMPONENTS
    assert (kept["c00"], kept["new"], kept["c05"]) == ("y", "y", "x")


@pytest.mark.parametrize(
    ("told", "customer", "identity"),
    [
        ([("u", "verified"), ("u", "claimed")], "u", "verified"),
        ([("u", "verified"), ("u", "anonymous")], "u", "verified"),
        ([("u", "verified"), (None, None)], "u", "verified"),
        ([("u", "claimed"), ("u", "verified")], "u", "verified"),
        ([("u", "claimed"), ("u", "anonymous")], "u", "claimed"),
        ([("u", "verified"), ("v", "claimed")], "v", "claimed"),
        ([("u", "verified"), ("v", "claimed"), ("u", "claimed")], "u", "claimed"),
        ([("u", "verified"), ("v", "verified"), ("u", "anonymous")], "u", "anonymous"),
        ([(None, None), ("u", "anonymous")], "u", "anonymous"),
    ],
)
def test_who_it_is_about(told: list[tuple[str | None, str | None]], customer: str, identity: str) -> None:
    said = [message(n, customer=who, identity=Identity(how) if how else None) for n, (who, how) in enumerate(told)]
    for order in itertools.permutations(said):
        assert (joined(*order).customer, joined(*order).identity) == (customer, identity)


def test_unsigned_facts_fill_gaps_and_replace_nothing_signed() -> None:
    signed = message(0, origin=HOME, customer="u", identity=VERIFIED)
    planted = message(9, origin=ABROAD, components=(("gpu", "x"),), customer="v", identity=VERIFIED, signed=False)
    assert planted.identity is Identity.CLAIMED
    chat = join(signed, planted)
    assert (chat.origin, chat.customer, chat.identity) == (HOME, "u", VERIFIED)
    assert chat.device == Device(components=(("gpu", "x"),))
    assert "c.gpu" in chat.unsigned
    assert signed_sighting(chat) == Sighting(at(9), HOME, None)
    vouched = join(chat, message(10, components=(("gpu", "x"),)))
    assert not {name for name in vouched.unsigned if name.startswith("c.")}
    assert not adds_nothing(chat, vouched, timed=False)


def test_a_private_address_is_no_news_about_a_public_one_but_tells_more_than_none() -> None:
    inside = message(1)
    inside = replace(inside, unavailable=inside.unavailable | {"ip": "ip_not_public", "geo": "ip_not_public"})
    assert join(message(0, origin=HOME), inside).origin == HOME
    assert join(message(0), inside).unavailable["ip"] == "ip_not_public"
    assert join(inside, message(2)).unavailable["ip"] == "ip_not_public"


def test_findings_of_one_message_hold_as_long_as_its_facts_do() -> None:
    found = Consistency(clock_gap_h=0.0, language_fits=True, hints_agree=False, odd=("platform",))
    local = (("languages", "en"), ("platform", "Mac"), ("timezone", "London"))
    whole = message(0, origin=HOME, software=CHROME, components=local, consistency=found)
    assert join(whole, message(1, asks=(Ask.CARD,))).consistency == found
    moved = join(whole, message(1, origin=ABROAD)).consistency
    assert (moved.clock_gap_h, moved.language_fits, moved.hints_agree) == (None, None, False)
    other = join(whole, message(1, software=FIREFOX)).consistency
    assert (other.clock_gap_h, other.hints_agree, other.odd) == (0.0, None, ())


def test_findings_about_a_request_survive_a_fingerprint_that_came_later() -> None:
    found = Consistency(hints_agree=False, odd=("os_hint",))
    chat = join(message(0, software=CHROME, consistency=found), message(1, components=(("platform", "Mac"),)))
    assert chat.consistency == found


def test_digests_name_facts_and_not_our_clock() -> None:
    one, later = message(0, origin=HOME), message(5, origin=HOME)
    assert digest(one, timed=False) == digest(later, timed=False)
    assert digest(one, timed=True) != digest(later, timed=True)
    others = [message(0, origin=ABROAD), message(0), message(0, origin=HOME, customer="u")]
    others += [replace(one, key=ChatKey("d", "a", "2")), message(0, origin=HOME, signed=False)]
    others += [message(0, origin=HOME, customer="u", identity=VERIFIED), message(0, origin=HOME, asks=(Ask.CARD,))]
    assert len({digest(chat, timed=False) for chat in (one, *others)}) == len(others) + 1


def test_a_newer_geoip_database_alone_is_no_news() -> None:
    one = message(0, origin=HOME, customer="u")
    moved = replace(one, sighting=replace(one.sighting, origin=replace(HOME, country="FR", asn=9)))
    assert adds_nothing(one, join(one, moved), timed=False)
    assert digest(one, timed=False) == digest(moved, timed=False)
