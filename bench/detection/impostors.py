"""The impostors. Each knows what its kind is told here and nothing else about the victim.

They know the victim's name and country (from a leak or the victim's own posts). Only the targeted kind knows
city and provider. Nobody knows the victim's address, device or habits.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from datetime import datetime, timedelta
from random import Random
from typing import Any

from bench.detection import devices
from bench.detection.assumptions import of
from bench.detection.browsers import END, START
from bench.detection.customers import Customer
from bench.detection.devices import Device
from bench.detection.exits import exit_in
from bench.detection.networks import Connection, neighbour, somewhere
from bench.detection.places import COUNTRIES, Metro
from bench.detection.table import Network
from bench.detection.world import World, waking_hour

KINDS = ("naive", "vpn", "targeted", "returning", "spray", "tor", "takeover")
WARM_UP_D = 20
"""No impostor comes in the first days: an installation that has just been switched on knows nobody yet."""


@dataclass(frozen=True, slots=True)
class Attempt:
    """One chat of an impostor, with the truth about it."""

    at: datetime
    victim: Customer
    kind: str
    facts: dict[str, Any]
    network: str
    visit: int
    verified: bool = False


@dataclass(frozen=True, slots=True)
class Guise:
    """What an impostor shows: device, clock and languages, and where the connection leaves."""

    device: Device
    timezone: str
    languages: tuple[str, ...]
    connection: Connection


def _place(world: World, rng: Random, *, avoid: str | None = None) -> Metro:
    """A place impostors write from: the market's countries and some more (assumed, evenly)."""
    codes = [c for c in COUNTRIES if c != avoid and world.nets.settled(c)]
    weights = [4.0 if COUNTRIES[c].market == 0 else 1.0 + COUNTRIES[c].market / 6 for c in codes]
    return world.metro_in(rng.choices(codes, weights)[0], rng)


def _machine(rng: Random) -> Device:
    return devices.computer(rng) if rng.random() < 0.65 else devices.phone(rng)


def _speech(country: str, rng: Random) -> tuple[str, ...]:
    return rng.choice(COUNTRIES[country].languages)


def _line(world: World, metro: Metro, rng: Random) -> Connection:
    """An ordinary line in this place: a home, or a carrier."""
    carriers = world.nets.at("mobile", metro)
    homes = world.nets.at("home", metro)
    on_carrier = bool(carriers) and (not homes or rng.random() < of("impostor_mobile"))
    return somewhere(rng.choice(carriers if on_carrier else homes), metro.key, rng)


def naive(world: World, victim: Customer, rng: Random) -> Guise:
    """From wherever they are, on whatever they have; at most with a fitting language."""
    at_home = rng.random() < of("naive_victim_country")
    metro = world.metro_in(victim.metro.country, rng) if at_home else _place(world, rng, avoid=victim.metro.country)
    speech = victim.metro.country if rng.random() < of("naive_language") else metro.country
    return Guise(_machine(rng), metro.timezone, _speech(speech, rng), _line(world, metro, rng))


def vpn(world: World, victim: Customer, rng: Random) -> Guise:
    """Behind a VPN or rented server in the victim's country; some also set clock and language."""
    role = "hosting" if rng.random() < of("vpn_hosting") else "vpn"
    country = victim.metro.country
    connection = exit_in(world.nets, role, country, rng) or exit_in(world.nets, "vpn", country, rng)
    own = _place(world, rng)
    clock = victim.metro.timezone if rng.random() < of("vpn_clock_set") else own.timezone
    speech = country if rng.random() < of("vpn_language") else own.country
    return Guise(_machine(rng), clock, _speech(speech, rng), connection or _line(world, own, rng))


def targeted(world: World, victim: Customer, rng: Random) -> Guise:
    """In the victim's city, on the victim's provider, with a device that many have, all set to match."""
    network, metro = _providers(victim)
    key = metro.key if metro.key in network.pools else sorted(network.pools)[0]
    connection = somewhere(network, key, rng)
    device = devices.popular(rng, on_phone=rng.random() < of("targeted_phone"))
    return Guise(device, metro.timezone, COUNTRIES[metro.country].languages[0], connection)


def _providers(victim: Customer) -> tuple[Network, Metro]:
    """The network the victim is known to use: the carrier of mostly-mobile people, else the home provider."""
    if victim.kind == "mobile" and victim.carrier is not None:
        return victim.carrier.network, victim.metro
    return victim.home.network, victim.home.metro


def tor(world: World, victim: Customer, rng: Random) -> Guise:
    """Over Tor, mostly in its own browser."""
    if rng.random() < of("tor_browser"):
        return Guise(devices.tor_browser(rng), "UTC", ("en-US", "en"), world.tor_exit(rng))
    own = _place(world, rng)
    return Guise(_machine(rng), own.timezone, _speech(own.country, rng), world.tor_exit(rng))


def same_country(world: World, victim: Customer, rng: Random) -> Guise:
    """On an ordinary line somewhere in the victim's country (a proxy through somebody's home, or a neighbour)."""
    metro = world.metro_in(victim.metro.country, rng)
    return Guise(_machine(rng), metro.timezone, _speech(metro.country, rng), _line(world, metro, rng))


def takeover(world: World, victim: Customer, rng: Random) -> Guise:
    """With the stolen session or password: the identity is verified, the rest is the thief's own."""
    if rng.random() < of("takeover_foreign"):
        return naive(world, victim, rng)
    return vpn(world, victim, rng) if rng.random() < 0.5 else same_country(world, victim, rng)


GUISES = {"naive": naive, "vpn": vpn, "targeted": targeted, "tor": tor, "takeover": takeover}


def _facts(world: World, guise: Guise, at: datetime, rng: Random) -> dict[str, Any]:
    facts = guise.device.observe(
        at, rng, timezone=guise.timezone, languages=guise.languages, high_entropy=world.high_entropy
    )
    facts["ip"] = guise.connection.ip
    if rng.random() < of("no_fingerprint"):
        del facts["fingerprint"]
    return facts


def _nearby(world: World, guise: Guise, rng: Random) -> Connection:
    """Another address of the same network, next to the one before (a new lease, another exit)."""
    if guise.connection.kind == "tor":
        return world.tor_exit(rng)
    return neighbour(guise.connection, rng)


def _moment(world: World, victim: Customer, rng: Random) -> datetime:
    opens = max(victim.joined, START + timedelta(days=WARM_UP_D))
    return waking_hour(opens + (END - timedelta(days=1) - opens) * rng.random(), victim.metro.timezone, rng)


def _returning(world: World, victim: Customer, rng: Random) -> Iterator[Attempt]:
    """Three visits to one victim, mostly alike, so that the unusual may become usual."""
    roll = rng.random()
    maker = (
        vpn
        if roll < of("returning_vpn")
        else (naive if roll < of("returning_vpn") + of("returning_abroad") else same_country)
    )
    guise, at = maker(world, victim, rng), _moment(world, victim, rng)
    for visit in (1, 2, 3):
        if at >= END:
            return
        yield Attempt(at, victim, "returning", _facts(world, guise, at, rng), guise.connection.kind, visit)
        fresh = maker(world, victim, rng)
        same_device = rng.random() < of("returning_same_device")
        keeps = rng.random() < of("returning_same_network")
        guise = Guise(
            guise.device if same_device else fresh.device,
            guise.timezone,
            guise.languages,
            _nearby(world, guise, rng) if keeps else fresh.connection,
        )
        at += timedelta(hours=4) + timedelta(days=rng.expovariate(1 / of("returning_gap_d")))


def _spray(world: World, victims: list[Customer], rng: Random) -> Iterator[Attempt]:
    """One device on one network over many victims within days."""
    start = START + timedelta(days=WARM_UP_D) + (END - START - timedelta(days=WARM_UP_D + 5)) * rng.random()
    count = 4 + round(rng.expovariate(1 / (of("spray_victims") - 4)))
    home = rng.choice(victims).metro.country
    lead = rng.choice([v for v in victims if v.metro.country == home])
    guise = (vpn if rng.random() < 0.6 else same_country if rng.random() < 0.5 else naive)(world, lead, rng)
    for victim in rng.sample(victims, min(count, len(victims))):
        at = start + timedelta(days=of("spray_days") * rng.random())
        if victim.joined <= at:
            hop = Guise(
                guise.device,
                guise.timezone,
                guise.languages,
                guise.connection if rng.random() < 0.5 else _nearby(world, guise, rng),
            )
            yield Attempt(at, victim, "spray", _facts(world, hop, at, rng), hop.connection.kind, 1)


def attempts(world: World, customers: list[Customer], silent: list[Customer], total: int) -> list[Attempt]:
    """About `total` impostors' chats over the year, in the assumed mix, in no order."""
    mix = {k: of(f"mix_{k}") for k in KINDS}
    out: list[Attempt] = []
    for kind in KINDS:
        want = round(total * mix[kind] / sum(mix.values()))
        rng = world.stream("impostors", kind, total)
        made: list[Attempt] = []
        while len(made) < want:
            victim = rng.choice(silent if rng.random() < of("victim_silent") else customers)
            if kind == "spray":
                made += _spray(world, customers + silent, rng)
            elif kind == "returning":
                made += _returning(world, victim, rng)
            else:
                at = _moment(world, victim, rng)
                guise = GUISES[kind](world, victim, rng)
                made.append(
                    Attempt(
                        at,
                        victim,
                        kind,
                        _facts(world, guise, at, rng),
                        guise.connection.kind,
                        1,
                        verified=kind == "takeover",
                    )
                )
        out += made[:want]
    return out
