"""Every example of `docs/api.md` and of the README, sent to a real application as somebody would paste it."""

from __future__ import annotations

import json
import re
import subprocess
import sys
import threading
from typing import Any

import pytest
from tests.conftest import ROOT, Api, fresh, now, stamp
from werkzeug.serving import make_server

from cuelight.app import Service

API = (ROOT / "docs" / "api.md").read_text("utf-8")
README = (ROOT / "README.md").read_text("utf-8")
_BLOCK = re.compile(r"^## (?P<heading>[^\n]*)$|^```(?P<language>\w+)\n(?P<text>.*?)^```$", re.M | re.S)
_CURL = re.compile(r"^curl -s http://127\.0\.0\.1:8000(?P<path>/\S+) .*? -d '(?P<body>.*?)'\n", re.M | re.S)
_NOW = "'$(date -u +%FT%TZ)'"


def blocks(text: str, language: str) -> list[tuple[str, str]]:
    """(heading above, text) of each."""
    heading, found = "", []
    for match in _BLOCK.finditer(text):
        heading = match["heading"] or heading
        if match["language"] == language:
            found.append((heading, match["text"]))
    return found


def curls(text: str) -> list[tuple[str, str]]:
    """(path, body) of each call from a shell, with its clock read."""
    told = text.replace(_NOW, stamp(now()))
    return [(match["path"], match["body"]) for match in _CURL.finditer(told)]


def test_requests_of_the_handbook_are_taken_as_they_stand(api: Api) -> None:
    sent = 0
    for heading, text in blocks(API, "json"):
        document = json.loads(text)
        if (call := re.fullmatch(r"`POST (/\S+)`", heading)) is None:
            assert heading == "Errors", heading
            continue
        path = call[1].format(desk="zendesk", account="acme", chat_id="7431")
        answer = api.post(path, document)
        assert answer.status_code == 200, (path, answer.text)
        sent += 1
    assert sent >= 3
    assert len(curls(API)) >= 1
    for path, body in curls(API):
        answer = api.post(path, json.loads(body))
        assert answer.status_code == 200, (path, answer.text)


def test_the_error_of_the_handbook_is_what_is_answered(api: Api) -> None:
    (shown,) = (json.loads(text) for heading, text in blocks(API, "json") if heading == "Errors")
    answered = api.post("/score", {"chat_id": fresh("c"), "ip": "fe80::1%eth0"}).get_json(force=True)
    assert {**answered, "request_id": shown["request_id"]} == shown


def keys(document: Any) -> Any:
    """The shape: names of fields, without values."""
    return {name: keys(value) for name, value in document.items()} if isinstance(document, dict) else None


def test_the_readmes_call_gives_an_answer_of_the_shape_it_shows(api: Api) -> None:
    ((path, body),) = curls(README)
    (shown,) = (json.loads(text) for _, text in blocks(README, "json"))
    answer = api.post(path, json.loads(body))
    assert answer.status_code == 200, answer.text
    answered = answer.get_json()
    assert answered["chat"] == shown["chat"]
    # Others may have reported the README's customer before; and not every cue has another it would be.
    either = {"would_be": None, "incident": None}
    assert keys({**answered, **either}) == keys({**shown, **either})


def test_the_client_of_the_handbook_runs(service: Service, api: Api) -> None:
    ((_, code),) = blocks(API, "python")
    server = make_server("127.0.0.1", 0, service.app, threaded=True)
    serving = threading.Thread(target=server.serve_forever, daemon=True)
    serving.start()
    try:
        client = code.replace(":8000", f":{server.server_port}").replace("timeout=2", "timeout=60")
        ran = [_run(client, api.token), _run(client, "cue_none")]
    finally:
        server.shutdown()
        serving.join(10)
        server.server_close()
    ran.append(_run(code.replace(":8000", f":{server.server_port}"), api.token))
    scored, refused, silent = ran
    assert "'decision_id'" in scored
    assert "'cue': 'grey'" in refused
    assert "This is not a key." in refused
    assert "no answer" in silent


def _run(code: str, key: str) -> str:
    told = subprocess.run(
        [sys.executable, "-c", code], env={"CUELIGHT_API_KEY": key}, capture_output=True, text=True, check=True
    )
    return told.stdout


@pytest.mark.parametrize("method", ["outcome", "disclosures"])
def test_every_field_of_a_body_is_told(method: str) -> None:
    from cuelight.web.models import DisclosureRequest, OutcomeRequest

    model = OutcomeRequest if method == "outcome" else DisclosureRequest
    told = API.partition(f"/{method}`\n\n")[2].partition("\n## ")[0]
    for field in model.model_fields:
        assert f"| `{field}` |" in told
