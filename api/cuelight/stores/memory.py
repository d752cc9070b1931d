"""The stores in memory: for replays, tests and benches. Same answers as Redis, by the same contract suite."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import replace
from datetime import datetime

from cuelight.core import rekeying
from cuelight.core.chat import Chat, ChatKey, Sighting, Token
from cuelight.core.decision import Decision
from cuelight.core.disclosure import Disclosure
from cuelight.core.erasure import Erasure, Rewrite
from cuelight.core.errors import Conflict, Erased, NotFound
from cuelight.core.history import EMPTY, AccountEvent, History, Incident, PastSighting, Proof
from cuelight.core.ports import Announcement, OutcomeRecord, Recall, StoredChat
from cuelight.core.rekeying import Rename
from cuelight.stores import bounds, keys
from cuelight.stores.keys import LEDGER_KEPT
from cuelight.stores.memory_customer import Customer
from cuelight.stores.memory_incidents import MemoryIncidents
from cuelight.stores.memory_outbox import MemoryOutbox


class MemoryCustomerStore(MemoryIncidents):
    """A `CustomerStore` in this process, safe for threads. What it announces goes to `outbox`."""

    def __init__(self, outbox: MemoryOutbox | None = None) -> None:
        super().__init__(outbox or MemoryOutbox())
        self._unclaimed: dict[ChatKey, StoredChat] = {}
        self._owner: dict[ChatKey, Token | None] = {}
        self._ledgers: dict[Token | ChatKey, list[Disclosure]] = {}

    @property
    def outbox(self) -> list[Announcement]:
        """What waits to be taken, oldest first."""
        return self._outbox.announced

    def _chats(self, customer: Token | None) -> dict[ChatKey, StoredChat]:
        return self._unclaimed if customer is None else self._customers[customer].chats

    def recall(self, chat: Chat) -> Recall:
        with self._lock:
            self._here(chat.customer)
            known = None if chat.customer is None else self._customers.get(chat.customer)
            earlier = self.find(chat.key)
            return Recall(known.history() if known else EMPTY, earlier, self._mark(chat.key))

    def _mark(self, key: ChatKey) -> str:
        earlier = self.find(key)
        where = keys.tag(self._owner[key], key) if key in self._owner else ""
        return f"{where}|{earlier.decision.digest if earlier else ''}"

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
        with self._lock:
            self._here(chat.customer)
            if self._is_erased(chat.customer, chat.at):
                raise Erased
            chats = self._chats(chat.customer)
            earlier = chats.get(chat.key)
            here = self._owner.get(chat.key, chat.customer) == chat.customer
            if earlier is not None and here and earlier.decision.digest == decision.digest and not replace:
                return earlier.decision
            if mark is not None and mark != self._mark(chat.key):
                raise Conflict("another message about this chat came in between; recall it and join again")
            if not replace or chat.key not in self._owner:
                self._owner[chat.key] = chat.customer
            chats[chat.key] = StoredChat(chat, decision, earlier.outcome if earlier else None)
            if entry is not None and chat.customer is not None:
                self._customers[chat.customer].put(entry)
            self._announce(keys.tag(chat.customer, chat.key), announce)
            return decision

    def find(self, key: ChatKey) -> StoredChat | None:
        with self._lock:
            if key not in self._owner:
                return None
            return self._chats(self._owner[key]).get(key)

    def history(self, customer: Token) -> History:
        with self._lock:
            self._here(customer)
            known = self._customers.get(customer)
            return known.history() if known else EMPTY

    def recent(self, customer: Token, since: datetime, limit: int | None = None) -> Sequence[StoredChat]:
        with self._lock:
            self._here(customer)
            known = self._customers.get(customer)
            found = [c for c in known.chats.values() if c.chat.at >= since] if known else []
        return sorted(found, key=lambda c: (-bounds.micros(c.chat.at), c.chat.key))[:limit]

    def observe(self, customer: Token, entries: Sequence[PastSighting]) -> int:
        with self._lock:
            self._here(customer)
            kept = [entry for entry in entries if not self._is_erased(customer, entry.at)]
            return sum(self._customers[customer].put(entry) for entry in kept)

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
        with self._lock:
            self._here(customer)
            if customer is not None and customer not in self._customers:
                raise NotFound("no such chat is recorded; score it first")
            chats = self._chats(customer)
            if key not in chats:
                raise NotFound("no such chat is recorded; score it first")
            if customer is not None and incident is not None:
                self._check_unchanged(customer, incident, was, first=first)
            chats[key] = replace(chats[key], outcome=outcome)
            if customer is not None:
                state = self._customers[customer]
                if (old := state.by_chat.get(key)) is not None:
                    marks = replace(old, proof=proof, reported=reported, failed_step_up=failed_step_up)
                    state.swap(old, marks)
                if incident is not None:
                    state.put_incident(incident)
            self._announce(keys.tag(customer, key), announce)

    def note(self, customer: Token, event: AccountEvent) -> bool:
        with self._lock:
            self._here(customer)
            state = self._customers[customer]
            if self._is_erased(customer, event.at) or event in state.events:
                return False
            events = sorted((*state.events, event), key=bounds.event_order)
            state.events = tuple(events[: bounds.MAX_EVENTS])
            state.view = None
            return True

    def ledger(self, customer: Token | None, key: ChatKey, add: Sequence[Disclosure] = ()) -> Sequence[Disclosure]:
        with self._lock:
            self._here(customer)
            owner = key if customer is None else customer
            added = [line for line in add if not self._is_erased(customer, line.at)]
            lines = [*self._ledgers.get(owner, ()), *added][-LEDGER_KEPT:]
            if lines:
                self._ledgers[owner] = lines
            return lines[::-1]

    def customers(self) -> Iterator[Token]:
        with self._lock:
            return iter([*self._customers, *(who for who in self._ledgers if isinstance(who, str))])

    def move(self, former: Token, present: Token, rename: Rename) -> Sequence[Sighting]:
        with self._lock:
            if former in self._moved:
                return ()
            self._moved.add(former)
            old, new = self._customers.pop(former, None) or Customer(), self._customers[present]
            if (at := self._erased_at.pop(former, None)) is not None:
                self._erased_at[present] = max(at, self._erased_at.get(present, at))
            for entry in reversed(old.entries):
                if entry.chat is None or entry.chat not in new.by_chat:
                    new.put(rekeying.past(entry, rename))
            for key, stored in old.chats.items():
                new.chats.setdefault(key, replace(stored, chat=rekeying.chat(stored.chat, present, rename)))
            self._owner.update({key: present for key, owner in self._owner.items() if owner == former})
            for incident in old.incidents:
                if all(incident.incident_id != known.incident_id for known in new.incidents):
                    new.put_incident(incident)
            events = {*new.events, *(rekeying.event(event, rename) for event in old.events)}
            new.events = tuple(sorted(events, key=bounds.event_order)[: bounds.MAX_EVENTS])
            new.lock = new.lock or old.lock
            new.views = old.views | new.views
            new.view = None
            if lines := self._ledgers.pop(former, []):
                self._ledgers[present] = [*lines, *self._ledgers.get(present, ())][-LEDGER_KEPT:]
            return [past.sighting for past in old.entries] + [stored.chat.sighting for stored in old.chats.values()]

    def erase(self, customer: Token, at: datetime) -> Erasure:
        with self._lock:
            self._here(customer)
            self._erased_at[customer] = max(at, self._erased_at.get(customer, at))
            ledger = self._ledgers.pop(customer, [])
            gone = self._customers.pop(customer, None) or Customer()
            for key in [k for k, owner in self._owner.items() if owner == customer]:
                del self._owner[key]
            return Erasure(len(gone.entries), len(gone.chats), len(gone.incidents), len(gone.events), len(ledger))

    def erased(self, customer: Token) -> bool:
        return customer in self._erased_at

    def rewrite(self) -> Rewrite:
        return Rewrite.NONE

    def rewriting(self) -> bool:
        return False

    def ping(self) -> None:
        """Memory is always there."""
