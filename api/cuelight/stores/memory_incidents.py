"""What is kept around incidents in memory: see `redis_incidents`."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Sequence
from datetime import datetime
from threading import RLock

from cuelight.core.chat import Token
from cuelight.core.errors import Conflict, Erased, InvalidInput, Rekeyed
from cuelight.core.history import Incident, Lock
from cuelight.core.incident_store import INDEX_KEPT, VIEWS_KEPT, View
from cuelight.core.ports import Announcement
from cuelight.stores import keys
from cuelight.stores.memory_customer import Customer
from cuelight.stores.memory_outbox import MemoryOutbox


class MemoryIncidents:
    """The part of `MemoryCustomerStore` that an `IncidentStore` is, and what both stand on."""

    def __init__(self, outbox: MemoryOutbox) -> None:
        self._outbox = outbox
        self._customers: defaultdict[Token, Customer] = defaultdict(Customer)
        self._erased_at: dict[Token, datetime] = {}
        self._moved: set[Token] = set()
        self._lock = RLock()

    def _announce(self, tag: str, announce: Sequence[Announcement]) -> None:
        for announcement in announce:
            self._outbox.announce(announcement, tag)

    def _is_erased(self, customer: Token | None, at: datetime) -> bool:
        return customer in self._erased_at and at <= self._erased_at[customer]

    def _here(self, customer: Token | None) -> None:
        if customer in self._moved:
            raise Rekeyed("this customer is kept under a newer hash key than this process has")

    def _check_unchanged(self, customer: Token, incident: Incident, was: Incident | None, *, first: bool) -> None:
        known = self._customers[customer].incidents
        taken = first and any(each.closed_at is None and incident.opened_at < each.ends_at for each in known)
        if taken or (was is not None and was not in known):
            raise Conflict("the incident was changed meanwhile; read it and try again")

    def put_incident(
        self,
        customer: Token,
        incident: Incident,
        announce: Sequence[Announcement] = (),
        *,
        was: Incident | None = None,
        first: bool = False,
    ) -> None:
        with self._lock:
            self._here(customer)
            if self._is_erased(customer, incident.opened_at):
                raise Erased
            self._check_unchanged(customer, incident, was, first=first)
            self._customers[customer].put_incident(incident)
            self._announce(keys.tag(customer), announce)

    def incident_owner(self, incident_id: str) -> Token | None:
        with self._lock:
            return next((who for who, name in self.incidents(INDEX_KEPT) if name == incident_id), None)

    def incidents(self, limit: int, after: str | None = None) -> Sequence[tuple[Token, str]]:
        with self._lock:
            found = [(i.opened_at, i.incident_id, who) for who, one in self._customers.items() for i in one.incidents]
        listed = [(who, name) for _, name, who in sorted(found, reverse=True)][:INDEX_KEPT]
        if after is None:
            return listed[:limit]
        names = [name for _, name in listed]
        if after not in names:
            raise InvalidInput("after", "is not the id of an incident in the list; begin again without it")
        start = names.index(after) + 1
        return listed[start : start + limit]

    def put_lock(self, customer: Token, lock: Lock | None) -> None:
        with self._lock:
            self._here(customer)
            if lock is None or not self._is_erased(customer, lock.at):
                self._customers[customer].lock = lock
                self._customers[customer].view = None

    def seen(self, customer: Token, view: View) -> None:
        with self._lock:
            self._here(customer)
            if self._is_erased(customer, view.at):
                return
            views = self._customers[customer].views
            views.setdefault((view.by, view.key), view)
            if len(views) > VIEWS_KEPT:
                del views[min(views, key=lambda name: views[name].at)]

    def views(self, customer: Token) -> Sequence[View]:
        with self._lock:
            found = self._customers[customer].views.values() if customer in self._customers else ()
            return sorted(found, key=lambda view: (view.at, view.by), reverse=True)
