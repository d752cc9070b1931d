"""GeoIP databases of the simulator's own networks, as files of the formats `sense` reads.

For the floor that `make test` holds: real databases are too large to commit, and a test must not hang on a
download. The places are the table's, so geography here is truer than any database's: report figures on a real one.
"""

from __future__ import annotations

import ipaddress
from collections.abc import Iterator
from pathlib import Path
from typing import Any

from mmdb_writer import MMDBWriter
from netaddr import IPNetwork, IPSet

from bench.detection.places import METRO
from bench.detection.table import Pool, load, v4_text

_RADIUS_KM = 20


def write_geo(folder: Path) -> None:
    """Writes `city.mmdb` and `asn.mmdb` into `folder`."""
    folder.mkdir(parents=True, exist_ok=True)
    city = _writer("DBIP-City-Lite")
    asn = _writer("GeoLite2-ASN")
    for number, place, prefixes in _blocks():
        city.insert_network(prefixes, place)
        asn.insert_network(prefixes, {"autonomous_system_number": number, "autonomous_system_organization": ""})
    city.to_db_file(str(folder / "city.mmdb"))
    asn.to_db_file(str(folder / "asn.mmdb"))


def _blocks() -> Iterator[tuple[int, dict[str, Any], IPSet]]:
    table = load()
    networks = {id(n): n for book in (table.lines, table.exits) for row in book.values() for n in row}
    for network in networks.values():
        for key, pool in network.pools.items():
            yield network.asn, _place(key), _set(pool)


def _place(key: str) -> dict[str, Any]:
    """A metropolis's place, or for exits the country alone: their table knows no more."""
    metro = METRO.get(key)
    if metro is None:
        return {"country": {"iso_code": key}}
    location = {"latitude": metro.latitude_deg, "longitude": metro.longitude_deg, "accuracy_radius": _RADIUS_KM}
    return {"country": {"iso_code": metro.country}, "location": location}


def _set(pool: Pool) -> IPSet:
    v4 = [IPNetwork(f"{v4_text(first)}/{33 - size.bit_length()}") for first, size in pool.v4]
    return IPSet([*v4, *(IPNetwork(f"{ipaddress.IPv6Address(first)}/44") for first in pool.v6)])


def _writer(kind: str) -> MMDBWriter:
    return MMDBWriter(ip_version=6, ipv4_compatible=True, database_type=kind, languages=["en"], int_type="u32")
