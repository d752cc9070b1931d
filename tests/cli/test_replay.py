"""`cuelight replay` as an operator runs it: the 2016 story, broken lines, the three forms of the report."""

from __future__ import annotations

import json
import random
from pathlib import Path

import pytest
from click.testing import CliRunner, Result
from tests.conftest import ROOT

from cuelight.cli import main

SPRINGER = ROOT / "data" / "samples" / "springer.jsonl"


@pytest.fixture(autouse=True)
def own_var(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("CUELIGHT_VAR_DIR", str(tmp_path / "var"))
    monkeypatch.setenv("CUELIGHT_GEO_DIR", str(ROOT / "data" / "geo"))


def replay(*arguments: object) -> Result:
    return CliRunner().invoke(main, ["replay", *map(str, arguments)])


def scores(path: Path) -> list[dict[str, object]]:
    return [json.loads(line) for line in path.read_text("utf-8").splitlines()]


def test_the_story_of_2016(tmp_path: Path) -> None:
    out, page = tmp_path / "scores.jsonl", tmp_path / "report.html"
    result = replay(SPRINGER, "--scores", out, "--format", "html", "--out", page)
    assert result.exit_code == 0, result.output
    labels = {
        record["chat_id"]: record["label"]
        for record in map(json.loads, SPRINGER.read_text("utf-8").splitlines())
        if record["kind"] == "chat"
    }
    impostor = [row for row in scores(out) if labels[row["chat_id"]] != "legit"]  # type: ignore[index]
    assert len(impostor) == 3
    assert [row["cue"] for row in impostor[1:]] == ["red", "red"]
    assert all(isinstance(row["log_odds"], float) for row in scores(out))
    html = page.read_text("utf-8")
    assert html.count("<svg") >= 2
    assert "<script" not in html
    assert "http" not in html.replace("http-equiv", "")


def test_the_real_store_says_the_same_as_memory(tmp_path: Path) -> None:
    said = {}
    for store in ("memory", "redis"):
        out = tmp_path / f"{store}.jsonl"
        assert replay(SPRINGER, "--scores", out, "--store", store, "--format", "json").exit_code == 0
        said[store] = [(row["chat_id"], row["cue"]) for row in scores(out)]
    assert said["memory"] == said["redis"]


BROKEN = [
    "{",
    "[]",
    '"chat"',
    "\x00\x01",
    '{"kind": "chat"}',
    '{"kind": "dance", "occurred_at": "2026-01-01T00:00:00Z"}',
    '{"kind": "chat", "chat_id": "x", "occurred_at": "yesterday"}',
    '{"kind": "chat", "chat_id": "x", "occurred_at": "2026-01-01T00:00:00Z", "ip": "fe80::1%<img>"}',
    '{"kind": "sighting", "customer_id": "u", "occurred_at": "2026-01-01T00:00:00Z", "proof": "none"}',
    '{"kind": "outcome", "chat_id": "never", "occurred_at": "2026-01-01T00:00:00Z", "outcome": "genuine"}',
]


def test_a_thousand_broken_lines_among_good_ones(tmp_path: Path) -> None:
    good = SPRINGER.read_text("utf-8").splitlines()
    lines = [(line, True) for line in good] + [(BROKEN[n % len(BROKEN)], False) for n in range(1000)]
    random.Random(7).shuffle(lines)
    file, out = tmp_path / "mixed.jsonl", tmp_path / "scores.jsonl"
    file.write_text("\n".join(line for line, _ in lines) + "\n", "utf-8")
    result = replay(file, "--scores", out)
    assert result.exit_code == 3
    told = {
        int(line.split(":")[0].removeprefix("line ")) for line in result.stderr.splitlines() if line.startswith("line ")
    }
    assert told == {number for number, (_, fine) in enumerate(lines, 1) if not fine}
    assert "1000 lines could not be used" in result.stderr
    assert "<img>" not in result.output
    plain = tmp_path / "plain.jsonl"
    assert replay(SPRINGER, "--scores", plain).exit_code == 0
    assert scores(out) == scores(plain)


def test_the_order_of_the_file_does_not_matter(tmp_path: Path) -> None:
    lines = SPRINGER.read_text("utf-8").splitlines()
    random.Random(3).shuffle(lines)
    shuffled = tmp_path / "shuffled.jsonl"
    shuffled.write_text("\n".join(lines), "utf-8")
    said = []
    for file in (SPRINGER, shuffled):
        out = tmp_path / "out.jsonl"
        assert replay(file, "--scores", out).exit_code == 0
        said.append(scores(out))
    assert said[0] == said[1]


def test_unknown_fields_are_ignored_aloud_and_empty_files_explained(tmp_path: Path) -> None:
    file = tmp_path / "one.jsonl"
    file.write_text('{"kind": "chat", "chat_id": "x", "occurred_at": "2026-01-01T00:00:00Z", "colour": "blue"}\n')
    result = replay(file)
    assert result.exit_code == 0
    assert "unknown field colour was ignored in 1 lines" in result.stderr
    file.write_text("")
    assert "nothing to report" in replay(file, "--format", "html").output


def test_a_signal_can_be_left_out_but_not_one_there_is_not(tmp_path: Path) -> None:
    out = tmp_path / "scores.jsonl"
    assert replay(SPRINGER, "--scores", out, "--off", "device").exit_code == 0
    points = [r["points"] for row in scores(out) for r in row["reasons"] if r["code"].startswith("device.")]  # type: ignore[attr-defined]
    assert points
    assert not any(points)
    result = replay(SPRINGER, "--off", "astrology")
    assert result.exit_code == 1
    assert "astrology" in result.output
