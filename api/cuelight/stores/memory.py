"""The stores in memory: for replays, tests and benches. Same answers as Redis, by the same contract suite."""

from __future__ import annotations

from bisect import insort
from collections import defaultdict
from collections.abc import Sequence
from dataclasses import dataclass, field, replace
from datetime import datetime
from threading import RLock

from cuelight.core.chat import Chat, ChatKey, Sighting, Token
from cuelight.core.decision import Decision
from cuelight.core.disclosure import Disclosure
from cuelight.core.erasure import Erasure, Rewrite
from cuelight.core.errors import Conflict, Erased, NotFound
from cuelight.core.history import (
    EMPTY,
    AccountEvent,
    History,
    Incident,
    PastSighting,
    Proof,
)
from cuelight.core.ports import Announcement, ApiKey, OutcomeRecord, Recall, StoredChat
from cuelight.stores import bounds, keys
from cuelight.stores.keys import LEDGER_KEPT
from cuelight.stores.memory_outbox import MemoryOutbox


@dataclass(slots=True)
class _Customer:
    """One customer's state; `view` is the history as last handed out, dropped on every write."""

    entries: list[PastSighting] = field(default_factory=list)
    by_chat: dict[ChatKey, PastSighting] = field(default_factory=dict)
    observed: set[Sighting] = field(default_factory=set)
    chats: dict[ChatKey, StoredChat] = field(default_factory=dict)
    incidents: tuple[Incident, ...] = ()
    events: tuple[AccountEvent, ...] = ()
    view: History | None = None

    def history(self) -> History:
        if self.view is None:
            self.view = History(tuple(self.entries), self.incidents, self.events)
        return self.view

    def put(self, entry: PastSighting) -> bool:
        """Add or replace an entry. True if it was new."""
        if entry.chat is None:
            if entry.sighting in self.observed:
                return False
            self.observed.add(entry.sighting)
            old = None
        else:
            old = self.by_chat.get(entry.chat)
            entry = bounds.merge(old, entry)
            self.swap(old, entry)
            return old is None
        self.swap(old, entry)
        return True

    def swap(self, old: PastSighting | None, new: PastSighting) -> None:
        if old is not None:
            self._drop(old)
        if new.chat is not None:
            self.by_chat[new.chat] = new
        insort(self.entries, new, key=bounds.order)
        if (gone := bounds.surplus(self.entries)) is not None:
            self._drop(gone)
        self.view = None

    def _drop(self, entry: PastSighting) -> None:
        self.entries.remove(entry)
        if entry.chat is not None:
            del self.by_chat[entry.chat]
        else:
            self.observed.discard(entry.sighting)

    def put_incident(self, incident: Incident) -> None:
        others = tuple(i for i in self.incidents if i.incident_id != incident.incident_id)
        self.incidents = bounds.trim_incidents((*others, incident))
        self.view = None


class MemoryCustomerStore:
    """A `CustomerStore` in this process, safe for threads. What it announces goes to `outbox`."""

    def __init__(self, outbox: MemoryOutbox | None = None) -> None:
        self._outbox = outbox or MemoryOutbox()
        self._customers: defaultdict[Token, _Customer] = defaultdict(_Customer)
        self._unclaimed: dict[ChatKey, StoredChat] = {}
        self._owner: dict[ChatKey, Token | None] = {}
        self._erased_at: dict[Token, datetime] = {}
        self._ledgers: dict[Token | ChatKey, list[Disclosure]] = {}
        self._lock = RLock()

    @property
    def outbox(self) -> list[Announcement]:
        """What waits to be taken, oldest first."""
        return self._outbox.announced

    def _announce(self, tag: str, announce: Sequence[Announcement]) -> None:
        for announcement in announce:
            self._outbox.announce(announcement, tag)

    def _is_erased(self, customer: Token | None, at: datetime) -> bool:
        return customer in self._erased_at and at <= self._erased_at[customer]

    def _chats(self, customer: Token | None) -> dict[ChatKey, StoredChat]:
        return self._unclaimed if customer is None else self._customers[customer].chats

    def recall(self, chat: Chat) -> Recall:
        with self._lock:
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
            known = self._customers.get(customer)
            return known.history() if known else EMPTY

    def recent(self, customer: Token, since: datetime, limit: int | None = None) -> Sequence[StoredChat]:
        with self._lock:
            known = self._customers.get(customer)
            found = [c for c in known.chats.values() if c.chat.at >= since] if known else []
        return sorted(found, key=lambda c: (-bounds.micros(c.chat.at), c.chat.key))[:limit]

    def observe(self, customer: Token, entries: Sequence[PastSighting]) -> int:
        with self._lock:
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
    ) -> None:
        with self._lock:
            if customer is not None and customer not in self._customers:
                raise NotFound("no such chat is recorded; score it first")
            chats = self._chats(customer)
            if key not in chats:
                raise NotFound("no such chat is recorded; score it first")
            chats[key] = replace(chats[key], outcome=outcome)
            if customer is not None:
                state = self._customers[customer]
                if (old := state.by_chat.get(key)) is not None:
                    marks = replace(old, proof=proof, reported=reported, failed_step_up=failed_step_up)
                    state.swap(old, marks)
                if incident is not None:
                    state.put_incident(incident)
            self._announce(keys.tag(customer, key), announce)

    def put_incident(self, customer: Token, incident: Incident, announce: Sequence[Announcement] = ()) -> None:
        with self._lock:
            if self._is_erased(customer, incident.opened_at):
                raise Erased
            self._customers[customer].put_incident(incident)
            self._announce(keys.tag(customer), announce)

    def note(self, customer: Token, event: AccountEvent) -> None:
        with self._lock:
            if self._is_erased(customer, event.at):
                return
            state = self._customers[customer]
            if event not in state.events:
                events = sorted((*state.events, event), key=bounds.event_order)
                state.events = tuple(events[: bounds.MAX_EVENTS])
                state.view = None

    def ledger(self, customer: Token | None, key: ChatKey, add: Sequence[Disclosure] = ()) -> Sequence[Disclosure]:
        with self._lock:
            owner = key if customer is None else customer
            added = [line for line in add if not self._is_erased(customer, line.at)]
            lines = [*self._ledgers.get(owner, ()), *added][-LEDGER_KEPT:]
            if lines:
                self._ledgers[owner] = lines
            return lines[::-1]

    def erase(self, customer: Token, at: datetime) -> Erasure:
        with self._lock:
            self._erased_at[customer] = max(at, self._erased_at.get(customer, at))
            ledger = self._ledgers.pop(customer, [])
            gone = self._customers.pop(customer, None) or _Customer()
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


class MemoryKeyStore:
    """A `KeyStore` in this process."""

    def __init__(self) -> None:
        self._keys: dict[str, ApiKey] = {}
        self._lock = RLock()

    def add(self, key: ApiKey, secret_sha256: str) -> None:
        with self._lock:
            if secret_sha256 in self._keys or any(k.key_id == key.key_id for k in self._keys.values()):
                raise Conflict("a key with this id or secret exists already")
            self._keys[secret_sha256] = key

    def by_secret(self, secret_sha256: str) -> ApiKey | None:
        return self._keys.get(secret_sha256)

    def list(self) -> Sequence[ApiKey]:
        with self._lock:
            return sorted(self._keys.values(), key=lambda k: (k.created_at, k.key_id))

    def revoke(self, key_id: str, at: datetime) -> bool:
        with self._lock:
            for secret, key in self._keys.items():
                if key.key_id == key_id and key.revoked_at is None:
                    self._keys[secret] = replace(key, revoked_at=at)
                    return True
            return False
