"""One reading of a client address: what it is, what kind of space it lies in, and its prefixes."""

from __future__ import annotations

import ipaddress
import re
from dataclasses import dataclass
from enum import StrEnum

from cuelight.core.errors import InvalidInput

MAX_TEXT = 45
"""Characters. The longest textual address is an IPv4-mapped IPv6 one of 45; the cap comes before any parsing
because `ipaddress` happily reads 100 kB scope ids."""

_PREFIXES = {4: (24, 20, 16), 6: (64, 56, 48, 32)}
"""Narrow to wide. An IPv6 subscriber holds a /64 or more and its device draws fresh random low bits (privacy
addresses), so bits beyond /64 say little; IPv4 steps follow how carriers pool their customers."""

_BITS = {4: 32, 6: 128}
_PORT = re.compile(r"^\d+\.\d+\.\d+\.\d+:\d*$")


class Space(StrEnum):
    """What part of the address space an address lies in. Only `global` ones have a geography."""

    GLOBAL = "global"
    DOCUMENTATION = "documentation"
    PRIVATE = "private"
    LOOPBACK = "loopback"
    LINK_LOCAL = "link_local"
    CGNAT = "cgnat"
    MULTICAST = "multicast"
    TEREDO = "teredo"
    RESERVED = "reserved"


def _ranges(*rows: tuple[str, Space]) -> tuple[tuple[int, int, Space], ...]:
    """(first, last, space) of each network, as integers: a scan of these costs less than `ipaddress` does."""
    nets = ((ipaddress.ip_network(text), space) for text, space in rows)
    return tuple((int(n.network_address), int(n.broadcast_address), space) for n, space in nets)


# IANA's special-purpose registries for IPv4 and IPv6. Not `ipaddress.is_global`: that calls 224.0.0.1, 6to4
# and NAT64 global, and its answers have changed between Python releases.
_SPECIAL_V4 = _ranges(
    ("0.0.0.0/8", Space.RESERVED),
    ("10.0.0.0/8", Space.PRIVATE),
    ("100.64.0.0/10", Space.CGNAT),
    ("127.0.0.0/8", Space.LOOPBACK),
    ("169.254.0.0/16", Space.LINK_LOCAL),
    ("172.16.0.0/12", Space.PRIVATE),
    ("192.0.0.0/24", Space.RESERVED),
    ("192.0.2.0/24", Space.DOCUMENTATION),
    ("192.88.99.0/24", Space.RESERVED),
    ("192.168.0.0/16", Space.PRIVATE),
    ("198.18.0.0/15", Space.RESERVED),
    ("198.51.100.0/24", Space.DOCUMENTATION),
    ("203.0.113.0/24", Space.DOCUMENTATION),
    ("224.0.0.0/4", Space.MULTICAST),
    ("240.0.0.0/4", Space.RESERVED),
)
_SPECIAL_V6 = _ranges(
    ("::1/128", Space.LOOPBACK),
    ("2001::/32", Space.TEREDO),
    ("2001:db8::/32", Space.DOCUMENTATION),
    ("3fff::/20", Space.DOCUMENTATION),
    ("2001::/23", Space.RESERVED),
    ("fc00::/7", Space.PRIVATE),
    ("fe80::/10", Space.LINK_LOCAL),
    ("fec0::/10", Space.PRIVATE),
    ("ff00::/8", Space.MULTICAST),
)
_UNICAST_V6 = (0x2 << 124, (0x4 << 124) - 1)  # 2000::/3, all that IANA has given out so far

_MAPPED = 0xFFFF << 32
_NAT64 = 0x0064_FF9B << 96
_SIX_TO_FOUR = 0x2002


@dataclass(frozen=True, slots=True, repr=False)
class Address:
    """A client address as a number. Has no repr on purpose: it must not show in a log line or a traceback."""

    version: int
    value: int
    space: Space

    @property
    def has_geography(self) -> bool:
        return self.space is Space.GLOBAL

    @property
    def identifies(self) -> bool:
        """False where the address cannot tell contacts apart: most likely a proxy in front was not unwrapped,
        and then every contact bears it. Documentation space counts, because samples are written in it."""
        return self.space in (Space.GLOBAL, Space.DOCUMENTATION)

    @property
    def ip(self) -> ipaddress.IPv4Address | ipaddress.IPv6Address:
        return ipaddress.IPv4Address(self.value) if self.version == 4 else ipaddress.IPv6Address(self.value)

    @property
    def text(self) -> str:
        """The canonical spelling, for the geography reader and for digests; never for a log."""
        return str(self.ip)

    @property
    def packed(self) -> bytes:
        return self.value.to_bytes(_BITS[self.version] // 8, "big")

    def prefixes(self) -> tuple[bytes, ...]:
        """The networks around the address, narrow to wide, each as length byte and network bytes."""
        bits = _BITS[self.version]
        return tuple(
            bytes((self.version, length)) + (self.value >> (bits - length)).to_bytes((length + 7) // 8, "big")
            for length in _PREFIXES[self.version]
        )

    def __repr__(self) -> str:
        return f"Address({self.space})"


def normalise_ip(text: str) -> Address:
    """Read one client address; every spelling of the same address gives the same `Address`.

    IPv4 inside IPv6 is unwrapped where the inner address is where the contact's packets really go back to:
    mapped (`::ffff:0:0/96`, how dual-stack sockets show IPv4), 6to4 (`2002::/16`, the contact's own router)
    and the well-known NAT64 prefix (`64:ff9b::/96`, how a translator shows IPv4 clients to an IPv6-only
    server). Teredo is not: its inner address is the contact's word, relayed by a third party.

    Raises `InvalidInput("ip")`; the message says what to send and never repeats the text.
    """
    if len(text) > MAX_TEXT + 8:
        raise InvalidInput("ip", f"longer than an address can be ({MAX_TEXT} characters)")
    text = text.strip(" \t")
    if "%" in text:
        raise InvalidInput("ip", "zone ids (%eth0) mean something on one machine only; send the address without")
    if "[" in text or "]" in text or _PORT.match(text):
        raise InvalidInput("ip", "send the address alone, without brackets or port")
    if "/" in text:
        raise InvalidInput("ip", "send one address, not a network")
    if "," in text:
        raise InvalidInput("ip", "send one address; of a forwarding chain, the one your own proxy added")
    if len(text) > MAX_TEXT:
        raise InvalidInput("ip", f"longer than an address can be ({MAX_TEXT} characters)")
    try:
        parsed = ipaddress.ip_address(text)
    except ValueError:
        raise InvalidInput("ip", "not an IPv4 or IPv6 address, such as 203.0.113.7 or 2001:db8::7") from None
    value = int(parsed)
    return _v4(value) if parsed.version == 4 else _v6(value)


def _v4(value: int) -> Address:
    for first, last, space in _SPECIAL_V4:
        if first <= value <= last:
            return Address(4, value, space)
    return Address(4, value, Space.GLOBAL)


def _v6(value: int) -> Address:
    low = value & 0xFFFF_FFFF
    if value - low in (_MAPPED, _NAT64):
        return _v4(low)
    if value >> 112 == _SIX_TO_FOUR:
        return _v4(value >> 80 & 0xFFFF_FFFF)
    for first, last, space in _SPECIAL_V6:
        if first <= value <= last:
            return Address(6, value, space)
    in_use = _UNICAST_V6[0] <= value <= _UNICAST_V6[1]
    return Address(6, value, Space.GLOBAL if in_use else Space.RESERVED)
