"""What `assess` needs from the world. Adapters (`stores`, `sense`) implement these; `app` plugs them in."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass, field
from datetime import datetime
from typing import Protocol

from cuelight.core.chat import Chat, ChatKey, Sighting, Token
from cuelight.core.crowd import Crowd, Trait
from cuelight.core.decision import Decision
from cuelight.core.disclosure import Disclosure
from cuelight.core.enrolment import Enrolment
from cuelight.core.erasure import Erasure, Rewrite
from cuelight.core.facts import ChatFacts, ContactFacts
from cuelight.core.history import AccountEvent, History, Incident, Outcome, PastSighting, Proof
from cuelight.core.incident_store import IncidentStore
from cuelight.core.rekeying import Former, Rename


@dataclass(frozen=True, slots=True)
class OutcomeRecord:
    """What was found out about a chat: `method` is the step-up used or tried; `by` the agent (a name of the
    company's own choosing, never the contact's)."""

    outcome: Outcome
    at: datetime
    by: str
    method: Proof | None = None


@dataclass(frozen=True, slots=True)
class StoredChat:
    """A chat as recorded: the facts that were scored, the decision, and the outcome once there is one."""

    chat: Chat
    decision: Decision
    outcome: OutcomeRecord | None = None


@dataclass(frozen=True, slots=True)
class Recall:
    """What is known of a chat's customer. `earlier` is this same chat as already recorded, whichever customer it
    was recorded for; `mark` names that state of it, for `record` to compare."""

    history: History
    earlier: StoredChat | None = None
    mark: str = ""


@dataclass(frozen=True, slots=True)
class Announcement:
    """Something to tell the world about (`cue.red`, `incident.opened`), kept in the outbox with the decision.

    `body` is JSON-ready and holds nothing the reasons may not hold.
    """

    kind: str
    at: datetime
    body: dict[str, object] = field(default_factory=dict)


class Locator(Protocol):
    """`sense`: raw facts to pseudonymous ones. Never raises for odd facts: they become None with a reason."""

    def chat(self, facts: ChatFacts) -> Chat: ...
    def sighting(self, facts: ContactFacts) -> Sighting: ...
    def customer(self, customer_id: str) -> Token: ...
    def present_customer(self, token: Token) -> Token:
        """A customer's token under an earlier hash key (or the present one), under the present one."""
        ...

    def former(self) -> Former | None:
        """The hash key before the present one, while something may still be recorded under it."""
        ...

    def hasten(self) -> None:
        """Somebody else uses a newer hash key already: read it, and use it from now on."""
        ...

    def compare(self, chat: Chat) -> Chat:
        """Works out of a joined chat's facts what no single message could tell: its clock against its place."""
        ...


class CustomerStore(IncidentStore, Protocol):
    """All of a customer's state. Every call raises `StoreUnavailable` if the store cannot answer for certain.

    A chat without a customer is kept under its own key and has no history.
    """

    def recall(self, chat: Chat) -> Recall:
        """History of the chat's customer and the chat's own earlier record; one round trip on a single server."""
        ...

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
        """Atomically, once: keep the decision, put `entry` into the history (replacing the entry of the same
        chat, keeping the stronger proof; a reported entry stays reported), append announcements to the outbox.
        If the chat is already recorded with the same digest, nothing is written and the recorded decision is
        returned, unless `replace` (look-back re-scoring). `mark`: raises `Conflict`, and writes nothing, where
        the chat is no longer as `recall` found it, so that no message's facts get lost."""
        ...

    def find(self, key: ChatKey) -> StoredChat | None:
        """A recorded chat by its key, or None."""
        ...

    def history(self, customer: Token) -> History: ...

    def recent(self, customer: Token, since: datetime, limit: int | None = None) -> Sequence[StoredChat]:
        """The customer's recorded chats at or after `since`, newest first; of the newest `limit`, those there are."""
        ...

    def observe(self, customer: Token, entries: Sequence[PastSighting]) -> int:
        """Add the company's own sightings; an equal one (same time and facts) is not added twice. Returns how
        many were new."""
        ...

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
        """Atomically: write the outcome on the chat, set proof and marks on its history entry, and insert or
        replace `incident` by its id. `was`, `first`: as for `put_incident`."""
        ...

    def put_incident(
        self,
        customer: Token,
        incident: Incident,
        announce: Sequence[Announcement] = (),
        *,
        was: Incident | None = None,
        first: bool = False,
    ) -> None:
        """Insert or replace an incident by its id (opened by the company, closed, extended). `was`: raises `Conflict`,
        and writes nothing, where it is no longer like this; `first`: where another one is open by now."""
        ...

    def note(self, customer: Token, event: AccountEvent) -> bool:
        """Add an account event. False if there is an equal one, or the customer was erased after it."""
        ...

    def ledger(self, customer: Token | None, key: ChatKey, add: Sequence[Disclosure] = ()) -> Sequence[Disclosure]:
        """Add lines to the ledger of what was disclosed, and answer with all of it, newest first. It is the
        customer's; that of the chat `key` where nobody is claimed."""
        ...

    def customers(self) -> Iterator[Token]:
        """Every customer of whom there is anything, in no order and perhaps more than once."""
        ...

    def move(self, former: Token, present: Token, rename: Rename) -> Sequence[Sighting]:
        """Bring everything of a customer from a token under a former hash key to the present one, and rename what is
        recorded. From then on every call for the former token raises `Rekeyed`. Repeating it does no harm, also
        after a crash half-way; two processes may do it at once. Answers with the sightings moved, as they were."""
        ...

    def erase(self, customer: Token, at: datetime) -> Erasure:
        """Forget the customer: everything, announcements in the outbox included. From then on what is told of a
        time up to `at` is not kept: `record` and `put_incident` raise `Erased`, the others leave it out."""
        ...

    def erased(self, customer: Token) -> bool:
        """Whether an erasure of this customer is still in force."""
        ...

    def rewrite(self) -> Rewrite:
        """Have the store write its append-only file anew, without what was removed; answers before it is done."""
        ...

    def rewriting(self) -> bool:
        """Whether that is still going on."""
        ...

    def ping(self) -> None:
        """Return if the store is reachable and ours (epoch key present); raise `StoreUnavailable` if not."""
        ...


class CrowdStore(Protocol):
    """Cross-customer statistics. Best effort: a failure gives an empty answer and a log line, never an error."""

    def read(self, customer: Token | None, traits: Iterable[Trait], now: datetime) -> Crowd: ...

    def contact(self, customer: Token, traits: Iterable[Trait], at: datetime, counted_as: Token | None = None) -> None:
        """An unproven chat bearing these traits was seen for this customer. `counted_as` is the token by which the
        customer counts among the contacts of the week, if not the present one."""
        ...

    def first_today(self, trait: Trait) -> bool:
        """Whether nobody asked this about the trait within a day. False also where the store cannot tell."""
        ...

    def learn(self, traits: Iterable[Trait]) -> None:
        """One more customer has a trusted sighting with these traits (only traits new for that customer)."""
        ...

    def report(self, traits: Iterable[Trait], key: ChatKey, at: datetime) -> None:
        """Mark the traits of a reported chat. Idempotent per chat."""
        ...

    def withdraw(self, traits: Iterable[Trait], key: ChatKey) -> None:
        """Undo `report` for that chat."""
        ...

    def carry(self, renamed: Iterable[tuple[Trait, Trait]], customer: tuple[Token, Token] | None = None) -> None:
        """Bring what is known of traits under their former names (first) to the present ones, and rename a
        customer among those who bore them. Repeating it does no harm."""
        ...

    def forget(
        self,
        customer: Token,
        traits: Iterable[Trait],
        *,
        learnt: Iterable[Trait] = (),
        reports: Iterable[tuple[ChatKey, Iterable[Trait]]] = (),
    ) -> None:
        """Take a customer out: of who bore these traits, and of the counts of those `learnt` from them. Reported
        traits stay marked, because they are an impostor's, but no longer by a name made from the chat's. Unlike
        the rest raises `StoreUnavailable`: an erasure must not be thought done."""
        ...


@dataclass(frozen=True, slots=True)
class ApiKey:
    """A bearer key's public half. The secret is shown once and kept only as a hash. `team`: of an agent's browser, ""
    if nobody said."""

    key_id: str
    name: str
    scopes: frozenset[str]
    created_at: datetime
    expires_at: datetime | None = None
    revoked_at: datetime | None = None
    team: str = ""


class KeyStore(Protocol):
    """API keys by the SHA-256 of their secret (secrets are 256-bit random, so a fast hash is enough)."""

    def add(self, key: ApiKey, secret_sha256: str) -> None: ...
    def by_secret(self, secret_sha256: str) -> ApiKey | None: ...
    def list(self) -> Sequence[ApiKey]: ...
    def revoke(self, key_id: str, at: datetime) -> bool: ...


class EnrolmentStore(Protocol):
    """Enrolled browsers by id. What may happen to one is told in `core.enrolment`; the store only keeps it whole."""

    def add(self, enrolment: Enrolment) -> None:
        """Raises `Conflict` for an id that exists."""
        ...

    def read(self, enrolment_id: str) -> Enrolment | None: ...

    def change(self, before: Enrolment, after: Enrolment) -> bool:
        """Replace `before` by `after`, if it is still as it was read; False if not."""
        ...

    def list(self) -> Sequence[Enrolment]:
        """All, oldest first."""
        ...

    def remove(self, enrolment: Enrolment) -> bool:
        """Forget it, if it is still as it was read."""
        ...
