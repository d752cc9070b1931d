"""Looks up in the store what was acknowledged: every decision once, in the history once, in the outbox once if red."""

from __future__ import annotations

import threading
import time
from collections import Counter, defaultdict
from collections.abc import Iterable, Iterator
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from itertools import pairwise
from typing import Self

import orjson
from redis import Redis
from redis.exceptions import RedisError

from bench.faults import contacts
from bench.faults.api import PATIENCE_S, patiently
from bench.faults.load import Acknowledged
from cuelight.app import Service
from cuelight.core.decision import Cue


@dataclass
class Found:
    """What became of the acknowledged decisions. Every list names chats by number."""

    checked: int = 0
    red: int = 0
    lost: list[Acknowledged] = field(default_factory=list)
    changed: list[Acknowledged] = field(default_factory=list)
    doubled: list[int] = field(default_factory=list)
    not_in_history: list[int] = field(default_factory=list)
    not_in_outbox: list[int] = field(default_factory=list)

    @property
    def gone(self) -> int:
        """Decisions that are not as they were acknowledged: the worst that can be said, each counted once."""
        numbers = {found.number for found in (*self.lost, *self.changed)}
        return len(numbers.union(self.not_in_history, self.not_in_outbox, self.doubled))


def look_up(service: Service, acknowledged: Iterable[Acknowledged], announced: dict[bytes, bytes]) -> Found:
    """`announced`: entries of the outbox by their id, as `outbox` or `Tail` give them."""
    found = Found()
    in_outbox = _decisions(announced)
    by_customer: defaultdict[str, list[Acknowledged]] = defaultdict(list)
    for one in acknowledged:
        by_customer[contacts.customer(one.number)].append(one)
    since = datetime.now(UTC) - timedelta(days=1)
    for customer_id, mine in by_customer.items():
        token = service.locator.customer(customer_id)
        recent = patiently(lambda t=token: service.stores.customers.recent(t, since))
        history = patiently(lambda t=token: service.stores.customers.history(t))
        stored = {s.chat.key.chat_id: s.decision for s in recent}
        entries = Counter(s.chat.chat_id for s in history.sightings if s.chat)
        for one in mine:
            chat_id = f"n-{one.number}"
            decision = stored.get(chat_id)
            found.checked += 1
            if decision is None:
                found.lost.append(one)
                continue
            if decision.decision_id != one.decision_id or decision.cue.value != one.cue:
                found.changed.append(one)
            if entries[chat_id] == 0:
                found.not_in_history.append(one.number)
            times_announced = in_outbox[decision.decision_id]
            if decision.cue is Cue.RED:
                found.red += 1
                if times_announced == 0:
                    found.not_in_outbox.append(one.number)
            if entries[chat_id] > 1 or times_announced > 1 or (times_announced and decision.cue is not Cue.RED):
                found.doubled.append(one.number)
    return found


def outbox(service: Service) -> dict[bytes, bytes]:
    """All that stands in the outbox now; on a Cluster, in those of all slots."""
    link = service.stores.link
    assert link is not None
    if not link.clustered:
        return _entries(link.client.xrange("cl:o"))
    found = {}
    for node in link.client.get_primaries():
        for key in link.client.scan_iter(match="cl:o:{*}", count=10_000, target_nodes=node):
            entries = link.client.xrange(key)
            found |= {key + b" " + name: body for name, body in _entries(entries).items()}
    return found


class Tail:
    """Reads the outbox of a single server along, from its beginning: it keeps only the newest entries."""

    def __init__(self, url: str) -> None:
        self._url = url
        self._stopped = threading.Event()
        self._thread = threading.Thread(target=self._follow, daemon=True)
        self.entries: dict[bytes, bytes] = {}

    def __enter__(self) -> Self:
        self._thread.start()
        return self

    def __exit__(self, *_: object) -> None:
        self.stop()

    def stop(self) -> dict[bytes, bytes]:
        """Read to the end, then no further."""
        self._stopped.set()
        self._thread.join(PATIENCE_S)
        return self.entries

    def _follow(self) -> None:
        client = Redis.from_url(self._url, protocol=2)
        last = b"0"
        while True:
            ending = self._stopped.is_set()
            try:
                read = client.xread({"cl:o": last}, count=5000, block=200)
            except RedisError:
                time.sleep(0.02)  # killed, or still loading: not the end
                continue
            for _, entries in read:
                self.entries |= _entries(entries)
                last = entries[-1][0]
            if ending and not read:
                client.close()
                return


def _entries(entries: list[tuple[bytes, dict[bytes, bytes]]]) -> dict[bytes, bytes]:
    return {name: fields[b"a"] for name, fields in entries}


def _decisions(announced: dict[bytes, bytes]) -> Counter[str]:
    said = (orjson.loads(body) for body in announced.values())
    return Counter(one["body"]["decision_id"] for one in said if one["kind"] == "cue.red")


def longest_silence_s(times: Iterable[float]) -> Iterator[float]:
    """Gaps between acknowledgements, longest first: how long nobody got an answer."""
    ordered = sorted(times)
    yield from sorted((later - earlier for earlier, later in pairwise(ordered)), reverse=True)
