"""`POST /sightings` and `POST /events`: one, many, all or nothing, and nothing twice."""

from __future__ import annotations

import json
from datetime import timedelta
from typing import Any

import pytest
from tests.conftest import HOME_IP, Api, as_impostor, at_home, fresh, now, stamp

from cuelight.web import examples

NDJSON = "application/x-ndjson"


def lines(*objects: dict[str, Any]) -> bytes:
    return b"\n".join(json.dumps(o).encode() for o in objects)


def seen(customer_id: str, days: float = 1, **more: Any) -> dict[str, Any]:
    return at_home(customer_id, occurred_at=stamp(now() - timedelta(days=days)), **more)


def test_a_sighting_teaches(api: Api) -> None:
    customer_id = fresh("u")
    # Grey or red: the test network at home is Tor's, which is rare until other tests have come from it.
    assert api.score(chat_id=fresh("c"), **at_home(customer_id))["cue"] in {"grey", "red"}
    for days in range(2, 20, 2):
        assert api.post("/sightings", seen(customer_id, days)).get_json() == {"received": 1, "added": 1}
    assert api.score(chat_id=fresh("c"), **at_home(customer_id))["cue"] == "green"


def test_many_come_as_lines(api: Api) -> None:
    one, other = fresh("u"), fresh("u")
    body = lines(seen(one, 1), seen(other, 2), seen(one, 3)) + b"\r\n\n"
    assert api.raw("/sightings", body, NDJSON).get_json() == {"received": 3, "added": 3}


def test_nothing_is_learnt_twice(api: Api) -> None:
    body = lines(*[seen(fresh("u"), days) for days in (1, 2)])
    assert api.raw("/sightings", body, NDJSON).get_json()["added"] == 2
    assert api.raw("/sightings", body, NDJSON).get_json() == {"received": 2, "added": 0}


def test_one_bad_line_refuses_all_and_every_bad_line_is_named(api: Api) -> None:
    customer_id = fresh("u")
    good = seen(customer_id, 1)
    body = b"\n".join([
        lines(good), b"{", lines({**good, "ip": "198.51.100.77:1"}), b"[]", lines({**good, "occurred_at": None}),
        lines({"customer_id": customer_id, "occurred_at": good["occurred_at"]}),
    ])  # fmt: skip
    answer = api.raw("/sightings", body, NDJSON)
    problem = answer.get_json(force=True)
    assert (answer.status_code, problem["code"]) == (422, "invalid_input")
    assert [(e["line"], e["field"]) for e in problem["errors"]] == [
        (2, "(line)"), (3, "ip"), (4, "(body)"), (5, "occurred_at"), (6, "(body)"),
    ]  # fmt: skip
    assert "198.51.100.77" not in answer.text
    # Nothing of the good first line was kept.
    assert api.post("/sightings", good).get_json() == {"received": 1, "added": 1}


@pytest.mark.parametrize(("days", "status"), [(89, 200), (91, 422), (-0.003, 200), (-0.01, 422)])
def test_sightings_are_taken_as_far_back_as_histories_remember(api: Api, days: float, status: int) -> None:
    assert api.post("/sightings", seen(fresh("u"), days)).status_code == status


@pytest.mark.parametrize(
    ("proof", "status"),
    [
        ("sign_in", 200),
        ("one_time_code", 200),
        ("call_back", 200),
        ("signed_in", 200),
        ("none", 422),
        ("verified", 422),
    ],
)
def test_a_sighting_without_proof_is_no_sighting(api: Api, proof: str, status: int) -> None:
    assert api.post("/sightings", seen(fresh("u"), proof=proof)).status_code == status


def test_a_sighting_needs_a_time_so_that_a_retry_adds_nothing(api: Api) -> None:
    problem = api.post("/sightings", at_home(fresh("u"))).get_json(force=True)
    assert problem["errors"] == [{"field": "occurred_at", "problem": "is required"}]


def test_sizes_are_bounded(api: Api) -> None:
    one = seen(fresh("u"))
    too_big = [
        (b" " * (1024 * 1024 + 1), NDJSON, "1024 KiB"),
        (b"{}\n" * 5001, NDJSON, "5000 lines"),
        (lines(one) + b" " * (16 * 1024), "application/json", "16 KiB"),
    ]
    for body, content_type, says in too_big:
        answer = api.raw("/sightings", body, content_type)
        assert answer.status_code == 413
        assert says in answer.get_json(force=True)["detail"]
    long_line = api.raw("/sightings", lines(one) + b" " * (16 * 1024), NDJSON)
    assert long_line.get_json(force=True)["errors"] == [{"line": 1, "field": "(line)", "problem": "is over 16 KiB"}]
    assert api.raw("/sightings", b"\n\n", NDJSON).status_code == 400


def test_half_a_megabyte_of_lines_is_learnt(api: Api) -> None:
    body = lines(*[seen(f"bulk-{n % 40}", 1 + n / 100) for n in range(1400)])
    assert len(body) > 512 * 1024
    assert api.raw("/sightings", body, NDJSON).get_json()["received"] == 1400


@pytest.mark.parametrize(
    "kind", ["contact_changed", "password_reset", "sign_in_failed", "order_address_changed", "signed_in"]
)
def test_account_events_are_noted(api: Api, kind: str) -> None:
    event = {"customer_id": fresh("u"), "kind": kind, "occurred_at": stamp(now()), "ip": "192.0.2.7"}
    answer = api.post("/events", event)
    assert (answer.status_code, answer.get_json()) == (200, {"received": 1, "added": 1})
    assert api.post("/events", event).get_json() == {"received": 1, "added": 0}


def test_a_change_of_contact_details_is_a_reason(api: Api) -> None:
    customer_id = api.settled_customer()
    event = {"customer_id": customer_id, "kind": "contact_changed", "occurred_at": stamp(now() - timedelta(hours=3))}
    assert api.post("/events", event).status_code == 200
    decision = api.score(chat_id=fresh("c"), **as_impostor(customer_id))
    assert "account.changed" in [reason["code"] for reason in decision["reasons"]]


def test_an_owner_who_is_active_elsewhere_is_told_of_even_when_the_chat_came_first(api: Api) -> None:
    customer_id, chat_id = api.settled_customer(), fresh("c")
    before = api.score(chat_id=chat_id, **as_impostor(customer_id))
    assert "account.owner_elsewhere" not in codes(before)
    event = {"customer_id": customer_id, "kind": "signed_in", "occurred_at": stamp(now()), "ip": HOME_IP}
    assert api.post("/events", event).status_code == 200
    assert "account.owner_elsewhere" in codes(api.cue(chat_id))
    other = api.score(chat_id=fresh("c"), **at_home(customer_id))
    assert "account.owner_here" in codes(other)


def test_many_account_events_are_all_or_nothing_and_at_most_a_hundred(api: Api) -> None:
    who = fresh("u")
    told = [
        {"customer_id": who, "kind": "sign_in_failed", "occurred_at": stamp(now() - timedelta(minutes=n))}
        for n in range(100)
    ]
    assert api.raw("/events", lines(*told), NDJSON).get_json() == {"received": 100, "added": 100}
    assert api.raw("/events", lines(*told, told[0]), NDJSON).status_code == 413
    refused = api.raw("/events", lines(*told[:3], {**told[0], "kind": "moved"}), NDJSON)
    assert refused.status_code == 422
    assert refused.get_json(force=True)["errors"][0]["line"] == 4


def codes(shown: dict[str, Any]) -> list[str]:
    return [reason["code"] for reason in shown["reasons"]]


@pytest.mark.parametrize(
    ("change", "field"),
    [({"kind": "deleted"}, "kind"), ({"ip": "here"}, "ip"), ({"occurred_at": "1900-01-01T00:00:00Z"}, "occurred_at"),
     ({"customer_id": None}, "customer_id"), ({"note": "x"}, "note")],
)  # fmt: skip
def test_an_unusable_account_event_is_refused(api: Api, change: dict[str, Any], field: str) -> None:
    event = {"customer_id": fresh("u"), "kind": "signed_in", "occurred_at": stamp(now()), **change}
    answer = api.post("/events", event)
    assert answer.status_code == 422
    assert field in [error["field"] for error in answer.get_json(force=True)["errors"]]


@pytest.mark.parametrize(
    ("path", "example"),
    [("/sightings", e) for e in examples.SIGHTINGS.values()]
    + [("/events", e) for e in examples.ACCOUNT_EVENTS.values()],
)
def test_every_documented_request_is_taken(api: Api, path: str, example: dict[str, Any]) -> None:
    assert api.post(path, {**example, "occurred_at": stamp(now())}).status_code in (200, 204)
