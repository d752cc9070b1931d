"""Where an address is: country, coarse cell, network; read once per chat from local databases."""

from __future__ import annotations

import logging
import math
from collections.abc import Hashable
from dataclasses import dataclass
from datetime import datetime
from pathlib import Path
from typing import Any, Final

import geoip2.errors
import maxminddb

from cuelight.core.chat import Cell, NetworkKind
from cuelight.sense import geo_files
from cuelight.sense.address import Address
from cuelight.sense.geo_files import GeoFile, GeoFolder
from cuelight.sense.watch import CHECK_EVERY_S, Watched
from cuelight.sense.zones import zones_of

_log = logging.getLogger(__name__)

CELL_DEG: Final = 0.5
_VAGUE_KM: Final = 200.0
"""A radius from which a point is the middle of a region rather than a place: no nearest time zone then."""


@dataclass(frozen=True, slots=True)
class Geography:
    """What the databases say of an address; None where they do not.

    `anonymiser` is what an Anonymous-IP database says: None where there is none or it lists nothing.
    """

    country: str | None = None
    cell: Cell | None = None
    accuracy_radius_km: float | None = None
    time_zone: str | None = None
    asn: int | None = None
    anonymiser: NetworkKind | None = None

    def zones(self) -> tuple[str, ...]:
        """The IANA time zones in use there: the database's own if its point is a place, else by the country."""
        vague = self.accuracy_radius_km is not None and self.accuracy_radius_km >= _VAGUE_KM
        if self.time_zone is not None and not vague:
            return (self.time_zone,)
        return zones_of(self.country, None if vague else self.cell) if self.country else ()


NOWHERE: Final = Geography()


@dataclass(frozen=True, slots=True)
class GeoStatus:
    """What serves, for `/readyz`, `cuelight doctor` and the page's foot: (name, type, built at, kept) a file."""

    files: tuple[tuple[str, str, datetime, bool], ...]
    errors: tuple[tuple[str, str], ...]
    attribution: str

    @property
    def available(self) -> bool:
        return bool(self.files)


@dataclass(frozen=True, slots=True)
class _Plan:
    """A folder's databases by the question they answer, so that a look-up chooses nothing."""

    folder: GeoFolder
    place: dict[int, GeoFile | None]
    asn: dict[int, GeoFile | None]
    anonymous: dict[int, GeoFile | None]


class GeoReader:
    """Looks addresses up in the databases of `folder`. Notices changed files; never raises for a bad one."""

    def __init__(self, folder: Path, *, check_every_s: float = CHECK_EVERY_S) -> None:
        self._folder = folder
        self._watched: Watched[_Plan] = Watched(self._signature, self._load, check_every_s=check_every_s)

    def look_up(self, address: Address) -> Geography:
        """The geography of a public address; `NOWHERE` for all others and for what is in no database."""
        if not address.has_geography:
            return NOWHERE
        plan, ip, version = self._watched.get(), address.ip, address.version
        country, cell, radius, zone = _place(plan.place[version], ip)
        asn = _asn(plan.asn[version], ip)
        return Geography(country, cell, radius, zone, asn, _anonymiser(plan.anonymous[version], ip))

    @property
    def available(self) -> bool:
        """True if there is a database that tells places."""
        return any(self._watched.get().place.values())

    @property
    def status(self) -> GeoStatus:
        folder = self._watched.get().folder
        files = tuple((f.name, f.about.database_type, f.built_at, f.kept) for f in folder.files)
        return GeoStatus(files, folder.errors, folder.attribution)

    def refresh(self) -> GeoStatus:
        """Take up changed files now, before returning."""
        self._watched.refresh()
        return self.status

    def _signature(self) -> Hashable:
        return geo_files.signature(self._folder)

    def _load(self, before: _Plan | None) -> _Plan:
        folder = geo_files.load(self._folder, before.folder if before else None)
        for _, problem in folder.errors:
            _log.error("geo database refused: %s", problem)
        both = (4, 6)
        return _Plan(
            folder,
            {v: folder.best("city", v) or folder.best("country", v) for v in both},
            {v: folder.best("asn", v) for v in both},
            {v: folder.best("anonymous", v) for v in both},
        )


_UNREADABLE: Final = (maxminddb.InvalidDatabaseError, ValueError, TypeError, KeyError, AttributeError)
"""What a record that is not as its type promises can raise. The probe saw a sample of a large file only."""


def _place(file: GeoFile | None, ip: Any) -> tuple[str | None, Cell | None, float | None, str | None]:
    """Country, cell, radius and zone of a City (or Country) record, MaxMind's nested shape or the flat one.

    Raw, where `geoip2` would build a dozen objects of names in all languages: 5 µs instead of 12 for each
    chat.
    """
    if file is None:
        return None, None, None, None
    try:
        record: Any = file.reader._db_reader.get(ip)  # geoip2 has no public way to it
        if not record:
            return None, None, None, None
        if "country_code" in record:
            point, code, zone = record, record["country_code"], record.get("timezone")
        else:
            point = record.get("location") or {}
            code = (record.get("country") or record.get("registered_country") or {}).get("iso_code")
            zone = point.get("time_zone")
        latitude, longitude = point.get("latitude"), point.get("longitude")
        radius = point.get("accuracy_radius")
        return (
            code if isinstance(code, str) and len(code) == 2 and code.isascii() and code.isupper() else None,
            cell_of(float(latitude), float(longitude)) if latitude is not None and longitude is not None else None,
            float(radius) if radius is not None and 0 < radius < 25_000 else None,
            zone if isinstance(zone, str) and zone else None,
        )
    except _UNREADABLE:
        _log.error("geo database %s holds an unreadable record: place not assessed", file.name)
        return None, None, None, None


def _asn(file: GeoFile | None, ip: Any) -> int | None:
    if file is None:
        return None
    try:
        look_up = file.reader.isp if "ISP" in file.about.database_type else file.reader.asn
        number = look_up(ip).autonomous_system_number
        return number if isinstance(number, int) and 0 < number < 1 << 32 else None
    except geoip2.errors.AddressNotFoundError:
        return None
    except _UNREADABLE:
        _log.error("geo database %s holds an unreadable record: network not assessed", file.name)
        return None


def _anonymiser(file: GeoFile | None, ip: Any) -> NetworkKind | None:
    if file is None:
        return None
    try:
        plus = "Plus" in file.about.database_type
        found = file.reader.anonymous_plus(ip) if plus else file.reader.anonymous_ip(ip)
    except geoip2.errors.AddressNotFoundError:
        return None
    except _UNREADABLE:
        _log.error("geo database %s holds an unreadable record: network kind not assessed", file.name)
        return None
    if found.is_tor_exit_node:
        return NetworkKind.TOR
    # A proxy hides the contact as a VPN does, a residential one behind somebody else's home line.
    if found.is_anonymous_vpn or found.is_public_proxy or found.is_residential_proxy:
        return NetworkKind.VPN
    return NetworkKind.HOSTING if found.is_hosting_provider else None


def cell_of(latitude_deg: float, longitude_deg: float) -> Cell | None:
    """The grid cell of a point, named by its centre; None for a point that is none on the globe."""
    if not (-90.0 <= latitude_deg <= 90.0 and -180.0 <= longitude_deg <= 180.0):  # also refuses NaN
        return None
    return Cell(_centre(latitude_deg, 90.0), _centre(longitude_deg, 180.0))


def _centre(degrees: float, end: float) -> float:
    """The middle of the half degree that holds `degrees`; the globe's edge belongs to the last cell inside."""
    index = math.floor(degrees / CELL_DEG)
    return min(index * CELL_DEG, end - CELL_DEG) + CELL_DEG / 2
