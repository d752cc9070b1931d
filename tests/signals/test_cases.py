"""Case tables: for each signal, the situations it is about, by finding and by the sign of its points."""

from __future__ import annotations

from datetime import timedelta

import pytest
from tests.signals.builders import (
    ABROAD,
    CARRIER,
    CROWD,
    EXIT,
    HOME,
    LAPTOP,
    MADRID,
    NOW,
    PHONE,
    POLICY,
    TOR,
    USUAL,
    by_name,
    chat,
    device,
    history,
    origin,
    past,
    question,
    unproven,
)

from cuelight.core.chat import Chat, ChatKey, Consistency, Identity, Software, device_model
from cuelight.core.crowd import TraitStats
from cuelight.core.evidence import Evidence, NotAssessed
from cuelight.core.history import AccountEvent, AccountEventKind, History, Incident, Lock, Proof

AGAINST, FOR, NOTHING = 1, -1, 0
Case = tuple[str, str, Chat, History, str | None, int]


def incident(days_ago: float, lasts_d: float = 90, **more: object) -> Incident:
    opened = NOW - timedelta(days=days_ago)
    return Incident("i_1", opened, opened + timedelta(days=lasts_d), **more)  # type: ignore[arg-type] # chats, closed_at


def clock(gap_h: float) -> Consistency:
    return Consistency(clock_gap_h=gap_h)


VPN_LOVER = history(*(past(3 * n + 1, origin(f"e{n}", asn=9009, country="NL", kind=EXIT.kind)) for n in range(6)))
HOPS = [origin(f"hop{n}", asn=21928, kind=CARRIER.kind) for n in range(10)]
ON_BOTH = history(*(past(2 * n + 1, HOME if n % 2 else HOPS[n]) for n in range(10)))
EVENT = AccountEvent(AccountEventKind.CONTACT_CHANGED, NOW - timedelta(days=1))
ACTIVE = AccountEvent(AccountEventKind.SIGNED_IN, NOW - timedelta(minutes=5), "elsewhere.address")
ACTIVE_HERE = AccountEvent(AccountEventKind.SIGNED_IN, NOW - timedelta(minutes=5), HOME.address)
ON_PAGE = {"token": NOW}
DIFFERS = {"token": NOW, "told": NOW, "changed": NOW}
BOUND = chat(identity=Identity.VERIFIED, seen={**DIFFERS, "bound": NOW})
LOCK = Lock(NOW - timedelta(days=1), "Kim")
FAILED = tuple(AccountEvent(AccountEventKind.SIGN_IN_FAILED, NOW - timedelta(hours=h)) for h in (1, 2, 3))

HABITS = dict(LAPTOP.components)
LIKE_ALWAYS = device("new", components=(("languages", HABITS["languages"]), ("timezone", HABITS["timezone"])))
ON_A_JOURNEY = device("new", components=(("languages", HABITS["languages"]), ("timezone", "there")))
UNVOUCHED = history(*(unproven(20 + n, HOME, LAPTOP, log_odds=-3.0) for n in range(4)))

# signal, what happens, chat, history, finding (None: no evidence, !why: not assessed), sign of the points
CASES: list[Case] = [
    ("identity", "signed in", chat(identity=Identity.VERIFIED), USUAL, "signed_in", FOR),
    ("identity", "not signed in", chat(), USUAL, "not_signed_in", AGAINST),
    (
        "identity",
        "usually signed in, not now",
        chat(),
        history(*(past(n + 1, proof=Proof.VERIFIED, chat=ChatKey("d", "a", str(n))) for n in range(12))),
        "not_signed_in_unusual",
        AGAINST,
    ),
    ("kind", "home line as always", chat(), USUAL, "usual", FOR),
    ("kind", "first VPN", chat(EXIT), USUAL, "hidden", AGAINST),
    ("kind", "VPN as always", chat(EXIT), VPN_LOVER, "hidden_usual", FOR),
    ("kind", "Tor", chat(TOR), USUAL, "tor", AGAINST),
    ("kind", "Tor, customer unknown", chat(TOR), History(), "tor", AGAINST),
    ("kind", "no address", chat(None), USUAL, "!no_ip", NOTHING),
    ("network", "the very address", chat(), USUAL, "known_address", FOR),
    ("network", "same prefix", chat(origin(address="other")), USUAL, "known_prefix", FOR),
    ("network", "same place", chat(origin("moved")), USUAL, "known_place", NOTHING),
    ("network", "provider elsewhere", chat(origin("far", cell=MADRID)), USUAL, "new_place", NOTHING),
    ("network", "other provider here", chat(origin("other", asn=701)), USUAL, "new_provider", AGAINST),
    ("network", "other country", chat(ABROAD), USUAL, "new_country", AGAINST),
    ("network", "carrier hop", chat(origin("hop", asn=21928, kind=CARRIER.kind)), ON_BOTH, "known_place", FOR),
    ("network", "VPN against a home history", chat(EXIT), USUAL, "!no_comparable_network", NOTHING),
    ("network", "new customer", chat(), History(), "!no_history", NOTHING),
    ("network", "no address", chat(None), USUAL, "!no_ip", NOTHING),
    ("travel", "an hour after home", chat(ABROAD), history(past(1 / 24)), "impossible", AGAINST),
    ("travel", "three days after home", chat(ABROAD), history(past(3)), None, NOTHING),
    ("travel", "same address", chat(), history(past(0.001)), None, NOTHING),
    ("travel", "behind a VPN", chat(EXIT), USUAL, "!hidden_place", NOTHING),
    (
        "travel",
        "huge radius",
        chat(origin("abroad", country="ES", cell=MADRID, accuracy_radius_km=6000.0)),
        history(past(1 / 24)),
        None,
        NOTHING,
    ),
    (
        "travel",
        "unknown radius decides",
        chat(origin("near", cell=origin().cell.__class__(43.25, -74.25), accuracy_radius_km=None)),  # type: ignore[union-attr]
        history(past(0.2 / 24)),
        "!unknown_radius",
        NOTHING,
    ),
    ("device", "the same", chat(), USUAL, "known", FOR),
    ("device", "browser update", chat(what=device(version=144)), USUAL, "updated", FOR),
    (
        "device",
        "new screen attached",
        chat(what=device(components=(*device().components[:4], ("screen", "big"), ("timezone", "laptop.timezone")))),
        USUAL,
        "similar",
        FOR,
    ),
    ("device", "another", chat(what=PHONE), USUAL, "new", AGAINST),
    ("device", "nothing known of it", chat(what=None), USUAL, "!no_user_agent", NOTHING),
    ("locale", "as always", chat(), USUAL, "known", FOR),
    ("locale", "a new phone set as always", chat(what=LIKE_ALWAYS), USUAL, "known", FOR),
    ("locale", "a stranger's", chat(what=PHONE), USUAL, "new", AGAINST),
    ("locale", "a journey's clock", chat(ABROAD, ON_A_JOURNEY, consistency=clock(0)), USUAL, "known", FOR),
    ("locale", "that clock, not there", chat(EXIT, ON_A_JOURNEY, consistency=clock(5)), USUAL, "new_timezone", AGAINST),
    ("locale", "known by unproven chats only", chat(what=PHONE), UNVOUCHED, "new", AGAINST),
    ("locale", "no fingerprint", chat(what=device(components=())), USUAL, "!no_fingerprint", NOTHING),
    ("locale", "a stranger to us", chat(), History(), "!no_history", NOTHING),
    ("timezone", "fits", chat(consistency=clock(0)), USUAL, "fits", FOR),
    ("timezone", "six hours off", chat(ABROAD, PHONE, consistency=clock(6)), USUAL, "misfit", AGAINST),
    ("timezone", "six hours off as always", chat(consistency=clock(6)), USUAL, "usual", NOTHING),
    ("timezone", "no clock", chat(), USUAL, "!no_timezone", NOTHING),
    ("language", "fits", chat(consistency=Consistency(language_fits=True)), USUAL, "fits", FOR),
    (
        "language",
        "misfits",
        chat(ABROAD, PHONE, consistency=Consistency(language_fits=False)),
        USUAL,
        "misfit",
        AGAINST,
    ),
    ("language", "misfits as always", chat(consistency=Consistency(language_fits=False)), USUAL, "usual", NOTHING),
    ("disguise", "agrees", chat(consistency=Consistency(hints_agree=True)), USUAL, None, NOTHING),
    ("disguise", "contradicts", chat(consistency=Consistency(hints_agree=False)), USUAL, "contradiction", AGAINST),
    ("disguise", "unknown", chat(), USUAL, "!nothing_to_compare", NOTHING),
    ("returning", "nothing reported", chat(ABROAD, PHONE), USUAL, None, NOTHING),
    (
        "returning",
        "reported address of this customer",
        chat(EXIT, PHONE),
        history(*USUAL.sightings, unproven(5, EXIT, LAPTOP, reported=True)),
        "network",
        AGAINST,
    ),
    (
        "returning",
        "the owner's own address was reported",
        chat(),
        history(*USUAL.sightings, unproven(5, HOME, PHONE, reported=True)),
        None,
        NOTHING,
    ),
    ("serial", "first contact", chat(), USUAL, None, NOTHING),
    (
        "serial",
        "came before, looked wrong",
        chat(),
        history(*USUAL.sightings, unproven(2, log_odds=4.0)),
        "suspicious_before",
        AGAINST,
    ),
    (
        "serial",
        "came before, looked fine",
        chat(),
        history(*USUAL.sightings, unproven(2, log_odds=-8.0)),
        None,
        NOTHING,
    ),
    (
        "serial",
        "could not give proof",
        chat(),
        history(*USUAL.sightings, unproven(2, log_odds=-8.0, failed_step_up=True)),
        "failed_step_up",
        AGAINST,
    ),
    ("spray", "alone", chat(), USUAL, None, NOTHING),
    ("spray", "anonymous", chat(customer=None), USUAL, "!no_contact_data", NOTHING),
    ("account", "no events", chat(), USUAL, "!no_account_events", NOTHING),
    ("account", "contact changed", chat(), history(*USUAL.sightings, events=(EVENT,)), "changed", AGAINST),
    ("account", "owner elsewhere", chat(), history(*USUAL.sightings, events=(ACTIVE,)), "owner_elsewhere", AGAINST),
    ("account", "owner here", chat(), history(*USUAL.sightings, events=(ACTIVE_HERE,)), "owner_here", FOR),
    ("account", "failed sign-ins", chat(), history(*USUAL.sightings, events=FAILED), "sign_in_failed", AGAINST),
    ("identity", "page only", chat(identity=Identity.VERIFIED, seen=ON_PAGE), USUAL, "signed_in_page", FOR),
    ("identity", "another account", chat(seen=DIFFERS), USUAL, "other_account", AGAINST),
    ("identity", "not followed", chat(seen={"differs": NOW}), USUAL, "other_account", AGAINST),
    ("identity", "another's token", chat(identity=Identity.VERIFIED, seen=DIFFERS), USUAL, "signed_in", FOR),
    ("identity", "bound elsewhere", BOUND, USUAL, "other_account", AGAINST),
    ("lock", "none", chat(), USUAL, None, NOTHING),
    ("lock", "set", chat(), history(*USUAL.sightings, lock=LOCK), "on", NOTHING),
    ("lock", "signed in", chat(identity=Identity.VERIFIED), history(*USUAL.sightings, lock=LOCK), None, NOTHING),
    ("incident", "none", chat(), USUAL, None, NOTHING),
    ("incident", "open", chat(), history(*USUAL.sightings, incidents=(incident(20),)), "open", AGAINST),
    ("incident", "over", chat(), history(*USUAL.sightings, incidents=(incident(100),)), None, NOTHING),
    ("incident", "closed", chat(), history(*USUAL.sightings, incidents=(incident(2, closed_at=NOW),)), None, NOTHING),
    (
        "incident",
        "this very chat",
        chat(),
        history(*USUAL.sightings, incidents=(incident(0.01, chats=(chat().key,)),)),
        "reported",
        AGAINST,
    ),
]


@pytest.mark.parametrize("case", CASES, ids=lambda c: f"{c[0]}: {c[1]}")
def test_case(case: Case) -> None:
    name, _, the_chat, the_history, finding, sign = case
    answer = by_name(name).ask(question(by_name(name), the_chat, the_history))
    if finding is None:
        assert answer is None
    elif finding.startswith("!"):
        assert answer == NotAssessed(name, finding[1:])
    else:
        assert isinstance(answer, Evidence), answer
        assert answer.code == f"{name}.{finding}"
        if sign == AGAINST:
            assert answer.points > 0
        elif sign == FOR:
            assert answer.points < 0


def test_every_signal_has_cases() -> None:
    from cuelight.signals import SIGNALS

    assert {case[0] for case in CASES} == {signal.name for signal in SIGNALS}


def _with_stats(the_chat: Chat, name: str, stats: TraitStats, contacts_7d: int) -> object:
    from dataclasses import replace

    value = device_model(LAPTOP) if name == "model" else HOME.address
    crowd = replace(CROWD, stats={(name, value): stats}, totals={name: 1000.0}, contacts_7d=contacts_7d)
    return by_name("spray").ask(question(by_name("spray"), the_chat, USUAL, crowd))


@pytest.mark.parametrize(
    ("name", "customers", "others", "fires"),
    [
        ("address", 0.0, 4, True),
        ("address", 0.0, 1, False),
        ("model", 0.0, 5, True),
        ("model", 200.0, 5, False),  # one customer in five has this phone: five others a week are no news
    ],
)
def test_spray_is_measured_against_popularity(name: str, customers: float, others: int, fires: bool) -> None:
    answer = _with_stats(chat(), name, TraitStats(customers=customers, others_7d=others), contacts_7d=100)
    assert (answer is not None) == fires


def test_a_reported_device_is_discounted_by_its_popularity() -> None:
    from dataclasses import replace

    def points(customers: float) -> float:
        stats = {("model", device_model(PHONE)): TraitStats(customers=customers, reported=1)}
        crowd = replace(CROWD, stats=stats)
        constants = {**POLICY.of("returning").constants, "model_points": 2.0, "discount": 0.8}
        answer = by_name("returning").ask(question(by_name("returning"), chat(ABROAD, PHONE), USUAL, crowd, constants))
        return answer.points if isinstance(answer, Evidence) else 0.0

    assert points(0.0) > points(3.0) > points(500.0) == 0.0


def test_a_version_that_goes_back_is_worse_than_one_that_goes_forward() -> None:
    def points(version: int) -> float:
        answer = by_name("device").ask(question(by_name("device"), chat(what=device(version=version)), USUAL))
        assert isinstance(answer, Evidence)
        return answer.points

    assert points(142) <= points(144) < points(140)


def test_an_equal_fingerprint_id_alone_is_a_model_not_a_person() -> None:
    same_id = device("other", fingerprint="f", components=(), browser=Software("Chrome", (142,)))
    known = history(*(past(n + 1, HOME, same_id) for n in range(5)))
    answer = by_name("device").ask(question(by_name("device"), chat(what=same_id), known))
    full = by_name("device").ask(question(by_name("device"), chat(), USUAL))
    assert isinstance(answer, Evidence)
    assert isinstance(full, Evidence)
    assert full.points <= answer.points < 0
