"""How a customer comes to be: kind, devices, lines, and a whole year of trips, changes and chats laid out."""

from __future__ import annotations

from datetime import datetime, timedelta
from random import Random

from bench.detection import devices
from bench.detection.assumptions import of
from bench.detection.browsers import END, START
from bench.detection.customers import KINDS, Customer, Trip, new_home
from bench.detection.networks import Carrier, exponential_d
from bench.detection.places import COUNTRIES
from bench.detection.world import YEAR_D, World, poisson_times, waking_hour


def _kind(rng: Random) -> str:
    shares = {k: of(f"kind_{k}") for k in KINDS[1:]}
    return rng.choices(KINDS, [1 - sum(shares.values()), *shares.values()])[0]


def _trips(customer: Customer, rng: Random) -> list[Trip]:
    rate = of("trips_traveller") if customer.kind == "traveller" else of("trips_per_year")
    trips: list[Trip] = []
    for start in poisson_times(rng, rate, START):
        if trips and start < trips[-1].end:
            continue
        country = customer.metro.country
        if rng.random() < of("trip_abroad"):
            markets = [(c, w) for c, w in customer.world.market if c != country]
            country = rng.choices([c for c, _ in markets], [w + 2 for _, w in markets])[0]
        metro = customer.world.metro_in(country, rng)
        if metro != customer.metro:
            trips.append(Trip(start, start + timedelta(days=1) + exponential_d(rng, of("trip_d")), metro))
    return trips


def _changes(rng: Random) -> list[tuple[datetime, str]]:
    out: list[tuple[datetime, str]] = []
    out += [
        (t, "move_far" if rng.random() < of("move_far") else "move")
        for t in poisson_times(rng, of("moves_per_year"), START)
    ]
    out += [(t, "provider") for t in poisson_times(rng, of("provider_change"), START)]
    out += [(t, "phone") for t in poisson_times(rng, of("new_phone_per_year"), START)]
    out += [(t, "computer") for t in poisson_times(rng, of("new_computer_per_year"), START)]
    return sorted(out)


def _chat_times(customer: Customer, rng: Random) -> list[datetime]:
    left = (END - customer.joined) / timedelta(days=YEAR_D)
    count = max(1, round(rng.gammavariate(of("chats_shape"), of("chats_mean") / of("chats_shape")) * left))
    times: list[datetime] = []
    while len(times) < count:
        if times and rng.random() < of("follow_up"):
            day = times[-1] + timedelta(days=rng.uniform(0.05, 3))
        else:
            day = customer.joined + (END - customer.joined) * rng.random()
        at = waking_hour(day, customer.metro.timezone, rng)
        if customer.joined <= at < END:
            times.append(at)
    return sorted(times)


def new_customer(world: World, number: int) -> Customer:
    """Customer `number` of this world, with the whole year laid out."""
    rng = world.stream("customer", number)
    metro, kind = world.home_metro(rng), _kind(rng)
    joined = START if rng.random() >= of("joined_during") else START + (END - START) * (rng.random() * 0.97)
    both = rng.random() < of("two_devices")
    has_phone = both or kind == "mobile" or rng.random() < 0.5
    phone = devices.phone(rng) if has_phone else None
    if kind == "relay":
        phone = devices.iphone(rng)
        phone.browser = "safari"
    machine = devices.computer(rng) if both or phone is None or kind == "office" else None
    carriers = world.carriers(metro)
    carrier = Carrier(rng.choice(carriers), metro, rng) if phone is not None and carriers else None
    stays = rng.random() < of("vpn_home_country")
    exit_country = metro.country if stays else rng.choice(("US", "NL", "CH", "SE", "GB"))
    tunnels = world.nets.leaving_in("vpn", exit_country)
    spread = of("verified_spread")
    customer = Customer(
        customer_id=f"u-{rng.getrandbits(40):010x}",
        kind=kind,
        metro=metro,
        languages=_languages(metro.country, rng),
        joined=joined,
        world=world,
        rng=rng,
        verified_share=rng.betavariate(of("verified_mean") * spread, (1 - of("verified_mean")) * spread),
        home=new_home(world, metro, rng),
        carrier=carrier,
        office=world.office_in(metro, rng) if kind == "office" else None,
        phone=phone,
        computer=machine,
        tablet=devices.ipad(rng) if rng.random() < of("tablet") else None,
        vpn=(exit_country, rng.choice(tunnels)) if tunnels else None,
    )
    customer.trips = _trips(customer, rng)
    customer.changes = _changes(rng)
    customer.chats = _chat_times(customer, rng)
    if rng.random() < of("sign_in_feed"):
        per_year = YEAR_D / of("sign_in_gap_d")
        customer.sign_ins = [waking_hour(t, metro.timezone, rng) for t in poisson_times(rng, per_year, joined)]
    return customer


def _languages(country: str, rng: Random) -> tuple[str, ...]:
    choices = COUNTRIES[country].languages
    return rng.choices(choices, [0.55, *[0.45 / max(1, len(choices) - 1)] * (len(choices) - 1)])[0]
