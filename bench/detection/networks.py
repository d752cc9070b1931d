"""Where simulated connections come from: real prefixes of real networks, used the way such networks are.

Addresses are drawn from `data/networks.json` (see `derive_networks`). A connection knows its address and,
for the side file only, what kind of network it was; scoring looks the address up for itself.
"""

from __future__ import annotations

import ipaddress
import json
import math
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from functools import cache
from hashlib import blake2b
from pathlib import Path
from random import Random

from bench.detection.assumptions import of
from bench.detection.places import METRO, METROS_OF, Metro

TABLE = Path(__file__).parent / "data" / "networks.json"


@dataclass(frozen=True, slots=True)
class Pool:
    """Blocks of one network in one place, as (first address, size)."""

    v4: tuple[tuple[int, int], ...]
    v6: tuple[int, ...]


@dataclass(frozen=True, slots=True)
class Network:
    """A network and what it is used as; `pools` by metropolis, or by country for exits."""

    asn: int
    role: str
    country: str
    pools: dict[str, Pool]


@dataclass(frozen=True, slots=True)
class Connection:
    """Where one chat came from. `kind` is truth for the side file: home, home_v6, mobile, office, vpn …"""

    ip: str
    kind: str
    asn: int


@dataclass(frozen=True, slots=True)
class Networks:
    """The table, by use."""

    lines: dict[tuple[str, str], tuple[Network, ...]]
    exits: dict[tuple[str, str], tuple[Network, ...]]

    def at(self, role: str, metro: Metro) -> tuple[Network, ...]:
        return self.lines.get((role, metro.key), ())

    def leaving_in(self, role: str, country: str) -> tuple[Network, ...]:
        return self.exits.get((role, country), ())

    def countries(self, role: str) -> list[str]:
        return sorted(c for r, c in self.exits if r == role)

    def settled(self, country: str) -> list[Metro]:
        """The metropolises of a country where somebody can have a home line, else a mobile one."""
        found = [m for m in METROS_OF[country] if self.at("home", m)]
        return found or [m for m in METROS_OF[country] if self.at("mobile", m)]


def _pool(raw: dict[str, list[str]]) -> Pool:
    v4 = tuple((int(n.network_address), n.num_addresses) for n in map(ipaddress.IPv4Network, raw["v4"]))
    v6 = tuple(int(ipaddress.IPv6Network(p).network_address) for p in raw.get("v6", []))
    return Pool(v4, v6)


@cache
def load() -> Networks:
    """The committed table, parsed once."""
    lines: dict[tuple[str, str], list[Network]] = {}
    exits: dict[tuple[str, str], list[Network]] = {}
    for raw in json.loads(TABLE.read_text(encoding="utf-8")):
        network = Network(
            raw["asn"], raw["role"], raw["country"], {k: _pool(p) for k, p in raw["pools"].items()}
        )
        book = lines if network.country else exits
        for key in network.pools:
            book.setdefault((network.role, key), []).append(network)
    return Networks({k: tuple(v) for k, v in lines.items()}, {k: tuple(v) for k, v in exits.items()})


def v4_text(value: int) -> str:
    return f"{value >> 24}.{value >> 16 & 255}.{value >> 8 & 255}.{value & 255}"


def v6_text(value: int) -> str:
    return str(ipaddress.IPv6Address(value))


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
            math.inf if roll < static else 1.0 if roll < static + daily
            else 30.0 if roll < static + daily + monthly else 180.0
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
            datetime.max.replace(tzinfo=at.tzinfo) if math.isinf(self.lease_d)
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


def exit_in(nets: Networks, role: str, country: str, rng: Random, network: Network | None = None) -> Connection | None:
    """An exit of a VPN, hosting network, relay or Tor in this country; None if the table has none."""
    candidates = nets.leaving_in(role, country)
    if not candidates:
        return None
    chosen = network if network in candidates else rng.choice(candidates)
    assert chosen is not None
    block, size = rng.choice(chosen.pools[country].v4)
    used = min(size, 256) if role in ("relay", "hosting") else int(of("exits_per_block"))
    return Connection(v4_text(block + rng.randrange(2, used)), role, chosen.asn)


def tor_exits(nets: Networks) -> list[str]:
    """Every Tor exit of the simulated world: a fixed choice of addresses in the relay networks."""
    rng = Random("tor exits")
    seen: list[str] = []
    for country in nets.countries("tor"):
        for network in nets.leaving_in("tor", country):
            for first, _size in network.pools[country].v4:
                seen += [v4_text(first + rng.randrange(2, 254)) for _ in range(4)]
    return sorted(set(seen))


def known(name: str, share: float) -> bool:
    """Whether a list knows `name`: a fixed choice of the given share of all names."""
    return int.from_bytes(blake2b(name.encode(), digest_size=8).digest(), "big") < share * 2**64


def write_lists(folder: Path) -> None:
    """The operator's network lists: what is publicly known of the exits, with the assumed gaps."""
    nets = load()
    folder.mkdir(parents=True, exist_ok=True)
    by_role: dict[str, set[str]] = {"vpn": set(), "relay": set()}
    hosting: set[int] = set()
    for (role, country), networks in nets.exits.items():
        for network in networks:
            if role in by_role:
                for first, size in network.pools[country].v4:
                    block = f"{v4_text(first)}/{32 - (size.bit_length() - 1)}"
                    if known(block, of(f"{role}_known")):
                        by_role[role].add(block)
            if role in ("hosting", "vpn") and known(f"AS{network.asn}", of("hosting_as_known")):
                hosting.add(network.asn)
    tor = [ip for ip in tor_exits(nets) if known(ip, of("tor_known"))]
    files = {
        "vpn.txt": sorted(by_role["vpn"]),
        "relay.txt": sorted(by_role["relay"]),
        "hosting.txt": [f"AS{n}" for n in sorted(hosting)],
        "tor.txt": tor,
    }
    for name, rows in files.items():
        head = "# Written by bench.detection: what an operator's list would know of the simulated exits.\n"
        (folder / name).write_text(head + "\n".join(rows) + "\n", encoding="utf-8")


def metro_of(key: str) -> Metro:
    return METRO[key]
