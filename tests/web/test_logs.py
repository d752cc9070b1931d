"""The log: one JSON line a request, and never an address, a fingerprint, a customer or a traceback."""

from __future__ import annotations

import json
import logging
import re
from collections.abc import Callable
from typing import Any

import pytest
from tests.conftest import Api, api_for, as_impostor, at_home, fresh, now, stamp

from cuelight.app import Service
from cuelight.web import logs

SECRETS = {
    "customer_id": "canary-customer@example.org",
    "ip": "203.0.113.199",
    "ip6": "2001:db8:c0de::7",
    "user_agent": "CanaryBrowser/9.9",
    "fingerprint": "canary-fingerprint",
    "component": "canary-gpu",
    "by": "Canary Agent",
}


@pytest.fixture
def lines(capsys: pytest.CaptureFixture[str]) -> Callable[[], list[dict[str, Any]]]:
    logs.configure("DEBUG")
    capsys.readouterr()
    return lambda: [json.loads(line) for line in capsys.readouterr().err.splitlines()]


def test_a_request_leaves_one_line(api: Api, lines: Callable[[], list[dict[str, Any]]]) -> None:
    answer = api.get(f"/cues/api/default/{fresh('c')}")
    [line] = lines()
    assert line["event"] == "request"
    assert line["route"] == "/cues/<desk>/<account>/<chat_id>"
    assert (line["method"], line["status"], line["level"]) == ("GET", 200, "info")
    assert line["request_id"] == answer.headers["X-Request-Id"]
    assert line["key_id"] == api.token.split("_")[1]
    assert line["duration_ms"] >= 0
    assert re.fullmatch(r"\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d\.\d+Z", line["timestamp"])


def test_nothing_personal_reaches_the_log(
    api: Api, service: Service, capsys: pytest.CaptureFixture[str], caplog: pytest.LogCaptureFixture
) -> None:
    logs.configure("DEBUG")
    chat_id = fresh("c")
    facts = {
        "customer_id": SECRETS["customer_id"], "ip": SECRETS["ip"], "user_agent": SECRETS["user_agent"],
        "fingerprint": {"id": SECRETS["fingerprint"], "components": {"gpu": SECRETS["component"]}},
    }  # fmt: skip
    sent = [
        api.post("/score", {"chat_id": chat_id, **facts}),
        api.post("/score", {"chat_id": fresh("c"), **facts, "ip": SECRETS["ip6"]}),
        api.post("/sightings", {**facts, "occurred_at": stamp(now())}),
        api.post("/events", {"customer_id": SECRETS["customer_id"], "kind": "signed_in",
                                     "occurred_at": stamp(now()), "ip": SECRETS["ip"]}),
        api.post(f"/chats/api/default/{chat_id}/outcome", {"outcome": "impersonation", "by": SECRETS["by"]}),
        # And all of it in the wrong places.
        api.post("/score", {"chat_id": SECRETS["customer_id"], SECRETS["ip"]: SECRETS["fingerprint"]}),
        api.post("/score", {"chat_id": "1", "ip": SECRETS["ip"] + ":1", "identity": SECRETS["customer_id"]}),
        api.post("/score", {"chat_id": "1", "occurred_at": SECRETS["by"], "user_agent": SECRETS["user_agent"] * 99}),
        api.raw("/score", json.dumps(facts).encode()[:-9]),
        api.raw("/sightings", json.dumps(facts).encode() + b"\n{", "application/x-ndjson"),
        api.get(f"/cues/api/{SECRETS['customer_id']}/{SECRETS['ip']}?ip={SECRETS['ip']}"),
        api.get(f"/customers/{SECRETS['customer_id']}"),
        api.client.open("/score", method=SECRETS["component"].upper(), headers={"User-Agent": SECRETS["user_agent"]}),
        api.client.get("/livez", headers={"X-Forwarded-For": SECRETS["ip"], "X-Request-Id": SECRETS["fingerprint"]}),
        api.client.post("/score", headers={"Authorization": f"Bearer {SECRETS['fingerprint']}"}),
    ]  # fmt: skip
    assert [answer.status_code for answer in sent] == [
        200, 200, 200, 200, 200, 422, 422, 422, 400, 422, 422, 200, 405, 200, 401,
    ]  # fmt: skip
    written = capsys.readouterr()
    text = (written.err + written.out + caplog.text).lower()
    assert text.count('"event":"request"') == len(sent)
    for secret in (*SECRETS.values(), api.token, service.locator.customer(SECRETS["customer_id"])):
        assert secret.lower() not in text
    assert "traceback" not in text


@pytest.mark.parametrize("source", ["ours", "flask", "driver"])
def test_a_bug_is_a_500_and_a_line_of_places_without_values(
    service: Service, lines: Callable[[], list[dict[str, Any]]], monkeypatch: pytest.MonkeyPatch, source: str
) -> None:
    """A fault is put into one view; the answer and the log must give nothing of its values away."""

    def broken() -> None:
        secret = SECRETS["ip"]
        try:
            raise KeyError(secret)
        except KeyError as error:
            raise {"ours": RuntimeError, "flask": ZeroDivisionError, "driver": OSError}[source](secret) from error

    monkeypatch.setitem(service.app.view_functions, "health.live", broken)
    answer = service.app.test_client().get("/livez")
    assert (answer.status_code, answer.content_type) == (500, "application/problem+json")
    problem = answer.get_json(force=True)
    assert problem["code"] == "internal_error"
    error, request = lines()
    assert error["event"] == "unexpected_error"
    assert error["level"] == "error"
    assert error["request_id"] == request["request_id"] == problem["request_id"]
    assert error["causes"][-1] == "builtins.KeyError"
    assert re.fullmatch(r"test_logs\.py:\d+ broken", error["frames"][-1])
    assert SECRETS["ip"] not in json.dumps([error, request]) + answer.text


def test_a_store_that_is_out_is_logged_by_kind(own_service: Service, lines: Callable[[], list[dict[str, Any]]]) -> None:
    api = api_for(own_service)
    api.score(chat_id="1", **at_home("u"))
    assert own_service.stores.server is not None
    own_service.stores.server.close()
    lines()
    hurried = Api(own_service.app.test_client(), api.token)
    assert hurried.post("/score", {"chat_id": "2", **as_impostor("u")}).status_code == 503
    written = lines()
    assert "store_unavailable" in [line["event"] for line in written]
    assert written[-1]["problem"] == "store_unavailable"
    assert ".sock" not in json.dumps(written)


def test_other_libraries_write_json_without_values_too(lines: Callable[[], list[dict[str, Any]]]) -> None:
    try:
        raise ValueError(SECRETS["ip"])
    except ValueError:
        logging.getLogger("some.library").exception("it failed")
    logging.getLogger("urllib3.connectionpool").debug("GET /download?license_key=%s", SECRETS["component"])
    [line] = lines()
    assert line["event"] == "it failed"
    assert line["logger"] == "some.library"
    assert line["exception"] == "builtins.ValueError"
    assert line["frames"]
    assert SECRETS["ip"] not in json.dumps(line)


def test_the_level_is_a_setting(api: Api, capsys: pytest.CaptureFixture[str]) -> None:
    logs.configure("ERROR")
    api.get("/livez")
    assert capsys.readouterr().err == ""
    logs.configure("INFO")


def test_log_lines_cannot_be_forged(api: Api, lines: Callable[[], list[dict[str, Any]]]) -> None:
    api.client.open("/score", method='X"} \n{"event":"forged', headers=api.headers())
    api.get("/%0a%7b%22event%22:%22forged%22%7d")
    assert [line["event"] for line in lines()] == ["request", "request"]
