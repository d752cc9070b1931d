"""Bad input gets a 4xx problem document that says what to do; nothing of it reaches the log."""

from __future__ import annotations

import json
from typing import Any

import pytest
from tests.conftest import Api, fresh, now, stamp

LEAKS = ("198.51.100.77", "leak@example.org", "leak-fingerprint")


def body(**more: Any) -> bytes:
    return json.dumps({"chat_id": "bad-1", **more}).encode()


MALFORMED = [
    ("nothing", b"", "empty"),
    ("spaces", b"  \n ", "empty"),
    ("cut off", b'{"chat_id": "1", "ip": "198.51.100.77', "line 1, column"),
    ("trailing comma", b'{"chat_id": "1",}', "line 1, column"),
    ("on the third line", b'{"chat_id":\n\n tru}', "line 3, column"),
    ("NaN", b'{"chat_id": "1", "ip": NaN}', "line 1, column"),
    ("Infinity", b'{"chat_id": "1", "fingerprint": {"components": {"cores": 1e999}}}', "line 1, column"),
    ("repeated name", b'{"chat_id": "1", "chat_id": "2"}', "chat_id occurs twice"),
    ("repeated within", b'{"chat_id": "1", "fingerprint": {"id": "a", "id": "b"}}', "id occurs twice"),
    ("repeated address", b'{"198.51.100.77": 1, "198.51.100.77": 2}', "(name not shown) occurs twice"),
    ("lone surrogate", b'{"chat_id": "\\ud800"}', "line 1"),
    ("not UTF-8", b'{"chat_id": "\xff"}', "UTF-8"),
    ("UTF-16", '{"chat_id": "1"}'.encode("utf-16"), "line 1"),
    ("byte order mark", b'\xef\xbb\xbf{"chat_id": "1"}', "line 1"),
    ("two documents", b'{"chat_id": "1"}{"chat_id": "2"}', "line 1"),
    ("nested 1,000 deep", b'{"chat_id": ' + b"[" * 1000 + b"]" * 1000 + b"}", "nested"),
    ("nested 8,000 deep", b"[" * 8000, "line 1"),
    ("nested in components", b'{"a":' * 40 + b"1" + b"}" * 40, "nested deeper than 12"),
]


@pytest.mark.parametrize(("raw", "says"), [case[1:] for case in MALFORMED], ids=[case[0] for case in MALFORMED])
def test_malformed_json_is_refused_with_its_place(api: Api, raw: bytes, says: str) -> None:
    problem = refused(api.raw("/score", raw), 400, "malformed_json")
    assert says in problem["detail"]


INVALID = [
    ("chat_id", {"chat_id": None}, "must be a string"),
    ("chat_id", {"chat_id": 7431}, "must be a string"),
    ("chat_id", {"chat_id": ""}, "takes 1 to 128 letters"),
    ("chat_id", {"chat_id": "a/b"}, "takes 1 to 128 letters"),
    ("chat_id", {"chat_id": "leak@example.org"}, "takes 1 to 128 letters"),
    ("chat_id", {"chat_id": ".."}, "takes 1 to 128 letters"),
    ("chat_id", {"chat_id": "x" * 129}, "takes 1 to 128 letters"),
    ("chat_id", {"chat_id": "a\n"}, "takes 1 to 128 letters"),
    ("desk", {"desk": "Zen Desk"}, "takes 1 to 32 small letters"),
    ("account", {"account": ""}, "takes 1 to 64 letters"),
    ("cue", {"cue": "green"}, "not a known field"),
    ("(name not shown)", {"leak@example.org": 1}, "not a known field"),
    ("(name not shown)", {"198.51.100.77": 1}, "not a known field"),
    ("customer_id", {"identity": "claimed"}, "is required with identity claimed"),
    ("customer_id", {"identity": "verified"}, "is required with identity verified"),
    ("customer_id", {"customer_id": "x" * 201}, "is longer than 200 characters"),
    ("customer_id", {"customer_id": ""}, "is empty"),
    ("customer_id", {"customer_id": " u-1"}, "begins or ends with a space"),
    ("customer_id", {"customer_id": "u\u202e1"}, "control or invisible"),
    ("customer_id", {"customer_id": ["u-1"]}, "must be a string"),
    ("identity", {"identity": "trusted"}, "must be one of verified, claimed, anonymous"),
    ("identity", {"identity": 1}, "must be one of verified, claimed, anonymous"),
    ("ip", {"ip": "fe80::1%<img>"}, "zone id"),
    ("ip", {"ip": "fe80::1%" + "x" * 30}, "zone id"),
    ("ip", {"ip": "198.51.100.77:443"}, "without port"),
    ("ip", {"ip": "198.51.100.077"}, "without port"),
    ("ip", {"ip": "198.51.100.77/32"}, "without port"),
    ("ip", {"ip": "[2001:db8::1]"}, "without port"),
    ("ip", {"ip": "198.51.100.77, 10.0.0.1"}, "without port"),
    ("ip", {"ip": "unknown"}, "without port"),
    ("ip", {"ip": "\uff11.2.3.4"}, "without port"),
    ("ip", {"ip": "1" * 46}, "is longer than 45 characters"),
    ("ip", {"ip": 3325256781}, "must be a string"),
    ("user_agent", {"user_agent": "M" * 1025}, "is longer than 1024 characters"),
    ("user_agent", {"user_agent": "Mozilla\r\nX-Injected: 1"}, "control"),
    ("user_agent", {"user_agent": "Mozilla\x1b[31m"}, "control"),
    ("client_hints.sec-ch-ua", {"client_hints": {"sec-ch-ua": "é"}}, "plain ASCII"),
    ("client_hints.cookie", {"client_hints": {"cookie": "a=b"}}, "begin with Sec-CH-"),
    ("client_hints", {"client_hints": {"sec-ch-ua": "1", "Sec-CH-UA": "2"}}, "twice"),
    ("client_hints", {"client_hints": {f"sec-ch-{'a' * n}": "" for n in range(1, 18)}}, "is longer than 16 entries"),
    ("client_hints", {"client_hints": "Chrome"}, "must be a JSON object"),
    ("fingerprint", {"fingerprint": "leak-fingerprint"}, "must be a JSON object"),
    ("fingerprint.id", {"fingerprint": {"id": "leak-fingerprint\x00"}}, "plain ASCII without spaces"),
    ("fingerprint.id", {"fingerprint": {"id": "f" * 129}}, "plain ASCII without spaces"),
    ("fingerprint.hash", {"fingerprint": {"hash": "leak-fingerprint"}}, "not a known field"),
    (
        "fingerprint.components",
        {"fingerprint": {"components": {f"c{n}": 1 for n in range(65)}}},
        "is longer than 64 entries",
    ),
    ("fingerprint.components.gpu", {"fingerprint": {"components": {"gpu": "g" * 513}}}, "longer than 512"),
    ("fingerprint.components.gpu", {"fingerprint": {"components": {"gpu": {"v": 1}}}}, "is not a string, number"),
    ("fingerprint.components.fonts", {"fingerprint": {"components": {"fonts": ["a"] * 257}}}, "more than 256"),
    ("fingerprint.components.fonts", {"fingerprint": {"components": {"fonts": [1]}}}, "other than strings"),
    ("fingerprint.components.cores", {"fingerprint": {"components": {"cores": 10**18}}}, "too large"),
    ("fingerprint.components.cores", {"fingerprint": {"components": {"cores": 10**300}}}, "too large"),
    (
        "fingerprint.components.(name not shown)",
        {"fingerprint": {"components": {"<b>": 1}}},
        "takes names of 1 to 64 letters",
    ),
    ("connection.ja4", {"connection": {"ja4": "x" * 65}}, "takes 1 to 64 letters, digits and _"),
    ("connection.port", {"connection": {"port": 443}}, "not a known field"),
    ("asks.0", {"asks": ["money"]}, "must be one of address, card"),
    ("asks", {"asks": "address"}, "must be a list"),
    ("asks", {"asks": ["address"] * 9}, "is longer than 8 entries"),
    ("occurred_at", {"occurred_at": "1900-01-01T00:00:00Z"}, "more than 24 hours in the past"),
    ("occurred_at", {"occurred_at": "2999-01-01T00:00:00Z"}, "5 minutes in the future"),
    ("occurred_at", {"occurred_at": "2026-11-23T12:00:00"}, "with offset"),
    ("occurred_at", {"occurred_at": "2026-W01-1"}, "with offset"),
    ("occurred_at", {"occurred_at": "2026-02-30T12:00:00Z"}, "not a time that exists"),
    ("occurred_at", {"occurred_at": "2026-11-23T12:00:60Z"}, "not a time that exists"),
    ("occurred_at", {"occurred_at": "0000-01-01T00:00:00Z"}, "not a time that exists"),
    ("occurred_at", {"occurred_at": "0001-01-01T00:00:00+23:59"}, "not a time that exists"),
    ("occurred_at", {"occurred_at": "9999-12-31T23:59:59-23:59"}, "not a time that exists"),
    ("occurred_at", {"occurred_at": "2026-11-23T12:00:00+99:99"}, "not a time that exists"),
    ("occurred_at", {"occurred_at": 1795435200}, "is not a string"),
    ("occurred_at", {"occurred_at": "\u0662026-11-23T12:00:00Z"}, "with offset"),
]


@pytest.mark.parametrize(("field", "sent", "says"), INVALID, ids=[f"{n}-{case[0]}" for n, case in enumerate(INVALID)])
def test_an_unusable_field_is_named(api: Api, field: str, sent: dict[str, Any], says: str) -> None:
    problem = refused(api.raw("/score", body(**sent)), 422, "invalid_input")
    assert field in [error["field"] for error in problem["errors"]]
    assert says in " ".join(error["problem"] for error in problem["errors"]), problem


@pytest.mark.parametrize("raw", [b"[]", b'"chat"', b"7", b"null", b"true"])
def test_a_body_that_is_no_object_is_refused(api: Api, raw: bytes) -> None:
    problem = refused(api.raw("/score", raw), 422, "invalid_input")
    assert problem["errors"] == [{"field": "(body)", "problem": "must be a JSON object"}]


def test_a_missing_chat_id_is_asked_for(api: Api) -> None:
    problem = refused(api.raw("/score", b"{}"), 422, "invalid_input")
    assert problem["errors"] == [{"field": "chat_id", "problem": "is required"}]


def test_many_errors_are_told_at_once_but_not_without_end(api: Api) -> None:
    sent = {f"unknown_{n}": n for n in range(100)}
    problem = refused(api.raw("/score", body(**sent)), 422, "invalid_input")
    assert len(problem["errors"]) == 20


@pytest.mark.parametrize("minutes", [-(24 * 60 + 1), 6])
def test_times_just_outside_the_bounds_are_refused_and_just_inside_taken(api: Api, minutes: int) -> None:
    from datetime import timedelta

    inside = minutes - (minutes // abs(minutes)) * 2
    outside = api.post("/score", {"chat_id": fresh("t"), "occurred_at": stamp(now() + timedelta(minutes=minutes))})
    refused(outside, 422, "invalid_input")
    taken = api.post("/score", {"chat_id": fresh("t"), "occurred_at": stamp(now() + timedelta(minutes=inside))})
    assert taken.status_code == 200


def test_a_body_over_the_limit_is_refused(api: Api) -> None:
    refused(api.raw("/score", body(user_agent="M" * 1_000_000)), 413, "body_too_large")
    refused(api.raw("/score", b" " * (16 * 1024 + 1)), 413, "body_too_large")
    assert "16 KiB" in api.raw("/score", b" " * (16 * 1024 + 1)).get_json(force=True)["detail"]


@pytest.mark.parametrize(
    "content_type",
    ["text/plain", "application/x-www-form-urlencoded", "multipart/form-data; boundary=x", "", "application/xml",
     "application/json; charset=latin-1", "application/x-ndjson"],
)  # fmt: skip
def test_another_content_type_is_refused(api: Api, content_type: str) -> None:
    problem = refused(api.raw("/score", body(), content_type), 415, "unsupported_media_type")
    assert "application/json" in problem["detail"]


def test_a_compressed_body_is_refused(api: Api) -> None:
    answer = api.raw("/score", body(), **{"Content-Encoding": "gzip"})
    assert "Content-Encoding" in refused(answer, 415, "unsupported_media_type")["detail"]


@pytest.mark.parametrize("key", ["", "x" * 256, "with space", "é"])
def test_an_unusable_idempotency_key_is_refused(api: Api, key: str) -> None:
    refused(api.raw("/score", body(), **{"Idempotency-Key": key}), 400, "bad_request")


@pytest.mark.parametrize(
    ("method", "path", "allow"),
    [("GET", "/score", "OPTIONS, POST"), ("DELETE", "/score", "OPTIONS, POST"), ("BREW", "/score", "OPTIONS, POST"),
     ("POST", "/cues/a/b/1", "GET, HEAD, OPTIONS"), ("PUT", "/livez", "GET, HEAD, OPTIONS")],
)  # fmt: skip
def test_a_wrong_method_is_refused_with_those_allowed(api: Api, method: str, path: str, allow: str) -> None:
    answer = api.client.open(path, method=method, headers=api.headers())
    refused(answer, 405, "method_not_allowed")
    assert answer.headers["Allow"] == allow


@pytest.mark.parametrize("path", ["/", "/nothing", "/score/", "//score", "/cues/a/b", "/cues/a/b/c/d", "/static/x.js"])
def test_an_unknown_path_is_a_problem_too(api: Api, path: str) -> None:
    refused(api.get(path), 404, "not_found")


@pytest.mark.parametrize("path", ["/cues/A/default/1", "/cues/api/%20/1", "/cues/api/default/%3Cimg%3E",
                                  "/cues/api/default/leak@example.org", "/cues/api/default/" + "x" * 129])  # fmt: skip
def test_an_impossible_chat_name_is_refused(api: Api, path: str) -> None:
    refused(api.get(path), 422, "invalid_input")


def refused(answer: Any, status: int, code: str) -> dict[str, Any]:
    """A problem document of this status and code that repeats nothing it was sent."""
    assert answer.status_code == status, answer.text
    assert answer.content_type == "application/problem+json"
    problem: dict[str, Any] = json.loads(answer.data)
    assert (problem["status"], problem["code"]) == (status, code)
    assert problem["type"] == f"/problems/{code}"
    assert problem["title"]
    assert len(problem["detail"]) > 10
    assert problem["request_id"] == answer.headers["X-Request-Id"]
    assert not [leak for leak in LEAKS if leak in answer.text]
    assert "<" not in answer.text
    return problem
