"""The audit log in Redis: a sorted set of entries by their numbers, and the mark where it starts."""

from __future__ import annotations

from collections.abc import Sequence
from itertools import pairwise

from cuelight.core.audit import AuditEntry, Start
from cuelight.stores import keys
from cuelight.stores.codec_audit import pack_entry, pack_start, unpack_entry, unpack_start
from cuelight.stores.link import EPOCH_PREFIX, Argument, Link


class RedisAuditStore:
    """An `AuditStore`. An empty store is unavailable here too: a log is not begun anew where one was lost."""

    def __init__(self, link: Link) -> None:
        self._link = link

    def last(self) -> AuditEntry | None:
        found = self.read(limit=1)
        return found[0] if found else None

    def put(self, entry: AuditEntry, after: AuditEntry | None) -> bool:
        expected = "" if after is None else after.seal
        return bool(self._run("audit_put", entry.number, pack_entry(entry), expected))

    def read(
        self, *, after: int | None = None, before: int | None = None, limit: int = 100, newest: bool = True
    ) -> Sequence[AuditEntry]:
        low = "-inf" if after is None else f"({after}"
        high = "+inf" if before is None else f"({before}"
        flat = self._run("audit_read", "newest" if newest else "oldest", low, high, limit)
        return [unpack_entry(data, int(float(number))) for data, number in list(pairwise(flat))[::2]]

    def start(self) -> Start:
        return unpack_start(self._link.fetch(keys.AUDIT, keys.AUDIT_START))

    def move_start(self, before: Start, after: Start) -> bool:
        seen = b"" if before == Start() else pack_start(before)
        return bool(self._run("audit_start", seen, pack_start(after), after.number))

    def _run(self, script: str, *args: Argument) -> list[bytes]:
        names = [self._link.epoch_key(keys.AUDIT), keys.AUDIT, keys.AUDIT_START]
        found: list[bytes] = self._link.run(script, names, [EPOCH_PREFIX, *args])
        return found
