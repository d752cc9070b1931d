"""What every signal owes the rest; an entry of the shelf passes this without a line of its own."""

from __future__ import annotations

import json
import math
import sys

import pytest
from hypothesis import given
from tests.signals.builders import POLICY, ROOT, question
from tests.signals.strategies import cases

from cuelight.core.chat import Chat
from cuelight.core.crowd import Crowd
from cuelight.core.evidence import Evidence, NotAssessed
from cuelight.core.history import History
from cuelight.signals import SIGNALS
from cuelight.signals.question import Signal

WORDING = json.loads((ROOT / "data" / "wording" / "en.json").read_text("utf-8"))
each_signal = pytest.mark.parametrize("signal", SIGNALS, ids=lambda s: s.name)


def test_names_are_unique_and_codes_begin_with_them() -> None:
    names = [signal.name for signal in SIGNALS]
    assert len(set(names)) == len(names)
    for signal in SIGNALS:
        assert all(code.startswith(signal.name + ".") for code in signal.codes)


@each_signal
def test_every_finding_has_a_text_and_every_why(signal: Signal) -> None:
    assert set(signal.codes) <= WORDING["reasons"].keys()
    assert set(signal.whys) <= WORDING["not_assessed"].keys()
    assert signal.name in WORDING["signals"]


@each_signal
def test_the_docstring_tells_when_it_fires_when_not_and_its_false_alarms(signal: Signal) -> None:
    doc = (sys.modules[signal.ask.__module__].__doc__ or "").lower()
    assert "fires" in doc or "its false alarm" in doc
    assert "silent" in doc or "not assessed" in doc
    assert "false alarm" in doc


@given(case=cases())
def test_answers_are_declared_finite_pure_and_worded(case: tuple[Chat, History, Crowd]) -> None:
    """All signals are asked of each case: making one up takes longer than a whole shelf of answers."""
    for signal in SIGNALS:
        q = question(signal, *case)
        answer = signal.ask(q)
        assert signal.ask(q) == answer, signal.name
        if isinstance(answer, Evidence):
            assert answer.code in signal.codes
            assert math.isfinite(answer.points), answer.code
            WORDING["reasons"][answer.code].format(**answer.params)
            assert not tokens_of(case[0]) & {str(value) for value in answer.params.values()}, answer.code
        elif isinstance(answer, NotAssessed):
            assert answer.signal == signal.name
            assert answer.why in signal.whys


def tokens_of(chat: Chat) -> set[str | None]:
    """What a parameter must never carry: whoever sees a reason could follow a customer or a device by it."""
    tokens = {chat.customer}
    if chat.origin:
        tokens |= {chat.origin.address, *chat.origin.prefixes}
    if chat.device:
        tokens |= {chat.device.fingerprint, *(token for _, token in chat.device.components)}
    return tokens


@each_signal
def test_the_default_policy_bounds_it_on_both_sides(signal: Signal) -> None:
    bounds = POLICY.of(signal.name)
    assert -8 <= bounds.min_points <= 0 <= bounds.max_points <= 8
