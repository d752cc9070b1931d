"""What is written in the sample shop's chat box: in one small file, because the demo has several workers."""

from __future__ import annotations

import fcntl
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from datetime import UTC, datetime
from pathlib import Path
from typing import Literal, TypedDict

import orjson

MAX_TALKS = 30
MAX_LINES = 60
"""The oldest talks, and the oldest lines of a talk, fall off: it is a demo on somebody's own machine."""

Speaker = Literal["contact", "agent"]
Line = TypedDict("Line", {"from": Speaker, "at": str, "text": str})


class Talk(TypedDict):
    """One conversation; `customer_id` is whom the visitor says to be."""

    chat_id: str
    customer_id: str | None
    lines: list[Line]


class Talks:
    """The conversations, newest first. Safe for threads and processes."""

    def __init__(self, path: Path) -> None:
        self._path = path

    def all(self) -> list[Talk]:
        with self._open() as talks:
            return talks

    def find(self, chat_id: str) -> Talk | None:
        return next((talk for talk in self.all() if talk["chat_id"] == chat_id), None)

    def start(self, chat_id: str, customer_id: str | None) -> None:
        self._change(lambda talks: talks.insert(0, {"chat_id": chat_id, "customer_id": customer_id, "lines": []}))

    def say(self, chat_id: str, speaker: Speaker, text: str) -> bool:
        """Add a line; False where there is no such conversation (any more)."""
        line: Line = {"from": speaker, "at": datetime.now(UTC).isoformat(timespec="milliseconds"), "text": text}
        found = False

        def add(talks: list[Talk]) -> None:
            nonlocal found
            for talk in talks:
                if talk["chat_id"] == chat_id:
                    talk["lines"] = [*talk["lines"], line][-MAX_LINES:]
                    found = True

        self._change(add)
        return found

    def clear(self) -> None:
        self._change(lambda talks: talks.clear())

    def _change(self, change: Callable[[list[Talk]], None]) -> None:
        with self._open(write=True) as talks:
            change(talks)
            del talks[MAX_TALKS:]

    @contextmanager
    def _open(self, *, write: bool = False) -> Iterator[list[Talk]]:
        """The file, locked; written back at the end of a change. One that cannot be read counts as empty."""
        self._path.parent.mkdir(parents=True, exist_ok=True)
        with self._path.open("a+b") as file:
            fcntl.flock(file, fcntl.LOCK_EX if write else fcntl.LOCK_SH)
            file.seek(0)
            try:
                talks: list[Talk] = orjson.loads(file.read() or b"[]")
            except orjson.JSONDecodeError:
                talks = []
            yield talks
            if write:
                file.seek(0)
                file.truncate()
                file.write(orjson.dumps(talks))
