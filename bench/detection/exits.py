"""Exits that say where they stand, not where the person is, and what an operator's lists know of them."""

from __future__ import annotations

from hashlib import blake2b
from pathlib import Path
from random import Random

from bench.detection.assumptions import of
from bench.detection.networks import Connection
from bench.detection.table import Network, Networks, load, v4_text


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
