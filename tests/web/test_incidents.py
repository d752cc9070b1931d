"""`/incidents` and `/locks`: a complaint binds every desk, closing takes two people, and the timeline tells it all."""

from __future__ import annotations

from concurrent.futures import ThreadPoolExecutor
from datetime import timedelta
from typing import Any

import pytest
from tests.conftest import ELSEWHERE_IP, Api, as_impostor, at_home, fresh, now, stamp

from cuelight.app import Service
from cuelight.core.chat import ChatKey
from cuelight.core.errors import Conflict, SecondPersonNeeded
from cuelight.core.incident import CloseReason, Opener, OpenReason
from cuelight.web import enrol
from cuelight.web.answers_incidents import INCIDENTS


def opened(api: Api, customer_id: str, **more: Any) -> dict[str, Any]:
    answer = api.post("/incidents", {"customer_id": customer_id, "reason": "complaint", "by": "Kim", **more})
    assert answer.status_code == 200, answer.text
    return answer.get_json()


def close(api: Api, incident_id: str, by: str, reason: str = "secured") -> Any:
    return api.post(f"/incidents/{incident_id}/close", {"by": by, "reason": reason})


def read(api: Api, incident_id: str) -> dict[str, Any]:
    answer = api.get(f"/incidents/{incident_id}")
    assert answer.status_code == 200, answer.text
    return answer.get_json()


def problem(answer: Any) -> tuple[int, str]:
    return answer.status_code, answer.get_json(force=True)["code"]


def other_impostor(customer_id: str) -> dict[str, Any]:
    return {
        "customer_id": customer_id,
        "ip": ELSEWHERE_IP,
        "user_agent": "Mozilla/5.0 (iPhone; CPU iPhone OS 18_5 like Mac OS X) AppleWebKit/605.1.15 (KHTML, like Gecko) "
        "Version/18.5 Mobile/15E148 Safari/604.1",
        "fingerprint": {"id": "third", "components": {"screen": "393x852", "timezone": "America/Los_Angeles"}},
    }


def test_the_repeat_of_2016_does_not_happen(api: Api) -> None:
    """A complaint binds everybody: later contacts, on any desk and from anywhere, are red with the incident first."""
    customer_id = api.settled_customer()
    before = fresh("c")
    assert api.score(chat_id=before, **at_home(customer_id))["cue"] == "green"
    made = opened(api, customer_id)
    assert (made["state"], made["opened_by"], made["by"], made["reason"]) == ("open", "company", "Kim", "complaint")
    shown = api.cue(before)
    assert (shown["cue"], shown["reasons"][0]["code"]) == ("red", "incident.open")
    for desk, facts in (("zendesk", other_impostor(customer_id)), ("intercom", as_impostor(customer_id))):
        later = api.score(chat_id=fresh("c"), desk=desk, account="acme", **facts)
        assert (later["cue"], later["reasons"][0]["code"]) == ("red", "incident.open")
        assert later["incident"] == {"incident_id": made["incident_id"]}
    signed_in = api.score(chat_id=fresh("c"), **{**at_home(customer_id), "identity": "verified"})
    assert signed_in["cue"] == "red"


def test_a_company_that_names_the_chat_reports_it(api: Api) -> None:
    customer_id, chat_id = api.settled_customer(), fresh("c")
    api.score(chat_id=chat_id, **as_impostor(customer_id))
    chat = {"desk": "api", "account": "default", "chat_id": chat_id}
    made = opened(api, customer_id, chat=chat, reason="takeover", days=400)
    assert made["chats"] == [chat]
    assert (now() + timedelta(days=399)).isoformat() < made["ends_at"]
    shown = api.cue(chat_id)
    assert (shown["reasons"][0]["code"], shown["outcome"]["outcome"]) == ("incident.reported", "impersonation")
    assert shown["outcome"]["by"] == "Kim"
    other = api.post("/incidents", {"customer_id": fresh("u"), "by": "Kim", "chat": chat})
    assert problem(other) == (422, "invalid_input")


def test_saying_the_same_again_changes_nothing_and_another_report_is_a_step(api: Api) -> None:
    customer_id = api.settled_customer()
    first = opened(api, customer_id)
    assert opened(api, customer_id)["incident_id"] == first["incident_id"]
    assert [m["what"] for m in read(api, first["incident_id"])["timeline"]].count("reported") == 0
    assert opened(api, customer_id, by="Lee", reason="leak")["incident_id"] == first["incident_id"]
    steps = [(m["what"], m["by"], m["params"]["reason"]) for m in read(api, first["incident_id"])["timeline"]]
    assert steps == [("opened", "Kim", "complaint"), ("reported", "Lee", "leak")]


def test_closing_early_takes_a_second_person(api: Api) -> None:
    customer_id, chat_id = api.settled_customer(), fresh("c")
    api.score(chat_id=chat_id, **at_home(customer_id))
    incident_id = opened(api, customer_id)["incident_id"]
    asked = close(api, incident_id, "Kim")
    assert (asked.status_code, asked.get_json()["state"]) == (202, "closing")
    assert asked.get_json()["close_asked"]["by"] == "Kim"
    assert api.cue(chat_id)["cue"] == "red"
    assert problem(close(api, incident_id, "kim ")) == (422, "invalid_input")
    assert problem(close(api, incident_id, "KIM")) == (409, "second_person_needed")
    done = close(api, incident_id, "Lee", "mistake")
    assert (done.status_code, done.get_json()["state"]) == (200, "closed")
    assert api.cue(chat_id)["cue"] == "green"
    assert problem(close(api, incident_id, "Max")) == (409, "conflict")
    steps = [(m["what"], m["by"], m["params"].get("reason")) for m in read(api, incident_id)["timeline"]]
    assert steps[-2:] == [("close_asked", "Kim", "secured"), ("closed", "Lee", "mistake")]


def test_a_request_to_close_can_be_withdrawn_and_is_void_once_something_happens(api: Api) -> None:
    customer_id = api.settled_customer()
    incident_id = opened(api, customer_id)["incident_id"]
    cancel = f"/incidents/{incident_id}/close/cancel"
    assert problem(api.post(cancel, {"by": "Lee"})) == (409, "conflict")
    close(api, incident_id, "Kim")
    assert api.post(cancel, {"by": "Lee"}).get_json()["state"] == "open"
    close(api, incident_id, "Kim")
    chat_id = fresh("c")
    api.score(chat_id=chat_id, **as_impostor(customer_id))
    api.outcome(chat_id, outcome="impersonation")
    assert read(api, incident_id)["state"] == "open"
    assert close(api, incident_id, "Lee").status_code == 202


def test_an_incident_is_extended_and_never_shortened(api: Api) -> None:
    incident_id = opened(api, api.settled_customer())["incident_id"]
    longer = api.post(f"/incidents/{incident_id}/extend", {"by": "Kim", "days": 200})
    assert longer.status_code == 200
    assert longer.get_json()["ends_at"] > stamp(now() + timedelta(days=199))
    assert problem(api.post(f"/incidents/{incident_id}/extend", {"by": "Kim", "days": 30})) == (422, "invalid_input")
    for path in ("close", "close/cancel", "extend"):
        said = {"by": "Kim"} | ({"reason": "other"} if path == "close" else {"days": 9} if path == "extend" else {})
        assert problem(api.post(f"/incidents/i_{'0' * 18}/{path}", said)) == (404, "not_found")


def test_of_many_closers_at_once_two_close_it_and_it_is_announced_once(service: Service) -> None:
    incidents = service.app.extensions["cuelight"].incidents
    made = incidents.open_for(fresh("u"), opened_by=Opener.CONSOLE, by="Kim", reason=OpenReason.OTHER)

    def closes(name: str) -> str:
        try:
            return "closed" if incidents.close(made.incident_id, name, CloseReason.SECURED).closed_at else "asked"
        except SecondPersonNeeded:
            return "second"
        except Conflict:
            return "over"

    with ThreadPoolExecutor(6) as pool:
        said = sorted(pool.map(closes, [f"Person {n}" for n in range(6)]))
    assert said == ["asked", "closed", "over", "over", "over", "over"]
    _, left = incidents.find(made.incident_id)
    assert [step.kind.value for step in left.steps] == ["opened", "close_asked", "closed"]


def test_the_list_is_newest_first_paged_and_filtered(api: Api) -> None:
    made = [opened(api, fresh("u"))["incident_id"] for _ in range(4)]
    close(api, made[1], "Kim")
    close(api, made[1], "Lee")
    page = api.get("/incidents?limit=2").get_json()
    assert [one["incident_id"] for one in page["incidents"]] == [made[3], made[2]]
    more = api.get(f"/incidents?limit=2&after={page['after']}").get_json()
    assert [one["incident_id"] for one in more["incidents"]] == [made[1], made[0]]
    assert [one["state"] for one in more["incidents"]] == ["closed", "open"]
    still = api.get("/incidents?state=open&limit=3").get_json()
    assert [one["incident_id"] for one in still["incidents"]] == [made[3], made[2], made[0]]
    for query in ("state=shut", "limit=0", "limit=x", "after=i_ffffffffffffffff", "page=2", "limit=1&limit=2"):
        assert problem(api.get(f"/incidents?{query}")) == (422, "invalid_input"), query


def test_the_timeline_tells_who_saw_what_and_what_looking_back_found(api: Api, service: Service) -> None:
    customer_id = api.settled_customer()
    early, told = fresh("c"), fresh("c")
    api.score(chat_id=early, occurred_at=stamp(now() - timedelta(hours=20)), **as_impostor(customer_id))
    api.score(chat_id=told, **as_impostor(customer_id))
    agent = agent_api(api, service, "Sam at the desk")
    assert agent.cue(told)["cue"] == "red"
    assert agent.cue(told)["cue"] == "red"
    agent.post(f"/chats/api/default/{told}/disclosures", {"kinds": ["address"], "by": "x"})
    incident_id = agent.outcome(told, outcome="impersonation").get_json()["incident"]["incident_id"]
    found = read(api, incident_id)
    lines = [(m["what"], (m["chat"] or {}).get("chat_id"), m["by"]) for m in found["timeline"]]
    assert lines == [
        ("contact", early, None),
        ("contact", told, None),
        ("seen", told, "Sam at the desk"),
        ("disclosed", told, "Sam at the desk"),
        ("opened", None, "Sam at the desk"),
        ("outcome", told, "Sam at the desk"),
        ("unlearnt", told, None),
    ]
    relations = {m["chat"]["chat_id"]: m["params"]["relation"] for m in found["timeline"] if m["what"] == "contact"}
    assert relations == {early: "likely", told: "reported"}
    (likely,) = found["likely"]
    assert (likely["chat"]["chat_id"], likely["before"]) == (early, True)
    assert set(likely["alike"]) >= {"device"}
    assert (found["opened_by"], found["locked"]) == ("agent", False)


def agent_api(api: Api, service: Service, name: str) -> Api:
    _, code = enrol.invite(service.stores.enrolments, name, now())
    answer = api.client.post("/enrolments", json={"code": code, "secret": "n" * 43})
    return Api(api.client, answer.get_json()["token"])


def test_an_owner_who_says_no_opens_an_incident_about_that_chat(api: Api, service: Service) -> None:
    """What a notice's "no" calls: it wins over an agent who thought otherwise."""
    customer_id, chat_id = api.settled_customer(), fresh("c")
    api.score(chat_id=chat_id, **as_impostor(customer_id))
    api.outcome(chat_id, outcome="genuine", method="one_time_code")
    has = service.app.extensions["cuelight"]
    key = ChatKey("api", "default", chat_id)
    made = has.incidents.open(
        service.locator.customer(customer_id), key, opened_by=Opener.OWNER, by="owner", reason=OpenReason.DENIED
    )
    assert (made.opened_by, made.reason, made.chats) == (Opener.OWNER, "denied", (key,))
    shown = api.cue(chat_id)
    assert (shown["cue"], shown["outcome"]["outcome"]) == ("red", "impersonation")
    audited = [(e.action, e.by) for e in has.audit.entries() if e.action.startswith("incident.")]
    assert ("incident.opened", "owner") in audited


def test_an_erased_customer_has_no_incident(api: Api) -> None:
    customer_id = api.settled_customer()
    incident_id = opened(api, customer_id)["incident_id"]
    assert api.client.delete(f"/customers/{customer_id}", headers=api.headers()).status_code == 200
    assert problem(api.get(f"/incidents/{incident_id}")) == (404, "not_found")
    assert incident_id not in [one["incident_id"] for one in api.get("/incidents?limit=100").get_json()["incidents"]]


def test_a_lock_holds_until_signed_in(api: Api) -> None:
    customer_id, chat_id = api.settled_customer(), fresh("c")
    assert api.score(chat_id=chat_id, **at_home(customer_id))["cue"] == "green"
    put = api.post(f"/locks/{customer_id}", {"by": "Kim"})
    assert (put.status_code, put.get_json()["locked"], put.get_json()["by"]) == (200, True, "Kim")
    for shown in (api.cue(chat_id), api.score(chat_id=fresh("c"), **at_home(customer_id))):
        assert (shown["cue"], shown["reasons"][0]["code"]) == ("amber", "lock.on")
        assert [step["code"] for step in shown["advice"]] == ["nothing_until_signed_in", "sign_in"]
        assert (shown["would_be"]["cue"], shown["would_be"]["if"]) == ("green", "signed_in")
    signed_in = api.score(chat_id=fresh("c"), **{**at_home(customer_id), "identity": "verified"})
    assert (signed_in["cue"], "lock.on" in [r["code"] for r in signed_in["reasons"]]) == ("green", False)
    opened(api, customer_id)
    both = api.score(chat_id=fresh("c"), **at_home(customer_id))
    assert [reason["code"] for reason in both["reasons"][:2]] == ["incident.open", "lock.on"]
    gone = api.client.delete(f"/locks/{customer_id}", headers=api.headers())
    assert (gone.status_code, gone.get_json()["locked"]) == (200, False)
    assert "lock.on" not in [r["code"] for r in api.cue(chat_id)["reasons"]]
    assert api.client.delete(f"/locks/{customer_id}", headers=api.headers()).status_code == 200


@pytest.mark.parametrize("example", INCIDENTS.values(), ids=INCIDENTS)
def test_every_documented_incident_is_taken(api: Api, example: dict[str, Any]) -> None:
    assert api.post("/incidents", {**example, "customer_id": fresh("u")}).status_code == 200


@pytest.mark.parametrize(
    ("change", "field"),
    [({"reason": "because"}, "reason"), ({"days": 0}, "days"), ({"days": 3651}, "days"), ({"by": ""}, "by"),
     ({"note": "free text"}, "note"), ({"chat": {"desk": "api"}}, "chat.account"),
     ({"customer_id": None}, "customer_id")],
)  # fmt: skip
def test_an_incident_that_cannot_be_is_refused(api: Api, change: dict[str, Any], field: str) -> None:
    answer = api.post("/incidents", {"customer_id": fresh("u"), "by": "Kim", **change})
    assert answer.status_code == 422
    assert field in [error["field"] for error in answer.get_json(force=True)["errors"]]


def test_a_campaign_is_announced_once_and_names_no_trait(api: Api, service: Service) -> None:
    facts = as_impostor("")
    facts["ip"] = "67.43.156.77"
    facts["fingerprint"] = {"id": "campaign", "components": {
        "screen": "1111x777", "gpu": "Campaign 9", "cores": 3, "platform": "Linux x86_64", "canvas": "ab12",
        "timezone": "Asia/Tokyo", "languages": ["ja"],
    }}  # fmt: skip
    chats = [fresh("campaign") for _ in range(8)]
    for chat_id in chats:
        api.score(chat_id=chat_id, **{**facts, "customer_id": fresh("victim")})
    told = [t.alert for t in service.stores.outbox.take(10_000) if t.alert.kind == "campaign.suspected"]
    mine = [alert for alert in told if set(alert.body["chats"]) & {f"api/default/{chat_id}" for chat_id in chats}]
    assert len(mine) == 1
    body = mine[0].body
    assert body["customers"] >= 5
    assert body["since"] <= body["until"]
    assert set(body) == {"what", "customers", "since", "until", "chats", "policy_version"}
    assert mine[0].desks == {"api"}
