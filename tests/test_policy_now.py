"""The policy in force in a process: how soon it follows the store, and what it does while the store is down."""

from __future__ import annotations

from typing import Any

import pytest
from tests.test_policies import INSTALLED, Shaky, drafted, past_the_look, policies

from cuelight.core.errors import StoreUnavailable
from cuelight.core.policy_book import PolicyStore
from cuelight.policies import now as policy_now
from cuelight.stores import memory_stores


def test_another_process_follows_within_the_time_of_a_look(monkeypatch: pytest.MonkeyPatch) -> None:
    store = Shaky(memory_stores().policies)
    here, there = policies(store), policies(store)
    past_the_look(monkeypatch, 0)  # the time stands still
    assert there.now.live().version == INSTALLED.version
    version = drafted(here)
    here.publish(version, "Sam")
    asked = store.asked
    for _ in range(100):
        there.now.live()
    assert store.asked == asked, "no look before its time"
    past_the_look(monkeypatch, policy_now.LOOK_S + 0.1)
    assert there.now.live().version == version
    assert policy_now.LOOK_S < policy_now.LATE_S < 5


def test_what_is_published_while_a_look_is_under_way_is_looked_for_again() -> None:
    class Late:
        """A store whose answer is on its way while something is published."""

        def __init__(self, store: PolicyStore) -> None:
            self.store, self.meanwhile = store, lambda: None

        def __getattr__(self, name: str) -> Any:
            return getattr(self.store, name)

        def revision(self) -> int:
            found = self.store.revision()
            meanwhile, self.meanwhile = self.meanwhile, lambda: None
            meanwhile()
            return found

    store = Late(memory_stores().policies)
    has = policies(store)
    version = drafted(has)
    assert has.now.live().version == INSTALLED.version
    has.now.look_again()
    store.meanwhile = lambda: has.publish(version, "Sam") and None
    assert has.now.live().version == INSTALLED.version
    assert has.now.live().version == version


def test_while_the_store_is_down_the_last_one_stays_and_it_is_said_once(
    monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    store = Shaky(memory_stores().policies)
    has = policies(store)
    has.publish(drafted(has), "Sam")
    assert has.now.live().amber == 45
    capsys.readouterr()
    store.down = True
    for seconds in range(3, 30, 3):
        past_the_look(monkeypatch, seconds)
        assert has.now.live().amber == 45
    assert capsys.readouterr().out.count("policy_not_looked_up") == 1
    store.down = False
    past_the_look(monkeypatch, 60)
    has.roll_back("Sam")
    assert has.now.live().amber == 40


def test_a_process_that_never_saw_the_store_does_not_guess_what_was_published() -> None:
    store = Shaky(memory_stores().policies)
    store.down = True
    has = policies(store)
    with pytest.raises(StoreUnavailable):
        has.now.live()
    store.down = False
    assert has.now.live().version == INSTALLED.version
