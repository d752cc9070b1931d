"""From scores and truth to figures: thresholds at a friction budget, detection, AUC, cues as shipped.

Ties are shared out: a scorer with few distinct values is given the detection that breaking ties by chance would
give it, so that coarse rules are not punished for being coarse.
"""

from __future__ import annotations

import math
from collections import Counter, defaultdict
from collections.abc import Callable, Iterable, Sequence
from typing import Any

import numpy as np

Truth = dict[str, Any]
Figures = dict[str, Any]

KINDS = ("naive", "vpn", "targeted", "returning", "spray", "tor")
APART = "takeover"
RED_BUDGET, AMBER_BUDGET = 0.005, 0.05


def history_class(fact: Truth) -> str:
    """By how much of the customer came before: own chats plus the company's sign-ins."""
    earlier = fact["earlier_chats"] + fact["earlier_sign_ins"]
    return "0" if earlier == 0 else "1-4" if earlier < 5 else "5+"


GROUPS: dict[str, Callable[[Truth], bool]] = {
    "all": lambda fact: True,
    "5+": lambda fact: history_class(fact) == "5+",
    "1-4": lambda fact: history_class(fact) == "1-4",
    "0": lambda fact: history_class(fact) == "0",
}


def threshold(legit: Sequence[float], budget: float) -> tuple[float, float]:
    """(t, share): alarm above t always and at t for this share, so that exactly `budget` of `legit` is alarmed."""
    values = np.sort(np.asarray(legit, dtype=float))[::-1]
    allowed = budget * len(values)
    t = float(values[min(len(values) - 1, math.floor(allowed))])
    above = float(np.count_nonzero(values > t))
    at = float(np.count_nonzero(values == t))
    return t, max(0.0, min(1.0, (allowed - above) / at))


def alarmed(scores: Sequence[float], cut: tuple[float, float]) -> float:
    """The share of scores alarmed at this threshold; nan for none."""
    if not len(scores):
        return math.nan
    values = np.asarray(scores, dtype=float)
    return float((np.count_nonzero(values > cut[0]) + cut[1] * np.count_nonzero(values == cut[0])) / len(values))


def auc(bad: Sequence[float], good: Sequence[float]) -> float:
    """Probability that an impostor's chat scores above a legitimate one, ties counting half; nan if either is empty."""
    if not len(bad) or not len(good):
        return math.nan
    ordered = np.sort(np.asarray(good, dtype=float))
    values = np.asarray(bad, dtype=float)
    below = np.searchsorted(ordered, values, side="left")
    up_to = np.searchsorted(ordered, values, side="right")
    return float(np.mean((below + up_to) / 2) / len(ordered))


def measured(truth: Iterable[Truth]) -> list[Truth]:
    """The chats detection is measured on: an open incident settles its customer's chats before any evidence."""
    return [fact for fact in truth if not fact["incident"]]


def detection(truth: Sequence[Truth], scores: dict[str, float]) -> Figures:
    """Red, amber-or-red and AUC per kind and history, with one threshold for all, chosen on all legitimate chats."""
    facts = measured(truth)
    legit = [scores[f["chat_id"]] for f in facts if f["label"] == "legit"]
    cuts = {"red": threshold(legit, RED_BUDGET), "amber": threshold(legit, AMBER_BUDGET)}
    out: Figures = {"thresholds": {name: cut[0] for name, cut in cuts.items()}, "groups": {}}
    for group, belongs in GROUPS.items():
        inside = [f for f in facts if belongs(f)]
        good = [scores[f["chat_id"]] for f in inside if f["label"] == "legit"]
        rows: Figures = {"legit": {"n": len(good), **{name: alarmed(good, cut) for name, cut in cuts.items()}}}
        for kind in (*KINDS, APART):
            bad = [scores[f["chat_id"]] for f in inside if f["label"] == kind]
            rows[kind] = {
                "n": len(bad),
                **{name: alarmed(bad, cut) for name, cut in cuts.items()},
                "auc": auc(bad, good),
            }
        rows["mean"] = mean_of_kinds(rows, ("red", "amber", "auc"))
        out["groups"][group] = rows
    third = [f for f in facts if f["label"] == "returning" and f["visit"] == 3]
    values = [scores[f["chat_id"]] for f in third]
    out["third_visit"] = {"n": len(values), **{name: alarmed(values, cut) for name, cut in cuts.items()}}
    return out


def mean_of_kinds(rows: Figures, names: Iterable[str]) -> Figures:
    """The mean over the six kinds, each counting the same however many chats it has; kinds without chats left out."""
    return {
        name: float(np.mean(values)) if (values := _present(rows[kind][name] for kind in KINDS)) else math.nan
        for name in names
    }


def _present(values: Iterable[float]) -> list[float]:
    return [v for v in values if not math.isnan(v)]


def _cue_shares(cues: Sequence[str]) -> Figures:
    count = Counter(cues)
    total = len(cues)
    shares = {c: count[c] / total if total else math.nan for c in ("red", "amber", "green", "grey")}
    return {"n": total, **shares, "amber_or_red": shares["red"] + shares["amber"]}


def as_shipped(truth: Sequence[Truth], cues: dict[str, str]) -> Figures:
    """The cues as they are, with the default policy's thresholds: detection per kind and history, and friction."""
    facts = measured(truth)
    out: Figures = {"groups": {}, "friction": {}}
    for group, belongs in GROUPS.items():
        inside = [f for f in facts if belongs(f)]
        rows = {
            label: _cue_shares([cues[f["chat_id"]] for f in inside if f["label"] == label])
            for label in ("legit", *KINDS, APART)
        }
        rows["mean"] = mean_of_kinds(rows, ("red", "amber_or_red", "green", "grey"))
        out["groups"][group] = rows
    returning = [f for f in facts if f["label"] == "returning"]
    for visit in (1, 2, 3):
        out[f"visit_{visit}"] = _cue_shares([cues[f["chat_id"]] for f in returning if f["visit"] == visit])
    under = [f for f in truth if f["incident"]]
    out["under_incident"] = {
        "legit": _cue_shares([cues[f["chat_id"]] for f in under if f["label"] == "legit"]),
        "impostors": _cue_shares([cues[f["chat_id"]] for f in under if f["label"] in KINDS]),
    }
    out["friction"] = friction(facts, lambda rows: _cue_shares([cues[f["chat_id"]] for f in rows]))
    return out


def friction(facts: Iterable[Truth], shares: Callable[[list[Truth]], Figures]) -> Figures:
    """Alarms on legitimate chats by kind of customer, kind of network, identity, and what was new about them."""
    by: dict[str, dict[str, list[Truth]]] = {
        "customer": defaultdict(list),
        "network": defaultdict(list),
        "identity": defaultdict(list),
        "history": defaultdict(list),
        "situation": defaultdict(list),
    }
    for fact in facts:
        if fact["label"] != "legit":
            continue
        by["customer"][fact["customer_kind"]].append(fact)
        by["network"][fact["network"]].append(fact)
        by["identity"][fact["identity"]].append(fact)
        by["history"][history_class(fact)].append(fact)
        for note in (fact["note"] or "as usual").split(","):
            by["situation"][note].append(fact)
    return {name: {key: shares(rows) for key, rows in sorted(table.items())} for name, table in by.items()}


def friction_at(truth: Sequence[Truth], scores: dict[str, float]) -> Figures:
    """The same for a scorer without cues of its own, at the thresholds of `detection`."""
    facts = measured(truth)
    legit = [scores[f["chat_id"]] for f in facts if f["label"] == "legit"]
    red, amber = threshold(legit, RED_BUDGET), threshold(legit, AMBER_BUDGET)

    def shares(rows: list[Truth]) -> Figures:
        values = [scores[f["chat_id"]] for f in rows]
        return {"n": len(rows), "red": alarmed(values, red), "amber_or_red": alarmed(values, amber)}

    return friction(facts, shares)
