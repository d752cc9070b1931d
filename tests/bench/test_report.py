"""The page and plots, from the figures of a small year in which EXTEND also plays our part, to stay quick."""

from __future__ import annotations

import re
from pathlib import Path

import pytest
from bench.detection import metrics, plots, report
from bench.detection.baselines import BASELINES
from bench.detection.cuelight_scores import OwnScores, read
from bench.detection.geo import Geo
from bench.detection.runs import OURS, Run, joined
from bench.detection.simulate import Simulation

ROOT = Path(__file__).resolve().parents[2]


@pytest.fixture(scope="module")
def run(year: Simulation) -> Run:
    geo = Geo(ROOT / "data" / "geo")
    scores = {name: scorer(year.records, geo) for name, scorer in BASELINES.items()}
    scores = {OURS: scores["Freeman / Wiefling"], **scores}
    cues = {chat: "amber" if score > 0 else "green" for chat, score in scores[OURS].items()}
    made = Run(3, 0.15, Path(), year.truth, scores, OwnScores(scores[OURS], cues, {}, 1.0))
    made.figures = {
        "detection": {name: metrics.detection(year.truth, s) for name, s in scores.items()},
        "friction": {name: metrics.friction_at(year.truth, s) for name, s in scores.items() if name != OURS},
        "shipped": metrics.as_shipped(year.truth, cues),
    }
    return made


def test_the_page_has_every_table_and_no_gap(run: Run) -> None:
    figures = joined([run.figures, run.figures])
    summary = {"seeds": [101, 102], "chats": 2 * len(run.truth), "shares": {"0.05": figures, "0.005": figures}}
    page = report.page(summary)
    assert "{" not in page
    assert "nan" not in re.sub(r"[a-z]nan|nan[a-z]", "", page)
    for kind in (*metrics.KINDS, metrics.APART):
        assert f" {kind} |" in page
    for name in BASELINES:
        assert f"| {name} |" in page
    for line in report.table(summary).splitlines():
        if line.startswith("| **"):
            assert line.count("|") == 10
    # Tables are rectangular: a renderer drops cells of a row that is too long.
    for block in re.split(r"\n(?!\|)", page):
        rows = [line for line in block.splitlines() if line.startswith("|")]
        assert len({row.count("|") for row in rows}) <= 1


def test_plots_are_drawn_the_same_twice(run: Run, tmp_path: Path) -> None:
    """A picture that changes without its figures changing would fill the history with noise."""
    plots.draw([run], tmp_path / "one")
    plots.draw([run], tmp_path / "two")
    for name in ("detection-scores.svg", "detection-roc.svg"):
        assert (tmp_path / "one" / name).read_bytes() == (tmp_path / "two" / name).read_bytes()
        assert b"<svg" in (tmp_path / "one" / name).read_bytes()


def test_a_scores_file_is_read_as_the_command_writes_it(tmp_path: Path) -> None:
    path = tmp_path / "scores.jsonl"
    path.write_text(
        '{"chat_id":"c1","score":null,"log_odds":-1.25,"cue":"grey","reasons":[{"code":"a.b","points":1}]}\n'
    )
    own = read(path)
    assert own.log_odds == {"c1": -1.25}
    assert own.cues == {"c1": "grey"}
    assert own.reasons == {"c1": ["a.b"]}
