"""The committed table of real prefixes, parsed: which blocks a network has in which place."""

from __future__ import annotations

import ipaddress
import json
from dataclasses import dataclass
from functools import cache
from pathlib import Path

from bench.detection.places import METROS_OF, Metro

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
        network = Network(raw["asn"], raw["role"], raw["country"], {k: _pool(p) for k, p in raw["pools"].items()})
        book = lines if network.country else exits
        for key in network.pools:
            book.setdefault((network.role, key), []).append(network)
    return Networks({k: tuple(v) for k, v in lines.items()}, {k: tuple(v) for k, v in exits.items()})


def v4_text(value: int) -> str:
    return f"{value >> 24}.{value >> 16 & 255}.{value >> 8 & 255}.{value & 255}"


def v6_text(value: int) -> str:
    return str(ipaddress.IPv6Address(value))
