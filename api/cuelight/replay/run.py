"""The replay itself: each record through the corridor at its own time."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator
from dataclasses import dataclass
from datetime import UTC, datetime
from typing import Protocol

from cuelight.core.chat import ChatKey, NetworkKind
from cuelight.core.decision import Decision
from cuelight.core.errors import NotFound
from cuelight.core.facts import ChatFacts, ContactFacts
from cuelight.core.history import AccountEventKind, Outcome, Proof
from cuelight.core.ports import StoredChat
from cuelight.replay.records import AccountEventRecord, ChatRecord, OutcomeRecord, Record, SightingRecord, in_order


class ReplayClock:
    """The corridor's clock during a replay: stands at the time of the record being replayed."""

    def __init__(self) -> None:
        self.now = datetime.min.replace(tzinfo=UTC)

    def __call__(self) -> datetime:
        return self.now


class _View(Protocol):
    @property
    def stored(self) -> StoredChat | None: ...


class Corridor(Protocol):
    """What a replay asks of `assess.Corridor`."""

    def score(self, facts: ChatFacts) -> Decision: ...
    def cue(self, key: ChatKey) -> _View: ...
    def outcome(self, key: ChatKey, outcome: Outcome, method: Proof | None, by: str) -> object: ...
    def observe(self, customer_id: str, sightings: list[tuple[ContactFacts, Proof]]) -> int: ...
    def account_event(self, customer_id: str, kind: AccountEventKind, at: datetime, ip: str | None) -> object: ...


@dataclass(frozen=True, slots=True)
class Replayed:
    """A chat and what was decided when it came. `earlier`: records of this customer before it."""

    facts: ChatFacts
    label: str | None
    decision: Decision
    network_kind: NetworkKind | None
    earlier: int


def run(
    records: Iterable[Record],
    corridor: Corridor,
    clock: ReplayClock,
    refused: Callable[[Record, str], None],
    progress: Callable[[], None] = lambda: None,
) -> Iterator[Replayed]:
    """Replays in time order and yields every scored chat. `refused` is told of records that cannot be applied
    (an outcome of a chat never seen), so that nothing is dropped in silence."""
    keys: dict[str, ChatKey] = {}
    seen: dict[str, int] = {}
    for record in sorted(records, key=in_order):
        clock.now = record.at
        progress()
        match record:
            case SightingRecord():
                corridor.observe(record.customer_id, [(record.contact, record.proof)])
                seen[record.customer_id] = seen.get(record.customer_id, 0) + 1
            case AccountEventRecord():
                corridor.account_event(record.customer_id, record.event, record.at, record.ip)
            case OutcomeRecord():
                key = _key(record, keys)
                try:
                    if key is None:
                        raise NotFound("no chat of that id came before it")
                    corridor.outcome(key, record.outcome, record.method, "replay")
                except Exception as error:
                    refused(record, str(error))
            case ChatRecord():
                facts = record.facts
                keys[facts.key.chat_id] = facts.key
                decision = corridor.score(facts)
                stored = corridor.cue(facts.key).stored
                origin = stored.chat.origin if stored else None
                customer = facts.customer_id or ""
                yield Replayed(facts, record.label, decision, origin.kind if origin else None, seen.get(customer, 0))
                if customer:
                    seen[customer] = seen.get(customer, 0) + 1


def _key(record: OutcomeRecord, keys: dict[str, ChatKey]) -> ChatKey | None:
    if record.desk is not None and record.account is not None:
        return ChatKey(record.desk, record.account, record.chat_id)
    return keys.get(record.chat_id)
