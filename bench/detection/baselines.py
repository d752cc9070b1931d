"""What else there is, on the same records: the exact address, BuffaLogs' alerts, and Freeman / Wiefling EXTEND.

Each gives one number per chat, higher for stranger, and sees the same history: all earlier chats and sightings
of the customer, in time order. None of them can tell an impostor's earlier chat from the customer's own; that
is how they are described. A chat they cannot compare (no history, no address) gets their lowest number: they
raise no alarm on it.
"""

from __future__ import annotations

import math
from collections import Counter, defaultdict
from collections.abc import Callable, Iterable
from dataclasses import dataclass, field
from datetime import datetime
from functools import lru_cache
from typing import Any

import ua_parser

from bench.detection.geo import Geo, Place, distance_km

Record = dict[str, Any]
Scores = dict[str, float]
NOT_SCORED = -1e9


def _observations(records: Iterable[Record]) -> Iterable[Record]:
    return (r for r in records if r["kind"] in ("chat", "sighting"))


def exact_address(records: Iterable[Record], geo: Geo) -> Scores:
    """1 where the customer never came from this very address before: the rule of thumb every desk starts with."""
    del geo
    known: dict[str, set[str]] = defaultdict(set)
    scores: Scores = {}
    for record in _observations(records):
        mine, ip = known[record["customer_id"]], record.get("ip")
        if record["kind"] == "chat":
            scores[record["chat_id"]] = float(ip not in mine) if ip and mine else NOT_SCORED
        if ip:
            mine.add(ip)
    return scores


@dataclass(slots=True)
class _Seen:
    countries: set[str] = field(default_factory=set)
    agents: set[str] = field(default_factory=set)
    last: tuple[datetime, tuple[float, float]] | None = None


MIN_DISTANCE_KM, MAX_SPEED_KM_H = 100.0, 300.0
"""BuffaLogs' defaults (CERTEGO_BUFFALOGS_DISTANCE_KM_ACCEPTED, …_VEL_TRAVEL_ACCEPTED)."""


def buffalogs(records: Iterable[Record], geo: Geo) -> Scores:
    """How many of BuffaLogs' three alerts a chat raises: new country, impossible travel, new device.

    As the project describes them (github.com/certego/BuffaLogs): a country or user agent never used before;
    more than 100 km from the log-in before at more than 300 km/h. The first log-in raises none.
    """
    seen: dict[str, _Seen] = defaultdict(_Seen)
    scores: Scores = {}
    for record in _observations(records):
        past, place = seen[record["customer_id"]], geo.place(record["ip"]) if record.get("ip") else Place()
        at, agent = datetime.fromisoformat(record["occurred_at"]), record.get("user_agent")
        if record["kind"] == "chat":
            alerts = int(bool(past.countries) and place.country is not None and place.country not in past.countries)
            alerts += int(bool(past.agents) and agent is not None and agent not in past.agents)
            if past.last is not None and place.point is not None:
                far_km = distance_km(past.last[1], place.point)
                hours = max((at - past.last[0]).total_seconds() / 3600, 1 / 3600)
                alerts += int(far_km > MIN_DISTANCE_KM and far_km / hours > MAX_SPEED_KM_H)
            scores[record["chat_id"]] = float(alerts)
        if place.country:
            past.countries.add(place.country)
        if place.point:
            past.last = (at, place.point)
        if agent:
            past.agents.add(agent)
    return scores


@lru_cache(maxsize=100_000)
def _agent_levels(agent: str) -> tuple[str, str, str, str]:
    """The user agent as EXTEND splits it: full string, browser and version, system and version, device type."""
    parsed = ua_parser.parse(agent).with_defaults()
    browser, system = parsed.user_agent, parsed.os
    versions = ".".join(v for v in (browser.major, browser.minor) if v)
    os_versions = ".".join(v for v in (system.major, system.minor) if v)
    form = "mobile" if "Mobile" in agent else "tablet" if "iPad" in agent else "desktop"
    return agent, f"{browser.family} {versions}", f"{system.family} {os_versions}", form


WEIGHTS: tuple[tuple[float, ...], ...] = ((0.6, 0.3, 0.1), (0.5387, 0.2680, 0.1882, 0.0051))
"""Address over address, AS, country; user agent over its four levels: Wiefling et al., FC 2021 and TOPS 2022."""


class _Book:
    """Counts of every level of every feature."""

    def __init__(self) -> None:
        self.total = 0
        self.levels = tuple(tuple(Counter[str]() for _ in weights) for weights in WEIGHTS)

    def add(self, features: tuple[tuple[str, ...], ...]) -> None:
        self.total += 1
        for counters, values in zip(self.levels, features, strict=True):
            for counter, value in zip(counters, values, strict=True):
                counter[value] += 1


def _everywhere(book: _Book, number: int, values: tuple[str, ...]) -> float:
    """p(value) over everybody: levels mixed by weight, room kept for values never seen (Freeman et al., IV-C)."""
    counters, total = book.levels[number], book.total
    mixed = 0.0
    for level, (weight, value) in enumerate(zip(WEIGHTS[number], values, strict=True)):
        # As many unseen values are allowed for as the coarser levels have values, and one more.
        unseen = 1 + sum(len(c) for c in counters[level + 1 :])
        count = counters[level][value]
        mixed += weight * (count / (total + unseen) if count else 1 / (total + unseen))
    return mixed


def _own(book: _Book, number: int, values: tuple[str, ...]) -> float:
    """p(value) for this customer: levels mixed by weight, without smoothing; 0 if no level was ever seen."""
    return sum(
        weight * counter[value] / book.total
        for weight, counter, value in zip(WEIGHTS[number], book.levels[number], values, strict=True)
    )


def extend(records: Iterable[Record], geo: Geo) -> Scores:
    """Log of the risk score of Freeman et al. (NDSS 2016) in the form and with the weights of Wiefling et al.

    `S = Π p(x_k) / p(x_k | customer) · p(customer | attack) / p(customer | legitimate)`, attacks spread evenly
    over customers; where a customer never showed any level of a feature, a quarter of the crowd's probability
    stands in, as the authors' published notebook does (github.com/das-group/rba-algorithm).
    """
    everybody, own = _Book(), defaultdict[str, _Book](_Book)
    scores: Scores = {}
    for record in _observations(records):
        ip, agent = record.get("ip"), record.get("user_agent")
        features = None
        if ip and agent:
            place = geo.place(ip)
            features = ((ip, str(place.asn), str(place.country)), _agent_levels(agent))
        mine = own[record["customer_id"]]
        if record["kind"] == "chat":
            scores[record["chat_id"]] = NOT_SCORED
            if features is not None and mine.total:
                log_risk = 0.0
                for number, values in enumerate(features):
                    crowd = _everywhere(everybody, number, values)
                    log_risk += math.log(crowd / (_own(mine, number, values) or crowd / 4))
                customers = sum(1 for book in own.values() if book.total)
                scores[record["chat_id"]] = log_risk + math.log(everybody.total / (customers * mine.total))
        if features is not None:
            everybody.add(features)
            mine.add(features)
    return scores


BASELINES: dict[str, Callable[[Iterable[Record], Geo], Scores]] = {
    "exact address": exact_address,
    "BuffaLogs rules": buffalogs,
    "Freeman / Wiefling": extend,
}
