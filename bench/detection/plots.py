"""Two pictures: where each kind's scores lie, and detection at small friction, for every scorer."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path

import matplotlib as mpl
import numpy as np

from bench.detection.metrics import AMBER_BUDGET, KINDS, RED_BUDGET, alarmed, measured, threshold
from bench.detection.runs import OURS, Run

mpl.use("Agg")
mpl.rcParams.update({"svg.hashsalt": "cuelight", "font.size": 9, "svg.fonttype": "path"})

import matplotlib.pyplot as plt  # noqa: E402 - the backend is chosen before anything opens a window
from matplotlib.figure import Figure  # noqa: E402

_COLOURS = {OURS: "#0b6e4f", "Freeman / Wiefling": "#b5651d", "BuffaLogs rules": "#6a4c93", "exact address": "#7f7f7f"}


def _labelled(runs: Sequence[Run], scorer: str) -> dict[str, np.ndarray]:
    """Scores by label over all runs."""
    out: dict[str, list[float]] = {}
    for run in runs:
        for fact in measured(run.truth):
            out.setdefault(fact["label"], []).append(run.scores[scorer][fact["chat_id"]])
    return {label: np.asarray(values) for label, values in out.items()}


def _save(figure: Figure, path: Path) -> None:
    path.parent.mkdir(parents=True, exist_ok=True)
    figure.savefig(path, metadata={"Date": None, "Creator": None}, bbox_inches="tight")
    plt.close(figure)


def distributions(runs: Sequence[Run], path: Path) -> None:
    """Cuelight's log-odds by label, on one axis."""
    scores = _labelled(runs, OURS)
    low, high = np.percentile(np.concatenate(list(scores.values())), (0.2, 99.8))
    edges = np.linspace(float(low), float(high), 60)
    figure, axes = plt.subplots(len(KINDS) + 1, 1, figsize=(7, 7), sharex=True)
    for axis, label in zip(axes, ("legit", *KINDS), strict=True):
        values = np.clip(scores.get(label, np.empty(0)), edges[0], edges[-1])
        if len(values):
            axis.hist(
                values,
                bins=edges,
                color="#3b6ea5" if label == "legit" else "#b03a2e",
                weights=np.full(len(values), 1 / len(values)),
            )
        axis.set_ylabel(label, rotation=0, ha="right", va="center")
        axis.set_yticks([])
        for side in ("top", "right", "left"):
            axis.spines[side].set_visible(False)
    axes[-1].set_xlabel("log-odds of impersonation (nats)")
    _save(figure, path)


def near_origin(runs: Sequence[Run], path: Path) -> None:
    """Detection (all six kinds together) against legitimate chats alarmed, up to one in ten."""
    figure, axis = plt.subplots(figsize=(6, 4.2))
    for scorer in runs[0].scores:
        scores = _labelled(runs, scorer)
        bad = np.concatenate([scores[k] for k in KINDS if k in scores])
        budgets = np.linspace(0, 0.10, 201)
        # The same sharing of ties as in the tables, so that a coarse scorer's curve is a straight line between steps.
        legit = list(scores["legit"])
        caught = np.array([alarmed(list(bad), threshold(legit, float(budget))) for budget in budgets])
        axis.plot(budgets * 100, caught * 100, label=scorer, color=_COLOURS.get(scorer), lw=1.8)
    for budget in (RED_BUDGET, AMBER_BUDGET):
        axis.axvline(budget * 100, color="#bbbbbb", lw=0.8, ls="--")
    axis.set_xlabel("legitimate chats alarmed (%)")
    axis.set_ylabel("impostors' chats alarmed (%)")
    axis.set_xlim(0, 10)
    axis.set_ylim(0, 100)
    axis.legend(frameon=False, loc="lower right")
    for side in ("top", "right"):
        axis.spines[side].set_visible(False)
    _save(figure, path)


def draw(runs: Sequence[Run], folder: Path) -> None:
    distributions(runs, folder / "detection-scores.svg")
    near_origin(runs, folder / "detection-roc.svg")
