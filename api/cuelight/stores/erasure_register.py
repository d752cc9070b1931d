"""The register of erasures, a file outside the store: a backup brings back what was erased, and not that it was.

One line each, the customer's token and the time; lines go when nothing from before could still be restored into use.
"""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime, timedelta
from pathlib import Path

from cuelight.core.chat import Token
from cuelight.core.errors import DataFileInvalid, StoreUnavailable
from cuelight.core.retention import Retention
from cuelight.stores.line_file import LineFile


class ErasureRegister:
    """Safe for threads and processes that share the folder. Raises `StoreUnavailable` where it cannot be written:
    an erasure that would not survive a restore is not done yet."""

    def __init__(self, path: Path, retention: Retention) -> None:
        self._file = LineFile(path)
        self._kept = timedelta(seconds=retention.tombstone_s)

    def note(self, customer: Token, at: datetime) -> None:
        try:
            with self._file.locked():
                lines = [(c, t) for c, t in self._read() if t > at - self._kept and c != customer]
                self._file.write(f"{c} {t.isoformat()}" for c, t in [*lines, (customer, at)])
        except OSError as error:
            raise StoreUnavailable(f"the register of erasures cannot be written ({type(error).__name__})") from error

    def noted(self, now: datetime) -> Sequence[tuple[Token, datetime]]:
        """Raises `DataFileInvalid` for a file that is damaged: half a register must not pass for a whole one."""
        with self._file.locked():
            return [(customer, at) for customer, at in self._read() if at > now - self._kept]

    def _read(self) -> list[tuple[Token, datetime]]:
        found = []
        for number, line in enumerate(self._file.lines(), 1):
            customer, _, at = line.partition(" ")
            try:
                if not line.isascii():
                    raise ValueError
                found.append((customer, datetime.fromisoformat(at)))
            except ValueError:
                raise DataFileInvalid(
                    f"{self._file.path}: line {number} is damaged; restore or remove the file"
                ) from None
        return found
