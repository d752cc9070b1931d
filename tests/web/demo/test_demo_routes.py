"""The sample desk's routes: there in demo mode only, and lending nothing but what draws."""

from __future__ import annotations

import json
import re

import pytest
from tests.conftest import ROOT

from cuelight.app import Service


def key_of(service: Service) -> str:
    token: str = service.app.test_client().get("/demo/desk.json").get_json()["key"]
    return token


@pytest.mark.parametrize(
    "path", ["/demo/", "/demo/desk", "/demo/desk.json", "/demo/extension/content/cue.js", "/demo/static/desk.js"]
)
def test_without_demo_mode_there_is_no_desk(service: Service, path: str) -> None:
    answer = service.app.test_client().get(path)
    assert answer.status_code == 404
    assert answer.get_json()["code"] == "not_found"


def test_without_demo_mode_nobody_can_start_over(service: Service) -> None:
    assert service.app.test_client().post("/demo/start-over", json={}).status_code == 404


def test_the_page_allows_its_own_files_only(demo: Service) -> None:
    answer = demo.app.test_client().get("/demo/desk")
    assert answer.status_code == 200
    policy = answer.headers["Content-Security-Policy"]
    assert policy.startswith("default-src 'none'; script-src 'self'; style-src 'self'")
    assert "unsafe" not in policy
    html = answer.text
    assert not re.search(r"<script(?![^>]*\bsrc=)|\son\w+=|\sstyle=", html)
    assert re.findall(r'(?:src|href)="(https?:[^"]*)"', html) == ["https://db-ip.com"]  # the licence asks for it


def test_every_file_of_the_page_is_served(demo: Service) -> None:
    client = demo.app.test_client()
    files = re.findall(r'(?:src|href)="(/demo/[^"]+)"', client.get("/demo/desk").text)
    assert len(files) > 10
    assert {path: client.get(path).status_code for path in files if client.get(path).status_code != 200} == {}


def test_content_scripts_come_in_the_manifests_order(demo: Service) -> None:
    listed = json.loads((ROOT / "extension" / "manifest.json").read_bytes())["content_scripts"][0]["js"]
    html = demo.app.test_client().get("/demo/desk").text
    lent = re.findall(r'<script defer src="/demo/extension/(content/[^"]+)"', html)
    assert lent == [name for name in listed if name != "content/transport.js"]


@pytest.mark.parametrize(
    ("path", "kind"),
    [
        ("content/cue.js", "text/javascript; charset=utf-8"),
        ("panel/panel.css", "text/css; charset=utf-8"),
        ("desks/sample.json", "application/json"),
        ("_locales/en/messages.json", "application/json"),
        ("guard/en.json", "application/json"),
    ],
)
def test_the_extensions_drawing_files_are_lent(demo: Service, path: str, kind: str) -> None:
    answer = demo.app.test_client().get(f"/demo/extension/{path}")
    assert answer.status_code == 200
    assert answer.headers["Content-Type"] == kind
    assert answer.headers["X-Content-Type-Options"] == "nosniff"


@pytest.mark.parametrize(
    "path",
    [
        "manifest.json", "jsconfig.json", "types.d.ts", "panel/panel.html", "options/options.js", "content", "content/",
        "../pyproject.toml", "content/../../pyproject.toml", "content/../manifest.json", "content/%2e%2e/manifest.json",
        "content/\\..\\manifest.json", "content/..%2f..%2fdata/policy.json", "content//etc/passwd.json",
        "content/nothing.js",
    ],
)  # fmt: skip
def test_nothing_else_is_lent(demo: Service, path: str) -> None:
    assert demo.app.test_client().get(f"/demo/extension/{path}").status_code == 404


def test_the_pages_key_can_read_cues_and_give_outcomes_and_nothing_else(demo: Service) -> None:
    client = demo.app.test_client()
    auth = {"Authorization": f"Bearer {key_of(demo)}"}
    cue = client.get("/cues/sample/demo/1005", headers=auth)
    assert (cue.status_code, cue.get_json()["cue"]) == (200, "red")
    refused = client.post("/score", json={"chat_id": "x"}, headers=auth)
    assert (refused.status_code, refused.get_json()["code"]) == (403, "missing_scope")


def test_start_over_needs_the_key(demo: Service) -> None:
    client = demo.app.test_client()
    assert client.post("/demo/start-over", json={}).status_code == 401
    assert client.post("/demo/start-over", data="{}", content_type="text/plain").status_code == 401
    assert client.get("/demo/start-over").status_code == 405
    auth = {"Authorization": f"Bearer {key_of(demo)}"}
    assert client.post("/demo/start-over", json={}, headers=auth).status_code == 204
