"""Hypothesis strategies for everything scoring is asked about: any mixture of facts, present or absent.

What does not depend on what was drawn before is made once: making strategies takes longer than drawing from them.
"""

from __future__ import annotations

from dataclasses import replace
from datetime import timedelta

from hypothesis import strategies as st
from tests.signals.builders import CROWD, NOW

from cuelight.core.chat import (
    Ask,
    Cell,
    Chat,
    ChatKey,
    Consistency,
    Device,
    Identity,
    NetworkKind,
    Origin,
    Sighting,
    Software,
    traits,
)
from cuelight.core.crowd import Crowd, TraitStats
from cuelight.core.history import AccountEvent, AccountEventKind, History, Incident, PastSighting, Proof

_few = st.sampled_from("abcd")
cells = st.builds(Cell, st.sampled_from([-33.75, 0.25, 40.75, 52.25]), st.sampled_from([-74.25, 0.25, 151.25]))

_yes_or_no = st.booleans()
_maybe_yes = st.none() | _yes_or_no
_maybe_few = st.none() | _few
_asns = st.none() | st.sampled_from([1, 2, 3])
_kinds = st.sampled_from(NetworkKind)
_countries = st.none() | st.sampled_from(["US", "ES", "NL"])
_maybe_cells = st.none() | cells
_radii_km = st.none() | st.sampled_from([1.0, 50.0, 1000.0])


@st.composite
def origins(draw: st.DrawFn) -> Origin:
    name = draw(_few)
    six = draw(_yes_or_no)
    prefixes = tuple(f"{name}{n}" for n in ((64, 56, 48, 32) if six else (24, 20, 16)))
    return Origin(
        address=name + draw(_few),
        prefixes=prefixes,
        asn=draw(_asns),
        kind=draw(_kinds),
        country=draw(_countries),
        cell=draw(_maybe_cells),
        accuracy_radius_km=draw(_radii_km),
    )


_versions = st.sampled_from([(), (10,), (11, 2), (140, 0), (142, 0)])
_names = st.sampled_from(["canvas", "cores", "gpu", "languages", "screen", "timezone", "strange"])
_some_names = st.lists(_names, unique=True)
_systems = st.none() | st.builds(Software, st.sampled_from(["Windows", "iOS"]), _versions)
_browsers = st.none() | st.builds(Software, st.sampled_from(["Chrome", "Firefox"]), _versions)
_forms = st.none() | st.sampled_from(["phone", "computer"])


@st.composite
def devices(draw: st.DrawFn) -> Device:
    named = draw(_some_names)
    return Device(
        os=draw(_systems),
        browser=draw(_browsers),
        form=draw(_forms),
        fingerprint=draw(_maybe_few),
        components=tuple(sorted((name, draw(_few)) for name in named)),
    )


_days = st.integers(min_value=0, max_value=86_400 * 100).map(lambda s: timedelta(seconds=s))
keys = st.builds(ChatKey, st.just("desk"), st.just("acme"), st.sampled_from(["now", "one", "two", "three"]))

_maybe_origins, _maybe_devices, _maybe_keys = st.none() | origins(), st.none() | devices(), st.none() | keys
_proofs = st.sampled_from(Proof)
_maybe_log_odds = st.none() | st.floats(-20, 20)


@st.composite
def past_sightings(draw: st.DrawFn) -> PastSighting:
    sighting = Sighting(NOW - draw(_days), draw(_maybe_origins), draw(_maybe_devices))
    return PastSighting(
        sighting,
        proof=draw(_proofs),
        chat=draw(_maybe_keys),
        log_odds=draw(_maybe_log_odds),
        reported=draw(_yes_or_no),
        failed_step_up=draw(_yes_or_no),
    )


_entries = st.lists(past_sightings(), max_size=8)
_incidents = st.lists(
    st.builds(
        lambda ago, ahead, chats: Incident("i", NOW - ago, NOW + ahead, tuple(chats)),
        _days,
        _days,
        st.lists(keys, max_size=2),
    ),
    max_size=1,
)
_events = st.lists(
    st.builds(
        lambda kind, ago, where: AccountEvent(kind, NOW - ago, where),
        st.sampled_from(AccountEventKind),
        _days,
        _maybe_few,
    ),
    max_size=3,
)


@st.composite
def histories(draw: st.DrawFn) -> History:
    entries, incidents, events = draw(_entries), draw(_incidents), draw(_events)
    ordered = tuple(sorted(entries, key=lambda p: p.at, reverse=True))
    return History(ordered, tuple(incidents), tuple(sorted(events, key=lambda e: e.at, reverse=True)))


_customers = st.sampled_from(["customer", "customer", None])
_identities = st.sampled_from(Identity)
_gaps_h = st.none() | st.floats(0, 12)
_asks = st.lists(st.sampled_from(Ask), unique=True, max_size=2)


@st.composite
def chats(draw: st.DrawFn) -> Chat:
    agree = draw(_maybe_yes)
    return Chat(
        key=ChatKey("desk", "acme", "now"),
        customer=draw(_customers),
        identity=draw(_identities),
        sighting=Sighting(NOW, draw(_maybe_origins), draw(_maybe_devices)),
        consistency=Consistency(draw(_gaps_h), draw(_maybe_yes), agree),
        asks=tuple(draw(_asks)),
    )


_numbers, _reports, _contacts = st.integers(0, 50), st.integers(0, 3), st.integers(0, 5000)


@st.composite
def crowds(draw: st.DrawFn, the_chat: Chat) -> Crowd:
    stats = {
        trait: TraitStats(float(draw(_numbers)), 0, draw(_numbers), draw(_reports))
        for trait in traits(the_chat.sighting)
        if draw(_yes_or_no)
    }
    totals = {name: sum(s.customers for (n, _), s in stats.items() if n == name) + draw(_numbers) for name, _ in stats}
    return replace(CROWD, stats=stats, totals=totals, contacts_7d=draw(_contacts))


_chats, _histories = chats(), histories()


@st.composite
def cases(draw: st.DrawFn) -> tuple[Chat, History, Crowd]:
    the_chat = draw(_chats)
    return the_chat, draw(_histories), draw(crowds(the_chat))
