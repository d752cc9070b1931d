"""Which languages are spoken where: whether a browser's languages fit the country of an address."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from pathlib import Path

from cuelight.core.errors import DataFileInvalid

Spoken = Mapping[str, frozenset[str]]
"""Country (ISO 3166-1) to primary language subtags."""


def read_spoken(path: Path) -> Spoken:
    """Read `data/languages.txt`. Raises `DataFileInvalid` naming file and line."""
    spoken: dict[str, frozenset[str]] = {}
    try:
        lines = path.read_text("ascii").splitlines()
    except (OSError, UnicodeDecodeError) as error:
        raise DataFileInvalid(f"{path.name}: cannot be read ({type(error).__name__})") from error
    for number, line in enumerate(lines, 1):
        country, *tags = line.partition("#")[0].split() or [""]
        if not country:
            continue
        if len(country) != 2 or not country.isupper() or not tags or country in spoken:
            raise DataFileInvalid(f"{path.name}, line {number}: write a country once, then its languages: NL nl fy en")
        spoken[country] = frozenset(tags)
    return spoken


def language_fits(spoken: Spoken, tags: Iterable[str], country: str | None) -> bool | None:
    """True if some preferred language is spoken in `country`, or names it as its region (`nl-BE` in BE).

    None where there are no languages, or the country is unknown.
    """
    there = spoken.get(country) if country else None
    wanted = [tag.split("-") for tag in tags if tag]
    if there is None or not wanted:
        return None
    region = (country or "").lower()
    return any(parts[0] in there or region in parts[1:] for parts in wanted)
