"""Everything kept about one customer: to hand out, and to erase."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass, replace
from datetime import UTC, datetime
from typing import Protocol

from cuelight.core.audit import customer_target
from cuelight.core.chat import ChatKey, Sighting, Token, traits
from cuelight.core.disclosure import Disclosure
from cuelight.core.erasure import Erasure, Rewrite
from cuelight.core.history import History, PastSighting, Proof
from cuelight.core.incident_store import View
from cuelight.core.notice import Notice, NoticeStore, name_of
from cuelight.core.outbox import Outbox
from cuelight.core.policy import Policy
from cuelight.core.ports import CrowdStore, CustomerStore, Locator, StoredChat
from cuelight.core.shadow import ShadowStore
from cuelight.core.snooze import Snooze, SnoozeStore
from cuelight.customers.snoozes import about_customer, forget
from cuelight.signals.trust import weigh

_EVER = datetime.fromtimestamp(0, UTC)
_NO_CHAT = ChatKey("", "", "")


@dataclass(frozen=True, slots=True)
class Kept:
    """What there is about a customer. `trust` is the weight each of the history's sightings has now, 0 to 1."""

    history: History
    trust: tuple[float, ...]
    chats: Sequence[StoredChat]
    disclosures: Sequence[Disclosure]
    views: Sequence[View] = ()
    snoozes: Sequence[Snooze] = ()
    notices: Sequence[Notice] = ()

    @property
    def anything(self) -> bool:
        found = self.history
        return bool(
            found.sightings
            or found.incidents
            or found.events
            or found.lock
            or self.chats
            or self.disclosures
            or self.views
        )


class Register(Protocol):
    """Where erasures are noted outside the store, so that a restored backup can be put right."""

    def note(self, customer: Token, at: datetime) -> None: ...
    def noted(self, now: datetime) -> Sequence[tuple[Token, datetime]]: ...


class Dossier:
    """Reads and erases what is kept. Raises `StoreUnavailable` rather than hand out, or erase, half of it."""

    def __init__(
        self,
        locator: Locator,
        customers: CustomerStore,
        crowd: CrowdStore,
        outbox: Outbox,
        shadows: ShadowStore,
        notices: NoticeStore,
        snoozes: SnoozeStore,
        register: Register,
        policy: Callable[[], Policy],
        clock: Callable[[], datetime],
    ) -> None:
        self._locator = locator
        self._customers = customers
        self._crowd = crowd
        self._outbox = outbox
        self._shadows = shadows
        self._notices = notices
        self._snoozes = snoozes
        self._register = register
        self._policy = policy
        self._clock = clock

    def target(self, customer_id: str) -> str:
        """How the audit log names this customer."""
        return customer_target(self._locator.customer(customer_id))

    def export(self, customer_id: str) -> Kept:
        return self._kept(self._locator.customer(customer_id))

    def erase(self, customer_id: str) -> Erasure:
        """Erase a customer, and refuse from now on what is told of a time before. Repeating it does no harm."""
        return self._erase(self._locator.customer(customer_id), self._clock())

    def erase_again(self) -> tuple[int, int]:
        """Erase those again whose erasure the store knows nothing of: it was restored from an older backup. Answers
        how many customers are in the register and of how many there was something."""
        known = {self._locator.present_customer(c): at for c, at in self._register.noted(self._clock())}
        lost = {customer: at for customer, at in known.items() if not self._customers.erased(customer)}
        return len(known), sum(self._erase(customer, at).anything for customer, at in lost.items())

    def rewrite(self) -> Rewrite:
        """Have removed values leave the store's append-only file, too; it goes on after the answer."""
        return self._customers.rewrite()

    def rewriting(self) -> bool:
        return self._customers.rewriting()

    def _erase(self, customer: Token, at: datetime) -> Erasure:
        kept = self._kept(customer)
        # Noted first: if the rest fails, it is erased the next time somebody asks, and after a restore.
        self._register.note(customer, at)
        # The crowd before the customer: afterwards nobody could tell which traits to look for.
        seen = [past.sighting for past in kept.history.sightings] + [stored.chat.sighting for stored in kept.chats]
        self._crowd.forget(
            customer,
            {trait for sighting in seen for trait in traits(sighting)},
            learnt={t for past in kept.history.sightings if _taught(past) for t in traits(past.sighting)},
            reports=[(key, tuple(traits(sighting))) for key, sighting in _reported(kept)],
        )
        # What is found only by the customer's chats goes before them, for the next try to find if this one fails; and
        # again behind them, for what was told meanwhile.
        self._forget_beside(kept)
        erased = self._customers.erase(customer, at)
        self._forget_beside(kept)
        forget(self._snoozes, self._locator, customer)
        # Last: from now on nothing new is announced, and what is on its way to a channel is refused there.
        return replace(erased, announcements=erased.announcements + self._outbox.forget(customer))

    def _forget_beside(self, kept: Kept) -> None:
        self._shadows.forget([stored.chat.key for stored in kept.chats])
        self._notices.forget([notice.name for notice in kept.notices])

    def _kept(self, customer: Token) -> Kept:
        history = self._customers.history(customer)
        weights = {id(t.past): t.weight for t in weigh(history.sightings, self._clock(), self._policy().trust)}
        chats = self._customers.recent(customer, _EVER)
        return Kept(
            history,
            tuple(weights.get(id(past), 0.0) for past in history.sightings),
            chats,
            self._customers.ledger(customer, _NO_CHAT),
            self._customers.views(customer),
            about_customer(self._snoozes, self._locator, customer),
            self._asked(customer, history, chats),
        )

    def _asked(self, customer: Token, history: History, chats: Sequence[StoredChat]) -> Sequence[Notice]:
        """Notices are kept by chat; one about a chat that is somebody else's by now is theirs."""
        keys = {stored.chat.key for stored in chats} | {key for i in history.incidents for key in i.chats}
        keys |= {past.chat for past in history.sightings if past.chat is not None}
        found = self._notices.several([name_of(key) for key in sorted(keys)])
        return [notice for notice in found if self._locator.present_customer(notice.customer) == customer]


def _taught(past: PastSighting) -> bool:
    return past.proof is not Proof.NONE and not past.reported


def _reported(kept: Kept) -> list[tuple[ChatKey, Sighting]]:
    sightings = {stored.chat.key: stored.chat.sighting for stored in kept.chats}
    sightings |= {past.chat: past.sighting for past in kept.history.sightings if past.chat is not None}
    named = {key for incident in kept.history.incidents for key in incident.chats}
    named |= {past.chat for past in kept.history.sightings if past.chat is not None and past.reported}
    return [(key, sightings[key]) for key in named if key in sightings]
