"""Hypothesis strategies for everything scoring is asked about: any mixture of facts, present or absent."""

from __future__ import annotations

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
)
from cuelight.core.crowd import Crowd, TraitStats
from cuelight.core.history import AccountEvent, AccountEventKind, History, Incident, PastSighting, Proof

_few = st.sampled_from("abcd")
cells = st.builds(Cell, st.sampled_from([-33.75, 0.25, 40.75, 52.25]), st.sampled_from([-74.25, 0.25, 151.25]))


@st.composite
def origins(draw: st.DrawFn) -> Origin:
    name = draw(_few)
    six = draw(st.booleans())
    prefixes = tuple(f"{name}{n}" for n in ((64, 56, 48, 32) if six else (24, 20, 16)))
    return Origin(
        address=name + draw(_few),
        prefixes=prefixes,
        asn=draw(st.none() | st.sampled_from([1, 2, 3])),
        kind=draw(st.sampled_from(NetworkKind)),
        country=draw(st.none() | st.sampled_from(["US", "ES", "NL"])),
        cell=draw(st.none() | cells),
        accuracy_radius_km=draw(st.none() | st.sampled_from([1.0, 50.0, 1000.0])),
    )


_versions = st.sampled_from([(), (10,), (11, 2), (140, 0), (142, 0)])
_names = ("canvas", "cores", "gpu", "languages", "screen", "timezone", "strange")


@st.composite
def devices(draw: st.DrawFn) -> Device:
    named = draw(st.lists(st.sampled_from(_names), unique=True))
    return Device(
        os=draw(st.none() | st.builds(Software, st.sampled_from(["Windows", "iOS"]), _versions)),
        browser=draw(st.none() | st.builds(Software, st.sampled_from(["Chrome", "Firefox"]), _versions)),
        form=draw(st.none() | st.sampled_from(["phone", "computer"])),
        fingerprint=draw(st.none() | _few),
        components=tuple(sorted((name, draw(_few)) for name in named)),
    )


_days = st.integers(min_value=0, max_value=86_400 * 100).map(lambda s: timedelta(seconds=s))
keys = st.builds(ChatKey, st.just("desk"), st.just("acme"), st.sampled_from(["now", "one", "two", "three"]))


@st.composite
def past_sightings(draw: st.DrawFn) -> PastSighting:
    sighting = Sighting(NOW - draw(_days), draw(st.none() | origins()), draw(st.none() | devices()))
    return PastSighting(
        sighting,
        proof=draw(st.sampled_from(Proof)),
        chat=draw(st.none() | keys),
        log_odds=draw(st.none() | st.floats(-20, 20)),
        reported=draw(st.booleans()),
        failed_step_up=draw(st.booleans()),
    )


@st.composite
def histories(draw: st.DrawFn) -> History:
    entries = draw(st.lists(past_sightings(), max_size=8))
    incidents = draw(
        st.lists(
            st.builds(
                lambda ago, ahead, chats: Incident("i", NOW - ago, NOW + ahead, tuple(chats)),
                _days,
                _days,
                st.lists(keys, max_size=2),
            ),
            max_size=1,
        )
    )
    events = draw(
        st.lists(
            st.builds(
                lambda kind, ago, where: AccountEvent(kind, NOW - ago, where),
                st.sampled_from(AccountEventKind),
                _days,
                st.none() | _few,
            ),
            max_size=3,
        )
    )
    ordered = tuple(sorted(entries, key=lambda p: p.at, reverse=True))
    return History(ordered, tuple(incidents), tuple(sorted(events, key=lambda e: e.at, reverse=True)))


@st.composite
def chats(draw: st.DrawFn) -> Chat:
    agree = draw(st.none() | st.booleans())
    return Chat(
        key=ChatKey("desk", "acme", "now"),
        customer=draw(st.sampled_from(["customer", "customer", None])),
        identity=draw(st.sampled_from(Identity)),
        sighting=Sighting(NOW, draw(st.none() | origins()), draw(st.none() | devices())),
        consistency=Consistency(draw(st.none() | st.floats(0, 12)), draw(st.none() | st.booleans()), agree),
        asks=tuple(draw(st.lists(st.sampled_from(Ask), unique=True, max_size=2))),
    )


@st.composite
def crowds(draw: st.DrawFn, the_chat: Chat) -> Crowd:
    from dataclasses import replace

    from cuelight.core.chat import traits

    numbers = st.integers(0, 50)
    stats = {
        trait: TraitStats(float(draw(numbers)), 0, draw(numbers), draw(st.integers(0, 3)))
        for trait in traits(the_chat.sighting)
        if draw(st.booleans())
    }
    totals = {name: sum(s.customers for (n, _), s in stats.items() if n == name) + draw(numbers) for name, _ in stats}
    return replace(CROWD, stats=stats, totals=totals, contacts_7d=draw(st.integers(0, 5000)))


@st.composite
def cases(draw: st.DrawFn) -> tuple[Chat, History, Crowd]:
    the_chat = draw(chats())
    return the_chat, draw(histories()), draw(crowds(the_chat))
