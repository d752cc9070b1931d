"""One customer's state in memory, bounded as `bounds` says."""

from __future__ import annotations

from bisect import insort
from dataclasses import dataclass, field

from cuelight.core.chat import ChatKey, Sighting
from cuelight.core.history import AccountEvent, History, Incident, Lock, PastSighting
from cuelight.core.incident_store import View
from cuelight.core.ports import StoredChat
from cuelight.stores import bounds


@dataclass(slots=True)
class Customer:
    """One customer's state; `view` is the history as last handed out, dropped on every write."""

    entries: list[PastSighting] = field(default_factory=list)
    by_chat: dict[ChatKey, PastSighting] = field(default_factory=dict)
    observed: set[Sighting] = field(default_factory=set)
    chats: dict[ChatKey, StoredChat] = field(default_factory=dict)
    incidents: tuple[Incident, ...] = ()
    events: tuple[AccountEvent, ...] = ()
    lock: Lock | None = None
    views: dict[tuple[str, ChatKey], View] = field(default_factory=dict)
    view: History | None = None

    def history(self) -> History:
        if self.view is None:
            self.view = History(tuple(self.entries), self.incidents, self.events, self.lock)
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
