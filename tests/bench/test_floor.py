"""A floor under detection: a change that costs the cues their worth fails here, long before anybody runs the bench.

One calibration seed with few customers, through the real command with the default policy. Not a measurement:
`docs/detection.md` holds figures on seeds that nothing was fitted on.
"""

from __future__ import annotations

import pytest
from bench.detection import cuelight_scores, metrics
from bench.detection.metrics import Figures
from bench.detection.simulate import simulate, write
from bench.detection.table_geo import write_geo


@pytest.fixture(scope="module")
def shipped(tmp_path_factory: pytest.TempPathFactory) -> Figures:
    folder = tmp_path_factory.mktemp("floor")
    simulation = simulate(5, customers=300, impostor_share=0.15)
    write(simulation, folder)
    write_geo(folder / "geo")
    own = cuelight_scores.run(folder, folder / "geo")
    figures: Figures = metrics.as_shipped(simulation.truth, own.cues)
    return figures


def test_impostors_are_seen(shipped: Figures) -> None:
    every = shipped["groups"]["all"]
    assert every["mean"]["red"] > 0.55
    assert every["mean"]["amber_or_red"] > 0.82
    assert every["vpn"]["amber_or_red"] > 0.95
    assert every["tor"]["amber_or_red"] > 0.95
    assert every["targeted"]["amber_or_red"] > 0.45


def test_customers_are_left_in_peace(shipped: Figures) -> None:
    legit = shipped["groups"]["all"]["legit"]
    assert legit["red"] < 0.008
    assert legit["amber_or_red"] < 0.06
    assert legit["green"] > 0.8
