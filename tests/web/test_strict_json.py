"""JSON with one meaning or none."""

from __future__ import annotations

import json

import pytest
from hypothesis import given
from hypothesis import strategies as st

from cuelight.web.strict_json import MAX_DEPTH, MalformedJson, loads, safe_name

TEXT = st.text(st.characters(codec="utf-8"))
VALUES = st.recursive(
    st.none() | st.booleans() | st.integers(-(2**53), 2**53) | st.floats(allow_nan=False, allow_infinity=False) | TEXT,
    lambda inner: st.lists(inner, max_size=4) | st.dictionaries(TEXT, inner, max_size=4),
    max_leaves=8,
)


@given(VALUES)
def test_whatever_has_one_meaning_is_read(value: object) -> None:
    assert loads(json.dumps(value).encode()) == value


@given(st.binary(max_size=300) | TEXT.map(str.encode))
def test_any_bytes_are_read_or_refused(raw: bytes) -> None:
    try:
        value = loads(raw)
    except MalformedJson:
        return
    assert json.loads(raw) == value


@pytest.mark.parametrize("levels", [1, MAX_DEPTH])
def test_depth_up_to_the_limit(levels: int) -> None:
    assert loads(b"[" * levels + b"]" * levels) is not None


@pytest.mark.parametrize("levels", [MAX_DEPTH + 1, 200, 990, 1010, 100_000])
def test_depth_beyond_the_limit(levels: int) -> None:
    with pytest.raises(MalformedJson):
        loads(b"[" * levels + b"]" * levels)


def test_many_objects_side_by_side_are_not_deep() -> None:
    assert loads(b"[" + b"{}," * 500 + b"{}]") == [{}] * 501


@pytest.mark.parametrize(
    ("name", "shown"),
    [("chat_id", "chat_id"), ("sec-ch-ua", "sec-ch-ua"), ("a.b", "a.b"), ("192.0.2.1", "(name not shown)"),
     ("a@example.org", "(name not shown)"), ("2001:db8::1", "(name not shown)"), ("x" * 65, "(name not shown)"),
     ("", "(name not shown)"), ("naïve", "(name not shown)"), ("<b>", "(name not shown)"), (7, "(name not shown)")],
)  # fmt: skip
def test_a_callers_name_is_repeated_only_if_plain(name: object, shown: str) -> None:
    assert safe_name(name) == shown
