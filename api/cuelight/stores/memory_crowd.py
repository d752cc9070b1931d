"""The crowd in memory: shares, spray and reported marks for replays, tests and benches."""

from __future__ import annotations

from bisect import bisect_left, bisect_right, insort
from collections import defaultdict
from collections.abc import Iterable, Mapping
from datetime import datetime, timedelta
from secrets import token_hex
from threading import RLock
from time import monotonic

from cuelight.core.chat import ChatKey, Token
from cuelight.core.crowd import Crowd, Trait, TraitStats
from cuelight.stores.bounds import MAX_SPRAY, REPORT_SPAN, SPRAY_SPAN

_DAY = timedelta(days=1)


class MemoryCrowdStore:
    """A `CrowdStore` in this process. `prior` and `prior_weight` come from the policy."""

    def __init__(self, prior: Mapping[str, Mapping[str, float]] | None = None, prior_weight: float = 50.0) -> None:
        self._prior = prior or {}
        self._prior_weight = prior_weight
        self._customers: defaultdict[Trait, int] = defaultdict(int)
        self._totals: defaultdict[str, float] = defaultdict(float)
        self._spray: defaultdict[Trait, dict[Token, datetime]] = defaultdict(dict)
        self._reports: defaultdict[Trait, dict[ChatKey, datetime]] = defaultdict(dict)
        self._campaigns: dict[Trait, float] = {}
        self._last: dict[Token, datetime] = {}
        self._last_times: list[datetime] = []
        self._lock = RLock()

    def read(self, customer: Token | None, traits: Iterable[Trait], now: datetime) -> Crowd:
        with self._lock:
            stats = {trait: self._stats(customer, trait, now) for trait in traits}
            totals = {name: self._totals[name] for name, _ in stats if name in self._totals}
            contacts = bisect_right(self._last_times, now) - bisect_left(self._last_times, now - SPRAY_SPAN)
        return Crowd(stats, totals, self._prior, self._prior_weight, contacts)

    def _stats(self, customer: Token | None, trait: Trait, now: datetime) -> TraitStats:
        times = [t for who, t in self._spray.get(trait, {}).items() if who != customer and t <= now]
        reports = self._reports.get(trait)
        return TraitStats(
            customers=float(self._customers.get(trait, 0)),
            others_1d=sum(t >= now - _DAY for t in times),
            others_7d=sum(t >= now - SPRAY_SPAN for t in times),
            since=min((t for t in times if t >= now - SPRAY_SPAN), default=None),
            reported=sum(now - REPORT_SPAN <= t <= now for t in reports.values()) if reports else 0,
        )

    def contact(self, customer: Token, traits: Iterable[Trait], at: datetime, counted_as: Token | None = None) -> None:
        with self._lock:
            for trait in traits:
                seen = self._spray[trait]
                seen[customer] = max(at, seen.get(customer, at))
                if len(seen) > MAX_SPRAY:
                    del seen[min(seen, key=seen.__getitem__)]
            counted = counted_as or customer
            before = self._last.get(counted)
            if before is None or before < at:
                if before is not None:
                    del self._last_times[bisect_left(self._last_times, before)]
                self._last[counted] = at
                insort(self._last_times, at)

    def first_today(self, trait: Trait) -> bool:
        with self._lock:
            first = trait not in self._campaigns or monotonic() - self._campaigns[trait] >= _DAY.total_seconds()
            if first:
                self._campaigns[trait] = monotonic()
            return first

    def learn(self, traits: Iterable[Trait]) -> None:
        with self._lock:
            for trait in traits:
                self._customers[trait] += 1
                self._totals[trait[0]] += 1.0

    def report(self, traits: Iterable[Trait], key: ChatKey, at: datetime) -> None:
        with self._lock:
            for trait in traits:
                self._reports[trait][key] = at

    def withdraw(self, traits: Iterable[Trait], key: ChatKey) -> None:
        with self._lock:
            for trait in traits:
                self._reports[trait].pop(key, None)

    def carry(self, renamed: Iterable[tuple[Trait, Trait]], customer: tuple[Token, Token] | None = None) -> None:
        with self._lock:
            for old, new in ((a, b) for a, b in renamed if a != b):
                self._customers[new] += self._customers.pop(old, 0)
                for who, at in self._spray.pop(old, {}).items():
                    self._spray[new][who] = max(at, self._spray[new].get(who, at))
                self._reports[new] |= self._reports.pop(old, {})
                bore = self._spray[new]
                if customer and customer[0] in bore:
                    at = bore.pop(customer[0])
                    bore[customer[1]] = max(at, bore.get(customer[1], at))

    def forget(
        self,
        customer: Token,
        traits: Iterable[Trait],
        *,
        learnt: Iterable[Trait] = (),
        reports: Iterable[tuple[ChatKey, Iterable[Trait]]] = (),
    ) -> None:
        with self._lock:
            for trait in traits:
                if trait in self._spray:
                    self._spray[trait].pop(customer, None)
            for trait in learnt:
                if self._customers.get(trait, 0) > 0:
                    self._customers[trait] -= 1
                    self._totals[trait[0]] -= 1.0
            for key, marked in reports:
                for trait in marked:
                    if (at := self._reports.get(trait, {}).pop(key, None)) is not None:
                        self._reports[trait][ChatKey("", "", token_hex(9))] = at
            if (before := self._last.pop(customer, None)) is not None:
                del self._last_times[bisect_left(self._last_times, before)]
