"""Where a channel may lead: a URL to a host and port, a host to addresses, and which addresses are refused.

Whoever may add a channel could otherwise make this server knock at its neighbours' doors. So a name is looked up
once, every address it has must be a public one, and the connection goes to the address that was checked: an answer
that changes between look-up and connection changes nothing. Only what operations lists is reached besides.
"""

from __future__ import annotations

import re
import socket
import threading
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from ipaddress import IPv4Address, IPv4Network, IPv6Address, IPv6Network, ip_address, ip_network
from typing import TypeAlias
from urllib.parse import urlsplit

from cuelight.core.errors import CuelightError, InvalidInput

Address: TypeAlias = IPv4Address | IPv6Address
Resolver: TypeAlias = Callable[[str, float], Sequence[str]]
"""All addresses of a name, within so many seconds. Raises `OSError` where there are none."""

_NAME = re.compile(r"(?=.{1,253}$)(?:[a-z0-9_](?:[a-z0-9_-]{0,61}[a-z0-9])?\.)*[a-z0-9](?:[a-z0-9-]{0,61}[a-z0-9])?")
_PORTS = {"https": 443, "http": 80, "smtps": 465, "smtp": 587, "syslog+tls": 6514, "syslog+tcp": 601, "syslog+udp": 514}
_MAX_URL = 2048
_CARRIERS = tuple(
    ip_network(net)
    for net in (
        "::ffff:0:0/96",  # IPv4 in IPv6's clothes, by the system itself
        "::/96",  # the same, of old
        "64:ff9b::/96",  # NAT64
        "64:ff9b:1::/48",  # NAT64, local
        "2002::/16",  # 6to4
        "2001::/32",  # Teredo
        "192.88.99.0/24",  # 6to4 relays
    )
)
"""Addresses that lead to another one: where to, only the network on the way knows."""
_GLOBAL_V6 = IPv6Network("2000::/3")
_ISATAP = (0x00005EFE, 0x02005EFE)


class TargetRefused(CuelightError):
    """A target that is not reached, by address or by name. The message names neither."""

    code = "target_refused"


@dataclass(frozen=True, slots=True)
class Target:
    """`host` is a name, or an address as text. `user` is for SMTP only."""

    scheme: str
    host: str
    port: int
    user: str = ""

    @property
    def address(self) -> Address | None:
        try:
            return ip_address(self.host)
        except ValueError:
            return None


@dataclass(frozen=True, slots=True)
class AllowedPrivate:
    """What may be reached although it is private: names, and networks."""

    names: frozenset[str] = frozenset()
    networks: tuple[IPv4Network | IPv6Network, ...] = ()

    @classmethod
    def parse(cls, text: str) -> AllowedPrivate:
        """`siem.internal, 10.2.0.0/16`. Raises `InvalidInput`."""
        names, networks = set(), []
        for part in filter(None, (part.strip().lower() for part in text.split(","))):
            try:
                networks.append(ip_network(part))
            except ValueError:
                if not _is_name(part):
                    raise InvalidInput(
                        "CUELIGHT_ALLOW_PRIVATE_TARGETS",
                        "takes host names, addresses and networks, with commas between",
                    ) from None
                names.add(part)
        return cls(frozenset(names), tuple(networks))

    def allows(self, host: str, address: Address) -> bool:
        return host in self.names or any(address in net for net in self.networks if net.version == address.version)


def parse_target(url: str, schemes: Sequence[str]) -> Target:
    """The target a URL names. Raises `InvalidInput`, which never repeats the URL.

    Strict: whatever two programs could read differently is refused (other spellings of addresses, user names,
    backslashes, blanks, percent signs in the host).
    """
    if len(url) > _MAX_URL or not url.isascii() or re.search(r"[\x00-\x20\x7f\\]", url):
        raise InvalidInput("url", "must be ASCII without blanks and backslashes, at most 2048 characters")
    try:
        parts = urlsplit(url)
        port = parts.port
    except ValueError:
        raise InvalidInput("url", "cannot be read") from None
    scheme, host = parts.scheme.lower(), (parts.hostname or "").lower()
    if scheme not in schemes:
        raise InvalidInput("url", f"must begin with {' or '.join(f'{one}://' for one in schemes)}")
    if parts.fragment or (parts.username is not None and not scheme.startswith("smtp")) or parts.password is not None:
        raise InvalidInput("url", "takes no user name, password or #fragment")
    if port == 0:
        raise InvalidInput("url", "has no usable port")
    bracketed = parts.netloc.rpartition("@")[2].startswith("[")
    if not (_is_v6(host) if bracketed else _is_v4(host) or _is_name(host)):
        raise InvalidInput("url", "must name its host by a DNS name, or by an address in its usual spelling")
    return Target(scheme, host.removesuffix("."), port or _PORTS[scheme], parts.username or "")


def _is_v4(host: str) -> bool:
    try:
        IPv4Address(host)
    except ValueError:
        return False
    return True


def _is_v6(host: str) -> bool:
    try:
        IPv6Address(host)
    except ValueError:
        return False
    return "%" not in host


def _is_name(host: str) -> bool:
    """A DNS name. Its last part must not look like a number: `127.1`, `0x7f000001` and `2130706433` are addresses to
    some programs."""
    host = host.removesuffix(".")
    last = host.rpartition(".")[2]
    return _NAME.fullmatch(host) is not None and not re.fullmatch(r"[0-9]+|0x[0-9a-f]*", last)


def is_public(address: Address) -> bool:
    if any(address in net for net in _CARRIERS if net.version == address.version):
        return False
    if not address.is_global or address.is_multicast or address.is_reserved or address.is_unspecified:
        return False
    if isinstance(address, IPv6Address):
        return address in _GLOBAL_V6 and int(address) >> 32 & 0xFFFFFFFF not in _ISATAP
    return True


def checked_address(target: Target, allowed: AllowedPrivate, resolve: Resolver, limit_s: float) -> Address:
    """The one address to connect to. Raises `TargetRefused`, or `OSError` where the name has no address.

    One private address among public ones refuses them all: it is a mistake or an attempt.
    """
    literal = target.address
    found = [literal] if literal is not None else [ip_address(text) for text in resolve(target.host, limit_s)]
    if not found:
        raise OSError("the name has no address")
    for address in found:
        if not is_public(address) and not allowed.allows(target.host, _unwrapped(address)):
            raise TargetRefused(
                "the target is not a public address. If it is meant to be reached, list its host or network in "
                "CUELIGHT_ALLOW_PRIVATE_TARGETS"
            )
    chosen = _unwrapped(found[0])
    if target.scheme == "http" and not (chosen.is_loopback and allowed.allows(target.host, chosen)):
        raise TargetRefused("http is for this machine only, where CUELIGHT_ALLOW_PRIVATE_TARGETS lists it: use https")
    return chosen


def _unwrapped(address: Address) -> Address:
    """`::ffff:10.0.0.1` is 10.0.0.1: that is what the system connects to."""
    return address.ipv4_mapped or address if isinstance(address, IPv6Address) else address


def system_resolver(host: str, limit_s: float) -> Sequence[str]:
    """The system's own look-up, which knows no time limit: left behind in its thread when it takes too long."""
    found: list[str] = []
    failed: list[OSError] = []

    def look_up() -> None:
        try:
            rows = socket.getaddrinfo(host, None, type=socket.SOCK_STREAM)
            found.extend(dict.fromkeys(str(row[4][0]).partition("%")[0] for row in rows))
        except OSError as error:
            failed.append(error)
        except UnicodeError:
            failed.append(OSError("the name cannot be looked up"))

    thread = threading.Thread(target=look_up, daemon=True)
    thread.start()
    thread.join(limit_s)
    if thread.is_alive():
        raise TimeoutError("the look-up took too long")
    if failed:
        raise failed[0]
    return found
