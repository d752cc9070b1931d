"""Incidents: opened, extended and closed, for the API, the console and the notice; and the customer's lock."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Protocol

from cuelight.core import incident
from cuelight.core.audit import customer_target
from cuelight.core.chat import ChatKey, Token
from cuelight.core.errors import Conflict, InvalidInput, NotFound, StoreUnavailable
from cuelight.core.history import Lock, Outcome, Proof
from cuelight.core.incident import CloseReason, Incident, Opener, OpenReason
from cuelight.core.policy import Policy
from cuelight.core.ports import CustomerStore, Locator
from cuelight.core.reporting import Change, closing, opening
from cuelight.deciding import LOOK_BACK_CHATS, Decider

_TRIES = 8
"""How often one change may be overtaken by others of the same incident; each time one of those was made."""

_LOOKED_AT = 400
"""Incidents looked at for one page of a list that is filtered."""


class Reporter(Protocol):
    """`assess.Corridor`, as far as a report about a chat needs it."""

    def outcome(
        self, key: ChatKey, outcome: Outcome, method: Proof | None, by: str, *, opener: Opener, reason: OpenReason
    ) -> object: ...


class Audit(Protocol):
    """Where changes are told before they are made."""

    def append(self, *, by: str, action: str, target: str, note: str = "") -> object: ...


@dataclass(frozen=True, slots=True)
class Listed:
    """A page of incidents, newest first. `after` is where the next page begins; None: this was the last."""

    incidents: Sequence[Incident]
    after: str | None = None


class Incidents:
    """Everything that is done with incidents but by an outcome. Raises `StoreUnavailable` rather than half do it."""

    def __init__(
        self,
        locator: Locator,
        customers: CustomerStore,
        reporter: Reporter,
        decider: Decider,
        audit: Audit,
        policy: Callable[[], Policy],
        clock: Callable[[], datetime],
    ) -> None:
        self._locator = locator
        self._customers = customers
        self._reporter = reporter
        self._decider = decider
        self._audit = audit
        self._policy = policy
        self._clock = clock

    def open_for(
        self,
        customer_id: str,
        key: ChatKey | None = None,
        *,
        opened_by: Opener,
        by: str,
        reason: OpenReason = OpenReason.OTHER,
        days: int | None = None,
    ) -> Incident:
        """`open`, for a customer by the company's own id."""
        customer = self._locator.customer(customer_id)
        return self.open(customer, key, opened_by=opened_by, by=by, reason=reason, days=days)

    def open(
        self,
        customer: Token,
        key: ChatKey | None = None,
        *,
        opened_by: Opener,
        by: str,
        reason: OpenReason = OpenReason.OTHER,
        days: int | None = None,
    ) -> Incident:
        """Open an incident, or add to the open one. From now on every cue of this customer is floored.

        `key` is the chat that was not the customer: it is reported as an impersonation, so that what it taught is
        un-learnt and its traits are marked. `days` is how long at least (absent: the policy's). Raises `InvalidInput`
        for a chat of another customer.
        """
        stored = None if key is None else self._customers.find(key)
        if stored is not None and stored.chat.customer != customer:
            raise InvalidInput("chat", "is not about this customer")
        now = self._clock()
        ends_at = now + timedelta(days=days if days is not None else self._policy().incident_days)
        note = f"{opened_by.value}, {reason.value}"
        self._audit.append(by=by, action="incident.opened", target=customer_target(customer), note=note)
        if stored is not None and key is not None:
            self._reporter.outcome(key, Outcome.IMPERSONATION, None, by, opener=opened_by, reason=reason)
            if days is None or (found := self._open_one(customer)).ends_at >= ends_at:
                return self._open_one(customer)
            return self._change(customer, found.incident_id, lambda i: incident.extended(i, self._clock(), days, by))
        for _ in range(_TRIES):
            current = self._customers.history(customer).open_incident(now)
            if current is None:
                change = opening(incident.opened(customer, now, ends_at, opened_by, by, reason, key), now)
            else:
                change = Change(current, incident.reported(current, now, ends_at, by, reason, key))
            if self._put(customer, change):
                self._decider.look_back(customer)
                return change.after
        raise _BUSY

    def find(self, incident_id: str) -> tuple[Token, Incident]:
        """An incident and whose it is. Raises `NotFound`."""
        customer = self._customers.incident_owner(incident_id)
        if customer is not None:
            for found in self._customers.history(customer).incidents:
                if found.incident_id == incident_id:
                    return customer, found
        raise NotFound("there is no such incident, or it is no longer kept")

    def close(self, incident_id: str, by: str, reason: CloseReason) -> Incident:
        """Ask to close an incident, or confirm what somebody else asked for: see `core.incident`."""
        customer, _ = self.find(incident_id)
        now = self._clock()
        return self._change(customer, incident_id, lambda i: incident.closed(i, now, by, reason))

    def cancel_close(self, incident_id: str, by: str) -> Incident:
        """Withdraw a request to close. Anybody may: the incident stays as it was."""
        customer, _ = self.find(incident_id)
        now = self._clock()
        return self._change(customer, incident_id, lambda i: incident.close_cancelled(i, now, by))

    def extend(self, incident_id: str, days: int, by: str) -> Incident:
        """Keep it open for so many days from now."""
        customer, _ = self.find(incident_id)
        now = self._clock()
        return self._change(customer, incident_id, lambda i: incident.extended(i, now, days, by))

    def list(
        self, limit: int, *, only_open: bool = False, opened_by: Opener | None = None, after: str | None = None
    ) -> Listed:
        """Open and recent incidents of all customers, newest first. Raises `InvalidInput` for an `after` there is not.

        What the list is made from is best effort: an incident may be missing in it, though never its effect.
        """
        now, found = self._clock(), list[Incident]()
        known = self._customers.incidents(_LOOKED_AT + 1, after)
        looked_at = 0
        for customer, incident_id in known[:_LOOKED_AT]:
            looked_at += 1
            history = self._customers.history(customer)
            one = next((i for i in history.incidents if i.incident_id == incident_id), None)
            if one is None or (only_open and not one.is_open(now)) or opened_by not in (None, one.opened_by):
                continue
            found.append(one)
            if len(found) == limit:
                break
        more = looked_at < len(known)
        return Listed(found, known[looked_at - 1][1] if more and looked_at else None)

    def lock(self, customer_id: str, by: str) -> Lock:
        """From now on nothing is to be given out by chat until the customer is signed in. Repeating it renews it."""
        customer = self._locator.customer(customer_id)
        lock = Lock(self._clock(), by)
        self._audit.append(by=by, action="lock.set", target=customer_target(customer))
        self._customers.put_lock(customer, lock)
        self._decider.look_back(customer)
        return lock

    def unlock(self, customer_id: str, by: str) -> bool:
        """False where there was no lock."""
        customer = self._locator.customer(customer_id)
        if self._customers.history(customer).lock is None:
            return False
        self._audit.append(by=by, action="lock.removed", target=customer_target(customer))
        self._customers.put_lock(customer, None)
        self._decider.look_back(customer, limit=2 * LOOK_BACK_CHATS)
        return True

    # -- how it is done ------------------------------------------------------------------------------

    def _change(self, customer: Token, incident_id: str, step: Callable[[Incident], Incident]) -> Incident:
        told = None
        for _ in range(_TRIES):
            incidents = self._customers.history(customer).incidents
            before = next((i for i in incidents if i.incident_id == incident_id), None)
            if before is None:
                raise NotFound("there is no such incident, or it is no longer kept")
            change = closing(before, step(before), self._clock())
            if (done := change.after.steps[-1]).kind is not told:
                told = done.kind
                self._audit.append(
                    by=done.by, action=f"incident.{told}", target=f"incident:{incident_id}", note=done.reason
                )
            if self._put(customer, change):
                if change.after.closed_at is not None:
                    self._decider.look_back(customer, limit=2 * LOOK_BACK_CHATS)
                return change.after
        raise _BUSY

    def _put(self, customer: Token, change: Change) -> bool:
        """False if somebody else changed it meanwhile."""
        try:
            before = change.before
            self._customers.put_incident(customer, change.after, change.announce, was=before, first=before is None)
        except Conflict:
            return False
        return True

    def _open_one(self, customer: Token) -> Incident:
        found = self._customers.history(customer).open_incident(self._clock())
        if found is None:
            raise Conflict("the incident was closed a moment ago; open it again")
        return found


_BUSY = StoreUnavailable("too many changes of one incident at once")
