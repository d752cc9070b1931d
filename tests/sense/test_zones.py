from __future__ import annotations

from datetime import UTC, datetime
from pathlib import Path
from zoneinfo import ZoneInfo

import pytest
from hypothesis import given
from hypothesis import strategies as st

from cuelight.core.chat import Cell
from cuelight.core.errors import DataFileInvalid
from cuelight.sense.languages import language_fits, read_spoken
from cuelight.sense.zones import _by_country, clock_gap_h, read_zone, zones_of

WINTER, SUMMER = datetime(2026, 1, 15, 12, tzinfo=UTC), datetime(2026, 7, 15, 12, tzinfo=UTC)
DATA = Path(__file__).resolve().parents[2] / "data"
SPOKEN = read_spoken(DATA / "languages.txt")


def test_the_table_covers_the_world_and_every_zone_loads() -> None:
    table = _by_country()
    assert len(table) > 240
    for points in table.values():
        for name, _ in points:
            assert ZoneInfo(name)


@pytest.mark.parametrize(
    ("country", "place", "has", "lacks"),
    [
        ("US", Cell(40.75, -73.75), "America/New_York", "America/Los_Angeles"),
        ("US", Cell(34.25, -118.25), "America/Los_Angeles", "America/New_York"),
        ("US", Cell(31.75, -106.25), "America/Denver", "America/New_York"),  # El Paso
        ("AU", Cell(-31.75, 115.75), "Australia/Perth", "Australia/Sydney"),
        ("RU", Cell(43.25, 131.75), "Asia/Vladivostok", "Europe/Moscow"),
        ("NL", Cell(52.25, 4.75), "Europe/Amsterdam", "Europe/Berlin"),
        ("US", None, "Pacific/Honolulu", "Europe/London"),
    ],
)
def test_zones_of_a_place(country: str, place: Cell | None, has: str, lacks: str) -> None:
    zones = zones_of(country, place)
    assert has in zones
    assert lacks not in zones


def test_no_zones_of_nowhere() -> None:
    assert zones_of("ZZ") == ()


@pytest.mark.parametrize(
    ("device", "places", "at", "gap"),
    [
        ("America/New_York", ["America/New_York"], WINTER, 0.0),
        ("America/New_York", ["America/Toronto"], SUMMER, 0.0),
        ("Europe/London", ["America/New_York"], WINTER, 5.0),
        ("Europe/London", ["Africa/Abidjan"], WINTER, 0.0),
        ("Europe/London", ["Africa/Abidjan"], SUMMER, 1.0),
        ("Asia/Kolkata", ["Asia/Kathmandu"], WINTER, 0.25),
        ("Asia/Tokyo", ["America/New_York", "Asia/Seoul"], WINTER, 0.0),
        ("+02:00", ["Europe/Berlin"], SUMMER, 0.0),
        ("UTC+1", ["Europe/Berlin"], WINTER, 0.0),
        ("GMT-0500", ["America/New_York"], WINTER, 0.0),
        ("Nowhere/Land", ["Europe/Berlin"], WINTER, None),
        ("Europe/Berlin", [], WINTER, None),
        ("Europe/Berlin", ["Nowhere/Land"], WINTER, None),
        ("+25:00", ["Europe/Berlin"], WINTER, None),
    ],
)
def test_clock_gap(device: str, places: list[str], at: datetime, gap: float | None) -> None:
    assert clock_gap_h(device, places, at) == gap


@pytest.mark.parametrize("text", ["../../etc/passwd", "/etc/passwd", "Europe", "", ".", "a" * 500, "Europe/\0", "é"])
def test_no_text_reads_a_file_that_is_no_zone(text: str) -> None:
    assert read_zone(text) is None


@given(st.text(max_size=60), st.datetimes(timezones=st.just(UTC)))
def test_any_text_and_any_time_give_a_gap_or_none(text: str, at: datetime) -> None:
    gap = clock_gap_h(text, ["Europe/Berlin", "Pacific/Kiritimati"], at)
    assert gap is None or 0 <= gap <= 26


@pytest.mark.parametrize(
    ("tags", "country", "fits"),
    [
        (["nl-nl"], "NL", True),
        (["en-us", "en"], "US", True),
        (["ru"], "US", False),
        (["ru", "es"], "US", True),
        (["zh-hans-cn"], "CN", True),
        (["pl-nl"], "NL", True),  # names the country as its region
        (["vi"], "BR", False),
        ([], "NL", None),
        (["nl"], None, None),
        (["nl"], "ZZ", None),
        ([""], "NL", None),
    ],
)
def test_language_fits(tags: list[str], country: str | None, fits: bool | None) -> None:
    assert language_fits(SPOKEN, tags, country) is fits


def test_every_country_with_a_time_zone_has_languages() -> None:
    inhabited = set(_by_country()) - {"AQ"}
    assert inhabited <= set(SPOKEN) | {"HM", "BV", "GS", "UM"}


@pytest.mark.parametrize("line", ["nl nl", "NL", "NLD nl", "NL nl\nNL fy"])
def test_a_broken_table_names_its_line(tmp_path: Path, line: str) -> None:
    path = tmp_path / "languages.txt"
    path.write_text(f"# head\n{line}\n")
    with pytest.raises(DataFileInvalid, match=r"languages\.txt, line [23]"):
        read_spoken(path)
