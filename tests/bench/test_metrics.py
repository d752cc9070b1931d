"""Thresholds, detection and AUC, on cases small enough to work out by hand."""

from __future__ import annotations

import math

import pytest
from bench.detection.metrics import KINDS, alarmed, as_shipped, auc, detection, threshold
from bench.detection.runs import joined


@pytest.mark.parametrize(
    ("budget", "expected"),
    [(0.05, 0.05), (0.005, 0.005), (0.2, 0.2), (0.0, 0.0)],
)
def test_exactly_the_budget_of_legitimate_chats_is_alarmed(budget: float, expected: float) -> None:
    for legit in ([float(i) for i in range(1000)], [0.0] * 700 + [1.0] * 300, [1.0] * 10):
        assert alarmed(legit, threshold(legit, budget)) == pytest.approx(expected)


def test_ties_are_shared_out() -> None:
    cut = threshold([0.0] * 50 + [1.0] * 50, 0.25)
    assert cut == (1.0, 0.5)
    assert alarmed([1.0, 1.0, 2.0, 0.0], cut) == pytest.approx((1 + 0.5 + 0.5) / 4)


def test_auc_counts_ties_half_and_knows_nothing_of_nobody() -> None:
    assert auc([2.0, 3.0], [0.0, 1.0]) == 1.0
    assert auc([0.0], [1.0]) == 0.0
    assert auc([1.0], [0.0, 1.0, 2.0]) == pytest.approx(0.5)
    assert math.isnan(auc([], [1.0]))


def _fact(number: int, label: str, *, incident: bool = False, earlier: int = 7, visit: int = 1) -> dict[str, object]:
    return {
        "chat_id": f"c{number}",
        "label": label,
        "incident": incident,
        "earlier_chats": earlier,
        "earlier_sign_ins": 0,
        "visit": visit,
        "customer_kind": "home",
        "network": "home",
        "identity": "claimed",
        "note": "",
    }


def test_detection_leaves_out_what_an_incident_settles() -> None:
    truth = [_fact(n, "legit") for n in range(200)]
    truth += [_fact(200 + n, kind, visit=3) for n, kind in enumerate(KINDS)]
    truth += [_fact(300, "naive", incident=True)]
    scores = {str(f["chat_id"]): float(n % 200) for n, f in enumerate(truth)}
    scores |= {f"c{200 + n}": 500.0 for n in range(len(KINDS))}
    figures = detection(truth, scores)
    assert figures["groups"]["all"]["naive"] == {"n": 1, "red": 1.0, "amber": 1.0, "auc": 1.0}
    assert figures["groups"]["all"]["legit"]["amber"] == pytest.approx(0.05)
    assert figures["groups"]["all"]["mean"]["red"] == 1.0
    assert figures["groups"]["0"]["naive"]["n"] == 0
    assert figures["third_visit"]["n"] == 1


def test_shipped_cues_are_counted_as_they_are() -> None:
    truth = [_fact(n, "legit", earlier=n) for n in range(10)] + [_fact(10, "tor"), _fact(11, "legit", incident=True)]
    cues = {f"c{n}": "green" for n in range(10)} | {"c0": "amber", "c1": "grey", "c10": "red", "c11": "red"}
    figures = as_shipped(truth, cues)
    legit = figures["groups"]["all"]["legit"]
    assert (legit["red"], legit["amber_or_red"], legit["grey"]) == (0.0, 0.1, 0.1)
    assert figures["groups"]["0"]["legit"]["amber"] == 1.0
    assert figures["under_incident"]["legit"]["red"] == 1.0
    assert figures["friction"]["customer"]["home"]["n"] == 10


def test_seeds_join_to_mean_and_spread_and_skip_what_a_seed_lacks() -> None:
    assert joined([{"a": 1.0, "b": {"c": math.nan}}, {"a": 3.0, "b": {"c": 2.0}}]) == {
        "a": {"mean": 2.0, "spread": pytest.approx(math.sqrt(2))},
        "b": {"c": {"mean": 2.0, "spread": 0.0}},
    }
    assert joined([math.nan]) == {"mean": None, "spread": None}
