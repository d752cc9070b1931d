"""One seed through every scorer, and the figures of many seeds joined."""

from __future__ import annotations

import json
import math
import time
from collections.abc import Iterable, Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import numpy as np

from bench.detection import cuelight_scores, metrics
from bench.detection.baselines import BASELINES
from bench.detection.geo import Geo
from bench.detection.metrics import Figures
from bench.detection.simulate import simulate, write

OURS = "Cuelight"


@dataclass(slots=True)
class Run:
    """One seed at one share of impostors: the truth, everyone's scores, and our cues."""

    seed: int
    share: float
    folder: Path
    truth: list[dict[str, Any]]
    scores: dict[str, dict[str, float]] = field(default_factory=dict)
    own: cuelight_scores.OwnScores | None = None
    figures: Figures = field(default_factory=dict)


def prepare(seed: int, share: float, work: Path, *, customers: int | None = None) -> Run:
    """Simulates the seed into a folder of its own and returns it unscored."""
    folder = work / f"seed-{seed}-{share:g}"
    simulation = simulate(seed, impostor_share=share, customers=customers, reporting=True)
    write(simulation, folder)
    return Run(seed, share, folder, simulation.truth)


def score(run: Run, geo_dir: Path, geo: Geo, *, baselines: bool = True, policy: Path | None = None) -> None:
    """Asks every scorer, then works out the figures."""
    run.own = cuelight_scores.run(run.folder, geo_dir, policy=policy)
    run.scores[OURS] = run.own.log_odds
    if baselines:
        with (run.folder / "records.jsonl").open(encoding="utf-8") as lines:
            records = [json.loads(line) for line in lines]
        for record in records:
            record.pop("label", None)
        for name, scorer in BASELINES.items():
            run.scores[name] = scorer(records, geo)
    run.figures = {
        "detection": {name: metrics.detection(run.truth, scores) for name, scores in run.scores.items()},
        "friction": {name: metrics.friction_at(run.truth, s) for name, s in run.scores.items() if name != OURS},
        "shipped": metrics.as_shipped(run.truth, run.own.cues),
        "replay": {"took_s": run.own.took_s, "chats": len(run.own.cues)},
    }


def joined(parts: Sequence[Any]) -> Any:
    """Many seeds' figures as one: every number becomes {mean, spread} over the seeds that have it."""
    first = parts[0]
    if isinstance(first, dict):
        keys = list(dict.fromkeys(k for part in parts for k in part))
        return {key: joined([part[key] for part in parts if key in part]) for key in keys}
    values = [v for v in parts if not math.isnan(v)]
    if not values:
        return {"mean": None, "spread": None}
    spread = float(np.std(values, ddof=1)) if len(values) > 1 else 0.0
    return {"mean": float(np.mean(values)), "spread": spread}


def ablation(runs: Iterable[Run], signals: Sequence[str], geo_dir: Path, policy: Path | None = None) -> Figures:
    """Each signal off in turn: what detection at the same friction budgets loses."""
    chosen = list(runs)
    full = joined([run.figures["detection"][OURS] for run in chosen])
    out: Figures = {"": _kept(full)}
    for signal in signals:
        started = time.perf_counter()
        parts = [
            metrics.detection(run.truth, scores.log_odds)
            for run in chosen
            for scores in [cuelight_scores.run(run.folder, geo_dir, off=(signal,), policy=policy)]
        ]
        out[signal] = _kept(joined(parts))
        print(f"  without {signal}: {time.perf_counter() - started:.0f} s", flush=True)
    return out


def _kept(figures: Figures) -> Figures:
    rows = figures["groups"]["all"]
    kinds = {kind: rows[kind]["amber"]["mean"] for kind in (*metrics.KINDS, metrics.APART)}
    return {
        "red": rows["mean"]["red"]["mean"],
        "amber": rows["mean"]["amber"]["mean"],
        "auc": rows["mean"]["auc"]["mean"],
        "third_visit": figures["third_visit"]["amber"]["mean"],
        "amber_by_kind": kinds,
    }


def signal_names(policy: Path) -> list[str]:
    """The signals of a policy file: what can be switched off."""
    return sorted(json.loads(policy.read_text(encoding="utf-8"))["signals"])
