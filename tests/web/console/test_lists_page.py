"""The Lists page: a signal is set aside for one customer or network, for a while; no floor is lowered by it."""

from __future__ import annotations

import re
from collections.abc import Iterator
from contextlib import closing
from datetime import timedelta
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import Any

import pytest
from tests.conftest import Api, api_for, as_impostor, at_home, fresh, settings_for
from tests.stores import world
from tests.web.console.browsing import signed_in

from cuelight.app import Service, open_service
from cuelight.core.roles import Role


@pytest.fixture(scope="module")
def console() -> Iterator[Service]:
    with TemporaryDirectory(prefix="cue") as name:
        folder = Path(name)
        networks = folder / "networks"
        networks.mkdir()
        (networks / "business.txt").write_text("198.51.100.0/24  # head office\nAS64500\n", "utf-8")
        (networks / "vpn.txt").write_text("198.51.100.9/24\n", "utf-8")
        with closing(open_service(settings_for(folder, networks_dir=networks))) as service:
            yield service


@pytest.fixture(scope="module")
def desk(console: Service) -> Api:
    return api_for(console)


FORM = {"signal": "device", "days": "14", "reason": "new laptops, ticket 4711"}


def whys(shown: dict[str, Any]) -> dict[str, str]:
    return {each["code"]: each["why"] for each in shown["not_assessed"]}


def snooze_of(page: str) -> str:
    found = re.search(r"/console/lists/(z_[0-9a-f]{12})/end", page)
    assert found, page
    return found[1]


def test_a_signal_is_set_aside_for_one_customer_until_it_is_not(console: Service, desk: Api) -> None:
    one, viewer = signed_in(console, Role.ANALYST), signed_in(console, Role.VIEWER)
    assert "No signal is set aside" in viewer.get("/console/lists")
    customer_id, other, chat_id = desk.settled_customer(), desk.settled_customer(), fresh("c")
    before = desk.score(chat_id=chat_id, **as_impostor(customer_id))
    assert "device.new" in [reason["code"] for reason in before["reasons"]]
    page = one.done("/console/lists/snooze", customer_id=customer_id, **FORM)
    assert "new laptops, ticket 4711" in page
    assert customer_id not in page
    shown = desk.cue(chat_id)
    assert whys(shown)["device"] == "snoozed"
    assert "device.new" not in [reason["code"] for reason in shown["reasons"]]
    assert next(e["text"] for e in shown["not_assessed"] if e["code"] == "device").startswith("Device: set aside")
    assert "device" not in whys(desk.score(chat_id=fresh("c"), **as_impostor(other)))
    assert "Snooze a signal" not in viewer.get("/console/lists")
    assert viewer.post("/console/lists/snooze", customer_id=customer_id, **FORM).status_code == 403
    assert one.open("/console/lists?format=csv").text.count("device,customer") == 1
    one.done(f"/console/lists/{snooze_of(page)}/end")
    assert "device.new" in [reason["code"] for reason in desk.cue(chat_id)["reasons"]]
    done = [(e.action, e.by) for e in console.app.extensions["cuelight"].audit.read() if e.action.startswith("snooze")]
    assert done[:2] == [("snooze.ended", one.name), ("snooze.set", one.name)]


@pytest.mark.parametrize("network", ["89.160.20.0/24", "89.160.20.112", "AS29518", "as29518"])
def test_a_signal_is_set_aside_for_a_network(console: Service, desk: Api, network: str) -> None:
    one = signed_in(console, Role.POLICY_EDITOR)
    page = one.done("/console/lists/snooze", network=network, label="Malmö office", **FORM)
    assert "Malmö office" in page
    assert "89.160.20" not in page.replace("placeholder", "").split("<form")[0]
    assert whys(desk.score(chat_id=fresh("c"), **as_impostor(desk.settled_customer())))["device"] == "snoozed"
    one.done(f"/console/lists/{snooze_of(page)}/end")
    assert whys(desk.score(chat_id=fresh("c"), **as_impostor(desk.settled_customer()))).get("device") != "snoozed"


def test_no_floor_is_lowered_and_none_outlives_its_time_or_its_customer(console: Service, desk: Api) -> None:
    one, customer_id = signed_in(console, Role.ADMIN), desk.settled_customer()
    for signal in ("incident", "lock"):
        refused = one.post("/console/lists/snooze", customer_id=customer_id, **{**FORM, "signal": signal})
        assert refused.status_code == 422
    page = one.done("/console/lists/snooze", customer_id=customer_id, **FORM)
    desk.post("/incidents", {"customer_id": customer_id, "by": "Kim"})
    shown = desk.score(chat_id=fresh("c"), **at_home(customer_id))
    assert (shown["cue"], shown["reasons"][0]["code"], whys(shown)["device"]) == ("red", "incident.open", "snoozed")
    (kept,) = desk.get(f"/customers/{customer_id}").get_json()["snoozes"]
    assert (kept["signal"], kept["by"]) == ("device", one.name)
    has = console.app.extensions["cuelight"]
    (snooze,) = [each for each in has.snoozes.list() if each.snooze_id == snooze_of(page)]
    chat = world.chat(snooze.target)
    assert snooze.covers(chat, snooze.until - timedelta(seconds=1))
    assert not snooze.covers(chat, snooze.until)
    desk.client.delete(f"/customers/{customer_id}", headers=desk.headers())
    assert snooze.snooze_id not in [each.snooze_id for each in has.snoozes.list()]


@pytest.mark.parametrize(
    "form",
    [{"days": "91"}, {"days": "x"}, {"reason": " "}, {"signal": "else"}, {}, {"customer_id": "u", "network": "AS1"},
     {"network": "somewhere"}, {"network": "203.0.113.0/23", "label": "x"}, {"network": "10.0.0.1", "label": "x"},
     {"network": "81.2.69.0/24"}],
)  # fmt: skip
def test_what_cannot_be_snoozed_is_told(console: Service, form: dict[str, str]) -> None:
    sent = {**FORM, **({} if "network" in form or not form else {"customer_id": "u"}), **form}
    assert signed_in(console, Role.ADMIN).post("/console/lists/snooze", **sent).status_code == 422


def test_the_lists_of_networks_are_shown_with_what_was_refused(console: Service) -> None:
    page = signed_in(console, Role.VIEWER).get("/console/lists")
    assert re.search(r"business\.txt</code></td>.*?<td class=\"number\">2</td>", page)
    assert "vpn.txt, line 1" in page
    listed = signed_in(console, Role.VIEWER).get("/console/lists?format=csv&table=networks")
    assert [line[-2:] for line in listed.splitlines() if line.startswith("business.txt")] == [",2"]
    assert signed_in(console, Role.ADMIN).post("/console/lists/z_000000000000/end").status_code == 404
