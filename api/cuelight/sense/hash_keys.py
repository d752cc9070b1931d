"""The hash keys in use: read again when their file changes, and each with the tokens it makes."""

from __future__ import annotations

from collections.abc import Callable, Hashable
from dataclasses import dataclass
from datetime import datetime
from pathlib import Path
from typing import Final

import structlog

from cuelight.core.chat import Token
from cuelight.core.errors import DataFileInvalid
from cuelight.sense.key_ring import KeyRing, load_ring
from cuelight.sense.tokens import Tokens
from cuelight.sense.watch import Watched

log = structlog.get_logger("cuelight.sense.hash_keys")


@dataclass(frozen=True, slots=True)
class _Loaded:
    ring: KeyRing
    tokens: tuple[Tokens, ...]
    """One for each key; each builds on the one before."""
    error: str | None = None


class HashKeys:
    """Which tokens are made now (`present`), and, while a rotation lasts, those before (`former`).

    All processes read a new key seconds before it is used, so they change over at one time. One that notices that
    another was earlier (`hasten`) follows at once.
    """

    def __init__(self, load: Callable[[], KeyRing], signature: Callable[[], Hashable], clock: Callable[[], datetime]):
        self._clock = clock
        self._hastened = 0

        def read(before: _Loaded | None) -> _Loaded:
            try:
                ring = load()
            except DataFileInvalid as error:
                if before is None:
                    raise
                # The text names the file and what to do, never a key.
                log.error("hash_key_file_refused", why=str(error))
                return _Loaded(before.ring, before.tokens, str(error))
            return _Loaded(ring, _chain(ring, before))

        self._watched: Final = Watched(signature, read)

    @classmethod
    def of(cls, ring: KeyRing, clock: Callable[[], datetime]) -> HashKeys:
        """Keys that do not change while the process runs."""
        return cls(lambda: ring, lambda: None, clock)

    @classmethod
    def in_file(cls, path: Path, clock: Callable[[], datetime]) -> HashKeys:
        return cls(lambda: load_ring(path), lambda: _signature(path), clock)

    @property
    def ring(self) -> KeyRing:
        return self._watched.get().ring

    @property
    def error(self) -> str | None:
        """Why a changed file was not taken; the keys before stay in use."""
        return self._watched.get().error

    def present(self) -> Tokens:
        loaded = self._watched.get()
        return loaded.tokens[self._active(loaded) - 1]

    def former(self, *, even_finished: bool = False) -> tuple[Tokens, Tokens, datetime] | None:
        """Tokens of the key before, those of the present one, and since when; None where no rotation goes on."""
        loaded = self._watched.get()
        count = self._active(loaded)
        newest = loaded.ring.keys[count - 1]
        if count < 2 or newest.active_at is None or (newest.finished_at is not None and not even_finished):
            return None
        return loaded.tokens[count - 2], loaded.tokens[count - 1], newest.active_at

    def present_customer(self, token: Token) -> Token:
        """A customer's token of any key, under the present one."""
        loaded = self._watched.get()
        number = next((t.number for t in loaded.tokens if t.made(token)), 1)
        for tokens in loaded.tokens[number : self._active(loaded)]:
            token = tokens.renamed_customer(token)
        return token

    def hasten(self) -> None:
        """Read the keys now, and use the newest at once: somebody else does already."""
        self._hastened = len(self._watched.refresh().tokens)

    def _active(self, loaded: _Loaded) -> int:
        """How many keys are in use: the newest of them is."""
        if (count := len(loaded.tokens)) == 1:
            return 1
        active_at = loaded.ring.keys[-1].active_at
        waits = active_at is not None and count > self._hastened and self._clock() < active_at
        return count - 1 if waits else count


def _chain(ring: KeyRing, before: _Loaded | None) -> tuple[Tokens, ...]:
    """Tokens that were made before are used again: they remember a lot."""
    made: list[Tokens] = []
    for number, key in enumerate(ring.keys):
        same = before is not None and before.ring.keys[: number + 1] == ring.keys[: number + 1]
        made.append(before.tokens[number] if before and same else Tokens(key.key, made[-1] if made else None))
    return tuple(made)


def _signature(path: Path) -> Hashable:
    try:
        found = path.stat()
    except OSError:
        return None
    return found.st_mtime_ns, found.st_ino, found.st_size
