"""The register of erasures, a file outside the store: a backup brings back what was erased, and not that it was.

One line each, the customer's token and the time; lines go when nothing from before could still be restored into use.
"""

from __future__ import annotations

import fcntl
import os
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from datetime import datetime, timedelta
from pathlib import Path

from cuelight.core.chat import Token
from cuelight.core.errors import DataFileInvalid, StoreUnavailable
from cuelight.core.retention import Retention


class ErasureRegister:
    """Safe for threads and processes that share the folder. Raises `StoreUnavailable` where it cannot be written:
    an erasure that would not survive a restore is not done yet."""

    def __init__(self, path: Path, retention: Retention) -> None:
        self._path = path
        self._kept = timedelta(seconds=retention.tombstone_s)

    def note(self, customer: Token, at: datetime) -> None:
        try:
            with self._locked():
                lines = [(c, t) for c, t in self._read() if t > at - self._kept and c != customer]
                aside = self._path.with_name(f".{self._path.name}.new")
                descriptor = os.open(aside, os.O_WRONLY | os.O_CREAT | os.O_TRUNC, 0o600)
                with os.fdopen(descriptor, "w", encoding="ascii") as file:
                    file.writelines(f"{c} {t.isoformat()}\n" for c, t in [*lines, (customer, at)])
                    file.flush()
                    os.fsync(file.fileno())
                aside.replace(self._path)
        except OSError as error:
            raise StoreUnavailable(f"the register of erasures cannot be written ({type(error).__name__})") from error

    def noted(self, now: datetime) -> Sequence[tuple[Token, datetime]]:
        """Raises `DataFileInvalid` for a file that is damaged: half a register must not pass for a whole one."""
        with self._locked():
            return [(customer, at) for customer, at in self._read() if at > now - self._kept]

    def _read(self) -> list[tuple[Token, datetime]]:
        if not self._path.exists():
            return []
        found = []
        for number, line in enumerate(self._path.read_text("ascii").splitlines(), 1):
            customer, _, at = line.partition(" ")
            try:
                found.append((customer, datetime.fromisoformat(at)))
            except ValueError:
                raise DataFileInvalid(f"{self._path}: line {number} is damaged; restore or remove the file") from None
        return found

    @contextmanager
    def _locked(self) -> Iterator[None]:
        self._path.parent.mkdir(parents=True, exist_ok=True)
        lock = os.open(self._path.with_name(f".{self._path.name}.lock"), os.O_RDWR | os.O_CREAT, 0o600)
        try:
            fcntl.flock(lock, fcntl.LOCK_EX)
            yield
        finally:
            os.close(lock)
