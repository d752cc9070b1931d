"""Cuelight's own scores: the real command, on a file, in its own process, as an operator would run it."""

from __future__ import annotations

import json
import os
import subprocess
import sys
import time
from dataclasses import dataclass
from pathlib import Path
from typing import Any


@dataclass(frozen=True, slots=True)
class OwnScores:
    """What `cuelight replay --scores` said of each chat, and how long it took."""

    log_odds: dict[str, float]
    cues: dict[str, str]
    reasons: dict[str, list[str]]
    took_s: float


API = Path(__file__).resolve().parents[2] / "api"


def command() -> list[str]:
    """The command of this checkout, whatever may be installed beside it."""
    return [sys.executable, "-c", "from cuelight.cli import main; main()"]


def run(folder: Path, geo_dir: Path, *, off: tuple[str, ...] = (), policy: Path | None = None) -> OwnScores:
    """Replays `folder/records.jsonl`. RuntimeError with the command's own words if any line was not used."""
    out = folder / ("scores.jsonl" if not off else f"scores-without-{'-'.join(off)}.jsonl")
    args = [
        *command(),
        "replay",
        str(folder / "records.jsonl"),
        "--format",
        "json",
        "--out",
        str(folder / "replay.json"),
        "--scores",
        str(out),
        "--networks",
        str(folder / "networks"),
        "--geo",
        str(geo_dir),
    ]
    for signal in off:
        args += ["--off", signal]
    if policy is not None:
        args += ["--policy", str(policy)]
    started = time.perf_counter()
    env = {**os.environ, "PYTHONPATH": os.pathsep.join(filter(None, (str(API), os.environ.get("PYTHONPATH"))))}
    done = subprocess.run(args, capture_output=True, text=True, check=False, timeout=900, env=env)
    took_s = time.perf_counter() - started
    if done.returncode != 0:
        raise RuntimeError(f"cuelight replay ended with status {done.returncode}:\n{done.stderr[-2000:]}")
    return read(out, took_s)


def read(path: Path, took_s: float = 0.0) -> OwnScores:
    """A scores file as `cuelight replay --scores` writes it."""
    log_odds, cues, reasons = {}, {}, {}
    with path.open(encoding="utf-8") as lines:
        for line in lines:
            row: dict[str, Any] = json.loads(line)
            log_odds[row["chat_id"]] = float(row["log_odds"])
            cues[row["chat_id"]] = row["cue"]
            reasons[row["chat_id"]] = [reason["code"] for reason in row["reasons"]]
    return OwnScores(log_odds, cues, reasons, took_s)
