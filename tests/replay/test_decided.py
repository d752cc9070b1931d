"""Recorded decisions are judged again exactly: by arrays as one by one, by the live policy as they were recorded."""

from __future__ import annotations

from dataclasses import replace
from datetime import UTC, datetime

import numpy as np
from hypothesis import given
from hypothesis import strategies as st
from tests.signals.builders import POLICY
from tests.signals.strategies import cases
from tests.stores import world

from cuelight.core.chat import Ask, Chat, Identity
from cuelight.core.crowd import Crowd
from cuelight.core.decision import Cue, First
from cuelight.core.history import History, Proof
from cuelight.core.judging import judge
from cuelight.core.policy import Policy
from cuelight.core.replay_row import CUES, Judged
from cuelight.core.situation import LIMIT, Basis, Situation
from cuelight.replay.decided import Columns, rejudge
from cuelight.scoring import score
from cuelight.stores import codec_record
from cuelight.stores.codec import VERSION
from cuelight.wiring.archive import layout_of_signals

LAYOUT = layout_of_signals()
CODES = [code for codes in LAYOUT.codes.values() for code in codes]
AT = datetime(2026, 11, 1, tzinfo=UTC)

situations = st.integers(0, LIMIT - 1).filter(lambda n: n & 3 < 3).map(Situation.of_bits)
raws = st.integers(-9_000, 9_000) | st.sampled_from([0, 1, -1, 500, 10**9, -(10**9)])


@st.composite
def bases(draw: st.DrawFn) -> Basis:
    findings = [
        (draw(st.sampled_from(codes)), draw(raws)) for codes in LAYOUT.codes.values() if draw(st.integers(0, 2)) == 0
    ]
    return Basis(tuple(findings), draw(situations))


@st.composite
def policies(draw: st.DrawFn) -> Policy:
    """Any policy a file could hold. Weights with halves of a thousandth are where rounding could part."""
    weights = st.sampled_from([0.0, 0.5, 1.0, 1.5, 0.1, 2.5]) | st.floats(0, 10)
    signals = {
        name: replace(
            own,
            weight=draw(weights),
            min_points=-draw(st.integers(0, 50_000)) / 1000,
            max_points=draw(st.floats(0, 50)),
        )
        for name, own in POLICY.signals.items()
    }
    amber = draw(st.integers(0, 990)) / 10
    ceilings = st.none() | st.sampled_from([Cue.GREEN, Cue.AMBER])
    return replace(
        POLICY,
        version="drawn",
        prior_log_odds=draw(st.integers(-20_000, 20_000)) / 1000,
        scale_nats=draw(st.floats(0.01, 100)),
        amber=amber,
        red=amber + draw(st.floats(0.1, 100)),
        signals=signals,
        stakes=draw(st.dictionaries(st.sampled_from(Ask), st.floats(0, 50))),
        floors=draw(st.dictionaries(st.sampled_from(CODES), st.sampled_from([Cue.AMBER, Cue.RED]), max_size=4)),
        verified_ceiling=draw(ceilings),
        step_up_ceiling=draw(ceilings),
    )


def columns(found: list[Basis]) -> Columns:
    rows = [LAYOUT.pack(Judged(AT, basis, Cue.GREY)) for basis in found]
    assert all(row is not None for row in rows)
    return Columns.read(LAYOUT, [place.to_bytes(8, "big") + row for place, row in enumerate(rows) if row is not None])


@given(found=st.lists(bases(), max_size=8), policy=policies())
def test_arrays_say_what_judging_one_by_one_says(found: list[Basis], policy: Policy) -> None:
    again = rejudge(columns(found), policy)
    for place, basis in enumerate(found):
        alone = judge(basis, policy)
        assert CUES[again.cue[place]] is alone.cue
        assert again.log_odds[place] == alone.log_odds
        assert alone.score is None if np.isnan(again.score[place]) else again.score[place] == alone.score


@given(found=st.lists(bases(), min_size=1, max_size=5))
def test_a_row_holds_a_basis_whole(found: list[Basis]) -> None:
    rows = columns(found).rows
    assert [LAYOUT.basis(row.tobytes()) for row in rows] == found


@given(case=cases(), step_up=st.none() | st.sampled_from([Proof.ONE_TIME_CODE, Proof.SIGNED_IN]))
def test_the_live_policy_replays_to_the_recorded_decision(
    case: tuple[Chat, History, Crowd], step_up: Proof | None
) -> None:
    """Through the store's bytes: stakes, floors, ceilings, step-ups, no history, anonymous, whatever was drawn."""
    the_chat, the_history, crowd = case
    # Half the signals bounded tightly and weighed unevenly, so that raw points and reasons differ.
    signals = {
        name: replace(own, weight=0.7 if place % 3 == 0 else 1.0, min_points=-0.9 if place % 2 else own.min_points)
        for place, (name, own) in enumerate(POLICY.signals.items())
    }
    policy = replace(POLICY, signals=signals)
    decision = score(the_chat, the_history, crowd, policy, the_chat.at, step_up=step_up, digest=world.token())
    stored = codec_record.pack_record(the_chat, decision)
    read = codec_record.unpack_record(bytes((VERSION, 0, 0)) + stored, the_chat.key, the_chat.customer).decision
    assert read.basis is not None
    again = rejudge(columns([read.basis]), policy)
    assert CUES[again.cue[0]] is decision.cue
    assert again.log_odds[0] / 1000 == decision.log_odds
    assert decision.score is None if np.isnan(again.score[0]) else again.score[0] == decision.score


def test_what_an_older_version_recorded_or_another_signal_found_has_no_row() -> None:
    chat = world.chat(world.customer())
    assert world.decision(chat).basis is None
    unknown = Basis((("horoscope.bad", 900),), Situation(Identity.CLAIMED, True, True, True, False))
    assert LAYOUT.pack(Judged(AT, unknown, Cue.RED)) is None


def test_the_first_decision_is_kept_through_later_ones() -> None:
    chat = world.chat(world.customer())
    situation = Situation(Identity.CLAIMED, True, True, True, False)
    decision = replace(world.decision(chat), situation=situation)
    first = decision.as_first()
    assert first == First(decision.cue, Basis((("network.new_country", 3100), ("device.same", -2250)), situation))
    assert replace(decision, cue=Cue.RED, first=first).as_first() is first
