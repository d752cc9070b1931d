"""Small simulated years, made once for all bench tests."""

from __future__ import annotations

import pytest
from bench.detection.simulate import Simulation, simulate


@pytest.fixture(scope="session")
def year() -> Simulation:
    """A calibration seed with few customers and many impostors, so that every kind occurs."""
    return simulate(3, impostor_share=0.15, customers=250)


@pytest.fixture(scope="session")
def wide_year() -> Simulation:
    """A calibration seed with enough customers for shares to settle."""
    return simulate(4, customers=600)
