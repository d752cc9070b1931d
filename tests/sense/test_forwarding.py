"""Whose request it is: only the contact's own address, or none; never one that somebody wrote into a header."""

from __future__ import annotations

from itertools import product

import pytest

from cuelight.core.errors import InvalidInput
from cuelight.sense.forwarding import Header, read_proxies

CONTACT, CONTACT_V6, SPOOFED = "203.0.113.9", "2001:db8:5::9", "198.51.100.66"
SPOOFED_ALSO = "2001:db8:bad::1"
PROXIES = "10.0.0.0/8, 192.0.2.1 fd00::/8"

CHAINS = (
    ("10.0.0.1",),
    ("10.1.2.3", "192.0.2.1"),
    ("fd00::5", "10.0.0.9"),
    ("::ffff:10.0.0.1",),
    ("10.0.0.4", "10.0.0.3", "10.0.0.2"),
)
"""Proxies of ours, the outermost first."""

WRITTEN: dict[Header, tuple[str, ...]] = {
    "x-forwarded-for": (
        "",
        SPOOFED,
        f"{SPOOFED}, 10.0.0.1",
        f"10.0.0.1, {SPOOFED}",
        ", ".join(["10.0.0.1"] * 50),
        f"{SPOOFED}," * 500,
        f"unknown, {SPOOFED}",
        f"{SPOOFED}:443, [::1]:80",
        f"{SPOOFED_ALSO}%eth0, {SPOOFED_ALSO}",
        f",,, {SPOOFED} ,,",
    ),
    "forwarded": (
        "",
        f"for={SPOOFED}",
        f'for="[{SPOOFED_ALSO}]:4711";proto=https',
        f"for={SPOOFED}, for=10.0.0.1",
        f'for="{SPOOFED}',
        f'for={SPOOFED};host="a, b',
        f'for={SPOOFED};host="a\\"b"',
        "for=unknown, for=_hidden",
        f'host=";for={SPOOFED}"',
        f"{SPOOFED}, garbage; =;;,for",
    ),
}
"""What a contact sends, in the hope that somebody believes it."""


def through(chain: tuple[str, ...], contact: str, written: str, header: Header) -> tuple[str, dict[str, str]]:
    """The connection's other end and the header, after each proxy appended who spoke to it."""
    before = contact
    for hop in chain:
        if header == "x-forwarded-for":
            entry = before
        else:
            entry = f'for="[{before}]";proto=https' if ":" in before else f"for={before};by=_edge"
        written = f"{written}, {entry}" if written else entry
        before = hop
    return before, {header: written}


MATRIX = [
    pytest.param(header, chain, contact, written, id=f"{header}-{len(chain)}-{'v6' if ':' in contact else 'v4'}-{n}")
    for header in WRITTEN
    for chain, contact, (n, written) in product(CHAINS, (CONTACT, CONTACT_V6), enumerate(WRITTEN[header]))
]


def test_there_are_two_hundred_cases() -> None:
    assert len(MATRIX) == 200


@pytest.mark.parametrize(("header", "chain", "contact", "written"), MATRIX)
def test_nobody_is_believed_but_our_own_proxies(
    header: Header, chain: tuple[str, ...], contact: str, written: str
) -> None:
    peer, headers = through(chain, contact, written, header)
    assert read_proxies(PROXIES, header).client(peer, headers) == contact


@pytest.mark.parametrize("header", list(WRITTEN))
def test_from_anybody_else_no_header_counts(header: Header) -> None:
    for written in WRITTEN[header]:
        assert read_proxies(PROXIES, header).client(CONTACT, {header: written}) == CONTACT
        assert read_proxies("", header).client(CONTACT, {header: written}) == CONTACT


@pytest.mark.parametrize(("read", "passed"), [("x-forwarded-for", "forwarded"), ("forwarded", "x-forwarded-for")])
def test_the_other_header_is_not_read(read: Header, passed: Header) -> None:
    """A proxy that writes one of them passes the other on as it came."""
    peer, headers = through(("10.0.0.1",), CONTACT, "", read)
    spoofed = {passed: SPOOFED if passed == "x-forwarded-for" else f"for={SPOOFED}"}
    assert read_proxies(PROXIES, read).client(peer, {**headers, **spoofed}) == CONTACT
    assert read_proxies(PROXIES, read).client(peer, spoofed) is None


@pytest.mark.parametrize(
    ("header", "value"),
    [
        ("x-forwarded-for", ""),
        ("x-forwarded-for", "unknown"),
        ("x-forwarded-for", "203.0.113.9, _proxy"),
        ("x-forwarded-for", "203.0.113.9, "),
        ("x-forwarded-for", "203.0.113.9, 10.0.0.300"),
        ("x-forwarded-for", "fe80::1%<img>"),
        ("x-forwarded-for", "10.0.0.7, 10.0.0.8"),
        ("forwarded", "by=10.0.0.1"),
        ("forwarded", "for=_hidden"),
        ("forwarded", "for=203.0.113.9;for=198.51.100.66"),
        ("forwarded", 'for=203.0.113.9;host="a\\"'),
        ("forwarded", 'for="203.0.113.9'),
        ("forwarded", 'for=198.51.100.66;x="y, for=203.0.113.9;host="a\\"b"'),
    ],
)
def test_what_our_proxy_did_not_say_is_not_known(header: Header, value: str) -> None:
    assert read_proxies(PROXIES, header).client("10.0.0.1", {header: value}) is None


@pytest.mark.parametrize(
    ("header", "value", "expected"),
    [
        ("x-forwarded-for", "203.0.113.9:51234", "203.0.113.9"),
        ("x-forwarded-for", "[2001:db8:5::9]:443", "2001:db8:5::9"),
        ("x-forwarded-for", "::ffff:203.0.113.9", "203.0.113.9"),
        # Not of ours, though it holds one of our addresses: a contact may own any 6to4 or NAT64 spelling.
        ("x-forwarded-for", "198.51.100.66, 2002:a00:1::1", "2002:a00:1::1"),
        ("forwarded", 'For="203.0.113.9:51234" ; Proto=https', "203.0.113.9"),
        ("forwarded", 'proto=https;for="[2001:db8:5::9]"', "2001:db8:5::9"),
    ],
)
def test_spellings_proxies_use(header: Header, value: str, expected: str) -> None:
    assert read_proxies(PROXIES, header).client("10.0.0.1", {header: value}) == expected


def test_a_peer_without_an_address_is_nobody() -> None:
    for peer in ("", "unix:", "fe80::1%eth0", "localhost"):
        assert read_proxies(PROXIES, "x-forwarded-for").client(peer, {"x-forwarded-for": SPOOFED}) is None


def test_which_header_the_proxies_write_is_not_guessed() -> None:
    with pytest.raises(InvalidInput, match="proxy_header"):
        read_proxies(PROXIES, None)
    assert read_proxies("", None).client(CONTACT, {"x-forwarded-for": SPOOFED, "forwarded": SPOOFED}) == CONTACT


@pytest.mark.parametrize("setting", ["0.0.0.0/0", "::/0", "10.0.0.0/8, proxy.internal", "10.0.0.1/8", "10.0.0"])
def test_a_setting_that_trusts_everybody_or_nobody_we_know_is_refused(setting: str) -> None:
    with pytest.raises(InvalidInput, match="proxies"):
        read_proxies(setting, "x-forwarded-for")
