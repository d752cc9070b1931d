"""What requests share that are answered at the same time: who was moved to a newer hash key, and what is snoozed."""

from __future__ import annotations

from collections.abc import Sequence
from concurrent.futures import ThreadPoolExecutor
from datetime import datetime, timedelta
from types import SimpleNamespace
from typing import Any

from tests.stores import world

from cuelight.core.chat import Token
from cuelight.core.snooze import About, Snooze
from cuelight.customers import rekeying
from cuelight.customers.rekeying import Mover
from cuelight.customers.snoozes import KnownSnoozes
from cuelight.stores import memory_stores
from cuelight.stores.memory_snoozes import MemorySnoozeStore


class Former:
    """A key before, under which tokens had no number in front."""

    until = world.at()

    def present(self, former: Token) -> Token:
        return former

    def present_customer(self, former: Token) -> Token:
        return "2." + former


def test_one_asks_who_was_moved_while_others_are_moved(monkeypatch: Any) -> None:
    monkeypatch.setattr(rekeying, "_REMEMBERED", 50)
    stores, former = memory_stores(), Former()
    mover = Mover(lambda: former, stores.customers, stores.crowd)  # type: ignore[arg-type, return-value]
    names = [world.customer() for _ in range(3000)]
    with ThreadPoolExecutor(4) as pool:
        moved = [pool.submit(mover.move, name, former) for name in names]  # type: ignore[arg-type]
        asked = [pool.submit(mover.counted_as, "2." + name) for name in names]
        assert [one.result() for one in moved] == ["2." + name for name in names]
        assert {one.result() for one in asked} <= {None, *names}
    remembered = {name: mover.counted_as("2." + name) for name in names if mover.counted_as("2." + name)}
    assert len(remembered) == 50, "bounded: what is long ago is forgotten"
    assert all(name == was for name, was in remembered.items())


class Slow(MemorySnoozeStore):
    """Something is done to it while it answers."""

    meanwhile: Any = None

    def list(self) -> Sequence[Snooze]:
        found = super().list()
        done, self.meanwhile = self.meanwhile, None
        if done is not None:
            done()
        return found


def test_a_snooze_set_while_another_request_asks_is_not_missed() -> None:
    store, now = Slow(), world.at()
    chat = world.chat(world.customer())
    known = KnownSnoozes(store, SimpleNamespace(present_customer=lambda token: token), lambda: now)  # type: ignore[arg-type]

    def snooze() -> None:
        until: datetime = now + timedelta(days=1)
        made = Snooze("z_1", "travel", About.CUSTOMER, chat.customer or "", "a customer", until, now, "Kim", "moved")
        store.add(made)
        known.forget()

    store.meanwhile = snooze
    assert known(chat) == frozenset()
    assert known(chat) == {"travel"}
