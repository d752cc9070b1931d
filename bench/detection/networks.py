"""Where simulated connections come from: real prefixes of real networks, used the way such networks are.

Addresses are drawn from `data/networks.json` (see `derive_networks`). A connection knows its address and,
for the side file only, what kind of network it was; scoring looks the address up for itself.
"""

from __future__ import annotations

import ipaddress
import math
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from random import Random

from bench.detection.assumptions import of
from bench.detection.places import Metro
from bench.detection.table import Network, Networks, v4_text, v6_text


@dataclass(frozen=True, slots=True)
class Connection:
    """Where one chat came from. `kind` is truth for the side file: home, home_v6, mobile, office, vpn …"""

    ip: str
    kind: str
    asn: int


def _in_block(rng: Random, block: tuple[int, int]) -> int:
    first, size = block
    return first + rng.randrange(1, size - 1)


def exponential_d(rng: Random, mean_d: float) -> timedelta:
    return timedelta(days=rng.expovariate(1.0 / mean_d))


@dataclass(slots=True)
class HomeLine:
    """A consumer line: an address from the provider's pools near home, kept for as long as the lease lasts."""

    network: Network
    metro: Metro
    rng: Random
    lease_d: float = field(init=False)
    has_v6: bool = field(init=False)
    _blocks: list[tuple[int, int]] = field(init=False)
    _ip: int = field(init=False, default=0)
    _prefix56: int = field(init=False, default=0)
    _until: datetime | None = field(init=False, default=None)

    def __post_init__(self) -> None:
        rng, pool = self.rng, self.network.pools[self.metro.key]
        roll = rng.random()
        static, daily, monthly = of("lease_static"), of("lease_daily"), of("lease_monthly")
        self.lease_d = (
            math.inf
            if roll < static
            else 1.0
            if roll < static + daily
            else 30.0
            if roll < static + daily + monthly
            else 180.0
        )
        count = min(len(pool.v4), 1 + int(rng.expovariate(1.0 / max(0.1, of("pool_blocks") - 1))))
        self._blocks = rng.sample(pool.v4, count)
        self.has_v6 = bool(pool.v6) and rng.random() < of("ipv6_home")

    def _renew(self, at: datetime) -> None:
        rng, pool = self.rng, self.network.pools[self.metro.key]
        blocks = self._blocks
        if self._until is not None and rng.random() < of("pool_national"):
            blocks = list(self.network.pools[rng.choice(sorted(self.network.pools))].v4)
        self._ip = _in_block(rng, rng.choice(blocks))
        if self.has_v6:
            self._prefix56 = rng.choice(pool.v6) + (rng.randrange(1 << 12) << 72)
        self._until = (
            datetime.max.replace(tzinfo=at.tzinfo)
            if math.isinf(self.lease_d)
            else at + exponential_d(rng, self.lease_d)
        )

    def connect(self, at: datetime, rng: Random) -> Connection:
        """A connection at this time; times must not go back."""
        if self._until is None or at >= self._until:
            self._renew(at)
        if self.has_v6 and rng.random() < of("ipv6_used"):
            # Privacy addresses: the lower half is new almost every day.
            return Connection(v6_text(self._prefix56 | rng.getrandbits(64)), "home_v6", self.network.asn)
        return Connection(v4_text(self._ip), "home", self.network.asn)


@dataclass(slots=True)
class Carrier:
    """A mobile subscription behind carrier-grade NAT: the exit hops between hubs, addresses are shared."""

    network: Network
    metro: Metro
    rng: Random
    has_v6: bool = field(init=False)
    _hub: str = field(init=False, default="")
    _ip: int = field(init=False, default=0)
    _v6: int = field(init=False, default=0)
    _until: datetime | None = field(init=False, default=None)

    def __post_init__(self) -> None:
        some_v6 = any(p.v6 for p in self.network.pools.values())
        self.has_v6 = some_v6 and self.rng.random() < of("ipv6_mobile")

    def connect(self, at: datetime, rng: Random, near: Metro | None = None) -> Connection:
        """A connection at this time near `near` (default: home); times must not go back."""
        if self._until is None or at >= self._until:
            place = (near or self.metro).key
            stay = place in self.network.pools and rng.random() < of("carrier_hub_home")
            self._hub = place if stay else rng.choice(sorted(self.network.pools))
            pool = self.network.pools[self._hub]
            first, size = rng.choice(pool.v4)
            self._ip = first + rng.randrange(1, size - 1, max(1, size // int(of("carrier_nat"))))
            six = pool.v6 or next((p.v6 for p in self.network.pools.values() if p.v6), ())
            self._v6 = (rng.choice(six) + (rng.randrange(1 << 20) << 64)) if six else 0
            self._until = at + exponential_d(rng, of("carrier_hub_d"))
        if self.has_v6 and self._v6 and rng.random() < of("ipv6_used"):
            return Connection(v6_text(self._v6 | rng.getrandbits(64)), "mobile_v6", self.network.asn)
        return Connection(v4_text(self._ip), "mobile", self.network.asn)


@dataclass(frozen=True, slots=True)
class Office:
    """A workplace: a few fixed addresses, or the exits of a cloud proxy."""

    network: Network
    addresses: tuple[int, ...]

    def connect(self, rng: Random) -> Connection:
        kind = "proxy" if self.network.role == "proxy" else "office"
        return Connection(v4_text(rng.choice(self.addresses)), kind, self.network.asn)


def new_office(nets: Networks, metro: Metro, rng: Random) -> Office | None:
    """An office in this place, or None where the table knows no network for one."""
    if rng.random() < of("office_proxy") and (proxies := nets.leaving_in("proxy", metro.country)):
        network = rng.choice(proxies)
        blocks = network.pools[metro.country].v4
        return Office(network, tuple(_in_block(rng, rng.choice(blocks)) for _ in range(6)))
    candidates = nets.at("office", metro) or nets.at("home", metro)
    if not candidates:
        return None
    network = rng.choice(candidates)
    first = _in_block(rng, rng.choice(network.pools[metro.key].v4)) & ~7
    return Office(network, tuple(first + i for i in range(1, 1 + rng.randrange(1, 4))))


def guest(nets: Networks, metro: Metro, rng: Random, kind: str = "guest") -> Connection | None:
    """Somebody else's line in this place: a café, a hotel, a friend's home."""
    candidates = nets.at("home", metro) + nets.at("office", metro) or nets.at("mobile", metro)
    if not candidates:
        return None
    network = rng.choice(candidates)
    return Connection(v4_text(_in_block(rng, rng.choice(network.pools[metro.key].v4))), kind, network.asn)


def somewhere(network: Network, key: str, rng: Random) -> Connection:
    """Anybody's address on this network in this place, over IPv6 as often as people there have it."""
    pool, mobile = network.pools[key], network.role == "mobile"
    share = of("ipv6_mobile" if mobile else "ipv6_home") * of("ipv6_used")
    kind = "mobile" if mobile else "home"
    if pool.v6 and rng.random() < share:
        # /64 of a phone inside the carrier's /44, /56 of a line.
        prefix = rng.choice(pool.v6) + (rng.randrange(1 << 20) << 64 if mobile else rng.randrange(1 << 12) << 72)
        return Connection(v6_text(prefix | rng.getrandbits(64)), f"{kind}_v6", network.asn)
    return Connection(v4_text(_in_block(rng, rng.choice(pool.v4))), kind, network.asn)


def neighbour(connection: Connection, rng: Random) -> Connection:
    """Another address next to this one: the next lease or exit of a /24, another privacy address of a /64."""
    if ":" in connection.ip:
        prefix = int(ipaddress.IPv6Address(connection.ip)) >> 64 << 64
        return Connection(v6_text(prefix | rng.getrandbits(64)), connection.kind, connection.asn)
    head, _dot, _last = connection.ip.rpartition(".")
    return Connection(f"{head}.{rng.randrange(1, 255)}", connection.kind, connection.asn)
