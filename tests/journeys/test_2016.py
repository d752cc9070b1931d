"""The story of 2016, as it should have gone.

An impostor gets at a customer's data by chat. The customer hears of it by mail, says "that was not me", and is
believed: at once, on every desk, for whoever asks next. The mail, the page, the alert and its receiver are real; only
the clock is moved.
"""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import closing
from datetime import timedelta
from pathlib import Path
from typing import Any

import pytest
from standardwebhooks import Webhook
from tests.channels.conftest import LOOPBACK, PATIENT_S, WORDS
from tests.clock import Clock
from tests.conftest import ABROAD_IP, CHROME_ON_MAC, ELSEWHERE_IP, FIREFOX_ON_LINUX, at_home, stamp
from tests.mail_server import Mailbox
from tests.notices.conftest import House, noticing, open_house
from tests.receiver import Answer, Receiver

from cuelight.channels.deliver import Deliverer
from cuelight.channels.new import new_channel
from cuelight.channels.worker import Worker
from cuelight.core.outbox import Channel
from cuelight.wiring.notices import completer

ERIC = "eric-1001"
ADDRESS = "eric@owner.example"


@pytest.fixture
def house(folder: Path) -> Iterator[House]:
    with closing(Mailbox()) as post:
        clock = Clock()
        made = open_house(noticing(folder, post), clock, post)
        with closing(made.service):
            yield made


@pytest.fixture
def receiver() -> Iterator[Receiver]:
    with closing(Receiver()) as made:
        yield made


class Security:
    """The security team's own system: a channel, its receiver, and the worker that serves it."""

    def __init__(self, house: House, receiver: Receiver) -> None:
        stores = house.service.stores
        self._stores, self._receiver = stores, receiver
        self.channel: Channel = new_channel("webhook", receiver.url, house.clock())
        stores.channels.add(self.channel)
        complete = completer(house.settings, stores)
        self._worker = Worker(
            stores.outbox,
            stores.channels,
            Deliverer(LOOPBACK, timeout_s=PATIENT_S),
            WORDS,
            house.clock,
            complete=complete,
            share=lambda: 0.0,
        )

    def work(self) -> None:
        for _ in range(200):
            while self._worker.spread():
                pass
            if not sum(self._worker.serve(channel) for channel in self._stores.channels.list()):
                return

    def told(self) -> list[dict[str, Any]]:
        return [got.json for got in self._receiver.got]


def test_he_complained_once_and_that_was_enough(house: House, receiver: Receiver) -> None:
    security, api, clock = Security(house, receiver), house.api, house.clock
    for days in range(1, 30, 3):  # Eric signs in from home, month in, month out
        seen = at_home(ERIC, occurred_at=stamp(clock() - timedelta(days=days)))
        assert api.post("/sightings", seen).status_code == 200

    # Contact 1: somebody who knows his name and an address he once made public.
    first = {"desk": "zendesk", "account": "acme", "chat_id": "7431", "customer_id": ERIC, "ip": ABROAD_IP}
    first |= {"user_agent": FIREFOX_ON_LINUX, "notice": {"email": ADDRESS, "locale": "en"}}
    assert api.score(**first)["cue"] in ("amber", "red")
    given = {"kinds": ["address"], "by": "Sam"}
    assert api.post("/chats/zendesk/acme/7431/disclosures", given).status_code == 200

    # Ten minutes later there is a mail; a scanner opens the link first, and answers nothing.
    clock.pass_by(minutes=11)
    house.send()
    [mail] = house.post.to(ADDRESS)
    assert "Was this you?" in mail["Subject"]
    path = house.link(ADDRESS)
    for _ in range(20):
        assert house.pages.get(path).status_code == 200
    page = house.pages.get(path).text
    assert "Sweden (roughly)" in page
    assert "Zendesk" in page
    assert ABROAD_IP not in page
    assert house.answer(path, "no").status_code == 303
    assert "Your account is being secured" in house.pages.get(path).text

    # The agent who has the chat open sees it at the next look; security hears of it, signed.
    shown = api.cue("7431", "zendesk", "acme")
    assert shown["cue"] == "red"
    security.work()
    told = {one["type"]: one["data"] for one in security.told()}
    assert {"incident.opened", "notice.denied"} <= told.keys()
    incident_id = told["incident.opened"]["incident_id"]
    assert told["notice.denied"]["incident_id"] == incident_id
    for got in receiver.got:
        headers = got.headers
        signed = Webhook(security.channel.secrets["signing"]).sign(headers["webhook-id"], clock(), got.body.decode())
        assert headers["webhook-signature"] == signed
        for secret in (ADDRESS, ERIC, ABROAD_IP, path):
            assert secret not in got.body.decode()

    # Contact 2, two weeks later: another desk, another country, another device, the same story.
    clock.pass_by(days=14)
    second = {"desk": "intercom", "account": "acme", "chat_id": "9902", "customer_id": ERIC, "ip": ELSEWHERE_IP}
    scored = api.score(**second, user_agent=CHROME_ON_MAC, notice={"email": ADDRESS})
    assert scored["cue"] == "red"
    assert scored["reasons"][0]["code"] == "incident.open"
    assert scored["incident"]["incident_id"] == incident_id
    assert "disclose_nothing" in str(scored["advice"]) or "incident_hand_over" in str(scored["advice"])

    # And the real Eric, from home, is told the same: until it is cleared up, nothing by chat.
    mine = api.score(**at_home(ERIC, desk="zendesk", account="acme", chat_id="9903"))
    assert (mine["cue"], mine["reasons"][0]["code"]) == ("red", "incident.open")

    # What security needs for repair, in one place.
    answer = api.get(f"/incidents/{incident_id}")
    assert answer.status_code == 200
    case = answer.get_json()
    assert case["opened_by"] == "owner"
    lines = [(one["what"], (one["chat"] or {}).get("chat_id")) for one in case["timeline"]]
    for line in (
        ("contact", "7431"), ("disclosed", "7431"), ("notice", "7431"), ("opened", None), ("answered", "7431"),
        ("outcome", "7431"), ("unlearnt", "7431"), ("contact", "9902"),
    ):  # fmt: skip
        assert line in lines, line
    order = [lines.index(line) for line in (("contact", "7431"), ("notice", "7431"), ("answered", "7431"))]
    assert order == sorted(order)
    said = next(one for one in case["timeline"] if one["what"] == "answered")
    assert said["params"] == {"answer": "no"}


def test_security_was_out_for_a_day_and_missed_nothing(house: House, receiver: Receiver) -> None:
    """Owners say no while the receiver is down; once it is back it has each alert once, in order by incident."""
    security, clock = Security(house, receiver), house.clock
    receiver.answer = lambda _: Answer(503)
    incidents = []
    for hour in range(24):
        security.work()
        if hour % 6 == 0:
            path = house.asked()
            assert house.answer(path, "no").status_code == 303
            incidents.append(path)
        clock.pass_by(hours=1)
    receiver.got.clear()
    receiver.answer = lambda _: Answer(204)
    for _ in range(12):
        clock.pass_by(minutes=2)
        security.work()
    ids = [got.headers["webhook-id"] for got in receiver.got]
    assert len(ids) == len(set(ids))
    kinds = [one["type"] for one in security.told()]
    assert kinds.count("incident.opened") == kinds.count("notice.denied") == len(incidents) == 4
    by_incident: dict[str, list[str]] = {}
    for one in security.told():
        if "incident_id" in one["data"]:
            by_incident.setdefault(one["data"]["incident_id"], []).append(one["type"])
    assert list(by_incident.values()) == [["incident.opened", "notice.denied"]] * 4
