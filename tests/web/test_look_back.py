"""An incident changes the cues of chats that agents still have open, and closing it changes them back, exactly."""

from __future__ import annotations

from datetime import timedelta
from typing import Any

from tests.conftest import Api, as_impostor, at_home, fresh, now, stamp

from cuelight.app import Service
from cuelight.core.chat import ChatKey

LASTING = ("cue", "score", "reasons", "not_assessed", "advice", "would_be", "incident")


def shown(api: Api, chat_id: str, etag: str | None = None) -> Any:
    return api.get(f"/cues/api/default/{chat_id}", {"If-None-Match": etag} if etag else None)


def decided(service: Service, chat_id: str) -> str:
    stored = service.stores.customers.find(ChatKey("api", "default", chat_id))
    assert stored is not None
    return stored.decision.decision_id


def test_an_agent_with_an_open_chat_gets_the_changed_cue_and_gets_it_back(api: Api) -> None:
    customer_id = api.settled_customer()
    mine, strange, reported = fresh("open"), fresh("open"), fresh("reported")
    api.score(chat_id=mine, **at_home(customer_id))
    api.score(chat_id=strange, **as_impostor(customer_id))
    before = {chat_id: shown(api, chat_id) for chat_id in (mine, strange)}
    assert before[mine].get_json()["cue"] == "green"
    etags = {chat_id: answer.headers["ETag"] for chat_id, answer in before.items()}
    assert shown(api, mine, etags[mine]).status_code == 304
    api.score(chat_id=reported, **as_impostor(customer_id))
    assert api.outcome(reported, outcome="impersonation").status_code == 200
    for chat_id in (mine, strange):
        changed = shown(api, chat_id, etags[chat_id])
        assert changed.status_code == 200
        assert (changed.get_json()["cue"], changed.get_json()["reasons"][0]["code"]) == ("red", "incident.open")
        assert changed.get_json()["incident"]
        etags[chat_id] = changed.headers["ETag"]
        assert shown(api, chat_id, etags[chat_id]).status_code == 304
    assert api.outcome(reported, outcome="unknown").status_code == 200
    for chat_id in (mine, strange):
        again = shown(api, chat_id, etags[chat_id])
        assert again.status_code == 200
        for name in LASTING:
            assert again.get_json()[name] == before[chat_id].get_json()[name], name


def test_a_customer_with_hundreds_of_chats_keeps_nobody_waiting(api: Api, service: Service) -> None:
    customer_id = api.settled_customer()
    chats = [fresh("many") for _ in range(150)]
    for minutes, chat_id in enumerate(reversed(chats)):
        at = stamp(now() - timedelta(minutes=150 - minutes))
        api.score(chat_id=chat_id, occurred_at=at, **at_home(customer_id))
    # Newest first from here on; those beyond the bound are read once and once again.
    near, far = chats[3], chats[140]
    before = {chat_id: shown(api, chat_id).get_json() for chat_id in (near, far)}
    ids = {chat_id: decided(service, chat_id) for chat_id in chats}
    reported = fresh("reported")
    api.score(chat_id=reported, **as_impostor(customer_id))
    assert api.outcome(reported, outcome="impersonation").status_code == 200
    rescored = [chat_id for chat_id in chats if decided(service, chat_id) != ids[chat_id]]
    assert rescored == chats[:31]
    for chat_id in (near, far):
        assert shown(api, chat_id).get_json()["cue"] == "red"
    late = [fresh("late") for _ in range(3)]
    for chat_id in late:
        api.score(chat_id=chat_id, **at_home(customer_id))
    assert api.outcome(reported, outcome="unknown").status_code == 200
    for chat_id in (near, far):
        again = shown(api, chat_id).get_json()
        for name in LASTING:
            assert again[name] == before[chat_id][name], (name, chat_id == far)
    assert {shown(api, chat_id).get_json()["incident"] for chat_id in late} == {None}


def test_what_a_past_incident_floored_is_scored_anew_when_it_is_read(api: Api, service: Service) -> None:
    customer_id = api.settled_customer()
    reported = fresh("reported")
    api.score(chat_id=reported, **as_impostor(customer_id))
    api.outcome(reported, outcome="impersonation")
    during = [fresh("during") for _ in range(70)]
    for minutes, chat_id in enumerate(during):
        at = stamp(now() - timedelta(minutes=70 - minutes))
        assert api.score(chat_id=chat_id, occurred_at=at, **at_home(customer_id))["cue"] == "red"
    api.outcome(reported, outcome="unknown")
    oldest = decided(service, during[0])
    assert shown(api, during[0]).get_json()["cue"] != "red"
    assert decided(service, during[0]) != oldest
    first, second = (shown(api, during[0]).headers["ETag"] for _ in range(2))
    assert first == second
