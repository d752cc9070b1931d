"""The primitives of the codec: every value comes back as it was, to the last bit."""

from __future__ import annotations

import math
import struct

from hypothesis import given
from hypothesis import strategies as st
from tests.stores.test_codec import numbers, texts, tokens

from cuelight.stores.codec import Reader, Writer


@given(numbers | st.floats())
def test_numbers_keep_every_bit(number: float) -> None:
    w = Writer()
    w.number(number)
    again = Reader(bytes(w.out)).number()
    assert struct.pack(">d", again) == struct.pack(">d", number) or (math.isnan(number) and math.isnan(again))


@given(st.lists(tokens, max_size=9))
def test_tokens_keep_their_spelling(values: list[str]) -> None:
    w = Writer()
    w.tokens(values)
    assert Reader(bytes(w.out)).tokens() == tuple(values)


@given(st.text("0123456789-._v", max_size=20) | texts)
def test_versions_of_policies_come_back(version: str) -> None:
    w = Writer()
    w.nibbles(version)
    assert Reader(bytes(w.out)).nibbles() == version


@given(numbers | st.floats())
def test_points_keep_every_bit(points: float) -> None:
    w = Writer()
    w.points(points)
    again = Reader(bytes(w.out)).points()
    assert struct.pack(">d", again) == struct.pack(">d", points) or (math.isnan(again) and math.isnan(points))
