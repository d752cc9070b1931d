from __future__ import annotations

import ipaddress

import pytest
from hypothesis import given
from hypothesis import strategies as st

from cuelight.core.errors import InvalidInput
from cuelight.sense.address import Space, normalise_ip


@pytest.mark.parametrize(
    ("text", "same_as"),
    [
        ("::ffff:81.2.69.142", "81.2.69.142"),  # a dual-stack socket's spelling
        ("::FFFF:5102:458E", "81.2.69.142"),
        ("64:ff9b::5102:458e", "81.2.69.142"),  # NAT64
        ("2002:5102:458e::1", "81.2.69.142"),  # 6to4
        ("2002:5102:458e:7::9", "81.2.69.142"),
        (" 81.2.69.142 ", "81.2.69.142"),
        ("2001:0DB8:0:0::7", "2001:db8::7"),
    ],
)
def test_one_address_has_one_reading(text: str, same_as: str) -> None:
    assert normalise_ip(text) == normalise_ip(same_as)
    assert normalise_ip(text).text == same_as


@pytest.mark.parametrize(
    ("text", "space"),
    [
        ("81.2.69.142", Space.GLOBAL),
        ("2a02:a440::1", Space.GLOBAL),
        ("10.1.2.3", Space.PRIVATE),
        ("172.31.255.255", Space.PRIVATE),
        ("172.32.0.0", Space.GLOBAL),
        ("192.168.0.1", Space.PRIVATE),
        ("fd00::1", Space.PRIVATE),
        ("127.0.0.1", Space.LOOPBACK),
        ("::1", Space.LOOPBACK),
        ("169.254.169.254", Space.LINK_LOCAL),
        ("fe80::1", Space.LINK_LOCAL),
        ("100.64.0.1", Space.CGNAT),
        ("100.127.255.255", Space.CGNAT),
        ("100.128.0.0", Space.GLOBAL),
        ("192.0.2.1", Space.DOCUMENTATION),
        ("198.51.100.1", Space.DOCUMENTATION),
        ("203.0.113.7", Space.DOCUMENTATION),
        ("2001:db8::7", Space.DOCUMENTATION),
        ("224.0.0.1", Space.MULTICAST),
        ("ff02::1", Space.MULTICAST),
        ("0.0.0.0", Space.RESERVED),
        ("255.255.255.255", Space.RESERVED),
        ("198.18.0.1", Space.RESERVED),
        ("::", Space.RESERVED),
        ("::7f00:1", Space.RESERVED),  # IPv4-compatible, long deprecated
        ("64:ff9b:1::1", Space.RESERVED),  # local-use NAT64
        ("4000::1", Space.RESERVED),
        ("2001::1", Space.TEREDO),
        ("::ffff:10.0.0.1", Space.PRIVATE),
        ("2002:a00:1::1", Space.PRIVATE),  # 6to4 of 10.0.0.1
        ("64:ff9b::7f00:1", Space.LOOPBACK),
    ],
)
def test_space(text: str, space: Space) -> None:
    address = normalise_ip(text)
    assert address.space is space
    assert address.has_geography is (space is Space.GLOBAL)
    assert address.identifies is (space in (Space.GLOBAL, Space.DOCUMENTATION))


@pytest.mark.parametrize(
    ("text", "says"),
    [
        ("fe80::1%eth0", "zone ids"),
        ("fe80::1%<img onerror=alert(1)>", "zone ids"),
        ("fe80::1%" + "a" * 100_000, "longer"),
        ("[2001:db8::7]", "brackets"),
        ("[2001:db8::7]:443", "brackets"),
        ("203.0.113.7:443", "port"),
        ("203.0.113.0/24", "network"),
        ("203.0.113.7, 10.0.0.1", "one address"),
        ("203.0.113.07", "not an IPv4"),
        ("203.0.113", "not an IPv4"),
        ("3405803783", "not an IPv4"),
        ("0xcb.0.113.7", "not an IPv4"),
        ("\u0661.2.3.4", "not an IPv4"),
        ("", "not an IPv4"),
        ("localhost", "not an IPv4"),
        ("203.0.113.7\n", "not an IPv4"),
        ("203.0.113.7\0", "not an IPv4"),
    ],
)
def test_refusals_say_what_to_do_and_repeat_nothing(text: str, says: str) -> None:
    with pytest.raises(InvalidInput) as caught:
        normalise_ip(text)
    assert caught.value.field == "ip"
    assert says in caught.value.problem
    assert len(caught.value.problem) < 150
    assert "<img" not in caught.value.problem


def test_no_address_shows_in_a_repr() -> None:
    assert "81.2" not in repr(normalise_ip("81.2.69.142"))


@given(st.ip_addresses())
def test_every_address_reads_and_reads_again(ip: ipaddress.IPv4Address | ipaddress.IPv6Address) -> None:
    address = normalise_ip(str(ip))
    assert normalise_ip(address.text) == address
    assert len(address.prefixes()) == (3 if address.version == 4 else 4)
    if address.has_geography:
        assert address.ip.is_global
        assert not address.ip.is_multicast


@given(st.ip_addresses(v=4))
def test_ipv4_reads_the_same_in_all_its_ipv6_clothes(ip: ipaddress.IPv4Address) -> None:
    plain = normalise_ip(str(ip))
    high, low = int(ip) >> 16, int(ip) & 0xFFFF
    assert normalise_ip(f"::ffff:{ip}") == plain
    assert normalise_ip(f"64:ff9b::{high:x}:{low:x}") == plain
    assert normalise_ip(f"2002:{high:x}:{low:x}::1") == plain


@given(st.integers(0, (1 << 64) - 1), st.integers(0, (1 << 64) - 1))
def test_ipv6_privacy_bits_do_not_touch_the_prefixes(one: int, other: int) -> None:
    network = 0x2A02A440 << 96
    first = normalise_ip(str(ipaddress.IPv6Address(network | one)))
    second = normalise_ip(str(ipaddress.IPv6Address(network | other)))
    assert first.prefixes() == second.prefixes()


def test_prefixes_widen() -> None:
    near, far = normalise_ip("81.2.69.142").prefixes(), normalise_ip("81.2.70.1").prefixes()
    assert near[0] != far[0]
    assert near[1:] == far[1:]
    assert normalise_ip("81.2.80.1").prefixes()[1] != near[1]


@given(st.text(max_size=80) | st.text("0123456789abcdef:.%[]/ ", max_size=60))
def test_any_text_is_an_address_or_refused(text: str) -> None:
    try:
        address = normalise_ip(text)
    except InvalidInput:
        return
    assert normalise_ip(address.text) == address
