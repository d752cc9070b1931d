"""How a resource describes itself, next to its code, for the API's description."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from typing import ParamSpec, TypeVar

from pydantic import BaseModel

P = ParamSpec("P")
R = TypeVar("R")


@dataclass(frozen=True, slots=True)
class Answer:
    """A successful answer: what it means, its schema (None: no body), and one example."""

    meaning: str
    model: type[BaseModel] | None = None
    example: object = None
    media_type: str = "application/json"


@dataclass(frozen=True, slots=True)
class Operation:
    """One call: its summary, request, answers by status, and the problem codes it may answer with.

    `examples` are request bodies by a short name. `lines`: the body may also be NDJSON of such objects.
    """

    summary: str
    answers: Mapping[int, Answer]
    request: type[BaseModel] | None = None
    examples: Mapping[str, object] = field(default_factory=dict)
    lines: bool = False
    query: type[BaseModel] | None = None
    problems: tuple[str, ...] = ()
    etag: bool = False


def describe(operation: Operation) -> Callable[[Callable[P, R]], Callable[P, R]]:
    """Attach an operation to a view; `openapi` collects them from the routes. Put it outermost."""

    def attach(view: Callable[P, R]) -> Callable[P, R]:
        view.__dict__["operation"] = operation
        return view

    return attach


def operation_of(view: Callable[..., object]) -> Operation | None:
    found = view.__dict__.get("operation")
    return found if isinstance(found, Operation) else None


BODY_PROBLEMS = ("bad_request", "malformed_json", "body_too_large", "unsupported_media_type", "invalid_input")
KEY_PROBLEMS = ("unauthorized", "missing_scope")
STORE_PROBLEMS = ("store_unavailable",)
