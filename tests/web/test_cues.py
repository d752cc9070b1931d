"""`GET /cues/…`: what the agent may see, and for how long."""

from __future__ import annotations

import json
import time
from datetime import datetime

import pytest
from tests.conftest import Api, as_impostor, at_home, fresh


def test_an_unknown_chat_is_grey_and_says_why(api: Api) -> None:
    answer = api.get("/cues/zendesk/acme/never-seen")
    assert answer.status_code == 200
    cue = answer.get_json()
    assert cue["cue"] == "grey"
    assert [reason["code"] for reason in cue["reasons"]] == ["chat.no_contact_data"]
    assert [cue[name] for name in ("score", "decision_id", "would_be", "incident", "outcome", "scored_at")] == [
        None
    ] * 6
    assert cue["chat"] == {"desk": "zendesk", "account": "acme", "chat_id": "never-seen"}
    assert cue["advice"]


def test_a_scored_chat_shows_its_decision(api: Api) -> None:
    chat_id = fresh("c")
    decision = api.score(chat_id=chat_id, **as_impostor(api.settled_customer()))
    cue = api.cue(chat_id)
    for name in ("cue", "score", "decision_id", "reasons", "not_assessed", "advice", "would_be", "policy_version",
                 "scored_at"):  # fmt: skip
        assert cue[name] == decision[name], name


def test_chats_of_one_id_on_two_desks_are_two_chats(api: Api) -> None:
    chat_id = fresh("c")
    api.score(chat_id=chat_id, desk="zendesk", account="acme", **as_impostor(api.settled_customer()))
    assert api.cue(chat_id, "zendesk", "acme")["cue"] == "red"
    assert api.cue(chat_id, "zendesk", "other")["cue"] == "grey"
    assert api.cue(chat_id, "intercom", "acme")["cue"] == "grey"


def test_an_answer_lives_a_minute(api: Api) -> None:
    answer = api.get(f"/cues/api/default/{fresh('c')}")
    cue = answer.get_json()
    assert cue["ttl_s"] == 60
    left = datetime.fromisoformat(cue["expires_at"]).timestamp() - time.time()
    assert 55 < left <= 61
    assert answer.headers["Cache-Control"] == "no-store"


def test_the_etag_holds_until_something_changes(api: Api) -> None:
    customer_id, chat_id = api.settled_customer(), fresh("c")
    api.score(chat_id=chat_id, **at_home(customer_id))
    first = api.get(f"/cues/api/default/{chat_id}")
    time.sleep(0.002)
    same = api.get(f"/cues/api/default/{chat_id}", {"If-None-Match": first.headers["ETag"]})
    assert (same.status_code, same.data, same.headers["ETag"]) == (304, b"", first.headers["ETag"])
    weak = api.get(f"/cues/api/default/{chat_id}", {"If-None-Match": f'"x", W/{first.headers["ETag"]}'})
    assert weak.status_code == 304
    api.outcome(chat_id, outcome="impersonation")
    changed = api.get(f"/cues/api/default/{chat_id}", {"If-None-Match": first.headers["ETag"]})
    assert changed.status_code == 200
    assert changed.headers["ETag"] != first.headers["ETag"]


@pytest.mark.parametrize("tag", ["", "*x", '"' * 300, "W/", '"é"'])
def test_a_broken_if_none_match_is_no_match(api: Api, tag: str) -> None:
    assert api.get("/cues/api/default/etag-1", {"If-None-Match": tag}).status_code == 200


def test_nothing_of_the_contact_is_shown(api: Api) -> None:
    customer_id, chat_id = api.settled_customer("private-name"), fresh("c")
    facts = as_impostor(customer_id)
    api.score(chat_id=chat_id, **facts)
    shown = json.dumps(api.cue(chat_id))
    for secret in (
        customer_id,
        facts["ip"],
        facts["user_agent"],
        "other-device",
        "llvmpipe",
        "Yekaterinburg",
        "1366x768",
    ):
        assert secret not in shown


EXTENSION = "chrome-extension://" + "abcdefghijklmnop" * 2
FIREFOX = "moz-extension://0f2c1f3e-7c6b-4e0a-9a55-3d1c7b1e9f00"


@pytest.mark.parametrize("origin", [EXTENSION, FIREFOX])
def test_an_extension_may_read_cues_and_send_outcomes(api: Api, origin: str) -> None:
    read = api.get("/cues/api/default/cors-1", {"Origin": origin})
    assert read.headers["Access-Control-Allow-Origin"] == origin
    assert "ETag" in read.headers["Access-Control-Expose-Headers"]
    for path, method in (("/cues/api/default/1", "GET"), ("/chats/api/default/1/outcome", "POST")):
        asked = {"Origin": origin, "Access-Control-Request-Method": method,
                 "Access-Control-Request-Headers": "authorization"}  # fmt: skip
        preflight = api.client.open(path, method="OPTIONS", headers=asked)
        assert preflight.status_code == 200
        assert preflight.headers["Access-Control-Allow-Methods"] == method
        assert "Authorization" in preflight.headers["Access-Control-Allow-Headers"]


@pytest.mark.parametrize(
    "origin",
    ["https://evil.example", "null", "chrome-extension://short", EXTENSION + ".evil.example", "moz-extension://x",
     "http://localhost:8000", EXTENSION.upper()],
)  # fmt: skip
def test_no_page_may(api: Api, origin: str) -> None:
    answer = api.get("/cues/api/default/cors-1", {"Origin": origin})
    assert "Access-Control-Allow-Origin" not in answer.headers
    assert "Origin" in answer.headers["Vary"]


def test_no_other_call_is_open_even_to_extensions(api: Api) -> None:
    for path, method in (("/score", "OPTIONS"), ("/sightings", "OPTIONS"), ("/readyz", "GET"), ("/docs", "GET")):
        answer = api.client.open(path, method=method, headers={"Origin": EXTENSION})
        assert "Access-Control-Allow-Origin" not in answer.headers
