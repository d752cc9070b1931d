"""A hung store holds up one caller at a time; a slow one holds up no question for long."""

from __future__ import annotations

import threading
from collections.abc import Iterator

import pytest

from cuelight.core.errors import StoreUnavailable
from cuelight.stores import patience
from cuelight.stores.patience import BEGIN_S, PROBE_EVERY_S, SILENT_CALLS, Patience


class Clock:
    def __init__(self) -> None:
        self.now_s = 1000.0

    def __call__(self) -> float:
        return self.now_s


@pytest.fixture
def clock(monkeypatch: pytest.MonkeyPatch) -> Iterator[Clock]:
    made = Clock()
    monkeypatch.setattr("cuelight.stores.patience.time.monotonic", made)
    yield made
    patience.end()


def test_a_time_out_or_two_are_a_hiccup(clock: Clock) -> None:
    waiting = Patience(clock)
    for _ in range(SILENT_CALLS - 1):
        waiting.silent()
        waiting.check()
    waiting.answered()
    for _ in range(SILENT_CALLS - 1):
        waiting.silent()
        waiting.check()


def test_a_silent_store_is_asked_by_one_at_a_time_and_used_again_once_it_answers(clock: Clock) -> None:
    waiting = Patience(clock)
    for _ in range(SILENT_CALLS):
        waiting.silent()
    with pytest.raises(StoreUnavailable):
        waiting.check()
    clock.now_s += PROBE_EVERY_S
    waiting.check()
    with pytest.raises(StoreUnavailable):
        waiting.check()
    waiting.silent()
    with pytest.raises(StoreUnavailable):
        waiting.check()
    clock.now_s += PROBE_EVERY_S
    waiting.check()
    waiting.answered()
    waiting.check()
    waiting.check()


def test_a_question_begins_no_call_late_and_others_are_not_hurried(clock: Clock) -> None:
    waiting = Patience(clock)
    patience.begin()
    clock.now_s += BEGIN_S
    waiting.check()
    clock.now_s += 0.001
    with pytest.raises(StoreUnavailable, match="too slow"):
        waiting.check()
    other = threading.Thread(target=waiting.check)
    other.start()
    other.join()
    patience.end()
    waiting.check()
    clock.now_s += 60.0
    waiting.check()
