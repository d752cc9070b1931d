"""The fault suite in short: what may be lost or answered wrongly is held to its word, how long things take is not.

`make faults` measures that, on a machine that does nothing else.
"""

from __future__ import annotations

from pathlib import Path

import pytest
from bench.faults import damage, embedded, outage, power, space, takeover, workers
from bench.faults.result import Result
from bench.faults.watch import CALLS, Limits

pytestmark = pytest.mark.timeout(600)
"""Each starts several processes; on a machine busy with other tests that takes its time."""

OUT = Limits(refused_s=60.0, back_s=120.0, out=CALLS)
SCORES_OUT = Limits(refused_s=60.0, back_s=120.0, out=frozenset({"score"}))
UNTIMED = Limits(refused_s=60.0, back_s=120.0, loss_s=60.0)


def say(_: str) -> None:
    """Nobody watches."""


def assert_kept(result: Result) -> None:
    assert not result.broken
    assert result.tried > 0


def test_killed_workers_lose_nothing_and_double_nothing(place: Path) -> None:
    result = workers.kill_workers(place, say, chats=300, kills=3, every_s=0.5)
    assert_kept(result)
    assert result.lost == 0


def test_a_killed_store_is_started_again_and_has_everything(place: Path) -> None:
    result = embedded.kill_store(place, say, kills=2, chats_between=150, back_s=120.0)
    assert_kept(result)
    assert result.lost == 0


def test_a_store_killed_while_it_syncs_has_everything(place: Path) -> None:
    result = embedded.kill_while_syncing(place, say, kills=1)
    assert_kept(result)
    assert result.lost == 0


def test_a_power_cut_costs_only_what_no_sync_had_begun_for(place: Path) -> None:
    result = power.cut_power(place, say, cuts=1, under_load_s=1.5, bound_s=60.0)
    assert_kept(result)
    assert result.figures["gone_though_synced"] == 0


def test_a_power_cut_costs_nothing_under_strict(place: Path) -> None:
    result = power.cut_power(place, say, cuts=1, under_load_s=1.5, durability="strict")
    assert_kept(result)
    assert result.lost == 0


def test_no_cue_comes_from_a_store_that_is_hung_slow_or_emptied(place: Path) -> None:
    """One after the other at the same site; what was acknowledged before the first is still there after the last."""
    with outage.site(place) as here:
        for result in (
            outage.hung(here, seconds=0.5, askers=12, limits=OUT),
            outage.slow(here, delay_s=1.0, seconds=0.5, limits=OUT),
            damage.emptied(here, seconds=0.5, limits=OUT),
        ):
            assert_kept(result)
            assert result.lost == 0


def test_a_full_disk_costs_nothing_and_lets_cues_go_on(place: Path) -> None:
    result = space.disk_full(place, say, seconds=0.5, limits=SCORES_OUT)
    assert_kept(result)
    assert result.lost == 0


def test_a_file_cut_short_keeps_what_stood_before(place: Path) -> None:
    assert_kept(damage.tail_cut(place, say, trials=2))


def test_changed_bytes_are_refused_or_hit_one_decision(place: Path) -> None:
    assert_kept(damage.tail_flipped(place, say, trials=2))


def test_a_cluster_that_loses_a_primary_shows_no_wrong_cue(place: Path) -> None:
    assert_kept(takeover.cluster_failover(place, say, seconds=1.0, limits=UNTIMED))
