"""What nobody vouched for: how little it counts, and what never does."""

from __future__ import annotations

from datetime import timedelta

import pytest
from tests.signals.builders import EXIT, HOME, LAPTOP, NOW, PHONE, POLICY, USUAL, history, past, unproven

from cuelight.core.chat import Device, Origin
from cuelight.core.history import PastSighting
from cuelight.signals.trust import unreported, weigh

SAFE = -4.0
"""Log-odds well below amber."""
AMBER = POLICY.trust["unreported_below_nats"]


def counted(*entries: PastSighting) -> list[float]:
    return [t.weight for t in unreported(history(*entries).sightings, NOW, POLICY.trust)]


def test_a_safe_old_chat_counts_less_than_any_proof() -> None:
    (weight,) = counted(unproven(30, HOME, LAPTOP, log_odds=SAFE))
    proven = [t.weight for t in weigh(history(past(30)).sightings, NOW, POLICY.trust)]
    assert 0 < weight < proven[0] / 2


@pytest.mark.parametrize(
    "entry",
    [
        unproven(30, EXIT, PHONE, log_odds=AMBER),
        unproven(30, EXIT, PHONE, log_odds=None),
        unproven(30, EXIT, PHONE, log_odds=SAFE, reported=True),
        unproven(30, EXIT, PHONE, log_odds=SAFE, failed_step_up=True),
        unproven(POLICY.trust["unreported_after_d"] - 0.1, EXIT, PHONE, log_odds=SAFE),
        past(30, EXIT, PHONE),
    ],
    ids=["amber", "never scored", "reported", "failed a step-up", "too young", "proven: counted elsewhere"],
)
def test_what_never_counts(entry: PastSighting) -> None:
    assert counted(entry) == []


@pytest.mark.parametrize(("where", "what"), [(HOME, PHONE), (EXIT, LAPTOP)], ids=["device", "address"])
def test_a_reported_contacts_other_chats_never_count(where: Origin, what: Device) -> None:
    safe = unproven(30, where, what, log_odds=SAFE)
    assert counted(safe, unproven(20, EXIT, PHONE, log_odds=SAFE)) != []
    assert counted(safe, unproven(20, EXIT, PHONE, log_odds=SAFE, reported=True)) == []


def test_a_flood_counts_no_more_than_a_few() -> None:
    flood = [unproven(15 + n / 10, HOME, LAPTOP, log_odds=SAFE) for n in range(300)]
    assert sum(counted(*flood)) == pytest.approx(POLICY.trust["unreported_most"], abs=0.02)


def test_what_nobody_vouched_for_is_never_among_what_is_trusted() -> None:
    entries = history(*USUAL.sightings, unproven(40, EXIT, PHONE, log_odds=SAFE)).sightings
    assert weigh(entries, NOW, POLICY.trust) == weigh(USUAL.sightings, NOW, POLICY.trust)


def test_amber_chats_teach_nothing_under_the_default_policy() -> None:
    assert POLICY.score(POLICY.trust["unreported_below_nats"] + 0.01) >= POLICY.amber - 0.1
    assert timedelta(days=POLICY.trust["unreported_after_d"]) >= timedelta(days=14)
