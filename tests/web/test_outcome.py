"""`POST /chats/…/outcome`: proof teaches, reports un-teach, and a second impostor meets the incident."""

from __future__ import annotations

from typing import Any

import pytest
from tests.conftest import Api, as_impostor, at_home, fresh

from cuelight.web import examples


def test_an_unknown_chat_has_no_outcome(api: Api) -> None:
    answer = api.outcome(fresh("never"), outcome="impersonation")
    assert (answer.status_code, answer.get_json(force=True)["code"]) == (404, "not_found")
    assert "POST /score" in answer.get_json(force=True)["detail"]


def test_an_impersonation_makes_every_later_cue_red(api: Api) -> None:
    customer_id, chat_id = api.settled_customer(), fresh("c")
    api.score(chat_id=chat_id, **as_impostor(customer_id))
    answer = api.outcome(chat_id, outcome="impersonation").get_json()
    assert answer["cue"] == "red"
    assert answer["outcome"]["outcome"] == "impersonation"
    assert answer["outcome"]["by"] == "Sam"
    assert answer["incident"]["ends_at"] > answer["incident"]["opened_at"]
    # From another network and with another device: what he changed does not matter.
    second = api.score(
        chat_id=fresh("c"), customer_id=customer_id, ip="216.160.83.56",
        user_agent="Mozilla/5.0 (iPhone; CPU iPhone OS 18_5 like Mac OS X) AppleWebKit/605.1.15 (KHTML, like Gecko) "
        "Version/18.5 Mobile/15E148 Safari/604.1",
        fingerprint={"id": "third", "components": {"screen": "393x852", "timezone": "America/Los_Angeles"}},
    )  # fmt: skip
    assert second["cue"] == "red"
    assert second["incident"] == {"incident_id": answer["incident"]["incident_id"]}


def test_a_genuine_outcome_is_shown(api: Api) -> None:
    customer_id, chat_id = api.settled_customer(), fresh("c")
    api.score(chat_id=chat_id, **at_home(customer_id))
    shown = api.outcome(chat_id, outcome="genuine", method="call_back").get_json()["outcome"]
    assert (shown["outcome"], shown["method"], shown["by"]) == ("genuine", "call_back", "Sam")
    assert api.cue(chat_id)["outcome"] == shown


@pytest.mark.parametrize("said", examples.OUTCOMES.values(), ids=examples.OUTCOMES)
def test_every_documented_outcome_is_taken(api: Api, said: dict[str, str]) -> None:
    chat_id = fresh("c")
    api.score(chat_id=chat_id, customer_id=fresh("u"), ip="192.0.2.9")
    assert api.outcome(chat_id, **said).status_code == 200
    assert api.outcome(chat_id, **said).status_code == 200


@pytest.mark.parametrize(
    ("said", "field"),
    [
        ({"outcome": "genuine"}, "method"),
        ({"outcome": "impersonation", "method": "call_back"}, "method"),
        ({"outcome": "genuine", "method": "sign_in"}, "method"),
        ({"outcome": "genuine", "method": "mother's maiden name"}, "method"),
        ({"outcome": "maybe"}, "outcome"),
        ({}, "outcome"),
        ({"outcome": "unknown", "by": ""}, "by"),
        ({"outcome": "unknown", "by": "S" * 81}, "by"),
        ({"outcome": "unknown", "by": "Sam\n"}, "by"),
        ({"outcome": "unknown", "by": None}, "by"),
        ({"outcome": "unknown", "note": "free text"}, "note"),
    ],
)
def test_an_outcome_that_does_not_fit_is_refused(api: Api, said: dict[str, Any], field: str) -> None:
    chat_id = fresh("c")
    api.score(chat_id=chat_id)
    answer = api.post(f"/chats/api/default/{chat_id}/outcome", {"by": "Sam", **said})
    assert answer.status_code == 422
    assert field in [error["field"] for error in answer.get_json(force=True)["errors"]]
