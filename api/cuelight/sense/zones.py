"""Time zones of places: which IANA zones are plausible for a country and a point in it, and clock gaps."""

from __future__ import annotations

import re
from collections.abc import Iterable
from datetime import UTC, datetime, timedelta, timezone, tzinfo
from functools import lru_cache
from importlib import resources
from typing import Final
from zoneinfo import TZPATH, ZoneInfo

from cuelight.core.chat import Cell
from cuelight.core.geometry import distance_km

_COORDINATES: Final = re.compile(r"^([+-])(\d{2})(\d{2})(\d{2})?([+-])(\d{3})(\d{2})(\d{2})?$")
_OFFSET: Final = re.compile(r"^(?:UTC|GMT)?([+-])(\d{1,2})(?::?([0-5]\d))?$")
_NAME: Final = re.compile(r"^[A-Za-z0-9_+/-]{1,48}$")

ZonePoint = tuple[str, Cell]


@lru_cache(maxsize=1)
def _by_country() -> dict[str, tuple[ZonePoint, ...]]:
    """Zones per ISO country with the point of their main city, from tzdata's `zone.tab` (public domain)."""
    zones: dict[str, list[ZonePoint]] = {}
    for line in _table().splitlines():
        if line.startswith("#"):
            continue
        country, coordinates, name, *_ = line.split("\t")
        match = _COORDINATES.match(coordinates)
        if match is not None:
            latitude = _degrees(match[1], match[2], match[3], match[4])
            zones.setdefault(country, []).append((name, Cell(latitude, _degrees(*match.group(5, 6, 7, 8)))))
    return {country: tuple(points) for country, points in zones.items()}


def _table() -> str:
    """The table of the `tzdata` package, the same on every machine; the system's where that is missing."""
    try:
        return resources.files("tzdata").joinpath("zoneinfo", "zone.tab").read_text("utf-8")
    except (ModuleNotFoundError, FileNotFoundError):
        from pathlib import Path  # noqa: PLC0415 - only on the fallback path

        found = next((p for p in (Path(f, "zone.tab") for f in TZPATH) if p.is_file()), None)
        return found.read_text("utf-8") if found else ""


def _degrees(sign: str, degrees: str, minutes: str, seconds: str | None) -> float:
    value = int(degrees) + int(minutes) / 60 + int(seconds or 0) / 3600
    return -value if sign == "-" else value


@lru_cache(maxsize=8192)
def zones_of(country: str, place: Cell | None = None) -> tuple[str, ...]:
    """IANA zones plausible for a place, nearest first; all of the country's where the point is unknown.

    Zone borders are not in the table, only one city of each zone: so every zone whose city is at most twice
    as far as the nearest (and 100 km) stays in. That is lenient on purpose: a clock gap must be beyond doubt.
    Empty for a country the table does not list.
    """
    points = _by_country().get(country, ())
    if place is None or len(points) < 2:
        return tuple(name for name, _ in points)
    away = sorted((distance_km(place, city), name) for name, city in points)
    return tuple(name for far_km, name in away if far_km <= 2 * away[0][0] + 100)


@lru_cache(maxsize=1024)
def read_zone(text: str) -> tzinfo | None:
    """An IANA name or an offset (`+02:00`, `UTC-5`) as a zone; None for anything else. Never raises."""
    text = text.strip()
    if match := _OFFSET.match(text):
        offset = timedelta(hours=int(match[2]), minutes=int(match[3] or 0))
        if offset > timedelta(hours=14):
            return None
        return timezone(-offset if match[1] == "-" else offset)
    if not _NAME.match(text):
        return None
    try:
        return ZoneInfo(text)
    except (OSError, ValueError, KeyError):  # ZoneInfoNotFoundError is a KeyError; folders are OSErrors
        return None


def clock_gap_h(device: str, places: Iterable[str], at: datetime) -> float | None:
    """The smallest difference in hours between the device's UTC offset and those of the zones, at that time.

    None where the device's zone or all of the place's are unknown. Daylight saving is in it, as it is at
    `at`.
    """
    own = read_zone(device)
    if own is None:
        return None
    try:
        moment = at.astimezone(UTC)
        own_offset = _offset(own, moment)
        gaps = [abs(own_offset - _offset(zone, moment)) for zone in map(read_zone, places) if zone is not None]
    except OverflowError:  # the first or last day of the calendar
        return None
    return min(gaps).total_seconds() / 3600 if gaps else None


def _offset(zone: tzinfo, moment: datetime) -> timedelta:
    return moment.astimezone(zone).utcoffset() or timedelta()
