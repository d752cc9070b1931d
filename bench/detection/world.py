"""What every simulated person lives in: the company, its market, shared offices, and the passing of time."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from random import Random
from typing import Any
from zoneinfo import ZoneInfo

from bench.detection.assumptions import of
from bench.detection.browsers import END, START
from bench.detection.exits import tor_exits
from bench.detection.networks import Connection, Office, new_office
from bench.detection.places import COUNTRIES, Metro
from bench.detection.table import Network, Networks, load

Record = dict[str, Any]
YEAR_D = (END - START).days


@dataclass(slots=True)
class World:
    """One seed's company. `rng` is used for the company itself only; people get their own."""

    seed: int
    rng: Random
    nets: Networks
    high_entropy: bool
    market: list[tuple[str, float]]
    offices: dict[str, list[Office]] = field(default_factory=dict)
    tor: list[str] = field(default_factory=list)

    def stream(self, *names: object) -> Random:
        """An independent stream of chance: what one part draws never moves what another part sees."""
        return Random("/".join(map(str, (self.seed, *names))))

    def home_metro(self, rng: Random) -> Metro:
        country = rng.choices([c for c, _ in self.market], [w for _, w in self.market])[0]
        return self.metro_in(country, rng)

    def metro_in(self, country: str, rng: Random) -> Metro:
        metros = self.nets.settled(country)
        return rng.choices(metros, [m.weight for m in metros])[0]

    def office_in(self, metro: Metro, rng: Random) -> Office | None:
        """An office here, shared with colleagues who are customers too."""
        here = self.offices.setdefault(metro.key, [])
        if not here or rng.random() < 1.0 / of("office_size"):
            office = new_office(self.nets, metro, rng)
            if office is not None:
                here.append(office)
        return rng.choice(here) if here else None

    def tor_exit(self, rng: Random) -> Connection:
        return Connection(rng.choice(self.tor), "tor", 0)

    def carriers(self, metro: Metro) -> tuple[Network, ...]:
        found = self.nets.at("mobile", metro)
        return found or tuple(
            n
            for (role, key), ns in self.nets.lines.items()
            if role == "mobile" and key.startswith(metro.country + ":")
            for n in ns
        )


def build(seed: int) -> World:
    """The company of this seed: one main market and a long tail, perturbed from the assumed mix."""
    rng = Random(f"world/{seed}")
    market = [(c.code, c.market * rng.gammavariate(3.0, 1 / 3.0)) for c in COUNTRIES.values() if c.market > 0]
    return World(seed, rng, load(), rng.random() < of("high_entropy_hints"), market, tor=tor_exits(load()))


def waking_hour(day: datetime, timezone: str, rng: Random) -> datetime:
    """A moment of that day at which people there write to a shop: mostly daytime and evening."""
    hour = min(23.4, max(6.0, rng.gauss(15.0, 4.2)))
    local = day.astimezone(ZoneInfo(timezone)).replace(hour=0, minute=0, second=0, microsecond=0)
    return (local + timedelta(hours=hour, seconds=rng.randrange(600))).astimezone(START.tzinfo)


def poisson_times(rng: Random, per_year: float, since: datetime) -> Iterator[datetime]:
    """Moments at random from `since` until the end of the simulated year, `per_year` on average."""
    at = since
    while per_year > 0:
        at += timedelta(days=rng.expovariate(per_year / YEAR_D))
        if at >= END:
            return
        yield at
