"""The baselines do what their authors describe."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import pytest
from bench.detection.baselines import BASELINES, NOT_SCORED, buffalogs, exact_address, extend
from bench.detection.geo import Geo
from bench.detection.metrics import detection
from bench.detection.simulate import Simulation

GEO = Path(__file__).resolve().parents[2] / "data" / "geo"
CHROME = "Mozilla/5.0 (Windows NT 10.0; Win64; x64) AppleWebKit/537.36 (KHTML, like Gecko) Chrome/{}.0 Safari/537.36"
# Addresses the committed test databases know: London, Linköping, and a US one.
LONDON, SWEDEN, MILTON = "81.2.69.142", "89.160.20.112", "216.160.83.56"


@pytest.fixture(scope="module")
def geo() -> Geo:
    return Geo(GEO)


def _chat(chat_id: str, at: str, ip: str | None, agent: int = 140, customer: str = "u-1") -> dict[str, Any]:
    record = {
        "kind": "chat",
        "chat_id": chat_id,
        "occurred_at": at,
        "customer_id": customer,
        "identity": "claimed",
        "user_agent": CHROME.format(agent),
    }
    return record | ({"ip": ip} if ip else {})


def test_the_lookup_reads_the_committed_test_databases(geo: Geo) -> None:
    assert geo.place(LONDON).country == "GB"
    assert geo.place(SWEDEN).country == "SE"
    assert geo.place(LONDON).point is not None
    assert geo.place("10.0.0.1") == geo.place("10.0.0.2")


def test_a_folder_without_databases_is_named(tmp_path: Path) -> None:
    with pytest.raises(FileNotFoundError, match="cuelight geo update"):
        Geo(tmp_path)


def test_exact_address_alarms_on_any_address_never_used(geo: Geo) -> None:
    scores = exact_address(
        [
            _chat("1", "2026-01-01T10:00:00Z", LONDON),
            _chat("2", "2026-01-02T10:00:00Z", SWEDEN),
            _chat("3", "2026-01-03T10:00:00Z", LONDON),
            _chat("4", "2026-01-03T10:00:00Z", None),
        ],
        geo,
    )
    assert scores == {"1": NOT_SCORED, "2": 1.0, "3": 0.0, "4": NOT_SCORED}


def test_buffalogs_counts_new_country_travel_and_device(geo: Geo) -> None:
    scores = buffalogs(
        [
            _chat("1", "2026-01-01T10:00:00Z", LONDON),
            _chat("2", "2026-01-01T11:00:00Z", SWEDEN, agent=141),  # country, speed and agent
            _chat("3", "2026-01-09T11:00:00Z", LONDON, agent=141),  # eight days later, all known
            _chat("4", "2026-01-09T12:00:00Z", MILTON, agent=141),  # country and speed
            _chat("5", "2026-01-29T12:00:00Z", MILTON, agent=142),  # agent
        ],
        geo,
    )
    assert scores == {"1": 0.0, "2": 3.0, "3": 0.0, "4": 2.0, "5": 1.0}


def test_extend_ranks_as_the_paper_says(geo: Geo) -> None:
    crowd = [
        _chat(f"c{n}", f"2026-01-01T10:{n:02}:00Z", SWEDEN, agent=130 + n % 5, customer=f"u-c{n}") for n in range(40)
    ]
    usual = [_chat(f"h{n}", f"2026-01-0{n + 2}T10:00:00Z", LONDON) for n in range(5)]
    base = [*crowd, *usual]

    def last(ip: str, agent: int) -> float:
        return extend([*base, _chat("x", "2026-01-09T10:00:00Z", ip, agent)], geo)["x"]

    same, new_browser, new_country, both = last(LONDON, 140), last(LONDON, 141), last(SWEDEN, 140), last(SWEDEN, 131)
    assert same < new_browser < both
    assert same < new_country < both
    assert extend(base, geo)["h0"] == NOT_SCORED
    # An impostor who comes again is not strange any more: nothing in the method asks who taught it.
    again = extend([*base, *(_chat(f"i{n}", f"2026-01-09T1{n}:00:00Z", SWEDEN, 131) for n in range(3))], geo)
    assert again["i0"] > again["i1"] > again["i2"]


def test_baselines_neither_read_labels_nor_miss_a_chat(year: Simulation, geo: Geo) -> None:
    bare = [{k: v for k, v in r.items() if k != "label"} for r in year.records]
    for name, scorer in BASELINES.items():
        scores = scorer(bare, geo)
        assert set(scores) == {t["chat_id"] for t in year.truth}, name
        assert scores == scorer(year.records, geo), name


def test_extend_beats_chance_and_the_exact_address_hardly_does(year: Simulation, geo: Geo) -> None:
    figures = {name: detection(year.truth, scorer(year.records, geo)) for name, scorer in BASELINES.items()}
    known = {name: f["groups"]["5+"]["mean"]["auc"] for name, f in figures.items()}
    assert known["Freeman / Wiefling"] > 0.75
    assert known["exact address"] < known["Freeman / Wiefling"]
