"""`/openapi.json`, and the same for people at `/docs`: one page, no scripts, no requests to anywhere."""

from __future__ import annotations

import base64
import json
import re
from collections.abc import Iterator
from functools import cache
from hashlib import sha256
from importlib.resources import files
from typing import Any

from flask import Blueprint, Response, current_app, jsonify, redirect, render_template
from flask.typing import ResponseReturnValue
from markupsafe import Markup, escape

from cuelight.web import openapi
from cuelight.web.problems import KINDS, Problem

bp = Blueprint("docs", __name__)


@bp.get("/openapi.json")
def description() -> ResponseReturnValue:
    """The OpenAPI 3.1 description of this server."""
    return jsonify(_described())


@bp.get("/docs")
def page() -> ResponseReturnValue:
    """The description as a page."""
    style = _style()
    html = render_template(
        "docs.html", api=_described(), style=style, problems=KINDS.values(), calls=_calls(_described())
    )
    answer = Response(html, content_type="text/html; charset=utf-8")
    # The page's only resource is its own style, allowed by its hash: nothing else can load or run.
    digest = base64.b64encode(sha256(style.encode()).digest()).decode()
    answer.headers["Content-Security-Policy"] = (
        f"default-src 'none'; style-src 'sha256-{digest}'; frame-ancestors 'none'; base-uri 'none'; form-action 'none'"
    )
    return answer


@bp.get("/problems/<code>")
def problem(code: str) -> ResponseReturnValue:
    """Where the `type` of a problem document leads: its entry on the page."""
    if code not in KINDS:
        raise Problem("not_found", "There is no problem of this code. All codes are at /docs.")
    return redirect(f"/docs#problem-{code}", 303)


def _described() -> dict[str, Any]:
    """The description, built once for each application."""
    made: dict[str, Any] = current_app.extensions.setdefault("cuelight.openapi", {})
    if not made:
        made.update(openapi.build(current_app))
    return made


@cache
def _style() -> str:
    return files("cuelight.web").joinpath("templates/docs.css").read_text("utf-8")


def _calls(api: dict[str, Any]) -> list[dict[str, Any]]:
    """Every call with its schema tables, in the order of the page."""
    schemas = api["components"]["schemas"]
    order = ["score", "cues", "chats", "sightings", "health"]
    calls = [
        {
            "id": operation["operationId"],
            "method": method.upper(),
            "path": path,
            "short": re.sub(r"(/\{\w+\})+", "/…", path),
            "fields": _fields(operation, schemas),
            "examples": _examples(operation),
            **operation,
        }
        for path, methods in api["paths"].items()
        for method, operation in methods.items()
    ]
    return sorted(calls, key=lambda c: order.index(c["tags"][0]) if c["tags"][0] in order else len(order))


def _fields(operation: dict[str, Any], schemas: dict[str, Any]) -> list[dict[str, Any]]:
    body = operation.get("requestBody", {}).get("content", {}).get("application/json")
    if body is None:
        return []
    return list(_rows(schemas[_name(body["schema"])], schemas))


def _rows(schema: dict[str, Any], schemas: dict[str, Any], prefix: str = "") -> Iterator[dict[str, Any]]:
    """One row a field, required ones first, an object's own fields below it."""
    required = set(schema.get("required", ()))
    for name, field in sorted(schema["properties"].items(), key=lambda item: item[0] not in required):
        yield {
            "name": prefix + name,
            "type": _type(field, schemas),
            "required": name in required,
            "about": field.get("description", ""),
            "default": field.get("default"),
        }
        for option in (field, *field.get("anyOf", ())):
            if "properties" in (inner := schemas.get(_name(option), {})):
                yield from _rows(inner, schemas, f"{prefix}{name}.")


def _name(schema: dict[str, Any]) -> str:
    return str(schema.get("$ref", "")).rpartition("/")[2]


def _type(field: dict[str, Any], schemas: dict[str, Any]) -> str:
    """A schema in a few words."""
    match field:
        case {"$ref": str()}:
            return _type(schemas[_name(field)], schemas)
        case {"enum": list(values)}:
            return " | ".join(str(value) for value in values if value is not None)
        case {"anyOf": list(options)}:
            return " or ".join(_type(option, schemas) for option in options if option != {"type": "null"})
        case {"type": "array", "items": dict(item)}:
            return f"list of {_type(item, schemas)}"
        case {"type": "string", "format": "date-time"}:
            return "time (RFC 3339, with offset)"
        case {"type": str(kind)}:
            return kind
        case _:
            return "any"


def _examples(operation: dict[str, Any]) -> list[tuple[str, str]]:
    shown: list[tuple[str, str]] = []
    body = operation.get("requestBody", {}).get("content", {}).get("application/json", {})
    for example in body.get("examples", {}).values():
        shown.append((f"Request: {example['summary']}", _pretty(example["value"])))
    for status, response in operation["responses"].items():
        for media in response.get("content", {}).values():
            if "example" in media:
                shown.append((f"Answer {status}", _pretty(media["example"])))
    return shown


def _pretty(value: object) -> str:
    return json.dumps(value, indent=2, ensure_ascii=False)


@bp.app_template_filter("prose")
def prose(text: str) -> Markup:
    """Plain text with `code` marks and blank lines between paragraphs, escaped."""
    paragraphs = [str(escape(part.strip())) for part in re.split(r"\n\s*\n", text) if part.strip()]
    marked = [re.sub(r"`([^`]+)`", r"<code>\1</code>", part) for part in paragraphs]
    marked = [re.sub(r"\*([^*]+)\*", r"<em>\1</em>", part) for part in marked]
    return Markup("".join(f"<p>{part}</p>" for part in marked))  # noqa: S704 - escaped above
