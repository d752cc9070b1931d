"""Drawings as numbers for SVG attributes, so that pages need no inline style and no script to show them. PURE."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from math import sqrt

WIDTH, UP, DOWN = 1000.0, 150.0, 60.0
"""Of the histogram, in its own units: one point of score is ten wide."""


@dataclass(frozen=True, slots=True)
class Bar:
    x: float
    y: float
    width: float
    height: float
    label: str = ""


@dataclass(frozen=True, slots=True)
class Histogram:
    """`up`: chats not found to be impersonations; `down`: impersonations that were found out, hanging from the line."""

    up: tuple[Bar, ...]
    down: tuple[Bar, ...]
    most: int


def histogram(all_chats: Sequence[int], impersonations: Sequence[int]) -> Histogram:
    """Heights go by the square root: a handful of chats must be seen beside thousands."""
    rest = [a - b for a, b in zip(all_chats, impersonations, strict=True)]
    most = max(*rest, 1)
    width = WIDTH / len(rest)
    most_down = max(*impersonations, 1)
    return Histogram(
        tuple(
            _bar(place, count, width, UP - (height := UP * sqrt(count / most)), height)
            for place, count in enumerate(rest)
            if count
        ),
        tuple(
            _bar(place, count, width, UP, DOWN * sqrt(count / most_down))
            for place, count in enumerate(impersonations)
            if count
        ),
        most,
    )


def _bar(place: int, count: int, width: float, y: float, height: float) -> Bar:
    return Bar(place * width + 1, round(y, 1), width - 2, round(max(height, 2), 1), f"score {place}: {count}")


@dataclass(frozen=True, slots=True)
class Points:
    """One line of a chart of points: a bar from the middle, to the right against the contact, to the left for them."""

    code: str
    points: float
    x: float
    width: float

    @property
    def against(self) -> bool:
        return self.points > 0


def points(reasons: Sequence[tuple[str, float]]) -> tuple[Points, ...]:
    """In the order given; the widest takes half of 200 units."""
    most = max((abs(value) for _, value in reasons), default=0.0) or 1.0
    made = []
    for code, value in reasons:
        width = round(100 * abs(value) / most, 1)
        made.append(Points(code, value, 100.0 if value > 0 else 100 - width, width))
    return tuple(made)
