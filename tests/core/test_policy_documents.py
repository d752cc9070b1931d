"""Documents: what is refused and by which field, the schema editors get, and what differs in words."""

from __future__ import annotations

import copy
import json
from collections.abc import Callable
from typing import Any

import jsonschema_rs
import pytest
from hypothesis import given
from hypothesis import strategies as st
from tests.conftest import ROOT

from cuelight.core.errors import PolicyInvalid
from cuelight.core.policy import ADVICE
from cuelight.core.policy_diff import changes
from cuelight.policies.reading import merged, read_document, schema

SHIPPED: dict[str, Any] = json.loads((ROOT / "data" / "policy.json").read_bytes())
VALIDATOR = jsonschema_rs.validator_for(schema())


def changed(**parts: Any) -> dict[str, Any]:
    return merged(copy.deepcopy(SHIPPED), parts)


def test_the_shipped_schema_is_the_one_the_code_makes_and_fits_the_shipped_policy() -> None:
    shipped = json.loads((ROOT / "data" / "policy.schema.json").read_bytes())
    assert shipped == schema(), "run: cuelight policy schema > data/policy.schema.json"
    jsonschema_rs.meta.validate(shipped)
    VALIDATOR.validate(SHIPPED)
    assert read_document({**SHIPPED, "$schema": "policy.schema.json"}).version == SHIPPED["version"]


def test_every_advice_may_have_a_text_of_its_own() -> None:
    for path in (ROOT / "data" / "wording").glob("*.json"):
        assert set(ADVICE) == set(json.loads(path.read_bytes())["advice"])
    own = {"de": dict.fromkeys(ADVICE, "Rufen Sie die Nummer\u00a0aus Atlas an.")}
    assert read_document(changed(advice=own)).advice == own


def test_some_floors_no_policy_is_without() -> None:
    """A lock, and being signed in as another account than the agent sees: they may be raised, not left out."""
    always = {"lock.on": "amber", "identity.other_account": "amber"}
    bare = changed()
    bare["floors"] = {}
    assert read_document(bare).floors == always
    bare["floors"] = {"identity.other_account": "red"}
    assert read_document(bare).floors == {**always, "identity.other_account": "red"}


WRONG: list[tuple[str, Callable[[], dict[str, Any]]]] = [
    ("thresholds.amber", lambda: changed(thresholds={"amber": 70, "red": 70})),
    ("thresholds.red", lambda: changed(thresholds={"red": 101})),
    ("thresholds.amber", lambda: changed(thresholds={"amber": True})),
    ("thresholds.reed", lambda: changed(thresholds={"reed": 1})),
    ("policy.treshold", lambda: changed(treshold=1)),
    ("policy.(a strange name)", lambda: changed(**{"<b>: x": 1})),
    ("version", lambda: changed(version="a/b")),
    ("version", lambda: changed(version="rollback")),
    ("version", lambda: changed(version=7)),
    ("note", lambda: changed(note="<script>")),
    ("signals.travel.weight", lambda: changed(signals={"travel": {"weight": 11}})),
    ("signals.travel.min_points", lambda: changed(signals={"travel": {"min_points": 1}})),
    ("signals.travel.constants.a", lambda: changed(signals={"travel": {"constants": {"a": 1}}})),
    ("signals.serial.constants.window_d", lambda: changed(signals={"serial": {"constants": {"window_d": None}}})),
    ("signals.travel", lambda: changed(signals={"travel": None})),
    ("signals.teleport", lambda: changed(signals={"teleport": {}})),
    ("floors.travel.teleport", lambda: changed(floors={"travel.teleport": "red"})),
    ("floors.incident.open", lambda: changed(floors={"incident.open": "green"})),
    ("trust.half_life_d", lambda: changed(trust={"half_life_d": "long"})),
    ("stakes.address", lambda: changed(stakes={"address": -1})),
    ("crowd_prior.os.Windows", lambda: changed(crowd_prior={"os": {"Windows": 1.5}})),
    ("verified_ceiling", lambda: changed(verified_ceiling="red")),
    ("advice.english", lambda: changed(advice={"english": {}})),
    ("advice.en.shout", lambda: changed(advice={"en": {"shout": "!"}})),
    ("advice.en.sign_in", lambda: changed(advice={"en": {"sign_in": " "}})),
    ("advice.en.sign_in", lambda: changed(advice={"en": {"sign_in": "Ask \u202ethem"}})),
    ("advice.en.sign_in", lambda: changed(advice={"en": {"sign_in": "x" * 301}})),
]  # fmt: skip


@pytest.mark.parametrize(("field", "make"), WRONG, ids=lambda value: value if isinstance(value, str) else "")
def test_what_is_wrong_is_named_by_its_field(field: str, make: Callable[[], dict[str, Any]]) -> None:
    with pytest.raises(PolicyInvalid) as caught:
        read_document(make())
    assert caught.value.field == field
    assert caught.value.problem
    assert "<" not in caught.value.field


FIELDS = [
    "version",
    "note",
    "thresholds",
    "signals",
    "floors",
    "trust",
    "stakes",
    "crowd_prior",
    "advice",
    "scale_nats",
]
JSON = st.recursive(
    st.none() | st.booleans() | st.floats(allow_nan=False) | st.integers(-200, 200) | st.text(max_size=8),
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(st.text(max_size=8), inner, max_size=3),
    max_leaves=6,
)


@given(st.dictionaries(st.sampled_from(FIELDS), JSON, max_size=3))
def test_any_document_is_read_or_refused_and_what_is_read_fits_the_schema(parts: dict[str, Any]) -> None:
    document = {**SHIPPED, **parts}
    try:
        read_document(document)
    except PolicyInvalid:
        return
    VALIDATOR.validate(document)


def test_what_differs_is_told_field_by_field() -> None:
    new = changed(
        version="other",
        note="another",
        thresholds={"amber": 45},
        floors={"incident.reported": None, "kind.tor": "amber"},
        crowd_prior={"asn": {"": 0.5}},
        verified_ceiling=None,
    )
    assert [change.text for change in changes(SHIPPED, new)] == [
        "thresholds.amber: 40 → 45",
        "floors.kind.tor: none → amber",
        "crowd_prior.asn.(others): 0.004 → 0.5",
        "floors.incident.reported: red → none",
        "verified_ceiling: amber → none",
    ]
    assert changes(SHIPPED, SHIPPED) == ()


def test_a_merge_patch_changes_what_it_names_and_nothing_else() -> None:
    base = {"a": {"b": 1, "c": 2}, "d": 3}
    assert merged(base, {"a": {"b": None, "e": {"f": 1}}, "d": [4]}) == {"a": {"c": 2, "e": {"f": 1}}, "d": [4]}
    assert base == {"a": {"b": 1, "c": 2}, "d": 3}
