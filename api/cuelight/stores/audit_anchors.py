"""Anchors of the audit log, a file outside the store: whoever cuts off the log's end there cannot change it here.

One line each: number, seal, time. The last line is the newest entry that was written from here; it moves on within a
day, so that one of each day stays. A line whose number is above the one that follows it is never taken away: either two
processes wrote at once, which does no harm, or the log had been cut off, which must not be forgotten.
"""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime
from pathlib import Path

from cuelight.core.audit import Anchor
from cuelight.core.errors import DataFileInvalid, StoreUnavailable
from cuelight.stores.line_file import LineFile


class AnchorFile:
    """Safe for threads and processes that share the folder."""

    def __init__(self, path: Path) -> None:
        self._file = LineFile(path)

    def keep(self, anchor: Anchor, start: int) -> None:
        try:
            with self._file.locked():
                kept = [each for each in self._read() if each.number >= start]
                if kept and kept[-1].at.date() == anchor.at.date() and kept[-1].number < anchor.number:
                    kept.pop()
                self._file.write(f"{each.number} {each.seal} {each.at.isoformat()}" for each in [*kept, anchor])
        except OSError as error:
            raise StoreUnavailable(f"the audit log's anchors cannot be written ({type(error).__name__})") from error

    def kept(self) -> Sequence[Anchor] | None:
        if not self._file.path.exists():
            return None
        with self._file.locked():
            return self._read()

    def _read(self) -> list[Anchor]:
        found = []
        for line_number, line in enumerate(self._file.lines(), 1):
            try:
                number, seal, at = line.split(" ")
                found.append(Anchor(int(number), seal, datetime.fromisoformat(at)))
            except ValueError:
                raise DataFileInvalid(
                    f"{self._file.path}: line {line_number} is damaged; restore the file, or move it away to begin anew"
                ) from None
        return found
