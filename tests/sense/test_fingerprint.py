from __future__ import annotations

from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from cuelight.sense.fingerprint import KNOWN, MAX_COMPONENTS, canonical, component_tokens
from cuelight.sense.tokens import Tokens

TOKENS = Tokens(bytes(range(32)))


@pytest.mark.parametrize(
    ("name", "one", "same"),
    [
        ("screen", "1920x1080", "1080x1920"),  # a turned phone
        ("screen", "1920x1080", ["1920", "1080"]),
        ("screen", "1920x1080", " 1920 x 1080 "),
        ("pixel_ratio", 2, 2.0),
        ("pixel_ratio", 2, "2.0"),
        ("pixel_ratio", 1.1, 1.100000023841858),
        ("cores", 8, "8"),
        ("touch", 0, False),
        ("touch", 0, -0.0),
        ("languages", ["en-US", "en"], "en_us, en;q=0.9"),
        ("languages", "en-US,en,en", "en-US,en"),
        ("fonts", ["Arial", "Courier"], ["Courier", "Arial", "Arial"]),
        ("fonts", ["Arial", "Courier"], "Courier,Arial"),
        ("gpu", "ANGLE (X)", " ANGLE (X) "),
        ("vendor_x", 3, 3.0),
    ],
)
def test_equal_values_are_spelt_alike(name: str, one: Any, same: Any) -> None:
    assert canonical({name: one}) == canonical({name: same}) != {}


@pytest.mark.parametrize(
    ("name", "one", "other"),
    [
        ("screen", "1920x1080", "1920x1200"),
        ("languages", "en,de", "de,en"),
        ("canvas", "abc", "ABC"),
        ("cores", 8, 80),
        ("vendor_x", ["a", "b"], ["b", "a"]),
        ("vendor_x", True, 1),
    ],
)
def test_different_values_stay_different(name: str, one: Any, other: Any) -> None:
    assert canonical({name: one}) != canonical({name: other})


def test_what_cannot_be_compared_is_left_out() -> None:
    odd: dict[str, Any] = {
        "gpu": "",
        "canvas": "x" * 10_000,
        "a b": "x",
        "n" * 65: "x",
        "": "x",
        "audio": float("nan"),
        "memory": float("inf"),
        "nested": {"a": 1},
        "none": None,
        "languages": [],
        "fonts": [],
        "huge": 10**400,
    }
    assert canonical(odd) == {}


def test_padding_does_not_push_out_the_known_names() -> None:
    padded = {f"a{n:03}": "x" for n in range(500)} | dict.fromkeys(KNOWN, "1")
    kept = canonical(padded)
    assert len(kept) == MAX_COMPONENTS
    assert set(KNOWN) <= set(kept)


def test_tokens_are_sorted_and_kept_apart_by_name() -> None:
    made = component_tokens(canonical({"touch": 1, "cores": 1, "memory": 1}), TOKENS)
    assert [name for name, _ in made] == ["cores", "memory", "touch"]
    assert len({token for _, token in made}) == 3


_values = st.recursive(
    st.none() | st.booleans() | st.integers() | st.floats() | st.text(max_size=50) | st.binary(max_size=5),
    lambda inner: st.lists(inner, max_size=4) | st.dictionaries(st.text(max_size=4), inner, max_size=3),
    max_leaves=6,
)


@given(st.dictionaries(st.sampled_from(KNOWN) | st.text(max_size=70), _values, max_size=40))
def test_any_components_read(components: dict[str, Any]) -> None:
    once = canonical(components)
    assert len(once) <= MAX_COMPONENTS
    assert all(isinstance(value, str) and value for value in once.values())
    assert component_tokens(once, TOKENS) == component_tokens(canonical(dict(reversed(components.items()))), TOKENS)
