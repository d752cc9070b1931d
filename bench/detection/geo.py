"""The benches' own look-up of country, place and network; the scoring engine's is not used, on purpose."""

from __future__ import annotations

from dataclasses import dataclass
from functools import lru_cache
from pathlib import Path
from typing import Any

import maxminddb

from bench.detection.places import distance_km


@dataclass(frozen=True, slots=True)
class Place:
    """What the databases say of an address; None where they do not say."""

    country: str | None = None
    point: tuple[float, float] | None = None
    asn: int | None = None


class Geo:
    """All `.mmdb` files of a folder, told apart by their type. Raises FileNotFoundError if city or AS is missing."""

    def __init__(self, folder: Path) -> None:
        self._cities: list[tuple[int, maxminddb.Reader]] = []
        self._asns: list[tuple[int, maxminddb.Reader]] = []
        for path in sorted(folder.glob("*.mmdb")):
            reader = maxminddb.open_database(str(path))
            kind = reader.metadata().database_type.lower()
            version = reader.metadata().ip_version
            if "asn" in kind:
                self._asns.append((version, reader))
            elif "city" in kind:
                self._cities.append((version, reader))
        if not self._cities or not self._asns:
            raise FileNotFoundError(
                f"{folder} holds no city or no AS database: run `cuelight geo update`, or name a folder with --geo"
            )
        self.place = lru_cache(maxsize=200_000)(self._place)

    def _ask(self, readers: list[tuple[int, maxminddb.Reader]], ip: str) -> dict[str, Any]:
        for version, reader in readers:
            if version == 4 and ":" in ip:
                continue
            record: Any = reader.get(ip)
            if record:
                return dict(record)
        return {}

    def _place(self, ip: str) -> Place:
        city, network = self._ask(self._cities, ip), self._ask(self._asns, ip)
        # Two shapes: nested names (MaxMind, DB-IP) and the flat npm databases.
        at = city.get("location", city)
        country = city.get("country_code") or city.get("country", {}).get("iso_code")
        point = (at["latitude"], at["longitude"]) if at.get("latitude") is not None else None
        asn = network.get("autonomous_system_number")
        return Place(country, point, int(asn) if asn is not None else None)


__all__ = ["Geo", "Place", "distance_km"]
