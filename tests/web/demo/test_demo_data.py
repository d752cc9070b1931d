"""The samples: readable, believable, loaded once however often, and telling the story they are meant to tell."""

from __future__ import annotations

import json
import shutil
from collections.abc import Callable
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

import pytest
from tests.conftest import ROOT

from cuelight.app import Service
from cuelight.assess import Corridor, CueView
from cuelight.core.chat import ChatKey
from cuelight.core.errors import DataFileInvalid, StoreUnavailable
from cuelight.core.history import Outcome, Proof
from cuelight.web import demo_data

SAMPLES = ROOT / "data" / "samples"
NOW = datetime(2026, 11, 24, 0, 3, tzinfo=UTC)  # just after midnight: nothing may lie in the future


def chat(chat_id: str) -> ChatKey:
    return ChatKey("sample", "demo", chat_id)


def test_every_chat_gets_the_cue_its_story_tells(demo: Service) -> None:
    got = {c.chat_id: demo.corridor.cue(chat(c.chat_id)).cue for c in demo_data.read(SAMPLES).desk.chats}
    expected = {c.chat_id: c.expect for c in demo_data.read(SAMPLES).desk.chats}
    assert len(got) == 6
    assert {i: cue for i, cue in got.items() if cue not in expected[i]} == {}


def test_the_holiday_would_be_green_by_a_one_time_code(demo: Service) -> None:
    decision = demo.corridor.cue(chat("1003")).decision
    assert decision is not None
    assert decision.would_be is not None
    assert (decision.would_be.cue, decision.would_be.if_) == ("green", "one_time_code")


def test_the_second_try_is_red_by_the_incident(demo: Service) -> None:
    view = demo.corridor.cue(chat("1005"))
    assert view.incident is not None
    assert view.decision is not None
    assert view.decision.reasons[0].code == "incident.open"
    first = demo.corridor.cue(chat("1004")).stored
    assert first is not None
    assert first.outcome is not None
    assert first.outcome.outcome is Outcome.IMPERSONATION


def test_loading_again_changes_nothing(demo: Service) -> None:
    customer = demo.locator.customer("u-1001")
    before = demo.stores.customers.history(customer), demo.corridor.cue(chat("1005"))
    assert demo_data.load(demo.corridor, SAMPLES, datetime.now(UTC) + timedelta(minutes=7)) is False
    assert (demo.stores.customers.history(customer), demo.corridor.cue(chat("1005"))) == before


class Late(Corridor):
    """The real corridor over the real store, whose first `late` answers come too late."""

    def __init__(self, real: Corridor, late: int) -> None:
        self._real, self._late = real, late

    def cue(self, key: ChatKey) -> CueView:
        self._late -= 1
        if self._late >= 0:
            raise StoreUnavailable("late")
        return self._real.cue(key)


def test_a_store_that_is_late_is_waited_for(demo: Service, monkeypatch: pytest.MonkeyPatch) -> None:
    waited: list[float] = []
    monkeypatch.setattr(demo_data, "sleep", waited.append)
    assert demo_data.load(Late(demo.corridor, 3), SAMPLES, NOW) is False
    assert len(waited) == 3
    with pytest.raises(StoreUnavailable):
        demo_data.load(Late(demo.corridor, 6), SAMPLES, NOW)
    assert 5 < sum(waited) < 15


def test_starting_over_takes_back_what_was_played(demo: Service) -> None:
    before = {i: demo.corridor.cue(chat(i)).cue for i in ("1001", "1003", "1005")}
    demo.corridor.outcome(chat("1003"), Outcome.GENUINE, Proof.ONE_TIME_CODE, "Sam")
    demo.corridor.outcome(chat("1001"), Outcome.IMPERSONATION, None, "Sam")
    assert demo.corridor.cue(chat("1003")).cue == "green"
    assert demo.corridor.cue(chat("1001")).cue == "red"
    demo_data.start_over(demo.corridor, SAMPLES, datetime.now(UTC), demo.start_over)
    assert {i: demo.corridor.cue(chat(i)).cue for i in before} == before
    played = demo.corridor.cue(chat("1003")).stored
    assert played is not None
    assert played.outcome is None


def test_sign_ins_span_the_last_90_days_and_never_the_future() -> None:
    samples = demo_data.read(SAMPLES)
    for customer in samples.people.customers:
        times = [facts.at for facts, proof in samples.sightings(customer, NOW) if proof is Proof.SIGN_IN]
        assert len(times) == len(customer.sightings) >= 10
        assert times == sorted(times)
        assert times[-1] < NOW
        assert NOW - timedelta(days=90) < times[0] < NOW - timedelta(days=60)


def test_the_page_is_told_no_address_and_no_device() -> None:
    samples = demo_data.read(SAMPLES)
    told = json.dumps(demo_data.shown(samples))
    secrets = [c.address for c in samples.desk.chats]
    secrets += [ip for c in samples.people.customers for values in c.networks.values() for _, ip in values]
    secrets += [ua for device in samples.people.devices.values() for _, ua in device.user_agent]
    assert [s for s in secrets if s in told] == []
    assert "Tobias Merrow" in told


def _without_chat_device(people: Any, desk: Any) -> None:
    desk["chats"][0]["device"] = "nobody's"


def _sighting_today(people: Any, desk: Any) -> None:
    people["customers"][0]["sightings"].append("0 23:59 home hester-laptop")


def _unknown_field(people: Any, desk: Any) -> None:
    desk["chats"][0]["colour"] = "red"


def _stranger(people: Any, desk: Any) -> None:
    desk["chats"][0]["customer_id"] = "u-9"


@pytest.mark.parametrize(
    ("spoil", "told"),
    [
        (_without_chat_device, "no device nobody's"),
        (_sighting_today, "0 23:59 home hester-laptop"),
        (_unknown_field, "chats.0.colour"),
        (_stranger, "no customer u-9"),
    ],
)
def test_a_spoilt_sample_is_refused_by_name(folder: Path, spoil: Callable[[Any, Any], None], told: str) -> None:
    files = {name: json.loads((SAMPLES / name).read_bytes()) for name in ("customers.json", "chats.json")}
    spoil(files["customers.json"], files["chats.json"])
    for name, content in files.items():
        (folder / name).write_text(json.dumps(content))
    with pytest.raises(DataFileInvalid, match=told):
        demo_data.read(folder)


def test_a_missing_file_is_named(folder: Path) -> None:
    shutil.copy(SAMPLES / "customers.json", folder)
    with pytest.raises(DataFileInvalid, match=r"chats\.json"):
        demo_data.read(folder)
