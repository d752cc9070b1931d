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
from cuelight.core.evidence import Evidence
from cuelight.core.policy import Policy
from cuelight.replay.report import LEGIT
from cuelight.settings import Settings
from cuelight.signals import SIGNALS
from cuelight.signals.question import Question
from cuelight.signals.trust import unreported, weigh
from cuelight.wiring.opening import read_policy

RED, AMBER = 70.0, 40.0
"""Scores of the thresholds: fixed, so that the numbers agents and security know keep their meaning."""
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
        # A line that kept its address for a year may get another tomorrow: a known prefix has to speak for the contact.
        "address_novelty_line",
        "address_memory",
    }
)
"""Facts of the world or of the house, not likelihoods."""
_STEPS = (0.5, 0.75, 1.33, 2.0)


class Bench:
    """The captured cases with each signal's current points, and the objective over their sums."""

    def __init__(self, cases: list[Case], policy: Policy) -> None:
        self._cases = cases
        self._policy = policy
        past = [(c.history.sightings, c.chat.at, policy.trust, c.chat.key) for c in cases]
        self._trusted = [(weigh(*p), unreported(*p)) for p in past]
        self._legit = np.array([c.label == LEGIT for c in cases])
        self._kinds = {k: np.array([c.label == k for c in cases]) for k in KINDS}
        names = sorted({c.customer_kind for c in cases if c.label == LEGIT} - {"tor"})
        self._customers = [np.array([c.label == LEGIT and c.customer_kind == n for c in cases]) for n in names]
        self._stakes = np.array([max((policy.stakes.get(a, 0.0) for a in c.chat.asks), default=0.0) for c in cases])
        self.spread_over(policy.scale_nats)
        self.points = {s.name: self.ask(s.name, dict(policy.of(s.name).constants)) for s in SIGNALS}

    def ask(self, name: str, constants: dict[str, float]) -> Any:
        """One signal's points for every case, weighed and bounded as the policy says."""
        signal = next(s for s in SIGNALS if s.name == name)
        policy = self._policy.of(name)
        found = np.zeros(len(self._cases))
        for i, (c, (trusted, unvouched)) in enumerate(zip(self._cases, self._trusted, strict=True)):
            answer = signal.ask(Question(c.chat, c.history, trusted, c.crowd, constants, c.now, unreported=unvouched))
            if isinstance(answer, Evidence):
                found[i] = policy.weigh(answer.points)
        return found

    def spread_over(self, scale_nats: float) -> None:
        """What a sensitive ask takes off the red and the amber threshold, in nats at this scale of the score."""
        self._lift_red, self._lift_amber = (
            scale_nats * (_logit(score) - _logit(score - self._stakes)) for score in (RED, AMBER)
        )

    def thresholds(self, total: Any) -> tuple[float, float]:
        """Log-odds at red and at amber, of a chat without a sensitive ask."""
        red, amber = (total + self._lift_red)[self._legit], (total + self._lift_amber)[self._legit]
        return float(np.quantile(red, 1 - RED_LEGIT)), float(np.quantile(amber, 1 - AMBER_LEGIT))

    def objective(self, points: dict[str, Any]) -> float:
        total = sum(points.values())
        red, amber = self.thresholds(total)
        over_red, over_amber = total + self._lift_red - red, total + self._lift_amber - amber
        found = 0.0
        for mask in self._kinds.values():
            found += _soft(over_red[mask]).mean() + 1.3 * _soft(over_amber[mask]).mean()
        bothered = [float(_soft(over_amber[mask]).mean()) for mask in self._customers]
        return found / len(self._kinds) - 4.0 * sum(max(0.0, share - 0.09) for share in bothered)

    def found(self, points: dict[str, Any]) -> str:
        total = sum(points.values())
        red, amber = self.thresholds(total)
        reds = [float(np.mean((total + self._lift_red)[m] > red)) for m in self._kinds.values()]
        ambers = [float(np.mean((total + self._lift_amber)[m] > amber)) for m in self._kinds.values()]
        rows = [f"{k} {r:.2f}/{a:.2f}" for k, r, a in zip(self._kinds, reds, ambers, strict=True)]
        return f"red {np.mean(reds):.3f} amber {np.mean(ambers):.3f}  " + "  ".join(rows)


def _logit(score: Any) -> Any:
    return np.log(score / (100.0 - score))


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
    total, scale = sum(bench.points.values()), float(document["scale_nats"])
    red = amber = 0.0
    for _ in range(20):  # stakes are score points: what they are in nats hangs on the scale they help to place
        bench.spread_over(scale)
        red, amber = bench.thresholds(total)
        scale = (red - amber) / float(_logit(RED) - _logit(AMBER))
    at_amber = float(_logit(AMBER)) * scale
    document["scale_nats"] = round(scale, 4)
    document["prior_log_odds"] = round(at_amber - amber, 4)
    document["thresholds"] = {"amber": AMBER, "red": RED}
    # What was amber teaches nothing: see `signals.trust.unreported`.
    document["trust"]["unreported_below_nats"] = round(at_amber, 4)


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
