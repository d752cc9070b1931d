"""Whatever is sent, the answer is a decision or a problem document: never a 5xx, never somebody else's shape."""

from __future__ import annotations

import json
import os
import time
from contextlib import suppress
from datetime import timedelta
from itertools import product
from typing import Any

import schemathesis
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from hypothesis.errors import Unsatisfiable
from pydantic import ValidationError
from schemathesis import GenerationMode
from schemathesis.checks import not_a_server_error
from schemathesis.specs.openapi.checks import (
    content_type_conformance,
    response_schema_conformance,
    status_code_conformance,
)
from tests.conftest import Api, as_impostor, now

from cuelight.core.errors import InvalidInput
from cuelight.core.facts import ChatFacts
from cuelight.web.facts import chat_facts
from cuelight.web.models import ScoreRequest

MANY = int(os.environ.get("CUELIGHT_FUZZ", "300"))
"""Examples a test; with `CUELIGHT_FUZZ=17000` a hundred thousand bodies are sent in all."""

SLOW_IS_FINE = (HealthCheck.too_slow, HealthCheck.function_scoped_fixture, HealthCheck.data_too_large)
fuzz = settings(max_examples=MANY, deadline=None, suppress_health_check=SLOW_IS_FINE)

ODD_WORDS = [
    "", " ", "\x00", "\u202e", "<img src=x onerror=1>", "{{7*7}}", "%s%n", "' OR 1=1 --", "../../etc",
    "${jndi:ldap://x}", "\r\nSet-Cookie: a=b", "fe80::1%<img>", "0x7f.1", "\uff11.2.3.4", "\U0010ffff" * 9,
]  # fmt: skip
ODD_TEXT = st.text(max_size=60) | st.sampled_from(ODD_WORDS)
ODD = st.recursive(
    st.one_of(st.none(), st.booleans(), st.integers(), st.floats(), ODD_TEXT, st.binary(max_size=9).map(repr)),
    lambda inner: st.lists(inner, max_size=4) | st.dictionaries(ODD_TEXT, inner, max_size=4),
    max_leaves=8,
)
FIELDS = sorted(ScoreRequest.model_fields)


@st.composite
def mutated(draw: st.DrawFn) -> dict[str, Any]:
    """A good request with a few of its values, at any depth, replaced by odd ones."""
    request: dict[str, Any] = {"chat_id": "fuzz", **as_impostor("fuzz"), "asks": ["card"], "client_hints": {}}
    request["connection"] = {"tls_version": "1.3"}
    for _ in range(draw(st.integers(1, 3))):
        target = request
        while nested := [name for name, value in target.items() if isinstance(value, dict)]:
            if draw(st.booleans()):
                break
            target = target[draw(st.sampled_from(nested))]
        name = draw(st.one_of(st.sampled_from(FIELDS), st.sampled_from(sorted(target) or ["x"]), ODD_TEXT))
        target[name] = draw(ODD)
    return request


def sound(answer: Any) -> None:
    assert answer.status_code in (200, 204, 400, 413, 415, 422), answer.text
    if answer.status_code >= 400:
        assert answer.content_type == "application/problem+json"
        assert json.loads(answer.data)["detail"]
    elif answer.data:
        assert json.loads(answer.data)


@fuzz
@given(mutated())
def test_mutated_requests(api: Api, request_: dict[str, Any]) -> None:
    sound(api.raw("/score", json.dumps(request_).encode()))


@fuzz
@given(st.one_of(st.binary(max_size=400), ODD.map(lambda value: json.dumps(value).encode())))
def test_any_bytes_on_every_write(api: Api, body: bytes) -> None:
    for path in ("/score", "/sightings", "/events", "/chats/api/default/fuzz/outcome"):
        sound(api.raw(path, body))
    sound(api.raw("/sightings", body, "application/x-ndjson"))


@fuzz
@given(ODD_TEXT, ODD_TEXT, ODD_TEXT)
def test_any_path(api: Api, desk: str, account: str, chat_id: str) -> None:
    from urllib.parse import quote

    path = "/cues/" + "/".join(quote(part.encode("utf-8", "replace"), safe="") for part in (desk, account, chat_id))
    assert api.get(path).status_code in (200, 404, 405, 422)


@fuzz
@given(mutated())
def test_what_passes_is_within_bounds(request_: dict[str, Any]) -> None:
    try:
        facts = chat_facts(ScoreRequest.model_validate(request_), now(), timedelta(hours=24))
    except (ValidationError, InvalidInput):
        return
    assert isinstance(facts, ChatFacts)
    assert len(facts.key.chat_id) <= 128
    assert facts.contact.ip is None or ("%" not in facts.contact.ip and len(facts.contact.ip) <= 45)
    assert len(facts.contact.components) <= 64
    assert facts.contact.user_agent is None or facts.contact.user_agent.isprintable()


def test_requests_made_from_the_description(api: Api, service: Any) -> None:
    """schemathesis makes good and bad requests for every call from `/openapi.json`; each answer must be described."""
    checks = [not_a_server_error, status_code_conformance, content_type_conformance, response_schema_conformance]
    schema = schemathesis.openapi.from_wsgi("/openapi.json", service.app)
    operations = [result.ok() for result in schema.get_all_operations()]
    assert len(operations) >= 7
    for operation, mode in product(operations, GenerationMode):

        @settings(max_examples=max(20, MANY // 15), deadline=None, suppress_health_check=list(HealthCheck))
        @given(case=operation.as_strategy(generation_mode=mode))
        def run(case: Any) -> None:
            answer = case.call(headers=api.headers())
            for _ in range(5):
                if answer.status_code == 503:  # the store had to wait for its turn; see PatientClient
                    time.sleep(0.2)
                    answer = case.call(headers=api.headers())
            case.validate_response(answer, checks=checks)

        # A call without parameters or body has no wrong request to make.
        with suppress(Unsatisfiable):
            run()
