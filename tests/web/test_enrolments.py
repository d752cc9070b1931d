"""Enrolment: a code works once, a token for a day's work, a copied secret ends it for both."""

from __future__ import annotations

import secrets
from base64 import urlsafe_b64encode
from datetime import UTC, datetime, timedelta
from typing import Any

import pytest
from tests.conftest import Api, api_for, client_of, fresh, settings_for
from werkzeug.test import TestResponse

from cuelight.app import Service, open_service
from cuelight.core.enrolment import IDLE_LIFE, TOKEN_LIFE
from cuelight.stores import Stores
from cuelight.web import enrol, examples


def secret() -> str:
    return urlsafe_b64encode(secrets.token_bytes(32)).decode().rstrip("=")


class Browser:
    """An agent's browser: it keeps its secret and its token, nothing else."""

    def __init__(self, service: Service, name: str = "Sam") -> None:
        self.client = client_of(service)
        self.code = enrol.invite(service.stores.enrolments, name, datetime.now(UTC))[1]
        self.secret = secret()
        self.token = self.enrolment_id = ""

    def enrol(self, code: str | None = None) -> TestResponse:
        answer = self.client.post("/enrolments", json={"code": code or self.code, "secret": self.secret})
        return self.took(answer)

    def renew(self, old: str | None = None, new: str | None = None) -> TestResponse:
        following = new or secret()
        path = f"/enrolments/{self.enrolment_id}/token"
        answer = self.took(self.client.post(path, json={"secret": old or self.secret, "next": following}))
        if answer.status_code == 200:
            self.secret = following
        return answer

    def took(self, answer: TestResponse) -> TestResponse:
        if answer.status_code == 200:
            self.token, self.enrolment_id = answer.get_json()["token"], answer.get_json()["enrolment_id"]
        return answer

    @property
    def api(self) -> Api:
        return Api(self.client, self.token)


def refused(answer: TestResponse) -> str:
    assert answer.status_code == 401, answer.text
    problem: dict[str, Any] = answer.get_json(force=True)
    assert problem["code"] == "enrolment_refused"
    assert "new " in problem["detail"] or "ended" in problem["detail"]
    return str(problem["detail"])


def test_a_code_buys_a_token_that_reads_cues_and_nothing_more(service: Service) -> None:
    browser = Browser(service)
    answer = browser.enrol().get_json()
    assert answer["name"] == "Sam"
    assert answer["ttl_s"] == 12 * 3600
    assert browser.api.get("/cues/api/default/none").status_code == 200
    assert browser.api.post("/score", {"chat_id": "1"}).status_code == 403


@pytest.mark.parametrize("change", [str.lower, lambda c: c.replace("-", " "), lambda c: c.replace("0", "O")])
def test_a_code_may_be_typed_as_people_type(service: Service, change: Any) -> None:
    browser = Browser(service)
    assert browser.enrol(change(browser.code)).status_code == 200


def test_a_code_works_once(service: Service) -> None:
    browser = Browser(service)
    assert browser.enrol().status_code == 200
    thief = Browser(service)
    thief.code = browser.code
    assert "has been used" in refused(thief.enrol())
    assert browser.api.get("/cues/api/default/none").status_code == 200


def test_a_lost_answer_can_be_asked_for_again(service: Service) -> None:
    browser = Browser(service)
    browser.enrol()
    first = browser.token
    assert browser.enrol().status_code == 200
    assert browser.token != first
    old, new = browser.secret, secret()
    assert browser.renew(old, new).status_code == 200
    assert browser.renew(old, new).status_code == 200
    assert browser.api.get("/cues/api/default/none").status_code == 200


@pytest.mark.parametrize("code", ["00000-00000-00000-00000", "ZZZZZ-ZZZZZ-ZZZZZ-ZZZZZ"])
def test_codes_that_never_were_are_refused(service: Service, code: str) -> None:
    refused(Browser(service).enrol(code))


def test_the_right_id_with_another_secret_part_is_refused(service: Service) -> None:
    browser = Browser(service)
    refused(browser.enrol(browser.code[:7] + "00000-00000-000"))
    assert browser.enrol().status_code == 200


def test_a_secret_that_was_replaced_ends_the_enrolment_for_both(service: Service) -> None:
    agent = Browser(service)
    agent.enrol()
    copied = agent.secret
    agent.renew()
    agent.renew()
    service.app.extensions["cuelight"].keyring.forget()
    assert "has ended" in refused(agent.renew(copied))
    assert "has ended" in refused(agent.renew())
    answer = agent.api.get("/cues/api/default/none")
    assert answer.status_code == 401
    assert "revoked" in answer.get_json(force=True)["detail"]
    found = service.stores.enrolments.read(agent.enrolment_id)
    assert found is not None
    assert found.ended_why == "reused"


def test_a_thief_who_is_first_is_found_out_when_the_agent_comes(service: Service) -> None:
    agent = Browser(service)
    agent.enrol()
    thief = Browser(service)
    thief.enrolment_id, thief.secret = agent.enrolment_id, agent.secret
    assert thief.renew().status_code == 200
    refused(agent.renew())
    refused(thief.renew())


def test_guesses_end_nothing(service: Service) -> None:
    browser = Browser(service)
    browser.enrol()
    right = browser.secret
    for _ in range(5):
        refused(browser.renew(secret()))
    refused(browser.renew(right, right))
    assert browser.renew(right).status_code == 200


def test_a_token_ends_with_the_day_and_a_browser_with_the_month(folder: Any) -> None:
    now = [datetime(2026, 11, 23, 9, tzinfo=UTC)]
    opened = open_service(settings_for(folder), lambda: now[0])
    try:
        browser = Browser(opened)
        browser.code = enrol.invite(opened.stores.enrolments, "Sam", now[0])[1]
        browser.enrol()
        now[0] += TOKEN_LIFE
        assert "expired" in browser.api.get("/cues/api/default/none").get_json(force=True)["detail"]
        assert browser.renew().status_code == 200
        assert browser.api.get("/cues/api/default/none").status_code == 200
        now[0] += IDLE_LIFE
        assert "a month" in refused(browser.renew())
        late = Browser(opened)
        late.code = enrol.invite(opened.stores.enrolments, "Sam", now[0])[1]
        now[0] += enrol.CODE_LIFE
        refused(late.enrol())
        now[0] += timedelta(days=91)
        enrol.invite(opened.stores.enrolments, "Kim", now[0])
        assert [each.name for each in opened.stores.enrolments.list()] == ["Kim"]
    finally:
        opened.close()


def test_signing_out(service: Service) -> None:
    browser = Browser(service)
    browser.enrol()
    path = f"/enrolments/{browser.enrolment_id}"
    other = Browser(service)
    other.enrol()
    for stranger in (other.api, api_for(service)):
        answer = stranger.client.delete(path, headers=stranger.headers())
        assert answer.status_code == 403
    assert browser.client.delete(path, headers=browser.api.headers()).status_code == 204
    assert browser.api.get("/cues/api/default/none").status_code == 401
    refused(browser.renew())


def test_an_enrolled_agent_speaks_in_the_name_of_the_invitation(service: Service, api: Api) -> None:
    browser = Browser(service, "Kim")
    browser.enrol()
    chat_id = fresh("c")
    api.score(chat_id=chat_id, customer_id=fresh("u"), ip="192.0.2.9")
    told = browser.api.outcome(chat_id, outcome="unknown", by="Somebody Else").get_json()
    assert told["outcome"]["by"] == "Kim"
    noted = browser.api.post(f"/chats/api/default/{chat_id}/disclosures", {"kinds": ["orders"], "by": "Not Kim"})
    assert noted.get_json()["disclosures"][0]["by"] == "Kim"


@pytest.mark.parametrize(
    "body",
    [
        {"code": "7KQ3M-P2XNA-4D9TW-EH6RC"},
        {"code": "short", "secret": "x" * 43},
        {"code": "7KQ3M-P2XNA-4D9TW-EH6RC", "secret": "too short"},
        {"code": "<img src=x onerror=alert(1)>", "secret": "x" * 43},
        {"code": "7KQ3M-P2XNA-4D9TW-EH6RC", "secret": "x" * 43, "name": "Sam"},
    ],
)
def test_bad_bodies_are_refused(service: Service, body: dict[str, str]) -> None:
    assert client_of(service).post("/enrolments", json=body).status_code == 422


def test_the_documented_examples_are_taken_as_what_they_are(service: Service) -> None:
    client = client_of(service)
    for said in examples.ENROLMENTS.values():
        refused(client.post("/enrolments", json=said))
    for said in examples.RENEWALS.values():
        refused(client.post("/enrolments/7kq3mp/token", json=said))


def test_no_code_secret_or_token_is_stored(service: Service) -> None:
    browser = Browser(service)
    browser.enrol()
    stores: Stores = service.stores
    assert stores.link is not None
    text = str(stores.link.call("HGETALL", "cl:e"))
    for held in (browser.code.replace("-", ""), browser.secret, browser.token.split("_")[2]):
        assert held not in text
