"""What an agent may see of a chat beyond its cue: usual against now, earlier contacts, and what was disclosed."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass, replace
from datetime import datetime, timedelta

from cuelight.core.chat import ChatKey
from cuelight.core.decision import Cue
from cuelight.core.disclosure import MISTAKEN_FOR, Disclosure, Kind, standing
from cuelight.core.errors import InvalidInput, NotFound
from cuelight.core.history import EMPTY, History, Outcome, PastSighting, Proof
from cuelight.core.policy import Policy
from cuelight.core.ports import CustomerStore, StoredChat
from cuelight.signals.habits import Habit, compare

LOOK_BACK = timedelta(days=90)
MAX_CONTACTS = 50
"""The newest; a panel shows fewer, and no customer calls this often for good reasons."""


@dataclass(frozen=True, slots=True)
class Contact:
    """An earlier contact about the same customer: when, on which desk, its cue and what came of it.

    `cue` is None where the decision is no longer kept (after 30 days). Chat ids stay out: another desk's chats
    are not this agent's to open.
    """

    at: datetime
    desk: str
    cue: Cue | None
    outcome: Outcome | None = None
    method: Proof | None = None
    disclosed: tuple[Kind, ...] = ()


@dataclass(frozen=True, slots=True)
class Details:
    """Everything but the cue. `stored` is None (and the rest empty) for a chat nobody sent facts for."""

    key: ChatKey
    stored: StoredChat | None = None
    habits: tuple[Habit, ...] = ()
    contacts: tuple[Contact, ...] = ()
    disclosures: tuple[Disclosure, ...] = ()


class Casebook:
    """Reads a customer's case and writes the ledger. Raises `StoreUnavailable` rather than show half of it."""

    def __init__(self, customers: CustomerStore, policy: Callable[[], Policy], clock: Callable[[], datetime]) -> None:
        self._customers = customers
        self._policy = policy
        self._clock = clock

    def details(self, key: ChatKey) -> Details:
        stored = self._customers.find(key)
        if stored is None:
            return Details(key)
        customer = stored.chat.customer
        history = EMPTY if customer is None else self._customers.history(customer)
        since = self._clock() - LOOK_BACK
        recent = () if customer is None else self._customers.recent(customer, since)
        ledger = standing(self._customers.ledger(customer, key))
        return Details(
            key,
            stored,
            compare(stored.chat, history, self._policy().trust),
            _contacts(key, history, recent, ledger, since),
            tuple(line for line in ledger if line.chat == key),
        )

    def disclose(
        self, key: ChatKey, kinds: Iterable[Kind], by: str, *, mistaken: bool = False, team: str = ""
    ) -> Sequence[Disclosure]:
        """Note what was given out in a chat, or with `mistaken` that it was not; answers with what stands.

        Kinds that stand already are not noted twice. Raises `NotFound` for a chat nobody sent facts for and
        `InvalidInput` for a slip that is remembered too late.
        """
        stored = self._customers.find(key)
        if stored is None:
            raise NotFound("no facts were ever sent for this chat; send POST /score first")
        customer, now = stored.chat.customer, self._clock()
        held = {line.kind: line for line in standing(self._customers.ledger(customer, key)) if line.chat == key}
        wanted = [kind for kind in dict.fromkeys(kinds) if (kind in held) == mistaken]
        if mistaken and any(now - held[kind].at > MISTAKEN_FOR for kind in wanted):
            raise InvalidInput("mistaken", "a disclosure can be taken back for 10 minutes; after that it stays")
        lines = [Disclosure(key, kind, now, by, mistaken, team) for kind in wanted]
        return [line for line in standing(self._customers.ledger(customer, key, lines)) if line.chat == key]


def _contacts(
    key: ChatKey, history: History, recent: Sequence[StoredChat], ledger: Sequence[Disclosure], since: datetime
) -> tuple[Contact, ...]:
    found: dict[ChatKey, Contact] = {
        past.chat: _from_history(past, past.chat)
        for past in history.sightings
        if past.chat is not None and past.at >= since
    }
    for each in recent:
        settled = each.outcome
        found[each.chat.key] = Contact(
            each.chat.at,
            each.chat.key.desk,
            each.decision.cue,
            settled.outcome if settled else None,
            settled.method if settled else None,
        )
    found.pop(key, None)
    for chat, contact in found.items():
        kinds = tuple(line.kind for line in ledger if line.chat == chat)
        found[chat] = replace(contact, disclosed=kinds)
    return tuple(sorted(found.values(), key=lambda contact: contact.at, reverse=True)[:MAX_CONTACTS])


def _from_history(past: PastSighting, chat: ChatKey) -> Contact:
    """A chat whose decision is gone: its marks still tell what came of it."""
    if past.reported:
        return Contact(past.at, chat.desk, None, Outcome.IMPERSONATION)
    if past.proof.is_step_up:
        return Contact(past.at, chat.desk, None, Outcome.GENUINE, past.proof)
    return Contact(past.at, chat.desk, None)
