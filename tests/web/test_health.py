"""`/livez`, `/readyz`, and what every call says while the store is out: never a guess, never green."""

from __future__ import annotations

import os
import signal
import time
from collections.abc import Callable, Iterator
from contextlib import closing, contextmanager
from pathlib import Path

import pytest
from tests.conftest import Api, api_for, as_impostor, at_home, fresh, now, settings_for, stamp

from cuelight.app import Service, open_service

NO_STORE = "redis://127.0.0.1:9/0"


def test_live_and_ready(api: Api) -> None:
    assert api.client.get("/livez").get_json() == {"status": "live"}
    ready = api.client.get("/readyz")
    checks = ready.get_json()["checks"]
    assert ready.status_code == 200
    assert checks["store"] == {
        "status": "ok",
        "durability": "standard",
        "kept": True,
        "means": "a killed process loses nothing; a power cut may cost decisions of the last 2 seconds",
    }
    assert checks["geo"]["status"] == "ok"
    assert all(file["built_at"] for file in checks["geo"]["files"])
    assert checks["policy"]["version"]


def test_without_geography_the_service_is_ready_and_says_so(folder: Path) -> None:
    with closing(open_service(settings_for(folder, geo_dir=folder / "none"))) as service:
        ready = service.app.test_client().get("/readyz")
        assert ready.status_code == 200
        assert ready.get_json()["checks"]["geo"]["status"] == "missing"
        api = api_for(service)
        assert "no_geo_data" in [gap["why"] for gap in api.score(chat_id="1", **at_home("u"))["not_assessed"]]


def hurried(service: Service, api: Api) -> Api:
    """The same key through a client that takes the first answer."""
    return Api(service.app.test_client(), api.token)


def calls(api: Api) -> Iterator[tuple[str, object]]:
    """One request of every kind that needs the store."""
    yield "score", lambda: api.post("/score", {"chat_id": fresh("c"), **as_impostor("u")})
    yield "score, no facts", lambda: api.post("/score", {"chat_id": fresh("c")})
    yield "cue", lambda: api.get("/cues/api/default/known")
    yield "unknown cue", lambda: api.get("/cues/api/default/unknown")
    yield "outcome", lambda: api.outcome("known", outcome="impersonation")
    yield "sighting", lambda: api.post("/sightings", at_home("u", occurred_at=stamp(now())))
    event = {"customer_id": "u", "kind": "signed_in", "occurred_at": stamp(now())}
    yield "account event", lambda: api.post("/events", event)


@contextmanager
def hung(process: int) -> Iterator[None]:
    os.kill(process, signal.SIGSTOP)
    try:
        yield
    finally:
        os.kill(process, signal.SIGCONT)


def test_a_store_that_hangs_is_a_503_in_half_a_second_and_back_when_it_is(own_service: Service) -> None:
    api = api_for(own_service)
    api.score(chat_id="known", **at_home("u"))
    api = hurried(own_service, api)
    assert own_service.stores.server is not None
    assert own_service.stores.server.pid is not None
    with hung(own_service.stores.server.pid):
        for name, call in calls(api):
            started = time.perf_counter()
            refused_for_want_of_a_store(name, call())
            assert time.perf_counter() - started < 0.5, name
        assert api.client.get("/livez").status_code == 200
        ready = api.client.get("/readyz")
        assert ready.status_code == 503
        checks = ready.get_json(force=True)["checks"]
        assert checks["store"]["status"] == "unavailable"
        assert "the store" in checks["store"]["why"]
        assert checks["policy"]["version"]
    deadline = time.monotonic() + 2
    while api.client.get("/readyz").status_code != 200:
        assert time.monotonic() < deadline
    assert api_for(own_service).cue("known")["decision_id"]


def test_a_store_that_lost_everything_is_out_not_new(own_service: Service) -> None:
    api = api_for(own_service)
    api.score(chat_id="known", **at_home("u"))
    api = hurried(own_service, api)
    assert own_service.stores.link is not None
    own_service.stores.link.call("FLUSHALL")
    for name, call in calls(api):
        refused_for_want_of_a_store(name, call())
    assert api.client.get("/readyz").status_code == 503


def test_a_store_that_never_was_is_out_from_the_first_request(folder: Path) -> None:
    with closing(open_service(settings_for(folder, redis_url=NO_STORE))) as service:
        client = service.app.test_client()
        assert client.get("/readyz").status_code == 503
        answer = client.post(
            "/score", json={"chat_id": "1"}, headers={"Authorization": "Bearer cue_00000000_" + "x" * 43}
        )
        refused_for_want_of_a_store("key", answer)
        assert client.get("/openapi.json").status_code == 200


def refused_for_want_of_a_store(name: str, answer: object) -> None:
    from werkzeug.test import TestResponse

    assert isinstance(answer, TestResponse)
    assert answer.status_code == 503, (name, answer.text)
    problem = answer.get_json(force=True)
    assert problem["code"] == "store_unavailable"
    assert int(answer.headers["Retry-After"]) >= 1
    assert "cue" not in problem
    assert "127.0.0.1" not in answer.text
    assert ".sock" not in answer.text


@pytest.mark.parametrize("path", ["/livez", "/docs", "/openapi.json"])
def test_calls_that_need_nothing_need_no_key(api: Api, path: str) -> None:
    assert api.client.get(path).status_code == 200


def test_metrics_tell_what_readiness_and_the_health_page_count(api_with: Callable[..., Api]) -> None:
    assert api_with("score").get("/metrics").status_code == 403
    answer = api_with("metrics").get("/metrics")
    assert (answer.status_code, answer.content_type) == (200, "text/plain; version=0.0.4; charset=utf-8")
    lines = answer.text.splitlines()
    values = dict(line.rsplit(" ", 1) for line in lines if not line.startswith("#"))
    assert values["cuelight_store_up"] == values["cuelight_store_durability_kept"] == "1"
    assert values["cuelight_alerts_lost"] == "0"
    assert any(name.startswith("cuelight_policy_info{version=") for name in values)
    assert sum(name.startswith("cuelight_geo_built_timestamp_seconds{type=") for name in values) >= 2
    for name, value in values.items():
        assert f"# TYPE {name.partition('{')[0]} gauge" in lines
        assert float(value) >= 0
