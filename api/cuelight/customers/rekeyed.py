"""A customer store that finds everything under its present name; see `rekeying`."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass, replace
from datetime import datetime

from cuelight.core import rekeying
from cuelight.core.chat import Chat, ChatKey, Sighting, Token
from cuelight.core.decision import Decision
from cuelight.core.disclosure import Disclosure
from cuelight.core.erasure import Erasure, Rewrite
from cuelight.core.errors import Rekeyed
from cuelight.core.history import AccountEvent, History, Incident, Lock, PastSighting, Proof
from cuelight.core.incident_store import View
from cuelight.core.ports import Announcement, CrowdStore, CustomerStore, Locator, OutcomeRecord, Recall, StoredChat
from cuelight.core.rekeying import Former, Rename
from cuelight.customers.rekeying import KeyedCrowd, KeyedLocator, Mover


@dataclass(frozen=True, slots=True)
class Keyed:
    """The ports for everything that asks about customers; `mover` for who moves them all."""

    locator: KeyedLocator
    customers: KeyedCustomers
    crowd: KeyedCrowd
    mover: Mover


def keyed(locator: Locator, customers: CustomerStore, crowd: CrowdStore) -> Keyed:
    mover = Mover(locator.former, customers, crowd)
    return Keyed(
        KeyedLocator(locator, mover), KeyedCustomers(customers, locator, mover), KeyedCrowd(crowd, mover), mover
    )


class KeyedCustomers:
    """A `CustomerStore` that finds chats under their present names. A customer who was moved by somebody else while
    this process did not know the new key is `Rekeyed` once; the key is then read, and the next call succeeds."""

    def __init__(self, customers: CustomerStore, locator: Locator, mover: Mover) -> None:
        self._customers = customers
        self._locator = locator
        self._mover = mover

    @contextmanager
    def _following(self) -> Iterator[CustomerStore]:
        try:
            yield self._customers
        except Rekeyed:
            self._locator.hasten()
            raise

    def _present(self, stored: StoredChat | None, former: Former) -> StoredChat | None:
        """A chat nobody claims has no slot to be moved from: it is renamed as it is read, and with the next write."""
        if stored is None or stored.chat.customer is not None or stored.decision.scored_at >= former.until:
            return stored
        return replace(stored, chat=rekeying.chat(stored.chat, None, former.present))

    def _left_behind(self, stored: StoredChat | None, former: Former | None) -> bool:
        return bool(former and stored and stored.chat.customer and former.is_former(stored.chat.customer))

    def find(self, key: ChatKey) -> StoredChat | None:
        with self._following() as customers:
            stored, former = customers.find(key), self._mover.former()
            if former is None:
                return stored
            if stored is not None and stored.chat.customer and self._left_behind(stored, former):
                self._mover.move(stored.chat.customer, former)
                stored = customers.find(key)
            return self._present(stored, former)

    def recall(self, chat: Chat) -> Recall:
        with self._following() as customers:
            recall, former = customers.recall(chat), self._mover.former()
            if former is None:
                return recall
            earlier = recall.earlier
            if earlier is not None and earlier.chat.customer and self._left_behind(earlier, former):
                self._mover.move(earlier.chat.customer, former)
                recall = customers.recall(chat)
            return replace(recall, earlier=self._present(recall.earlier, former))

    def record(
        self,
        chat: Chat,
        decision: Decision,
        entry: PastSighting | None,
        announce: Sequence[Announcement] = (),
        *,
        replace: bool = False,
        mark: str | None = None,
    ) -> Decision:
        with self._following() as customers:
            return customers.record(chat, decision, entry, announce, replace=replace, mark=mark)

    def history(self, customer: Token) -> History:
        with self._following() as customers:
            return customers.history(customer)

    def recent(self, customer: Token, since: datetime, limit: int | None = None) -> Sequence[StoredChat]:
        with self._following() as customers:
            return customers.recent(customer, since, limit)

    def observe(self, customer: Token, entries: Sequence[PastSighting]) -> int:
        with self._following() as customers:
            return customers.observe(customer, entries)

    def settle(
        self,
        key: ChatKey,
        customer: Token | None,
        outcome: OutcomeRecord,
        *,
        proof: Proof,
        reported: bool,
        failed_step_up: bool,
        incident: Incident | None,
        announce: Sequence[Announcement] = (),
        was: Incident | None = None,
        first: bool = False,
    ) -> None:
        with self._following() as customers:
            customers.settle(
                key,
                customer,
                outcome,
                proof=proof,
                reported=reported,
                failed_step_up=failed_step_up,
                incident=incident,
                announce=announce,
                was=was,
                first=first,
            )

    def put_incident(
        self,
        customer: Token,
        incident: Incident,
        announce: Sequence[Announcement] = (),
        *,
        was: Incident | None = None,
        first: bool = False,
    ) -> None:
        with self._following() as customers:
            customers.put_incident(customer, incident, announce, was=was, first=first)

    def incident_owner(self, incident_id: str) -> Token | None:
        owner = self._customers.incident_owner(incident_id)
        return None if owner is None else self._present_owner(owner)

    def incidents(self, limit: int, after: str | None = None) -> Sequence[tuple[Token, str]]:
        return [(self._present_owner(who), name) for who, name in self._customers.incidents(limit, after)]

    def _present_owner(self, owner: Token) -> Token:
        """The index is not renamed with its customers."""
        former = self._mover.former()
        if former is not None and former.is_former(owner):
            self._mover.move(owner, former)
        return self._locator.present_customer(owner)

    def put_lock(self, customer: Token, lock: Lock | None) -> None:
        with self._following() as customers:
            customers.put_lock(customer, lock)

    def seen(self, customer: Token, view: View) -> None:
        with self._following() as customers:
            customers.seen(customer, view)

    def views(self, customer: Token) -> Sequence[View]:
        return self._customers.views(customer)

    def note(self, customer: Token, event: AccountEvent) -> bool:
        with self._following() as customers:
            return customers.note(customer, event)

    def ledger(self, customer: Token | None, key: ChatKey, add: Sequence[Disclosure] = ()) -> Sequence[Disclosure]:
        with self._following() as customers:
            return customers.ledger(customer, key, add)

    def customers(self) -> Iterator[Token]:
        return self._customers.customers()

    def move(self, former: Token, present: Token, rename: Rename) -> Sequence[Sighting]:
        return self._customers.move(former, present, rename)

    def erase(self, customer: Token, at: datetime) -> Erasure:
        with self._following() as customers:
            return customers.erase(customer, at)

    def erased(self, customer: Token) -> bool:
        return self._customers.erased(customer)

    def rewrite(self) -> Rewrite:
        return self._customers.rewrite()

    def rewriting(self) -> bool:
        return self._customers.rewriting()

    def ping(self) -> None:
        self._customers.ping()
