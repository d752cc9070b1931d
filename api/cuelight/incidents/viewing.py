"""Which agents saw a cue that was red or amber, for the timeline of an incident: whom to ask, and who knew.

Browsers ask for a cue every few seconds, so a process remembers what it has noted. Best effort: an agent never waits,
nor gets less to see, because this could not be written.
"""

from __future__ import annotations

from collections import OrderedDict
from collections.abc import Callable
from datetime import datetime
from threading import Lock

from cuelight.assess import CueView
from cuelight.core.chat import ChatKey
from cuelight.core.decision import Cue
from cuelight.core.errors import StoreUnavailable
from cuelight.core.incident_store import View
from cuelight.core.ports import CustomerStore

_REMEMBERED = 10_000
_TOLD = frozenset({Cue.RED, Cue.AMBER})


class Viewing:
    """Notes of each chat and agent the first time. Safe for threads."""

    def __init__(self, customers: CustomerStore, clock: Callable[[], datetime]) -> None:
        self._customers = customers
        self._clock = clock
        self._noted: OrderedDict[tuple[ChatKey, str], None] = OrderedDict()
        self._lock = Lock()

    def seen(self, view: CueView, agent: str) -> None:
        """`agent` is the name of an enrolment; nobody else is known to be one person."""
        customer = view.stored.chat.customer if view.stored else None
        if customer is None or not agent or view.cue not in _TOLD:
            return
        name = (view.key, agent)
        with self._lock:
            if name in self._noted:
                return
            self._noted[name] = None
            if len(self._noted) > _REMEMBERED:
                self._noted.popitem(last=False)
        try:
            self._customers.seen(customer, View(view.key, agent, self._clock(), view.cue))
        except StoreUnavailable:
            with self._lock:
                self._noted.pop(name, None)
