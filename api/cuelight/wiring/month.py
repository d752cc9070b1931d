"""The sample month: some hundred chats of an invented shop, so that a demonstration's console has something to show.

They take the same way as any chat, each at its own time, through the real corridor: so cues, incidents and what is
learnt from outcomes are earned. Loading goes on beside everything else, in the worker.
"""

from __future__ import annotations

import threading
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from datetime import UTC, datetime, time, timedelta
from pathlib import Path
from typing import Any

import orjson
import structlog

from cuelight.assess import Corridor
from cuelight.core.chat import Ask, ChatKey, Identity
from cuelight.core.errors import DataFileInvalid, StoreUnavailable
from cuelight.core.facts import ChatFacts, ContactFacts
from cuelight.core.history import Outcome, Proof
from cuelight.customers.rekeyed import keyed
from cuelight.replay import ChatRecord, OutcomeRecord, Record, ReplayClock, SightingRecord, run
from cuelight.sense.locator import open_locator
from cuelight.settings import Settings
from cuelight.stores import Stores
from cuelight.wiring.opening import hash_keys, read_policy

log = structlog.get_logger("cuelight.month")

_AGAIN_S = 2.0
_TRIES = 30


def read(path: Path, now: datetime) -> list[Record]:
    """The month's records, so that it ended at the last midnight. Raises `DataFileInvalid`."""
    end = datetime.combine(now.astimezone(UTC).date(), time(), UTC)
    try:
        found = orjson.loads(path.read_bytes())
        return [_record(row, found, end) for row in found["records"]]
    except OSError as error:
        raise DataFileInvalid(f"{path.name}: cannot be read ({type(error).__name__})") from None
    except (ValueError, LookupError, TypeError) as error:
        raise DataFileInvalid(f"{path.name}: is no sample month ({error})") from None


def _record(row: list[Any], found: dict[str, Any], end: datetime) -> Record:
    kind, ago_min, *rest = row
    at = end - timedelta(minutes=ago_min)
    if kind == "outcome":
        number, outcome, *method = rest
        key = _key(number, found["desks"])
        proof = Proof(method[0]) if method else None
        return OutcomeRecord(at, key.chat_id, Outcome(outcome), proof, key.desk, key.account)
    who, ip, agent, hints, fingerprint, *more = rest
    name, values = found["fingerprints"][fingerprint]
    contact = ContactFacts(
        at=at,
        ip=ip,
        user_agent=found["user_agents"][agent],
        client_hints=found["client_hints"][hints],
        fingerprint_id=name,
        components={found["components"][int(place)]: value for place, value in values.items()},
    )
    if kind == "sighting":
        return SightingRecord(who, contact, Proof.SIGN_IN)
    number, identity, *asks = more
    told = ChatFacts(_key(number, found["desks"]), Identity(identity), contact, who, tuple(map(Ask, asks)))
    return ChatRecord(told, None)


def _key(number: int, desks: list[list[str]]) -> ChatKey:
    desk, account = desks[number % len(desks)]
    return ChatKey(desk, account, f"{90_000 + number}")


def load(records: list[Record], corridor: Corridor, clock: ReplayClock, going_on: Callable[[], bool]) -> int:
    """How many chats were put through; 0 where the month is there already. Begun and not finished, it is gone through
    again: what is known already changes nothing."""
    chats = [record for record in records if isinstance(record, ChatRecord)]
    if not chats or corridor.cue(chats[-1].facts.key).stored is not None:
        return 0
    done = 0

    def refused(_: Record, why: str) -> None:
        raise StoreUnavailable(why)

    for _ in run(records, corridor, clock, refused):
        done += 1
        if not going_on():
            break
    return done


@contextmanager
def loading_month(settings: Settings, stores: Stores) -> Iterator[None]:
    """Loads it in a thread of its own, in a demonstration; nothing otherwise."""
    ending = threading.Event()
    thread = threading.Thread(target=_load, args=(settings, stores, ending), name="month", daemon=True)
    if settings.demo:
        thread.start()
    try:
        yield
    finally:
        ending.set()
        if settings.demo:
            thread.join(12)


def _load(settings: Settings, stores: Stores, ending: threading.Event) -> None:
    path = settings.data_dir / "samples" / "month.json"
    clock = ReplayClock()
    policy = read_policy(settings.policy)
    locator = open_locator(
        data_dir=settings.data_dir, geo_dir=settings.geo, networks_dir=settings.networks, keys=hash_keys(settings)
    )
    has = keyed(locator, stores.customers, stores.crowd)
    corridor = Corridor(has.locator, has.customers, has.crowd, lambda: policy, clock)
    for _ in range(_TRIES):
        try:
            now = datetime.now(UTC)
            records = read(path, now)
            clock.now = now
            done = load(records, corridor, clock, lambda: not ending.is_set())
        except StoreUnavailable as error:
            log.info("month_waits", error=str(error))
            if ending.wait(_AGAIN_S):
                return
            continue
        except DataFileInvalid as error:
            log.warning("no_sample_month", error=str(error))
            return
        if done:
            log.info("sample_month", chats=done)
        return
