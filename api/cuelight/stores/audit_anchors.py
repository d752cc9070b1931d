"""Anchors of the audit log, a file outside the store: whoever cuts off the log's end there cannot change it here.

One line each: number, seal, time. The last line is the newest entry that was written from here; it moves on within a
day, so that one of each day stays. A line whose number is above the one that follows it is never taken away: either two
processes wrote at once, which does no harm, or the log had been cut off, which must not be forgotten.
"""

from __future__ import annotations

import fcntl
import os
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from datetime import datetime
from pathlib import Path

from cuelight.core.audit import Anchor
from cuelight.core.errors import DataFileInvalid, StoreUnavailable


class AnchorFile:
    """Safe for threads and processes that share the folder."""

    def __init__(self, path: Path) -> None:
        self._path = path

    def keep(self, anchor: Anchor, start: int) -> None:
        try:
            with self._locked():
                kept = [each for each in self._read() if each.number >= start]
                if kept and kept[-1].at.date() == anchor.at.date() and kept[-1].number < anchor.number:
                    kept.pop()
                self._write([*kept, anchor])
        except OSError as error:
            raise StoreUnavailable(f"the audit log's anchors cannot be written ({type(error).__name__})") from error

    def kept(self) -> Sequence[Anchor] | None:
        if not self._path.exists():
            return None
        with self._locked():
            return self._read()

    def _read(self) -> list[Anchor]:
        if not self._path.exists():
            return []
        found = []
        for line_number, line in enumerate(self._path.read_text("ascii", "replace").splitlines(), 1):
            try:
                number, seal, at = line.split(" ")
                found.append(Anchor(int(number), seal, datetime.fromisoformat(at)))
            except ValueError:
                raise DataFileInvalid(
                    f"{self._path}: line {line_number} is damaged; restore the file, or move it away to begin anew"
                ) from None
        return found

    def _write(self, anchors: Sequence[Anchor]) -> None:
        aside = self._path.with_name(f".{self._path.name}.new")
        descriptor = os.open(aside, os.O_WRONLY | os.O_CREAT | os.O_TRUNC, 0o600)
        with os.fdopen(descriptor, "w", encoding="ascii") as file:
            file.writelines(f"{a.number} {a.seal} {a.at.isoformat()}\n" for a in anchors)
            file.flush()
            os.fsync(file.fileno())
        aside.replace(self._path)

    @contextmanager
    def _locked(self) -> Iterator[None]:
        self._path.parent.mkdir(parents=True, exist_ok=True)
        lock = os.open(self._path.with_name(f".{self._path.name}.lock"), os.O_RDWR | os.O_CREAT, 0o600)
        try:
            fcntl.flock(lock, fcntl.LOCK_EX)
            yield
        finally:
            os.close(lock)
