"""The story Cuelight was made after, replayed: the impostor who comes back is red, the owner stays green."""

from __future__ import annotations

import json
from pathlib import Path

from click.testing import CliRunner
from tests.conftest import ROOT
from tests.web.demo import places

from cuelight.cli import main


def test_the_second_and_third_contacts_are_red_and_the_owner_is_green(tmp_path: Path) -> None:
    scores = tmp_path / "scores.jsonl"
    story = ROOT / "data" / "samples" / "springer.jsonl"
    geo = places.write(tmp_path / "geo")
    ran = CliRunner().invoke(main, ["replay", str(story), "--geo", str(geo), "--scores", str(scores)])
    assert ran.exit_code == 0, ran.output
    cues = {row["chat_id"]: row["cue"] for row in map(json.loads, scores.read_text().splitlines())}
    assert (cues["2015-4"], cues["2016-1"]) == ("red", "red")
    assert (cues["2015-1"], cues["2015-3"]) == ("green", "green")
    assert cues["2015-2"] in ("amber", "red")
