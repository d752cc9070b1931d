"""The description and its page: valid, complete, true to what the server does, and safe to open."""

from __future__ import annotations

import base64
import re
from collections.abc import Iterator
from hashlib import sha256
from html.parser import HTMLParser
from typing import Any

import jsonschema_rs
import pytest
import schemathesis
from tests.conftest import ROOT, Api, as_impostor, fresh

from cuelight.app import Service
from cuelight.web.problems import KINDS


@pytest.fixture(scope="module")
def spec(api: Api) -> dict[str, Any]:
    found: dict[str, Any] = api.client.get("/openapi.json").get_json()
    return found


def test_the_description_is_valid_openapi(service: Service) -> None:
    schema = schemathesis.openapi.from_wsgi("/openapi.json", service.app)
    schema.validate()
    assert schema.raw_schema["openapi"].startswith("3.1")


def test_every_schema_is_a_schema_and_every_reference_leads_somewhere(spec: dict[str, Any]) -> None:
    schemas = spec["components"]["schemas"]
    for name, schema in schemas.items():
        jsonschema_rs.meta.validate({"$schema": "https://json-schema.org/draft/2020-12/schema", **schema})
        assert schema.get("type") == "object" or "enum" in schema, name
    for ref in references(spec):
        assert ref.rpartition("/")[2] in schemas, ref


def references(value: Any) -> Iterator[str]:
    if isinstance(value, dict):
        if isinstance(value.get("$ref"), str):
            yield value["$ref"]
        for inner in value.values():
            yield from references(inner)
    elif isinstance(value, list):
        for inner in value:
            yield from references(inner)


def operations(spec: dict[str, Any]) -> Iterator[tuple[str, dict[str, Any]]]:
    for path, methods in spec["paths"].items():
        for method, operation in methods.items():
            yield f"{method.upper()} {path}", operation


OPEN = {"GET /livez", "GET /readyz", "POST /enrolments", "POST /enrolments/{enrolment_id}/token"}
OPEN |= {"POST /desks/{desk}/{hook_id}", "POST /collect"}
"""Calls without a key: what an orchestrator asks, and those where a code, a secret or a signature is the key."""


def test_every_resource_is_described(service: Service, spec: dict[str, Any]) -> None:
    described = {name for name, _ in operations(spec)}
    served = {
        f"{method} {re.sub('<(?:[a-z]+:)?', '{', rule.rule).replace('>', '}')}"
        for rule in service.app.url_map.iter_rules()
        for method in (rule.methods or set()) - {"HEAD", "OPTIONS"}
        if not rule.endpoint.startswith(("docs.", "collect.script", "console.", "notice."))
    }
    assert described == served
    for name, operation in operations(spec):
        assert operation["summary"], name
        assert len(operation["description"]) > 40, name
        assert {"404", "405", "500"} <= set(operation["responses"]), name
        assert bool(operation["security"]) == (name not in OPEN), name


def test_every_example_fits_its_schema(spec: dict[str, Any]) -> None:
    seen = 0
    for name, operation in operations(spec):
        body = operation.get("requestBody", {}).get("content", {}).get("application/json")
        pairs = [(body["schema"], e["value"]) for e in body["examples"].values()] if body else []
        for response in operation["responses"].values():
            for media in response.get("content", {}).values():
                if "example" in media:
                    pairs.append((media["schema"], media["example"]))
        for schema, example in pairs:
            validator(spec, schema).validate(example)
            seen += 1
        bodies = [answer for status, answer in operation["responses"].items() if status < "300" and "content" in answer]
        assert pairs or not bodies, name
    assert seen >= 12


def validator(spec: dict[str, Any], schema: dict[str, Any]) -> Any:
    return jsonschema_rs.validator_for({**schema, "components": spec["components"]})


def test_real_answers_fit_their_schemas(api: Api, spec: dict[str, Any]) -> None:
    chat_id, customer_id = fresh("c"), api.settled_customer()
    decision = api.score(chat_id=chat_id, **as_impostor(customer_id))
    fits(spec, "/score", "post", decision)
    fits(spec, "/score", "post", api.score(chat_id=fresh("c")))
    cues, outcomes = "/cues/{desk}/{account}/{chat_id}", "/chats/{desk}/{account}/{chat_id}/outcome"
    fits(spec, cues, "get", api.cue(chat_id))
    fits(spec, cues, "get", api.cue(fresh("never")))
    fits(spec, outcomes, "post", api.outcome(chat_id, outcome="impersonation").get_json())
    fits(spec, cues, "get", api.cue(chat_id))
    fits(spec, "/readyz", "get", api.client.get("/readyz").get_json())
    problem = api.post("/score", {}).get_json(force=True)
    fits(spec, "/score", "post", problem, 422)


def fits(spec: dict[str, Any], path: str, method: str, answer: Any, status: int = 200) -> None:
    media = "application/json" if status < 400 else "application/problem+json"
    schema = spec["paths"][path][method]["responses"][str(status)]["content"][media]["schema"]
    validator(spec, schema).validate(answer)


class Page(HTMLParser):
    def __init__(self, html: str) -> None:
        super().__init__()
        self.tags: list[tuple[str, dict[str, str | None]]] = []
        self.feed(html)

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        self.tags.append((tag, dict(attrs)))


def test_the_page_shows_every_call_and_every_problem(api: Api, spec: dict[str, Any]) -> None:
    html = api.client.get("/docs").text
    ids = {attributes["id"] for _, attributes in Page(html).tags if "id" in attributes}
    assert {operation["operationId"] for _, operation in operations(spec)} <= ids
    assert {f"problem-{code}" for code in KINDS} <= ids
    for tag, attributes in Page(html).tags:
        if tag == "a" and (attributes["href"] or "").startswith("#"):
            assert (attributes["href"] or "")[1:] in ids


def test_the_page_loads_and_runs_nothing(api: Api) -> None:
    answer = api.client.get("/docs")
    page = Page(answer.text)
    assert not [tag for tag, _ in page.tags if tag in ("script", "img", "link", "iframe", "form", "object")]
    assert not [a for _, attributes in page.tags for a in attributes if a == "style" or a.startswith("on")]
    policy = answer.headers["Content-Security-Policy"]
    assert policy.startswith("default-src 'none'")
    assert "unsafe" not in policy
    style = re.search(r"<style>(.*?)</style>", answer.text, re.S)
    assert style is not None
    assert f"'sha256-{base64.b64encode(sha256(style[1].encode()).digest()).decode()}'" in policy


def test_a_problems_type_leads_to_its_entry(api: Api) -> None:
    for code in KINDS:
        answer = api.client.get(f"/problems/{code}")
        assert (answer.status_code, answer.headers["Location"]) == (303, f"/docs#problem-{code}")
    assert api.client.get("/problems/nothing").status_code == 404


@pytest.mark.parametrize("path", ["/livez", "/docs", "/openapi.json", "/nothing", "/cues/api/default/1"])
def test_every_answer_carries_safe_headers(api: Api, path: str) -> None:
    headers = api.get(path).headers
    assert headers["X-Content-Type-Options"] == "nosniff"
    assert headers["Cache-Control"] == "no-store"
    assert headers["Referrer-Policy"] == "no-referrer"
    assert "default-src 'none'" in headers["Content-Security-Policy"]
    assert "frame-ancestors 'none'" in headers["Content-Security-Policy"]
    assert re.fullmatch(r"[0-9a-f]{16}", headers["X-Request-Id"])


def test_the_handbook_names_every_call_and_every_problem(spec: dict[str, Any]) -> None:
    handbook = (ROOT / "docs" / "api.md").read_text("utf-8")
    for path in spec["paths"]:
        assert path in handbook or f"…/{path.rpartition('/')[2]}" in handbook, path
    for kind in KINDS.values():
        assert f"| `{kind.code}` | {kind.status} |" in handbook
