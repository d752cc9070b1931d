"""The simulated records go through the real command, every line of them."""

from __future__ import annotations

from pathlib import Path

from bench.detection import cuelight_scores, metrics
from bench.detection.simulate import simulate, write

ROOT = Path(__file__).resolve().parents[2]


def test_the_real_command_uses_every_line_and_beats_chance(tmp_path: Path) -> None:
    simulation = simulate(2, customers=60, impostor_share=0.2)
    write(simulation, tmp_path)
    # `run` raises if a single line was refused: the simulator's format is the command's.
    own = cuelight_scores.run(tmp_path, ROOT / "data" / "geo")
    assert set(own.log_odds) == {fact["chat_id"] for fact in simulation.truth}
    assert set(own.cues.values()) <= {"red", "amber", "green", "grey"}
    figures = metrics.detection(simulation.truth, own.log_odds)
    assert figures["groups"]["all"]["mean"]["auc"] > 0.7
    without = cuelight_scores.run(tmp_path, ROOT / "data" / "geo", off=("device",))
    assert without.log_odds != own.log_odds
