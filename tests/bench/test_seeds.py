"""Calibration and report seeds never meet."""

from __future__ import annotations

from pathlib import Path

import pytest
from bench.detection.seeds import calibration_seeds, check, report_seeds
from bench.detection.simulate import simulate

FOLDER = Path(__file__).resolve().parents[2] / "bench" / "detection"


def test_the_two_sets_are_disjoint() -> None:
    assert not set(calibration_seeds()) & set(report_seeds(100))
    assert calibration_seeds() == tuple(range(1, 21))
    assert report_seeds() == (101, 102, 103, 104, 105)


@pytest.mark.parametrize("count", [0, -1, 101])
def test_no_more_seeds_than_there_are(count: int) -> None:
    with pytest.raises(ValueError, match="between 1 and"):
        report_seeds(count)
    with pytest.raises(ValueError, match="between 1 and"):
        calibration_seeds(count)


def test_tuning_cannot_simulate_a_report_seed() -> None:
    with pytest.raises(ValueError, match="kept for reporting"):
        simulate(101, customers=10)
    with pytest.raises(ValueError, match="not a report seed"):
        check(1, reporting=True)


def test_only_the_bench_asks_for_report_seeds() -> None:
    """Whoever adds a tuning script here and reaches for them fails this test."""
    askers = {p.name for p in FOLDER.glob("*.py") if "report_seeds(" in p.read_text(encoding="utf-8")}
    users = {p.name for p in FOLDER.glob("*.py") if "reporting=True" in p.read_text(encoding="utf-8")}
    assert askers == {"seeds.py", "bench.py"}
    assert users == {"runs.py"}
