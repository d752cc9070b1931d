"""Where on the internet, against this customer's own: country, provider, place, prefix, address.

A ladder: each rung is judged given the one above, so a carrier's hop to another prefix is cheap while a strange
provider in the same city is dear. Fires with an address and known sightings on networks of the same sort.
Silent without them. Known false alarms: a house move with a new provider, a first business trip abroad.
"""

from __future__ import annotations

from collections.abc import Callable, Hashable, Iterator

from cuelight.core.chat import Origin
from cuelight.core.evidence import Evidence, NotAssessed, Param
from cuelight.signals.kind import GROUPS
from cuelight.signals.ladder import habit, stay
from cuelight.signals.ladder import points as step
from cuelight.signals.question import Question, Signal, Trusted

RUNGS = ("country", "provider", "place", "prefix", "subnet", "address")
_FINDING = {
    None: "new_country",
    "country": "new_provider",
    "provider": "new_place",
    "place": "known_place",
    "prefix": "known_place",
    "subnet": "known_prefix",
    "address": "known_address",
}


def ask(q: Question) -> Evidence | NotAssessed:
    """Climb down from the country until nothing of the customer's matches any more."""
    origin = q.chat.origin
    if origin is None:
        return NotAssessed("network", q.chat.unavailable.get("ip", "no_ip"))
    past = [t for t in q.known if t.past.sighting.origin and _comparable(t.past.sighting.origin, origin)]
    if not past:
        return NotAssessed("network", "no_history" if not q.known else "no_comparable_network")
    group = GROUPS.get(origin.kind, "line")
    points = 0.0
    deepest: str | None = None
    for name, value, crowd_share in _levels(q, origin):
        if name != "country":
            # Below the country a customer's home line says nothing of their mobile carrier, and the reverse.
            past = [t for t in past if GROUPS.get(_origin(t).kind, "line") == group]
        if name in ("prefix", "subnet", "address"):
            past = [t for t in past if len(_origin(t).prefixes) == len(origin.prefixes)]
        known = habit((value(_origin(t)), t.weight) for t in past)
        if known.total == 0:
            break
        staying = stay(
            known, q.constant(f"{name}_novelty_{group}"), q.constant("strength"), q.constant(f"{name}_memory")
        )
        here = value(origin)
        share = known.of(here) / known.total
        points += step(share, staying, crowd_share, q.constant(f"{name}_imitation"))
        if not share:
            break
        deepest = name
        past = [t for t in past if value(_origin(t)) == here]
    params: dict[str, Param] = {"country": origin.country} if origin.country else {}
    return Evidence(f"network.{_FINDING[deepest] if origin.country else _unplaced(deepest)}", points, params)


def _levels(q: Question, origin: Origin) -> Iterator[tuple[str, Callable[[Origin], Hashable], float]]:
    """(name, value, crowd's share given the level above), widest first, as far as the data goes."""
    crowd = q.crowd
    if origin.country:
        yield "country", lambda o: o.country, crowd.share("country", origin.country)
    if origin.asn is not None:
        share = crowd.share("asn", str(origin.asn))
        if origin.country:
            share = min(1.0, share / crowd.share("country", origin.country))
        yield "provider", lambda o: o.asn, share
    if origin.cell is not None:
        yield "place", lambda o: o.cell, q.constant("place_share")
    if origin.prefixes:
        yield "prefix", lambda o: o.prefixes[2], q.constant("prefix_share")
        yield "subnet", lambda o: o.prefixes[0], q.constant("subnet_share")
    yield "address", lambda o: o.address, _address_share(q, origin)


def _address_share(q: Question, origin: Origin) -> float:
    """How much of its prefix's traffic an address carries: near nothing on a home line, much at a VPN exit."""
    here = q.crowd.of("address", origin.address).customers
    around = q.crowd.of("prefix", origin.prefixes[0]).customers if origin.prefixes else here
    weight = 4.0  # pseudo-customers: a prefix seen for a few customers says little about its addresses
    return min(1.0, (here + weight * q.constant("address_share")) / (max(around, here) + weight))


def _comparable(past: Origin, now: Origin) -> bool:
    """An exit's country is the exit's, not the person's: hidden and open networks are never compared."""
    if past.kind.hides_origin or now.kind.hides_origin:
        return GROUPS.get(past.kind) == GROUPS.get(now.kind)
    return True


def _origin(t: Trusted) -> Origin:
    origin = t.past.sighting.origin
    assert origin is not None
    return origin


def _unplaced(deepest: str | None) -> str:
    return _FINDING[deepest] if deepest in ("prefix", "subnet", "address") else "new_network"


SIGNAL = Signal(
    "network",
    ask,
    codes=(*dict.fromkeys(f"network.{finding}" for finding in _FINDING.values()), "network.new_network"),
    whys=("no_ip", "ip_not_public", "no_history", "no_comparable_network"),
    constants=(
        *(f"{r}_novelty_{g}" for r in RUNGS for g in ("line", "mobile", "exit", "relay", "tor")),
        *(f"{r}_imitation" for r in RUNGS),
        *(f"{r}_memory" for r in RUNGS),
        "strength",
        "place_share",
        "prefix_share",
        "subnet_share",
        "address_share",
    ),
)
