"""`make calibrate`: fit the default policy's constants on calibration seeds, and write `data/policy.json`.

Each constant is moved up and down in turn and kept where the objective rises: the mean over impostor kinds of the
(smoothed) shares found at red and at amber, with thresholds where 0.35 % and 4.3 % of legit chats lie above, less a
penalty for any kind of legit customer who bears more than 9 % of amber. Signals are independent given the
question, so only the signal whose constant moved is asked again. Weights, bounds and reasons stay a matter of
judgement, in the file.
"""

from __future__ import annotations

import argparse
import json
import sys
import time
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import numpy as np

from bench.detection.calibration_cases import Case, capture
from bench.detection.seeds import calibration_seeds
from cuelight.app import read_policy
from cuelight.core.evidence import Evidence
from cuelight.core.policy import Policy
from cuelight.replay.report import LEGIT
from cuelight.settings import Settings
from cuelight.signals import SIGNALS
from cuelight.signals.question import Question
from cuelight.signals.trust import weigh

KINDS = ("naive", "vpn", "targeted", "returning", "spray", "tor")
RED_LEGIT, AMBER_LEGIT = 0.0035, 0.043
"""A little under the goals (0.5 %, 5 %), so that unseen seeds stay within them."""
_UNFITTED = frozenset(
    {
        "reach_back_h",
        "max_speed_kmh",
        "window_d",
        "active_min",
        "changed_d",
        "failed_least",
        "usually",
        "mature_d",
        "crowd_share",
    }
)
"""Facts of the world or of the house, not likelihoods."""
_STEPS = (0.5, 0.75, 1.33, 2.0)


class Bench:
    """The captured cases with each signal's current points, and the objective over their sums."""

    def __init__(self, cases: list[Case], policy: Policy) -> None:
        self._cases = cases
        self._policy = policy
        self._trusted = [weigh(c.history.sightings, c.chat.at, policy.trust, but=c.chat.key) for c in cases]
        self._legit = np.array([c.label == LEGIT for c in cases])
        self._kinds = {k: np.array([c.label == k for c in cases]) for k in KINDS}
        names = sorted({c.customer_kind for c in cases if c.label == LEGIT} - {"tor"})
        self._customers = [np.array([c.label == LEGIT and c.customer_kind == n for c in cases]) for n in names]
        self.points = {s.name: self.ask(s.name, dict(policy.of(s.name).constants)) for s in SIGNALS}

    def ask(self, name: str, constants: dict[str, float]) -> Any:
        """One signal's points for every case, weighed and bounded as the policy says."""
        signal = next(s for s in SIGNALS if s.name == name)
        policy = self._policy.of(name)
        found = np.zeros(len(self._cases))
        for i, (c, trusted) in enumerate(zip(self._cases, self._trusted, strict=True)):
            answer = signal.ask(Question(c.chat, c.history, trusted, c.crowd, constants, c.now))
            if isinstance(answer, Evidence):
                found[i] = policy.weigh(answer.points)
        return found

    def thresholds(self, total: Any) -> tuple[float, float]:
        legit = total[self._legit]
        return float(np.quantile(legit, 1 - RED_LEGIT)), float(np.quantile(legit, 1 - AMBER_LEGIT))

    def objective(self, points: dict[str, Any]) -> float:
        total = sum(points.values())
        red, amber = self.thresholds(total)
        found = 0.0
        for mask in self._kinds.values():
            of = total[mask]
            found += _soft(of - red).mean() + 1.3 * _soft(of - amber).mean()
        bothered = [float(_soft(total[mask] - amber).mean()) for mask in self._customers]
        return found / len(self._kinds) - 4.0 * sum(max(0.0, share - 0.09) for share in bothered)

    def found(self, points: dict[str, Any]) -> str:
        total = sum(points.values())
        red, amber = self.thresholds(total)
        rows = [f"{k} {np.mean(total[m] > red):.2f}/{np.mean(total[m] > amber):.2f}" for k, m in self._kinds.items()]
        mean_red = np.mean([np.mean(total[m] > red) for m in self._kinds.values()])
        mean_amber = np.mean([np.mean(total[m] > amber) for m in self._kinds.values()])
        return f"red {mean_red:.3f} amber {mean_amber:.3f}  " + "  ".join(rows)


def _soft(beyond: Any) -> Any:
    return 1.0 / (1.0 + np.exp(-beyond / 0.3))


def _tries(name: str, value: float) -> Iterator[float]:
    """Neighbouring values: probabilities stay probabilities."""
    share = any(word in name for word in ("novelty", "imitation", "share", "change_", "version", "impostor", "temper"))
    for step in _STEPS:
        tried = value * step
        if not (share and tried > 0.97):
            yield tried


def fit(bench: Bench, document: dict[str, Any], rounds: int, budget_s: float) -> None:
    """Coordinate ascent on the constants in `document`, in place."""
    started = time.monotonic()
    best = bench.objective(bench.points)
    print(f"start  {best:.4f}  {bench.found(bench.points)}", flush=True)
    for turn in range(rounds):
        before = best
        for signal in SIGNALS:
            constants: dict[str, float] = document["signals"][signal.name]["constants"]
            for name in signal.constants:
                if name in _UNFITTED or time.monotonic() - started > budget_s:
                    continue
                for value in _tries(name, constants[name]):
                    points = {**bench.points, signal.name: bench.ask(signal.name, {**constants, name: value})}
                    if (score := bench.objective(points)) > best + 1e-4:
                        best, bench.points, constants[name] = score, points, round(value, 5)
        print(f"round {turn + 1}  {best:.4f}  {bench.found(bench.points)}", flush=True)
        if best - before < 0.002:  # less than a fifth of a per cent found: noise
            break


def place_thresholds(bench: Bench, document: dict[str, Any]) -> None:
    """Put amber at 40 and red at 70 by prior and scale, so that the score's numbers keep their meaning."""
    red, amber = bench.thresholds(sum(bench.points.values()))
    logit = {score: float(np.log(score / (100 - score))) for score in (40, 70)}
    scale = (red - amber) / (logit[70] - logit[40])
    document["scale_nats"] = round(scale, 4)
    document["prior_log_odds"] = round(logit[40] * scale - amber, 4)
    document["thresholds"] = {"amber": 40.0, "red": 70.0}


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--seeds", type=int, default=3)
    parser.add_argument("--rounds", type=int, default=4)
    parser.add_argument("--legit-share", type=float, default=0.3)
    parser.add_argument("--budget-s", type=float, default=1200)
    parser.add_argument("--version", required=True, help="The new policy's version, for example 2026-12-01.1")
    args = parser.parse_args()
    settings = Settings()
    path = settings.policy
    cases: list[Case] = []
    for seed in calibration_seeds(args.seeds):
        cases += capture(seed, settings, args.legit_share)
        print(f"seed {seed}: {len(cases)} cases", file=sys.stderr, flush=True)
    document = json.loads(path.read_text("utf-8"))
    bench = Bench(cases, read_policy(path))
    fit(bench, document, args.rounds, args.budget_s)
    place_thresholds(bench, document)
    document["version"] = args.version
    document["note"] = f"Fitted by `make calibrate` on simulated calibration seeds 1 to {args.seeds}."
    Path(path).write_text(json.dumps(document, indent=2) + "\n", encoding="utf-8")
    print(f"{path} written: {args.version}")


if __name__ == "__main__":
    main()
