"""Builds the OpenAPI 3.1 description from the routes and the wire models, so that it cannot drift from either."""

from __future__ import annotations

import inspect
import re
from collections.abc import Mapping
from typing import Any

from flask import Flask
from pydantic import BaseModel
from pydantic.json_schema import models_json_schema
from werkzeug.routing import Rule

from cuelight import __version__
from cuelight.core.policy_file import VERSION
from cuelight.web.answers import ProblemAnswer
from cuelight.web.models import ChatPath, CustomerPath
from cuelight.web.operation import Operation, operation_of
from cuelight.web.problems import KINDS

Json = dict[str, Any]

_ALWAYS = ("not_found", "method_not_allowed", "internal_error")
"""Answers any call may give; described once in the text, not in every operation."""

_ABOUT = """\
A cue beside every support chat: does this contact look like the customer?

Send a chat's facts to `POST /score`; show agents `GET /cues/…`; report what they found out. Chats never teach by
themselves: histories learn from proof (`POST /sightings`, outcomes `genuine`).

JSON in and out, strictly: unknown fields, repeated names and wrong types are refused. Errors are
`application/problem+json` with a stable `code`. Every write is idempotent by its content, so it may be repeated; an
`Idempotency-Key` header is accepted and needs no state. Any call may also answer 404, 405 or 500 with a problem.
"""


def build(app: Flask) -> Json:
    """The description of everything `app` serves that describes itself."""
    described = [
        (rule, operation, app.view_functions[rule.endpoint])
        for rule in app.url_map.iter_rules()
        if (operation := operation_of(app.view_functions[rule.endpoint])) is not None
    ]
    requests = {operation.request for _, operation, _ in described if operation.request}
    answers = {a.model for _, operation, _ in described for a in operation.answers.values() if a.model}
    refs, schemas = _schemas(requests, answers | {ProblemAnswer})
    paths: dict[str, Json] = {}
    for rule, operation, view in sorted(described, key=lambda entry: entry[0].rule):
        path = re.sub(r"<(?:\w+:)?(\w+)>", r"{\1}", rule.rule)
        for method in sorted((rule.methods or set()) - {"HEAD", "OPTIONS"}):
            paths.setdefault(path, {})[method.lower()] = _operation(rule, operation, view, refs)
    return {
        "openapi": "3.1.0",
        "info": {
            "title": "Cuelight",
            "version": __version__,
            "description": _ABOUT,
            "license": {"name": "Apache-2.0", "identifier": "Apache-2.0"},
        },
        "servers": [{"url": "/"}],
        "tags": [{"name": name} for name in dict.fromkeys(_tag(rule) for rule, _, _ in described)],
        "paths": paths,
        "components": {
            "schemas": schemas,
            "securitySchemes": {
                "key": {
                    "type": "http",
                    "scheme": "bearer",
                    "description": "An API key, `cue_<id>_<secret>`, made by `cuelight keys create`.",
                }
            },
        },
    }


def _schemas(
    requests: set[type[BaseModel]], answers: set[type[BaseModel]]
) -> tuple[Mapping[type[BaseModel], Json], Json]:
    wanted = [
        *((model, "validation") for model in sorted(requests, key=lambda m: m.__name__)),
        *((model, "serialization") for model in sorted(answers, key=lambda m: m.__name__)),
    ]
    found, document = models_json_schema(wanted, ref_template="#/components/schemas/{model}")  # type: ignore[arg-type]
    refs = {model: schema for (model, _), schema in found.items() if issubclass(model, BaseModel)}
    return refs, document["$defs"]


def _operation(rule: Rule, operation: Operation, view: Any, refs: Mapping[type[BaseModel], Json]) -> Json:
    made: Json = {
        "operationId": rule.endpoint.replace(".", "_"),
        "summary": operation.summary,
        "description": inspect.getdoc(view) or "",
        "tags": [_tag(rule)],
        "responses": _responses(operation, refs),
        "security": [],
    }
    if scope := view.__dict__.get("scope"):
        made["security"] = [{"key": []}]
        made["x-scope"] = scope
        made["description"] += f"\n\nNeeds a key with the scope `{scope}`."
    if parameters := [*_path(rule), *_query(operation), *_headers(operation)]:
        made["parameters"] = parameters
    if operation.request:
        made["requestBody"] = _request(operation, refs[operation.request])
    return made


def _tag(rule: Rule) -> str:
    endpoint: str = rule.endpoint
    return endpoint.partition(".")[0]


def _path(rule: Rule) -> list[Json]:
    schema = {**ChatPath.model_json_schema()["properties"], **CustomerPath.model_json_schema()["properties"]}
    examples = {"desk": "zendesk", "account": "acme", "chat_id": "7431", "customer_id": "u-1001"}
    schema["hook_id"], examples["hook_id"] = {"type": "string", "pattern": "^[a-z0-9]{8,64}$"}, "3f6c1d9a4b7e2058"
    schema["version"], examples["version"] = {"type": "string", "pattern": f"^{VERSION.pattern}$"}, "2026-11-24.5"
    schema["incident_id"] = {"type": "string", "pattern": "^i_[0-9a-f]{12,64}$"}
    examples["incident_id"] = "i_60d14e0c92a7b1f35c"
    return [
        {
            "name": name,
            "in": "path",
            "required": True,
            "schema": {key: value for key, value in schema[name].items() if key != "title"},
            "example": examples[name],
        }
        for name in ("desk", "account", "chat_id", "customer_id", "hook_id", "version", "incident_id")
        if name in rule.arguments
    ]


def _query(operation: Operation) -> list[Json]:
    if operation.query is None:
        return []
    found = operation.query.model_json_schema()["properties"]
    return [
        {"name": name, "in": "query", "required": False, "schema": {k: v for k, v in schema.items() if k != "title"}}
        for name, schema in found.items()
    ]


def _headers(operation: Operation) -> list[Json]:
    if operation.request:
        schema = {"type": "string", "pattern": "^[!-~]{1,255}$"}
        return [{"name": "Idempotency-Key", "in": "header", "required": False, "schema": schema}]
    if operation.etag:
        return [{"name": "If-None-Match", "in": "header", "required": False, "schema": {"type": "string"}}]
    return []


def _request(operation: Operation, schema: Json) -> Json:
    examples = {name.replace(" ", "-"): {"summary": name, "value": value} for name, value in operation.examples.items()}
    content: Json = {"application/json": {"schema": schema, "examples": examples}}
    if operation.lines:
        content["application/x-ndjson"] = {
            "schema": {"type": "string", "description": "One such object a line."},
        }
    return {"required": True, "content": content}


def _responses(operation: Operation, refs: Mapping[type[BaseModel], Json]) -> Json:
    made: Json = {}
    for status, answer in operation.answers.items():
        response: Json = {"description": answer.meaning}
        if answer.model:
            media: Json = {"schema": refs[answer.model]}
            if answer.example is not None:
                media["example"] = answer.example
            response["content"] = {answer.media_type: media}
        elif answer.media_type != "application/json":
            media = {"schema": {"type": "string"}}
            response["content"] = {
                answer.media_type: media if answer.example is None else media | {"example": answer.example}
            }
        made[str(status)] = response
    for code in (*operation.problems, *_ALWAYS):
        kind = KINDS[code]
        response = made.setdefault(
            str(kind.status),
            {"description": "", "content": {"application/problem+json": {"schema": refs[ProblemAnswer]}}},
        )
        response["description"] = " ".join(filter(None, [response["description"], f"`{code}`: {kind.advice}"]))
        if code == "store_unavailable":
            response["headers"] = {"Retry-After": {"schema": {"type": "integer"}}}
    return made
