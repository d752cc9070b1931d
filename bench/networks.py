"""µs per network-kind look-up, over generated lists of real size or the lists of a folder given.

    python bench/networks.py [FOLDER]

Prints JSON: entries and intervals, seconds to load, µs a look-up for IPv4 and IPv6 addresses in and out of lists.
"""

from __future__ import annotations

import json
import random
import sys
import tempfile
import time
from ipaddress import IPv4Address, IPv6Address
from pathlib import Path

from cuelight.sense.address import Address, normalise_ip
from cuelight.sense.networks import Networks

ENTRIES = 100_000
LOOK_UPS = 100_000
BUILTIN = Path(__file__).resolve().parent.parent / "data" / "networks"


def write_lists(folder: Path, chance: random.Random) -> None:
    """A hundred thousand prefixes, half IPv4, overlapping as public lists do."""
    lines: dict[str, list[str]] = {"vpn.txt": [], "hosting.txt": [], "relay.txt": []}
    for number in range(ENTRIES):
        name = list(lines)[number % 3]
        if number % 2:
            length = chance.randint(20, 32)
            value = chance.randrange(0x01000000, 0xDF000000) >> (32 - length) << (32 - length)
            lines[name].append(f"{IPv4Address(value)}/{length}")
        else:
            length = chance.randint(40, 64)
            value = (0x2A << 120 | chance.getrandbits(120)) >> (128 - length) << (128 - length)
            lines[name].append(f"{IPv6Address(value)}/{length}")
    for name, rows in lines.items():
        (folder / name).write_text("\n".join(rows) + "\n")


def addresses(chance: random.Random, version: int) -> list[Address]:
    if version == 4:
        return [normalise_ip(str(IPv4Address(chance.randrange(0x01000000, 0xDF000000)))) for _ in range(1000)]
    return [normalise_ip(str(IPv6Address(0x2A << 120 | chance.getrandbits(120)))) for _ in range(1000)]


def main() -> None:
    chance = random.Random(2016)
    with tempfile.TemporaryDirectory() as made:
        folder = Path(sys.argv[1]) if len(sys.argv) > 1 else Path(made)
        if len(sys.argv) == 1:
            write_lists(folder, chance)
        started = time.perf_counter()
        networks = Networks(folder, BUILTIN)
        report: dict[str, object] = {"load_s": round(time.perf_counter() - started, 3)}
        report["entries"] = networks.status.entries
        for version in (4, 6):
            asked = addresses(chance, version)
            best = float("inf")
            for _ in range(5):
                started = time.perf_counter()
                for _ in range(LOOK_UPS // 5 // len(asked)):
                    for address in asked:
                        networks.kind(address, 64500, None)
                best = min(best, (time.perf_counter() - started) / (LOOK_UPS // 5) * 1e6)
            report[f"look_up_ipv{version}_us"] = round(best, 2)
        report["errors"] = networks.status.errors
    print(json.dumps(report, indent=2))


if __name__ == "__main__":
    main()
