"""Reads JSON the way an API has to: one meaning or none.

Beyond the grammar it refuses what parsers quietly disagree about (RFC 8259 §4, §6, §8): repeated names, NaN and
Infinity, lone surrogates, bodies nested without end.
"""

from __future__ import annotations

import json

import orjson

MAX_DEPTH = 12
"""The deepest request has four levels; the rest is room for the future, not for stack exhaustion."""


class MalformedJson(ValueError):
    """Not acceptable JSON. The message names what and where, never the text found there."""


def loads(raw: bytes) -> object:
    """The value of `raw` (UTF-8). Raises `MalformedJson`."""
    try:
        value: object = orjson.loads(raw)
    except orjson.JSONDecodeError as error:
        raise MalformedJson(_describe(error, raw)) from None
    if raw.count(b"[") + raw.count(b"{") > MAX_DEPTH and _depth(value) > MAX_DEPTH:
        raise MalformedJson(f"nested deeper than {MAX_DEPTH} levels")
    try:
        # orjson keeps the last of repeated names; the pairs hook is what the standard parser is here for.
        json.loads(raw, object_pairs_hook=_unique, parse_int=len, parse_float=len)
    except _RepeatedName as error:
        raise MalformedJson(f"the name {safe_name(error.args[0])} occurs twice in one object") from None
    return value


class _RepeatedName(Exception):
    pass


def _unique(pairs: list[tuple[str, object]]) -> None:
    if len(pairs) > 1:
        seen: set[str] = set()
        for name, _ in pairs:
            if name in seen:
                raise _RepeatedName(name)
            seen.add(name)


def _depth(value: object) -> int:
    """Levels of nesting, counted without recursion and no further than needed."""
    depth = 0
    level = [value]
    while level and depth <= MAX_DEPTH:
        inner: list[object] = []
        for item in level:
            if isinstance(item, dict):
                inner.extend(item.values())
            elif isinstance(item, list):
                inner.extend(item)
        depth += any(isinstance(item, dict | list) for item in level)
        level = inner
    return depth


def _describe(error: orjson.JSONDecodeError, raw: bytes) -> str:
    if not raw.strip():
        return "the body is empty: send a JSON object"
    what = error.msg.partition(":")[0]
    return f"{what} at line {error.lineno}, column {error.colno}"


def safe_name(name: object) -> str:
    """A caller's own field name as it may be repeated in an answer: plain, short, or not at all."""
    text = str(name)
    if len(text) <= 64 and text.isascii() and text.replace("_", "").replace("-", "").replace(".", "").isalnum():
        # Digits and dots alone could be an address somebody put in the wrong place.
        return text if any(c.isalpha() for c in text) else "(name not shown)"
    return "(name not shown)"
