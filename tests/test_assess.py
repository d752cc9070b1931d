"""The corridor over memory stores and the real senses: what is learnt, what is not, and what an incident does."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from pathlib import Path

import pytest
from tests.conftest import ABROAD_IP, CHROME_ON_MAC, ELSEWHERE_IP, FIREFOX_ON_LINUX, HOME_IP, ROOT
from tests.signals.builders import NOW

from cuelight.assess import Corridor
from cuelight.core.chat import ChatKey, Identity
from cuelight.core.decision import Cue, Decision
from cuelight.core.errors import InvalidInput, NotFound
from cuelight.core.facts import ChatFacts, ContactFacts
from cuelight.core.history import Outcome, Proof
from cuelight.settings import Settings
from cuelight.wiring.opening import replay_corridor

FINGERPRINT = {
    "screen": "1920x1080",
    "gpu": "Apple M2",
    "cores": 8,
    "timezone": "Europe/London",
    "languages": ["en-GB"],
}
STRANGE = {"screen": "1366x768", "gpu": "Intel HD", "cores": 2, "timezone": "Europe/Moscow", "languages": ["ru"]}


@dataclass
class Desk:
    """A corridor with a clock that tests move."""

    corridor: Corridor
    clock: Clock
    numbers: Iterator[int] = field(default_factory=lambda: iter(range(10_000)))

    def sign_ins(self, customer: str = "u-1", count: int = 8) -> None:
        seen = [self.at_home(self.clock.now - timedelta(days=7 * n + 1)) for n in range(count)]
        self.corridor.observe(customer, [(contact, Proof.SIGN_IN) for contact in seen])

    def at_home(self, at: datetime) -> ContactFacts:
        return ContactFacts(at=at, ip=HOME_IP, user_agent=CHROME_ON_MAC, components=FINGERPRINT)

    def impostor(self, at: datetime, ip: str = ABROAD_IP) -> ContactFacts:
        return ContactFacts(at=at, ip=ip, user_agent=FIREFOX_ON_LINUX, components=STRANGE)

    def chat(
        self,
        contact: ContactFacts | None = None,
        identity: Identity = Identity.CLAIMED,
        desk: str = "d",
        customer: str = "u-1",
    ) -> Decision:
        key = ChatKey(desk, "a", f"c{next(self.numbers)}")
        return self.corridor.score(ChatFacts(key, identity, contact or self.at_home(self.clock.now), customer))


@dataclass
class Clock:
    now: datetime

    def __call__(self) -> datetime:
        return self.now

    def later(self, **more: float) -> None:
        self.now += timedelta(**more)


@pytest.fixture
def desk(tmp_path: Path) -> Iterator[Desk]:
    clock = Clock(NOW)
    settings = Settings(var_dir=tmp_path, geo_dir=ROOT / "data" / "geo")
    with replay_corridor(settings, clock) as (corridor, _):
        yield Desk(corridor, clock)


def test_the_usual_contact_is_green_and_a_stranger_is_not(desk: Desk) -> None:
    desk.sign_ins()
    assert desk.chat().cue is Cue.GREEN
    assert desk.chat(desk.impostor(NOW)).cue in (Cue.AMBER, Cue.RED)


@pytest.mark.parametrize("order", ["newest first", "oldest first"])
def test_the_crowd_counts_a_customer_once_however_sign_ins_arrive(tmp_path: Path, order: str) -> None:
    scores = []
    for at_once in (True, False):
        clock = Clock(NOW)
        settings = Settings(var_dir=tmp_path, geo_dir=ROOT / "data" / "geo")
        with replay_corridor(settings, clock) as (corridor, _):
            desk = Desk(corridor, clock)
            seen = [(desk.at_home(NOW - timedelta(days=7 * n + 1)), Proof.SIGN_IN) for n in range(8)]
            if order == "oldest first":
                seen.reverse()
            for some in [seen] if at_once else [[one] for one in seen]:
                corridor.observe("u-1", some)
            scores.append(desk.chat(customer="u-2").log_odds)
    assert scores[0] == scores[1]


def test_a_thousand_visits_in_thirty_days_never_turn_green(desk: Desk) -> None:
    desk.sign_ins()
    cues = set()
    for _ in range(1000):
        desk.clock.later(minutes=43)
        cues.add(desk.chat(desk.impostor(desk.clock.now)).cue)
    assert Cue.GREEN not in cues


def test_a_thousand_visits_teach_nothing_of_a_customer_without_history(desk: Desk) -> None:
    cues = set()
    for _ in range(1000):
        desk.clock.later(minutes=43)
        cues.add(desk.chat(desk.impostor(desk.clock.now)).cue)
    assert Cue.GREEN not in cues


def test_ten_identical_unproven_chats_never_lower_their_score(desk: Desk) -> None:
    desk.sign_ins()
    scores = [desk.chat(desk.impostor(NOW)).log_odds for _ in range(10)]
    assert scores == sorted(scores)


def test_a_step_up_teaches_and_unknown_does_not(desk: Desk) -> None:
    desk.sign_ins()
    first = desk.chat(desk.impostor(NOW))
    desk.corridor.outcome(first.key, Outcome.UNKNOWN, None, "Sam")
    desk.clock.later(days=1)
    second = desk.chat(desk.impostor(desk.clock.now))
    assert second.log_odds >= first.log_odds
    view = desk.corridor.outcome(second.key, Outcome.GENUINE, Proof.ONE_TIME_CODE, "Sam")
    assert view.cue is Cue.GREEN
    desk.clock.later(days=1)
    assert desk.chat(desk.impostor(desk.clock.now)).log_odds < first.log_odds


def test_after_an_impersonation_every_chat_is_red_whatever_changes(desk: Desk) -> None:
    desk.sign_ins()
    first = desk.chat(desk.impostor(NOW))
    assert desk.corridor.outcome(first.key, Outcome.IMPERSONATION, None, "Sam").cue is Cue.RED
    desk.clock.later(days=21)
    fresh = ContactFacts(at=desk.clock.now, ip=ELSEWHERE_IP, user_agent=CHROME_ON_MAC, components={"screen": "1x1"})
    second = desk.chat(fresh, desk="other-desk")
    assert second.cue is Cue.RED
    assert second.reasons[0].code == "incident.open"
    assert desk.chat(identity=Identity.VERIFIED).cue is Cue.RED
    assert desk.chat(customer="u-2").cue is not Cue.RED
    desk.clock.later(days=90)
    desk.sign_ins()
    assert desk.chat().cue is Cue.GREEN


def test_a_chat_that_is_open_when_the_incident_opens_turns_red(desk: Desk) -> None:
    desk.sign_ins()
    open_chat = desk.chat(desk="other-desk")
    assert desk.corridor.cue(open_chat.key).cue is Cue.GREEN
    reported = desk.chat(desk.impostor(NOW))
    desk.corridor.outcome(reported.key, Outcome.IMPERSONATION, None, "Sam")
    assert desk.corridor.cue(open_chat.key).cue is Cue.RED


def test_what_an_impostor_taught_is_un_learnt_exactly(desk: Desk) -> None:
    desk.sign_ins()
    probe = desk.impostor(NOW + timedelta(days=40))
    before = desk.chat(desk.impostor(NOW), customer="u-1").log_odds
    taken_over = desk.chat(desk.impostor(NOW), identity=Identity.VERIFIED)
    desk.clock.later(days=1)
    taught = desk.chat(desk.impostor(desk.clock.now)).log_odds
    assert taught < before
    desk.corridor.outcome(taken_over.key, Outcome.IMPERSONATION, None, "Sam")
    desk.clock.now = probe.at
    after = {r.code: r.points for r in desk.chat(probe).reasons}
    assert after.keys() >= {"device.new"}, sorted(after)
    assert not {"network.known_address", "device.known"} & after.keys()


def test_a_report_can_be_taken_back_for_ten_minutes(desk: Desk) -> None:
    desk.sign_ins()
    mistaken = desk.chat()
    desk.corridor.outcome(mistaken.key, Outcome.IMPERSONATION, None, "Sam")
    desk.clock.later(minutes=9)
    assert desk.corridor.outcome(mistaken.key, Outcome.UNKNOWN, None, "Sam").cue is Cue.GREEN
    assert desk.chat().cue is Cue.GREEN
    desk.corridor.outcome(mistaken.key, Outcome.IMPERSONATION, None, "Sam")
    desk.clock.later(minutes=11)
    with pytest.raises(InvalidInput, match="close the incident"):
        desk.corridor.outcome(mistaken.key, Outcome.UNKNOWN, None, "Sam")
    assert desk.chat().cue is Cue.RED


def test_the_same_facts_give_the_recorded_decision_and_new_facts_a_new_one(desk: Desk) -> None:
    desk.sign_ins()
    facts = ChatFacts(ChatKey("d", "a", "same"), Identity.CLAIMED, desk.at_home(NOW), "u-1")
    first = desk.corridor.score(facts)
    desk.clock.later(minutes=5)
    assert desk.corridor.score(facts) == first
    stranger = ChatFacts(facts.key, facts.identity, desk.impostor(NOW), "u-1")
    assert desk.corridor.score(stranger) != first
    assert desk.corridor.cue(facts.key).cue is not Cue.GREEN


def test_the_impostors_device_is_remembered_for_other_customers(desk: Desk) -> None:
    desk.sign_ins()
    desk.sign_ins("u-2")
    before = desk.chat(desk.impostor(NOW), customer="u-2")
    reported = desk.chat(desk.impostor(NOW))
    desk.corridor.outcome(reported.key, Outcome.IMPERSONATION, None, "Sam")
    after = desk.chat(desk.impostor(NOW), customer="u-2")
    assert after.log_odds > before.log_odds
    assert any(r.code.startswith("returning.") for r in after.reasons)


@pytest.mark.parametrize(
    ("outcome", "method"),
    [
        (Outcome.GENUINE, None),
        (Outcome.GENUINE, Proof.SIGN_IN),
        (Outcome.IMPERSONATION, Proof.CALL_BACK),
        (Outcome.UNKNOWN, Proof.VERIFIED),
    ],
)
def test_a_method_that_does_not_fit_is_refused(desk: Desk, outcome: Outcome, method: Proof | None) -> None:
    the_chat = desk.chat()
    with pytest.raises(InvalidInput, match="method"):
        desk.corridor.outcome(the_chat.key, outcome, method, "Sam")


def test_an_outcome_of_a_chat_nobody_scored_is_not_found(desk: Desk) -> None:
    with pytest.raises(NotFound):
        desk.corridor.outcome(ChatKey("d", "a", "never"), Outcome.UNKNOWN, None, "Sam")
