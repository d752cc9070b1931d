from __future__ import annotations

import json
import time
from dataclasses import replace
from datetime import UTC, datetime
from typing import Any

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from tests.sense.agents import WINDOWS

from cuelight.core import rekeying
from cuelight.core.chat import Ask, Cell, Chat, ChatKey, Consistency, Identity, NetworkKind, Software, device_model
from cuelight.core.facts import ChatFacts, ContactFacts
from cuelight.core.joining import digest, join
from cuelight.core.ports import Locator
from cuelight.sense.locator import SenseLocator

AT = datetime(2026, 11, 23, 12, tzinfo=UTC)
COMPONENTS = {"timezone": "Europe/Stockholm", "languages": ["sv-SE", "en"], "screen": "1920x1080", "platform": "Win32"}
CONTACT = ContactFacts(at=AT, ip="89.160.20.129", user_agent=WINDOWS, fingerprint_id="f-1", components=COMPONENTS)
FACTS = ChatFacts(ChatKey("sample", "demo", "1"), Identity.CLAIMED, CONTACT, customer_id="u-1", asks=(Ask.CARD,))


def of(contact: ContactFacts) -> ChatFacts:
    return replace(FACTS, contact=contact)


def test_a_whole_chat(locator: SenseLocator) -> None:
    port: Locator = locator
    chat = port.chat(FACTS)
    assert (chat.key, chat.identity, chat.asks, chat.at) == (FACTS.key, FACTS.identity, FACTS.asks, AT)
    assert chat.customer == locator.customer("u-1")
    assert chat.unavailable == {}
    assert chat.consistency == Consistency(0.0, True, True, ())
    origin, device = chat.origin, chat.device
    assert origin is not None
    assert device is not None
    assert (origin.country, origin.cell, origin.asn) == ("SE", Cell(58.25, 15.75), 29518)
    assert (origin.kind, origin.accuracy_radius_km) == (NetworkKind.CONSUMER, 76.0)
    assert len({origin.address, *origin.prefixes}) == 4
    assert (device.os, device.browser, device.form) == (Software("Windows"), Software("Chrome", (130,)), "computer")
    assert [name for name, _ in device.components] == sorted(COMPONENTS)
    assert locator.sighting(CONTACT) == chat.sighting


def test_the_operators_lists_give_the_kind(locator: SenseLocator) -> None:
    chat = locator.chat(of(replace(CONTACT, ip="89.160.20.113")))
    assert chat.origin is not None
    assert chat.origin.kind is NetworkKind.VPN


@pytest.mark.parametrize("spelling", ["::ffff:89.160.20.129", "2002:59a0:1481::1", " 89.160.20.129"])
def test_one_address_one_token(locator: SenseLocator, spelling: str) -> None:
    other = of(replace(CONTACT, ip=spelling))
    assert locator.chat(other) == locator.chat(FACTS)


def test_neighbours_share_prefixes_not_addresses(locator: SenseLocator) -> None:
    near, far = locator.chat(FACTS).origin, locator.chat(of(replace(CONTACT, ip="89.160.21.1"))).origin
    assert near is not None
    assert far is not None
    assert near.address != far.address
    assert near.prefixes[0] != far.prefixes[0]
    assert near.prefixes[1:] == far.prefixes[1:]


@pytest.mark.parametrize(
    ("ip", "unavailable"),
    [
        (None, {"ip": "no_ip", "geo": "no_ip"}),
        ("", {"ip": "no_ip", "geo": "no_ip"}),
        ("<script>", {"ip": "no_ip", "geo": "no_ip"}),
        ("10.0.0.1", {"ip": "ip_not_public", "geo": "ip_not_public"}),
        ("100.64.3.4", {"ip": "ip_not_public", "geo": "ip_not_public"}),
        ("::1", {"ip": "ip_not_public", "geo": "ip_not_public"}),
        ("2001:0:4136:e378:8000:63bf:3fff:fdd2", {"ip": "ip_not_public", "geo": "ip_not_public"}),
        ("203.0.113.7", {"geo": "not_in_geo_data"}),
        ("9.9.9.9", {"geo": "not_in_geo_data"}),
    ],
)
def test_what_is_missing_is_named(locator: SenseLocator, ip: str | None, unavailable: dict[str, str]) -> None:
    chat = locator.chat(of(replace(CONTACT, ip=ip)))
    assert chat.unavailable == unavailable
    assert (chat.origin is None) == ("ip" in unavailable)
    assert chat.consistency.clock_gap_h is None
    assert chat.consistency.language_fits is None


def test_an_empty_contact_is_no_error(locator: SenseLocator) -> None:
    chat = locator.chat(replace(of(ContactFacts(at=AT)), customer_id=None))
    assert (chat.customer, chat.origin, chat.device) == (None, None, None)
    assert chat.unavailable == {
        "ip": "no_ip",
        "geo": "no_ip",
        "user_agent": "no_user_agent",
        "fingerprint": "no_fingerprint",
    }


def test_a_clock_and_a_language_from_elsewhere(locator: SenseLocator) -> None:
    away = dict(COMPONENTS, timezone="Asia/Tokyo", languages=["ja"])
    consistency = locator.chat(of(replace(CONTACT, components=away))).consistency
    assert consistency.clock_gap_h == 8.0
    assert consistency.language_fits is False


def test_connection_facts_are_components_but_no_part_of_the_model(locator: SenseLocator) -> None:
    with_ja4 = locator.sighting(replace(CONTACT, ja4="t13d1516h2_8daaf6152771_02713d6af862", tls_version="1.3"))
    plain = locator.sighting(CONTACT)
    assert with_ja4.device is not None
    assert plain.device is not None
    assert {"ja4", "tls_version"} <= dict(with_ja4.device.components).keys()
    assert device_model(with_ja4.device) == device_model(plain.device)


def test_digests_name_the_facts(locator: SenseLocator) -> None:
    def named(facts: ChatFacts) -> str:
        return digest(locator.chat(facts), timed=True)

    assert named(FACTS) == named(of(replace(CONTACT, components=dict(reversed(COMPONENTS.items())))))
    different = [
        replace(FACTS, identity=Identity.VERIFIED),
        replace(FACTS, customer_id="u-2"),
        replace(FACTS, customer_id=None),
        replace(FACTS, asks=()),
        replace(FACTS, key=ChatKey("sample", "demo", "2")),
        of(replace(CONTACT, ip="89.160.20.130")),
        of(replace(CONTACT, ip=None)),
        of(replace(CONTACT, user_agent=None)),
        of(replace(CONTACT, fingerprint_id="f-2")),
        of(replace(CONTACT, components={})),
        of(replace(CONTACT, client_hints={"sec-ch-ua-mobile": "?1"})),
        of(replace(CONTACT, ja4="x")),
        of(replace(CONTACT, at=datetime(2026, 11, 23, 13, tzinfo=UTC))),
    ]
    assert len({named(facts) for facts in different} | {named(FACTS)}) == len(different) + 1


@pytest.mark.parametrize(
    ("zone", "gap_h"), [("Europe/Stockholm", 0.0), ("Asia/Tokyo", 8.0), ("Asia/Calcutta", 4.5), ("Mars/Base", None)]
)
def test_a_clock_and_a_place_of_separate_messages_are_compared(
    locator: SenseLocator, zone: str, gap_h: float | None
) -> None:
    place = locator.chat(of(ContactFacts(at=AT, ip=CONTACT.ip)))
    clock = locator.chat(of(ContactFacts(at=AT, components={"timezone": zone})))
    joined = join(place, clock)
    assert joined.consistency.clock_gap_h is None
    assert locator.compare(joined).consistency.clock_gap_h == gap_h
    assert locator.compare(place) == place
    assert locator.compare(clock) == clock


def test_nothing_readable_is_left_in_a_chat(locator: SenseLocator) -> None:
    chat = locator.chat(of(replace(CONTACT, components=dict(COMPONENTS, canvas="canvas-secret"))))
    shown = repr(chat) + digest(chat, timed=True)
    for secret in ("89.160.20", "f-1", "canvas-secret", "1920x1080", "sv-se", "u-1", "Stockholm"):
        assert secret not in shown


def test_everything_recorded_under_the_key_before_can_be_renamed_without_its_values(locator: SenseLocator) -> None:
    former = locator.former()
    assert former is not None
    before, now = former.sighting(FACTS.contact), locator.chat(FACTS).sighting
    assert before != now
    assert rekeying.sighting(before, former.present) == now
    customer = former.customer(FACTS.customer_id or "")
    assert former.present_customer(customer) == locator.customer(FACTS.customer_id or "")
    assert former.is_former(customer)
    assert not former.is_former(locator.customer("u-1"))
    assert locator.present_customer(customer) == locator.present_customer(locator.customer(FACTS.customer_id or ""))


_odd = st.none() | st.text(max_size=80)
_component = (
    st.booleans() | st.integers() | st.floats() | st.text(max_size=40) | st.lists(st.text(max_size=9), max_size=4)
)


@given(
    st.builds(
        ContactFacts,
        at=st.datetimes(timezones=st.just(UTC)),
        ip=_odd | st.ip_addresses().map(str),
        user_agent=_odd,
        client_hints=st.dictionaries(st.sampled_from(["sec-ch-ua", "Sec-CH-UA-Platform"]) | st.text(), st.text()),
        fingerprint_id=_odd,
        components=st.dictionaries(st.sampled_from(list(COMPONENTS)) | st.text(max_size=9), _component, max_size=6),
        tls_version=_odd,
        http_version=_odd,
        ja4=_odd,
    )
)
@settings(suppress_health_check=[HealthCheck.function_scoped_fixture], max_examples=300)
def test_no_facts_are_too_odd(locator: SenseLocator, contact: Any) -> None:
    facts = of(contact)
    chat: Chat = locator.chat(facts)
    assert set(chat.unavailable) <= {"ip", "geo", "user_agent", "fingerprint"}
    assert join(chat, chat) == chat
    assert locator.compare(chat) == chat
    json.dumps(chat.unavailable)


def test_locating_takes_a_fraction_of_a_millisecond(locator: SenseLocator) -> None:
    rounds = []
    for _ in range(5):
        started = time.perf_counter()
        for _ in range(200):
            locator.chat(FACTS)
        rounds.append((time.perf_counter() - started) / 200)
    assert min(rounds) < 1e-3  # about 0.1 ms on an idle machine
