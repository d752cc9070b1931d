"""While the hash key changes: customers are moved to their present names before anybody looks.

Three thin layers over the ports, for `app` to put between them and everything that asks. Without a rotation they only
hand on. With one, the first call that knows a customer's id moves everything recorded of that customer, and what the
crowd knows of the traits in it; a chat found by its name is moved with its customer. So whatever is compared is of one
key, and no cue changes.
"""

from __future__ import annotations

from collections import OrderedDict
from collections.abc import Callable, Iterable, Iterator
from datetime import datetime
from threading import Lock
from time import monotonic

from cuelight.core import rekeying
from cuelight.core.chat import Chat, ChatKey, Sighting, Token, traits
from cuelight.core.crowd import Crowd, Trait
from cuelight.core.facts import ChatFacts, ContactFacts
from cuelight.core.ports import (
    CrowdStore,
    CustomerStore,
    Locator,
)
from cuelight.core.rekeying import Former

_REMEMBERED = 10_000
"""Customers known to be moved, and traits known to be carried, so that asking again costs nothing."""

_AGAIN_S = 60.0
"""Traits are looked for under their former names so often: a process that was late may have written there."""


class Mover:
    """Moves customers. `former`: the key before, or None."""

    def __init__(self, former: Callable[[], Former | None], customers: CustomerStore, crowd: CrowdStore) -> None:
        self.former = former
        self._customers = customers
        self._crowd = crowd
        self._moved: OrderedDict[Token, Token] = OrderedDict()
        self._was: dict[Token, Token] = {}
        self._carried: OrderedDict[tuple[Trait, Trait], float] = OrderedDict()
        self._lock = Lock()

    def bring(self, customer_id: str) -> None:
        """Before anything is asked about a customer."""
        if (former := self.former()) is not None:
            token = former.customer(customer_id)
            if token not in self._moved:
                self.move(token, former)

    def move(self, token: Token, former: Former) -> Token:
        """Move what is recorded under a token of the key before; answers with the present token."""
        present = former.present_customer(token)
        moved = self._customers.move(token, present, former.present)
        pairs = [pair for old in moved for pair in _renamed(old, rekeying.sighting(old, former.present))]
        self._crowd.carry(pairs, (token, present))
        with self._lock:
            self._moved[token] = present
            self._was[present] = token
            self._moved.move_to_end(token)
            while len(self._moved) > _REMEMBERED:
                _, gone = self._moved.popitem(last=False)
                self._was.pop(gone, None)
        return present

    def carry(self, facts: ContactFacts, now: Sighting) -> None:
        """What the crowd knows of these facts under their former names."""
        if (former := self.former()) is None:
            return
        at_s = monotonic()
        due = [
            pair
            for pair in _renamed(former.sighting(facts), now)
            if at_s - self._carried.get(pair, -_AGAIN_S) >= _AGAIN_S
        ]
        if due:
            self._crowd.carry(due)
            with self._lock:
                for pair in due:
                    self._carried[pair] = at_s
                    self._carried.move_to_end(pair)
                while len(self._carried) > _REMEMBERED:
                    self._carried.popitem(last=False)

    def counted_as(self, present: Token) -> Token | None:
        """The former token of a customer who was moved lately: whoever came last week must not count twice."""
        if self.former() is None:
            return None
        return self._was.get(present)

    def sweep(self, former: Former) -> Iterator[int]:
        """Move everybody who is left; answers with their number as it grows."""
        count = 0
        for token in self._customers.customers():
            if former.is_former(token):
                self.move(token, former)
                count += 1
                yield count

    def left(self, former: Former) -> int:
        """How many customers are still under a former key (one may be counted twice)."""
        return sum(former.is_former(token) for token in self._customers.customers())


def _renamed(old: Sighting, new: Sighting) -> list[tuple[Trait, Trait]]:
    """Traits whose value is named by the key, under both names; the same facts give the same traits in one order."""
    return [(a, b) for a, b in zip(traits(old), traits(new), strict=True) if a != b]


class KeyedLocator:
    """A `Locator` that brings customers over as soon as their id is told."""

    def __init__(self, locator: Locator, mover: Mover) -> None:
        self._locator = locator
        self._mover = mover

    def chat(self, facts: ChatFacts) -> Chat:
        if facts.customer_id is not None:
            self._mover.bring(facts.customer_id)
        chat = self._locator.chat(facts)
        self._mover.carry(facts.contact, chat.sighting)
        return chat

    def sighting(self, facts: ContactFacts) -> Sighting:
        return self._locator.sighting(facts)

    def customer(self, customer_id: str) -> Token:
        self._mover.bring(customer_id)
        return self._locator.customer(customer_id)

    def present_customer(self, token: Token) -> Token:
        return self._locator.present_customer(token)

    def former(self) -> Former | None:
        return self._locator.former()

    def hasten(self) -> None:
        self._locator.hasten()

    def compare(self, chat: Chat) -> Chat:
        return self._locator.compare(chat)


class KeyedCrowd:
    """A `CrowdStore` that counts nobody twice."""

    def __init__(self, crowd: CrowdStore, mover: Mover) -> None:
        self._crowd = crowd
        self._mover = mover

    def read(self, customer: Token | None, traits: Iterable[Trait], now: datetime) -> Crowd:
        return self._crowd.read(customer, traits, now)

    def contact(self, customer: Token, traits: Iterable[Trait], at: datetime, counted_as: Token | None = None) -> None:
        self._crowd.contact(customer, traits, at, counted_as or self._mover.counted_as(customer))

    def first_today(self, trait: Trait) -> bool:
        return self._crowd.first_today(trait)

    def learn(self, traits: Iterable[Trait]) -> None:
        self._crowd.learn(traits)

    def report(self, traits: Iterable[Trait], key: ChatKey, at: datetime) -> None:
        self._crowd.report(traits, key, at)

    def withdraw(self, traits: Iterable[Trait], key: ChatKey) -> None:
        self._crowd.withdraw(traits, key)

    def carry(self, renamed: Iterable[tuple[Trait, Trait]], customer: tuple[Token, Token] | None = None) -> None:
        self._crowd.carry(renamed, customer)

    def forget(
        self,
        customer: Token,
        traits: Iterable[Trait],
        *,
        learnt: Iterable[Trait] = (),
        reports: Iterable[tuple[ChatKey, Iterable[Trait]]] = (),
    ) -> None:
        self._crowd.forget(customer, traits, learnt=learnt, reports=reports)
