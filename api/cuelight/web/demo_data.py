"""The sample desk's customers and chats: read from `data/samples`, put through the corridor like real ones.

Nothing here writes to a store: sign-ins go through `Corridor.observe`, chats through `Corridor.score`, and the
complaint of the story through `Corridor.outcome`, so the cues on the sample desk are earned, not painted.
"""

from __future__ import annotations

from collections.abc import Callable
from datetime import UTC, datetime, time, timedelta
from pathlib import Path
from time import sleep
from typing import Any, Literal, Self, TypeVar

from pydantic import BaseModel, ConfigDict, Field, ValidationError, model_validator

from cuelight.assess import Corridor
from cuelight.core.chat import Ask, ChatKey, Identity
from cuelight.core.errors import DataFileInvalid, StoreUnavailable
from cuelight.core.facts import ChatFacts, ComponentValue, ContactFacts
from cuelight.core.history import Outcome, Proof

_PATIENCE_S = (0.2, 0.4, 0.8, 1.6, 3.2)

_T = TypeVar("_T")
Changing = list[tuple[int, _T]]
"""A value that changed over time: (from days ago, value), newest first. The last one also holds before that."""


class _Sample(BaseModel):
    model_config = ConfigDict(extra="forbid", frozen=True)


class Order(_Sample):
    order: str
    what: str
    state: str
    ago_d: int


class Customer(_Sample):
    customer_id: str
    name: str
    plan: str
    since: int
    orders: list[Order]
    networks: dict[str, Changing[str]]
    sightings: list[str]
    """Each `days-ago HH:MM network device`, UTC. At least one day ago, so that none lies in the future."""


class SampleDevice(_Sample):
    user_agent: Changing[str] = Field(min_length=1)
    components: dict[str, ComponentValue]


class Message(_Sample):
    from_: Literal["contact", "agent", "note"] = Field(alias="from")
    ago_min: int
    text: str


class SampleOutcome(_Sample):
    outcome: Outcome
    method: Proof | None = None
    by: str


class SampleChat(_Sample):
    """`tells` is the line of the story told by this chat; `expect` the cues it may get when geography is known."""

    chat_id: str
    customer_id: str | None
    identity: Identity
    address: str
    device: str
    asks: list[Ask] = []
    topic: str
    tells: str
    expect: list[str]
    unread: int = 0
    closed: bool = False
    outcome: SampleOutcome | None = None
    messages: list[Message] = Field(min_length=1)


class _Customers(_Sample):
    about: str
    shop: str
    customers: list[Customer]
    devices: dict[str, SampleDevice]


class _Chats(_Sample):
    about: str
    desk: str
    account: str
    agent: str
    chats: list[SampleChat]


class Samples(_Sample):
    """Both files, checked against each other."""

    people: _Customers
    desk: _Chats

    @model_validator(mode="after")
    def _names_exist(self) -> Self:
        known = {c.customer_id for c in self.people.customers}
        devices = self.people.devices
        for chat in self.desk.chats:
            if chat.customer_id is not None and chat.customer_id not in known:
                raise ValueError(f"chat {chat.chat_id}: no customer {chat.customer_id}")
            if chat.device not in devices:
                raise ValueError(f"chat {chat.chat_id}: no device {chat.device}")
        for customer in self.people.customers:
            for line in customer.sightings:
                ago_d, _, network, device = _split(line)
                if ago_d < 1 or network not in customer.networks or device not in devices:
                    raise ValueError(f"{customer.customer_id}: cannot use the sighting '{line}'")
        return self

    def key(self, chat: SampleChat) -> ChatKey:
        return ChatKey(self.desk.desk, self.desk.account, chat.chat_id)

    def facts(self, chat: SampleChat, now: datetime) -> ChatFacts:
        """The chat as `POST /score` would bring it; it happened when its first message was written."""
        at = now - timedelta(minutes=chat.messages[0].ago_min)
        contact = self._contact(at, chat.address, chat.device, (now - at).days)
        return ChatFacts(
            self.key(chat), chat.identity, contact, chat.customer_id, tuple(chat.asks), occurred_at_given=False
        )

    def sightings(self, customer: Customer, now: datetime) -> list[tuple[ContactFacts, Proof]]:
        """The customer's sign-ins, oldest first. Counted from midnight: loading twice on a day gives equal ones."""
        midnight = datetime.combine(now.astimezone(UTC).date(), time(), UTC)
        found = []
        for line in customer.sightings:
            ago_d, clock, network, device = _split(line)
            at = midnight - timedelta(days=ago_d) + timedelta(hours=clock.hour, minutes=clock.minute)
            address = _then(customer.networks[network], ago_d)
            found.append((self._contact(at, address, device, ago_d), Proof.SIGN_IN))
        return sorted(found, key=lambda pair: pair[0].at)

    def _contact(self, at: datetime, address: str, device: str, ago_d: int) -> ContactFacts:
        chosen = self.people.devices[device]
        return ContactFacts(
            at=at,
            ip=address,
            user_agent=_then(chosen.user_agent, ago_d),
            components=chosen.components,
        )


def read(samples_dir: Path) -> Samples:
    """The sample files. Errors: `DataFileInvalid` naming the folder and the first thing wrong."""
    try:
        people = _Customers.model_validate_json((samples_dir / "customers.json").read_bytes())
        desk = _Chats.model_validate_json((samples_dir / "chats.json").read_bytes())
        return Samples(people=people, desk=desk)
    except OSError as error:
        raise DataFileInvalid(f"{samples_dir}: {error.strerror}: {Path(error.filename or '').name}") from error
    except ValidationError as error:
        first = error.errors()[0]
        where = ".".join(str(part) for part in first["loc"]) or "file"
        raise DataFileInvalid(f"{samples_dir}: {where}: {first['msg']}") from error


def load(corridor: Corridor, samples_dir: Path, now: datetime) -> bool:
    """Put the sample customers and chats through the corridor; True if anything was missing.

    Idempotent: chats already known, and outcomes already given (by whoever plays with the desk), are left alone; so it
    may be repeated, and is, for some seconds, where the store is slow to answer. Errors: `StoreUnavailable` after that.
    """
    samples = read(samples_dir)
    for pause_s in _PATIENCE_S:
        try:
            return _load(corridor, samples, now)
        except StoreUnavailable:
            # A machine busy with starting up may exceed the store's short time limit now and then.
            sleep(pause_s)
    return _load(corridor, samples, now)


def _load(corridor: Corridor, samples: Samples, now: datetime) -> bool:
    missing = [c for c in samples.desk.chats if corridor.cue(samples.key(c)).decision is None]
    if missing:
        for customer in samples.people.customers:
            corridor.observe(customer.customer_id, samples.sightings(customer, now))
    changed = bool(missing)
    for chat in sorted(samples.desk.chats, key=lambda c: -c.messages[0].ago_min):
        key = samples.key(chat)
        if chat in missing:
            corridor.score(samples.facts(chat, now))
        stored = corridor.cue(key).stored
        if chat.outcome is not None and stored is not None and stored.outcome is None:
            corridor.outcome(key, chat.outcome.outcome, chat.outcome.method, chat.outcome.by)
            changed = True
    return changed


def start_over(corridor: Corridor, samples_dir: Path, now: datetime, forget: Callable[[str], object]) -> None:
    """Forget the sample customers (`forget` takes a customer id) and load them again."""
    for customer in read(samples_dir).people.customers:
        forget(customer.customer_id)
    load(corridor, samples_dir, now)


def shown(samples: Samples) -> dict[str, Any]:
    """What the page may know: names, orders, words. Never an address or a device: the agent's browser has none."""
    customers = {
        c.customer_id: c.model_dump(include={"customer_id", "name", "plan", "since", "orders"})
        for c in samples.people.customers
    }
    fields = {"chat_id", "customer_id", "identity", "topic", "tells", "expect", "unread", "closed", "messages"}
    return {
        "shop": samples.people.shop,
        "desk": samples.desk.desk,
        "account": samples.desk.account,
        "agent": samples.desk.agent,
        "customers": customers,
        "chats": [c.model_dump(mode="json", by_alias=True, include=fields) for c in samples.desk.chats],
    }


def _split(line: str) -> tuple[int, time, str, str]:
    ago_d, clock, network, device = line.split()
    return int(ago_d), time.fromisoformat(clock), network, device


def _then(changing: Changing[_T], ago_d: int) -> _T:
    """The value in use that many days ago."""
    return next((value for since_d, value in reversed(changing) if ago_d >= since_d), changing[0][1])
