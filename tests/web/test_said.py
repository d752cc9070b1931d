"""Errors in plain words: every pattern a field has is explained, and what was lost on the way is guessed at."""

from __future__ import annotations

import inspect
import json
import re
from collections.abc import Callable, Iterator

import pytest
from pydantic import BaseModel
from tests.conftest import Api

from cuelight.web import collect_wire, models, models_incidents, models_policies
from cuelight.web.said import FORMS, said

WIRES = [
    found
    for module in (models, models_incidents, models_policies, collect_wire)
    for _, found in inspect.getmembers(module, inspect.isclass)
    if issubclass(found, BaseModel) and found not in (BaseModel, models.Wire)
]


def patterns(schema: object) -> Iterator[str]:
    if isinstance(schema, dict):
        for name, value in schema.items():
            if name == "pattern":
                yield str(value)
            elif name == "patternProperties":
                yield from value
            yield from patterns(value)
    elif isinstance(schema, list):
        for value in schema:
            yield from patterns(value)


def test_every_pattern_is_explained_without_showing_it() -> None:
    asked = {pattern for wire in WIRES for pattern in patterns(wire.model_json_schema())}
    assert len(asked) > 10
    for pattern in asked:
        told = said("string_pattern_mismatch", "", {"pattern": pattern})
        assert "not taken here" not in told
        assert "^" not in told
    assert asked >= FORMS.keys()


@pytest.mark.parametrize(
    ("kind", "context", "told"),
    [
        ("greater_than_equal", {"ge": 1}, "must be at least 1"),
        ("less_than_equal", {"le": 90}, "must be at most 90"),
        ("int_parsing", {}, "must be a whole number"),
        ("enum", {"expected": "'a', 'b' or 'c'"}, "must be one of a, b, c"),
        ("string_too_short", {"min_length": 2}, "is shorter than 2 characters"),
        ("too_short", {"min_length": 1}, "is empty"),
    ],
)
def test_bounds_are_told_plainly(kind: str, context: dict[str, object], told: str) -> None:
    assert said(kind, "Input should be something", context) == told


def test_objects_that_lost_their_line_ends_are_recognised(api: Api) -> None:
    line = json.dumps({"customer_id": "u-1", "occurred_at": "2026-11-24T12:00:00Z"})
    sent = api.client.post(
        "/sightings", data=line + line, content_type="application/x-ndjson", headers=api.headers()
    ).get_json(force=True)
    assert "--data-binary" in sent["detail"]
    broken = api.client.post(
        "/sightings", data="{" + line, content_type="application/x-ndjson", headers=api.headers()
    ).get_json(force=True)
    assert "--data-binary" not in broken["detail"]


@pytest.mark.parametrize("header", ["Bearer cue_...", "Bearer x"])
def test_a_placeholder_is_no_key(api: Api, header: str) -> None:
    refused = api.client.get("/cues/api/default/1", headers={"Authorization": header}).get_json(force=True)
    assert refused["detail"].startswith("This is not a key.")


def test_a_missing_scope_says_how_to_get_it(api_with: Callable[..., Api]) -> None:
    refused = api_with("cue").post("/score", {"chat_id": "1"}).get_json(force=True)
    assert "cuelight keys create --scope score" in refused["detail"]


def test_our_own_refusals_are_sentences(api: Api) -> None:
    refused = api.post("/chats/api/default/nobody-scored-it/outcome", {"outcome": "unknown", "by": "Sam"})
    assert re.fullmatch(r"[A-Z].*\.", refused.get_json(force=True)["detail"])
