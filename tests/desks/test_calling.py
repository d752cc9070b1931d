"""Talking to a desk's API: over TLS, bounded, without redirects, and a failure that gives nothing away."""

from __future__ import annotations

import json
import threading

import pytest
import requests
import responses
from tests.receiver import Answer, Got, Receiver

from cuelight.core.hooks import ApiRequest
from cuelight.desks import calling
from cuelight.desks.calling import DeskUnreachable, HttpDeskApi

PATIENT_S = 30.0


def failed(request: ApiRequest, timeout_s: float = PATIENT_S) -> str:
    with pytest.raises(DeskUnreachable) as found:
        HttpDeskApi(timeout_s).send(request)
    assert "canary" not in str(found.value)
    return found.value.why


def test_a_request_arrives_as_it_was_made(server: Receiver) -> None:
    server.answer = lambda _: Answer(201, {"Content-Type": "application/json"}, b'{"id": 7}')
    sent = ApiRequest("POST", f"{server.origin}/notes", {"Authorization": "Bearer t"}, json={"text": "ä"})
    assert HttpDeskApi(PATIENT_S).send(sent) == {"id": 7}
    HttpDeskApi(PATIENT_S).send(ApiRequest("POST", f"{server.origin}/form", form={"msg": "a b&c"}, auth=("u", "p")))
    first, second = server.got
    assert (first.method, first.path, first.json) == ("POST", "/notes", {"text": "ä"})
    assert first.headers["authorization"] == "Bearer t"
    assert second.body == b"msg=a+b%26c"
    assert second.headers["authorization"] == requests.auth._basic_auth_str("u", "p")


@pytest.mark.parametrize("status", [301, 302, 307, 400, 401, 404, 429, 500, 503])
def test_everything_but_success_is_a_failure_and_redirects_lead_nowhere(server: Receiver, status: int) -> None:
    server.answer = lambda _: Answer(status, {"Location": f"{server.origin}/elsewhere"}, b"canary")
    assert failed(ApiRequest("GET", f"{server.origin}/x")) == f"status_{status}"
    assert [asked.path for asked in server.got] == ["/x"]


def test_plain_http_stays_on_this_machine() -> None:
    for url in ("http://desk.example/canary", "ftp://127.0.0.1/x", "file:///etc/hostname", "http://127.0.0.1.example/"):
        assert failed(ApiRequest("GET", url)) == "not_https"


def test_an_answer_without_end_is_cut_off(server: Receiver) -> None:
    server.answer = lambda _: Answer(200, {}, b'"' + b"x" * (calling.MAX_ANSWER_BYTES + 10) + b'"')
    assert failed(ApiRequest("GET", server.origin)) == "answer_too_large"


def test_an_answer_that_breaks_off_is_a_failure(server: Receiver) -> None:
    server.answer = lambda _: Answer(200, {"Content-Length": "600"}, b'{"canary": 1')
    assert failed(ApiRequest("GET", server.origin)) == "ProtocolError"


def test_an_answer_that_is_no_json_is_no_failure(server: Receiver) -> None:
    server.answer = lambda _: Answer(200, {}, b"<html>")
    assert HttpDeskApi(PATIENT_S).send(ApiRequest("GET", server.origin)) is None
    server.answer = lambda _: Answer(200, {}, b"")
    assert HttpDeskApi(PATIENT_S).send(ApiRequest("GET", server.origin)) is None


def test_a_desk_that_hangs_holds_nobody_up(server: Receiver) -> None:
    hanging = threading.Event()

    def wait(_: Got) -> Answer:
        hanging.wait(60)
        return Answer(200, {}, b"{}")

    server.answer = wait
    try:
        assert failed(ApiRequest("GET", f"{server.origin}/canary"), timeout_s=0.2) == "ReadTimeout"
    finally:
        hanging.set()


def test_nobody_there() -> None:
    assert failed(ApiRequest("GET", "http://127.0.0.1:9/canary")) == "ConnectionError"


@responses.activate
def test_a_broken_certificate_is_a_failure() -> None:
    responses.get("https://desk.example/x", body=requests.exceptions.SSLError("canary"))
    assert failed(ApiRequest("GET", "https://desk.example/x")) == "SSLError"


@responses.activate
def test_tls_is_what_desks_are_asked_over() -> None:
    responses.put("https://acme.zendesk.com/api/v2/tickets/1.json", json={"ticket": {"id": 1}})
    request = ApiRequest("PUT", "https://acme.zendesk.com/api/v2/tickets/1.json", json={"a": 1}, auth=("u/token", "t"))
    assert HttpDeskApi(PATIENT_S).send(request) == {"ticket": {"id": 1}}
    sent = responses.calls[0].request
    assert json.loads(sent.body or b"") == {"a": 1}
    assert str(sent.headers["User-Agent"]) == "Cuelight"
