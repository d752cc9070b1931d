"""The ledger of what was given out, and a chat's background: coarse, bounded, nothing personal."""

from __future__ import annotations

import json
from datetime import timedelta

import pytest
from tests.conftest import ABROAD_IP, ELSEWHERE_IP, Api, as_impostor, at_home, fresh, now, stamp

from cuelight.customers.casebook import MAX_CONTACTS
from cuelight.web import examples


def note(api: Api, chat_id: str, *kinds: str, **more: object):
    return api.post(f"/chats/api/default/{chat_id}/disclosures", {"kinds": list(kinds), "by": "Sam", **more})


def details(api: Api, chat_id: str, locale: str = "en"):
    answer = api.get(f"/cues/api/default/{chat_id}/details?locale={locale}")
    assert answer.status_code == 200, answer.text
    return answer.get_json()


def test_what_was_given_out_is_noted_once_with_who_and_when(api: Api) -> None:
    chat_id = fresh("c")
    api.score(chat_id=chat_id, **as_impostor(api.settled_customer()))
    first = note(api, chat_id, "address", "orders").get_json()["disclosures"]
    assert {(each["kind"], each["text"], each["by"]) for each in first} == {
        ("address", "Address", "Sam"),
        ("orders", "Orders", "Sam"),
    }
    again = note(api, chat_id, "address", "phone").get_json()["disclosures"]
    assert {each["kind"] for each in again} == {"address", "orders", "phone"}
    assert next(e for e in again if e["kind"] == "address") == next(e for e in first if e["kind"] == "address")
    assert details(api, chat_id)["disclosures"] == again


def test_a_slip_can_be_taken_back(api: Api) -> None:
    chat_id = fresh("c")
    api.score(chat_id=chat_id, customer_id=fresh("u"), ip=ABROAD_IP)
    note(api, chat_id, "address", "orders")
    left = note(api, chat_id, "orders", "phone", mistaken=True).get_json()["disclosures"]
    assert [each["kind"] for each in left] == ["address"]
    assert [each["kind"] for each in note(api, chat_id, "orders").get_json()["disclosures"]] == ["orders", "address"]


def test_a_chat_nobody_sent_facts_for_has_no_ledger(api: Api) -> None:
    assert note(api, fresh("never"), "address").status_code == 404
    empty = details(api, fresh("never"))
    assert (empty["habits"], empty["contacts"], empty["disclosures"]) == ([], [], [])
    assert len(empty["kinds"]) == 8


@pytest.mark.parametrize("said", examples.DISCLOSURES.values(), ids=examples.DISCLOSURES)
def test_every_documented_disclosure_is_taken(api: Api, said: dict[str, object]) -> None:
    chat_id = fresh("c")
    api.score(chat_id=chat_id, customer_id=fresh("u"), ip="192.0.2.9")
    assert api.post(f"/chats/api/default/{chat_id}/disclosures", said).status_code == 200


@pytest.mark.parametrize(
    "body",
    [
        {"kinds": [], "by": "Sam"},
        {"kinds": ["12 Main Street"], "by": "Sam"},
        {"kinds": ["address"] * 9, "by": "Sam"},
        {"kinds": ["address"]},
        {"kinds": ["address"], "by": "Sam", "value": "12 Main Street"},
    ],
)
def test_values_have_no_place_in_it(api: Api, body: dict[str, object]) -> None:
    answer = api.post("/chats/api/default/x/disclosures", body)
    assert answer.status_code == 422
    assert "Main Street" not in answer.text


def test_usual_against_now(api: Api) -> None:
    chat_id, customer_id = fresh("c"), fresh("u")
    for days in range(1, 20, 3):
        api.post("/sightings", at_home(customer_id, ip=ELSEWHERE_IP, occurred_at=stamp(now() - timedelta(days=days))))
    api.score(chat_id=chat_id, **as_impostor(customer_id))
    habits = {habit["fact"]: habit for habit in details(api, chat_id)["habits"]}
    assert habits["country"]["usual"] == ["the United States"]
    assert habits["country"]["now"] == "Sweden"
    assert habits["country"]["differs"] is True
    assert habits["device"]["usual"] == ["Chrome on macOS"]
    assert habits["device"]["now"] == "Firefox on Linux"
    german = {habit["fact"]: habit for habit in details(api, chat_id, "de")["habits"]}
    assert german["country"]["now"] == "Schweden"
    assert german["device"]["now"] == "Firefox unter Linux"


def test_a_browser_nobody_knows_is_never_named(api: Api) -> None:
    chat_id = fresh("c")
    odd = "Mozilla/5.0 <b>Pay me</b> EvilBrowser/1.0"
    api.score(chat_id=chat_id, **(as_impostor(api.settled_customer()) | {"user_agent": odd}))
    told = json.dumps(details(api, chat_id))
    assert "Evil" not in told
    assert "Pay me" not in told


def test_earlier_contacts_with_cue_outcome_and_what_they_got(api: Api) -> None:
    customer_id, first, second = api.settled_customer(), fresh("c"), fresh("c")
    api.score(chat_id=first, **as_impostor(customer_id, occurred_at=stamp(now() - timedelta(hours=3))))
    note(api, first, "address")
    api.outcome(first, outcome="impersonation")
    api.score(chat_id=second, **at_home(customer_id))
    (contact,) = details(api, second)["contacts"]
    assert (contact["cue"], contact["outcome"], contact["disclosed"]) == ("red", "impersonation", ["address"])
    assert details(api, second)["disclosures"] == []
    assert first not in json.dumps(details(api, second))


def test_contacts_are_bounded(api: Api) -> None:
    customer_id = fresh("u")
    for number in range(MAX_CONTACTS + 6):
        at = stamp(now() - timedelta(minutes=number + 2))
        api.score(chat_id=fresh("c"), customer_id=customer_id, ip=ABROAD_IP, occurred_at=at)
    last = fresh("c")
    api.score(chat_id=last, customer_id=customer_id, ip=ABROAD_IP)
    contacts = details(api, last)["contacts"]
    assert len(contacts) == MAX_CONTACTS
    assert [c["at"] for c in contacts] == sorted((c["at"] for c in contacts), reverse=True)


def test_unchanged_details_cost_a_304(api: Api) -> None:
    chat_id = fresh("c")
    api.score(chat_id=chat_id, customer_id=fresh("u"), ip=ABROAD_IP)
    path = f"/cues/api/default/{chat_id}/details"
    etag = api.get(path).headers["ETag"]
    assert api.get(path, headers={"If-None-Match": etag}).status_code == 304
    note(api, chat_id, "other")
    assert api.get(path, headers={"If-None-Match": etag}).status_code == 200


def test_the_console_is_named_where_there_is_one(own_service: object, api: Api) -> None:
    from dataclasses import replace

    from tests.conftest import api_for

    from cuelight.app import Service

    assert isinstance(own_service, Service)
    plugged = own_service.app.extensions["cuelight"]
    own_service.app.extensions["cuelight"] = replace(plugged, console_url="https://cuelight.example.com/console")
    link = details(api_for(own_service), "none")["console_url"]
    assert link == "https://cuelight.example.com/console/live/api/default/none"
    assert details(api, "none")["console_url"] is None
