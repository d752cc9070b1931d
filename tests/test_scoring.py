"""What every decision keeps to, whatever it is asked about."""

from __future__ import annotations

from dataclasses import replace
from datetime import timedelta
from decimal import Decimal
from math import isfinite

import pytest
from hypothesis import assume, given
from hypothesis import strategies as st
from tests.signals.builders import (
    ABROAD,
    CARRIER,
    CROWD,
    EXIT,
    HOME,
    LAPTOP,
    NOW,
    PHONE,
    POLICY,
    TOR,
    USUAL,
    chat,
    device,
    history,
    past,
    unproven,
)
from tests.signals.strategies import cases, past_sightings

from cuelight.core.chat import Chat, ChatKey, Identity
from cuelight.core.crowd import Crowd
from cuelight.core.decision import Cue
from cuelight.core.history import History, PastSighting, Proof
from cuelight.scoring import score
from cuelight.signals.trust import marks

Case = tuple[Chat, History, Crowd]


def log_odds(the_chat: Chat, the_history: History, crowd: Crowd = CROWD, step_up: Proof | None = None) -> float:
    return score(the_chat, the_history, crowd, POLICY, the_chat.at, step_up=step_up).log_odds


@given(case=cases())
def test_the_points_add_up_to_the_log_odds(case: Case) -> None:
    decision = score(*case, POLICY, case[0].at)
    assert isfinite(decision.log_odds)
    parts = [POLICY.prior_log_odds, *(r.points for r in decision.reasons)]
    assert [round(part, 3) for part in parts] == parts
    assert Decimal(str(decision.log_odds)) == sum(Decimal(str(part)) for part in parts)
    assert decision.score is None or decision.score == POLICY.score(decision.log_odds)


@given(case=cases())
def test_the_same_question_gets_the_same_answer(case: Case) -> None:
    assert score(*case, POLICY, case[0].at) == score(*case, POLICY, case[0].at)


@given(case=cases())
def test_proof_never_raises_the_score(case: Case) -> None:
    the_chat, the_history, crowd = case
    before = log_odds(replace(the_chat, identity=Identity.CLAIMED), the_history, crowd)
    assert log_odds(replace(the_chat, identity=Identity.VERIFIED), the_history, crowd) <= before
    assert log_odds(the_chat, the_history, crowd, Proof.ONE_TIME_CODE) <= log_odds(the_chat, the_history, crowd)


@given(case=cases(), age=st.integers(1, 89))
def test_a_trusted_matching_sighting_never_raises_the_score(case: Case, age: int) -> None:
    the_chat, the_history, crowd = case
    match = PastSighting(replace(the_chat.sighting, at=NOW - timedelta(days=age, minutes=7)), Proof.SIGN_IN)
    entries = sorted((*the_history.sightings, match), key=lambda p: p.at, reverse=True)
    # One novelty a day: which of two it is depends on what was known before. That rule has a test of its own.
    days = [p.at.date() for p in entries]
    if len(set(days)) < len(days):
        return
    more = replace(the_history, sightings=tuple(entries))
    assert log_odds(the_chat, more, crowd) <= log_odds(the_chat, the_history, crowd) + 1e-9


@given(case=cases(), wrong=past_sightings())
def test_un_learning_restores_the_score_exactly(case: Case, wrong: PastSighting) -> None:
    the_chat, the_history, crowd = case
    wrong = replace(wrong, chat=None, reported=True, proof=Proof.VERIFIED, failed_step_up=False)
    # The same contact's other chats that nobody vouched for fall with it: tests/signals/test_trust.py.
    assume(not any(p.proof is Proof.NONE and marks(p) & marks(wrong) for p in the_history.sightings))
    entries = sorted((*the_history.sightings, wrong), key=lambda p: p.at, reverse=True)
    with_it = score(the_chat, replace(the_history, sightings=tuple(entries)), crowd, POLICY, the_chat.at)
    without = score(the_chat, the_history, crowd, POLICY, the_chat.at)
    # What it was reported for is remembered against the impostor; the notes on grey follow from that.
    apart = ("returning.", "chat.")
    learnt = {r.code: r.points for r in with_it.reasons if not r.code.startswith(apart)}
    assert learnt == {r.code: r.points for r in without.reasons if not r.code.startswith(apart)}


@given(case=cases())
def test_green_is_a_promise(case: Case) -> None:
    the_chat, the_history, crowd = case
    decision = score(the_chat, the_history, crowd, POLICY, the_chat.at)
    if decision.cue is Cue.GREEN:
        assert the_chat.customer is not None
        assert the_chat.origin is not None
        assert the_chat.identity is not Identity.ANONYMOUS
        assert not any(i.is_open(the_chat.at) for i in the_history.incidents)
        vouched = any(p.proof is not Proof.NONE and not p.reported for p in the_history.sightings)
        assert the_chat.identity is Identity.VERIFIED or vouched
    if decision.score is None:
        assert decision.cue is not Cue.GREEN


@pytest.mark.parametrize(
    ("the_chat", "the_history", "cue"),
    [
        (chat(), USUAL, Cue.GREEN),
        (chat(EXIT, PHONE), USUAL, Cue.RED),
        (chat(TOR, PHONE), USUAL, Cue.RED),
        (chat(), History(), Cue.GREY),
        (chat(identity=Identity.VERIFIED), History(), Cue.GREEN),
        (chat(None, None), USUAL, Cue.GREY),
        (chat(None, LAPTOP, identity=Identity.VERIFIED), USUAL, Cue.GREY),
        (chat(customer=None, identity=Identity.ANONYMOUS), History(), Cue.GREY),
        (chat(identity=Identity.ANONYMOUS), USUAL, Cue.GREY),
    ],
)
def test_the_cue_an_agent_would_expect(the_chat: Chat, the_history: History, cue: Cue) -> None:
    assert score(the_chat, the_history, CROWD, POLICY, NOW).cue is cue


def test_ten_identical_unproven_chats_never_lower_the_score() -> None:
    entries: list[PastSighting] = []
    scores = []
    for n in range(10):
        the_chat = chat(EXIT, PHONE, key=ChatKey("desk", "acme", f"try-{n}"), at=NOW + timedelta(days=3 * n))
        decision = score(the_chat, history(*USUAL.sightings, *entries), CROWD, POLICY, the_chat.at)
        scores.append(decision.log_odds)
        entries.append(PastSighting(the_chat.sighting, Proof.NONE, the_chat.key, decision.log_odds))
    # What a customer's own trust loses with age is not won by the impostor.
    fresh = [log_odds(chat(EXIT, PHONE, at=NOW + timedelta(days=3 * n)), USUAL) for n in range(10)]
    assert all(after >= before for before, after in zip(fresh, scores, strict=True))


def test_one_new_device_and_one_new_place_a_day() -> None:
    first = past(0.4, ABROAD, LAPTOP)
    second = past(0.3, CARRIER, LAPTOP)
    assert log_odds(chat(CARRIER), history(*USUAL.sightings, second)) < log_odds(chat(CARRIER), USUAL)
    only_first = log_odds(chat(CARRIER), history(*USUAL.sightings, first))
    assert log_odds(chat(CARRIER), history(*USUAL.sightings, first, second)) == only_first
    gadget, other = past(0.4, HOME, PHONE), past(0.3, HOME, device("other"))
    only_gadget = log_odds(chat(what=device("other")), history(*USUAL.sightings, gadget))
    assert log_odds(chat(what=device("other")), history(*USUAL.sightings, gadget, other)) == only_gadget


def test_a_counterfactual_is_what_scoring_says_with_the_proof_added() -> None:
    decision = score(chat(ABROAD, PHONE), USUAL, CROWD, POLICY, NOW)
    assert decision.would_be is not None
    proven = chat(ABROAD, PHONE, identity=Identity.VERIFIED)
    step_up = None if decision.would_be.if_ == "signed_in" else Proof.ONE_TIME_CODE
    the_chat = proven if step_up is None else chat(ABROAD, PHONE)
    assert score(the_chat, USUAL, CROWD, POLICY, NOW, step_up=step_up).cue is decision.would_be.cue


def test_the_future_teaches_nothing() -> None:
    later = unproven(-1, reported=False)
    assert log_odds(chat(), history(*USUAL.sightings, later)) == log_odds(chat(), USUAL)
