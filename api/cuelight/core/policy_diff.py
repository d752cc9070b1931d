"""What differs between two policy documents, field by field, in words."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from typing import Any

_NOT_COMPARED = frozenset({"version", "note", "$schema"})
"""They name and describe a document and change no cue."""


@dataclass(frozen=True, slots=True)
class Change:
    """`old` or `new` is None where the field is not there."""

    field: str
    old: object
    new: object

    @property
    def text(self) -> str:
        return f"{self.field}: {say(self.old)} → {say(self.new)}"


def say(value: object) -> str:
    match value:
        case None:
            return "none"
        case bool() | str():
            return str(value)
        case int() | float():
            return f"{value:.6g}"
        case _:
            return repr(value)


def changes(old: Mapping[str, Any], new: Mapping[str, Any]) -> tuple[Change, ...]:
    """Every field that differs, in the order of the new document, then what only the old one has."""
    before, after = dict(_leaves(old)), dict(_leaves(new))
    names = [*after, *(name for name in before if name not in after)]
    return tuple(
        Change(name, before.get(name), after.get(name)) for name in names if before.get(name) != after.get(name)
    )


def _leaves(document: Mapping[str, Any], prefix: str = "") -> Iterator[tuple[str, object]]:
    for name, value in document.items():
        if not prefix and name in _NOT_COMPARED:
            continue
        if isinstance(value, Mapping):
            yield from _leaves(value, f"{prefix}{name}.")
        else:
            yield f"{prefix}{name or '(others)'}", value
