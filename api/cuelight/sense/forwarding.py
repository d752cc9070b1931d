"""Whose request it is, where proxies of one's own stand in front: read from the nearest hop outwards, never further
than one's own word reaches."""

from __future__ import annotations

import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from ipaddress import IPv4Address, IPv4Network, IPv6Address, IPv6Network, ip_address, ip_network
from typing import Final, Literal, TypeAlias

from cuelight.core.errors import InvalidInput

Header: TypeAlias = Literal["x-forwarded-for", "forwarded"]
Ip: TypeAlias = IPv4Address | IPv6Address
Network: TypeAlias = IPv4Network | IPv6Network

MAX_HEADER: Final = 4096
"""Characters read, from the right: what one's own proxies wrote stands there."""
MAX_HOPS: Final = 32

_V4_PORT: Final = re.compile(r"(\d{1,3}(?:\.\d{1,3}){3}):\d{1,5}")
_BRACKETS: Final = re.compile(r"\[([0-9A-Fa-f:.]{2,45})\](?::\d{1,5})?")
_PAIR: Final = r'[A-Za-z-]{1,32}=(?:"[^"\\]*"|[^\s";,\\]+)'
_PAIRS: Final = re.compile(rf"\s*{_PAIR}\s*(?:;\s*{_PAIR}\s*)*;?\s*")
_FOR: Final = re.compile(r'(?:^|;)\s*for=(?:"([^"]*)"|([^\s;]+))', re.IGNORECASE)


@dataclass(frozen=True, slots=True)
class Proxies:
    """The addresses of one's own proxies, and the one header they write.

    Only one header is read: a proxy that appends to `X-Forwarded-For` passes a `Forwarded` on as the contact sent it.
    """

    networks: tuple[Network, ...] = ()
    header: Header = "forwarded"

    def client(self, peer: str, headers: Mapping[str, str]) -> str | None:
        """The address of whoever the outermost of our own proxies spoke to; None where that cannot be told.

        `peer` is the other end of the connection, `headers` are by lower-case name (several of one name joined by
        commas, in their order). From a peer that is no proxy of ours no header counts. Every hop is named by the hop
        after it: so the names count from the right, while it is one of ours that wrote them, and the first that is
        none of ours is the contact, whatever stands further to the left. A name that is no address (`unknown`, an
        obfuscated one) gives None, as does a proxy of ours that named nobody: its own address is not the contact's.
        """
        hop = _read(peer)
        if hop is None or not self._ours(hop):
            return None if hop is None else str(hop)
        for name in reversed(_names(headers.get(self.header, ""), self.header)):
            hop = _read(name)
            if hop is None or not self._ours(hop):
                return None if hop is None else str(hop)
        return None

    def _ours(self, hop: Ip) -> bool:
        return any(hop in network for network in self.networks)


def read_proxies(text: str, header: Header | None) -> Proxies:
    """Proxies as a setting names them: addresses and networks, with commas or spaces between. Raises `InvalidInput`.

    Which header they write is never guessed. `X-Forwarded-For` is only as good as a proxy that takes `X_Forwarded_For`
    away: to an application the two names are one, and a contact may send the second.
    """
    networks: list[Network] = []
    for name in text.replace(",", " ").split():
        try:
            network = ip_network(name)
        except ValueError:
            raise InvalidInput("proxies", f"{name[:45]!r} is no address or network like 10.0.0.0/8") from None
        if network.prefixlen == 0:
            raise InvalidInput("proxies", "everything is no proxy of yours: whoever asks could write any address")
        networks.append(network)
    if not networks:
        return Proxies()
    if header is None:
        raise InvalidInput("proxy_header", "is needed with proxies: forwarded or x-forwarded-for (docs/collector.md)")
    return Proxies(tuple(networks), header)


def _names(text: str, header: Header) -> Sequence[str]:
    """The hops a header names, in its order; cut off on the left, where strangers write."""
    text = text[-MAX_HEADER:]
    if header == "x-forwarded-for":
        return [part.strip() for part in text.split(",")][-MAX_HOPS:] if text.strip() else ()
    return [_for(element) for element in _elements(text)][-MAX_HOPS:] if text.strip() else ()


def _elements(text: str) -> list[str]:
    """The elements of a `Forwarded` header, from the right: a quotation that somebody further out left open must not
    swallow what our own proxies wrote, and theirs are whole."""
    found: list[str] = []
    quoted, end = False, len(text)
    for place in range(len(text) - 1, -1, -1):
        if text[place] == '"':
            quoted = not quoted
        elif text[place] == "," and not quoted:
            found.append(text[place + 1 : end])
            end = place
    return [text[:end], *reversed(found)]


def _for(element: str) -> str:
    """Who an element of `Forwarded` was written for; empty where it does not say, says it twice, or is not well formed:
    a backslash among them, which could end a quotation seen from one side only."""
    found = _FOR.findall(element) if _PAIRS.fullmatch(element) else []
    return (found[0][0] or found[0][1]) if len(found) == 1 else ""


def _read(name: str) -> Ip | None:
    """An address, with or without a port. IPv4 mapped into IPv6 is how a socket for both shows IPv4."""
    if match := _V4_PORT.fullmatch(name) or _BRACKETS.fullmatch(name):
        name = match[1]
    if len(name) > 45 or "%" in name:
        return None
    try:
        address = ip_address(name)
    except ValueError:
        return None
    mapped = address.ipv4_mapped if isinstance(address, IPv6Address) else None
    return mapped or address
