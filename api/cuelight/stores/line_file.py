"""A small file of lines outside the store, changed as a whole: by one at a time, and never half-written."""

from __future__ import annotations

import fcntl
import os
from collections.abc import Iterable, Iterator
from contextlib import contextmanager
from pathlib import Path


class LineFile:
    """ASCII lines. Safe for threads and processes that share the folder. Every method may raise `OSError`."""

    def __init__(self, path: Path) -> None:
        self.path = path

    def lines(self) -> list[str]:
        """None yet where there is no file. A byte that is no ASCII is shown as such, for the reader to refuse."""
        return self.path.read_text("ascii", "replace").splitlines() if self.path.exists() else []

    def write(self, lines: Iterable[str]) -> None:
        """In place of all there were, on the disk before it counts. Within `locked`."""
        aside = self.path.with_name(f".{self.path.name}.new")
        descriptor = os.open(aside, os.O_WRONLY | os.O_CREAT | os.O_TRUNC, 0o600)
        with os.fdopen(descriptor, "w", encoding="ascii") as file:
            file.writelines(f"{line}\n" for line in lines)
            file.flush()
            os.fsync(file.fileno())
        aside.replace(self.path)

    @contextmanager
    def locked(self) -> Iterator[None]:
        self.path.parent.mkdir(parents=True, exist_ok=True)
        lock = os.open(self.path.with_name(f".{self.path.name}.lock"), os.O_RDWR | os.O_CREAT, 0o600)
        try:
            fcntl.flock(lock, fcntl.LOCK_EX)
            yield
        finally:
            os.close(lock)
