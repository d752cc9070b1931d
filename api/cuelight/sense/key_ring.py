"""The installation's hash keys, oldest first, as a file and as a setting hold them.

One line each (in a setting `;` may stand for the line's end): base64 of the key, then `active=` and, when nothing
recorded under the key before is left, `finished=` with their times. Older keys stay: tokens of a newer one are
hashes of theirs.
"""

from __future__ import annotations

import base64
import fcntl
import os
import re
import secrets
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, replace
from datetime import datetime, timedelta
from pathlib import Path
from typing import Final

from cuelight.core.errors import Conflict, DataFileInvalid, InvalidInput
from cuelight.sense.tokens import decode_key

YOUNG: Final = timedelta(days=90)
"""A rotation is finished after as long as a history lives; until then both keys are live."""
_KEY_BYTES: Final = 32
_LINE = re.compile(r"(\S+)((?: [a-z]+=\S+)*)")


@dataclass(frozen=True, slots=True, repr=False)
class RingKey:
    """One key. `active_at` is None for the first; `finished_at` while the one before is live."""

    key: bytes
    active_at: datetime | None = None
    finished_at: datetime | None = None


@dataclass(frozen=True, slots=True)
class KeyRing:
    """Has no readable key in its repr."""

    keys: tuple[RingKey, ...]

    @property
    def rotating(self) -> bool:
        return len(self.keys) > 1 and self.keys[-1].finished_at is None

    def rotated(self, active_at: datetime) -> KeyRing:
        """With a new key. Raises `Conflict` while the last rotation is not finished."""
        if self.rotating:
            raise Conflict("the last rotation is not finished; see `cuelight hash-keys status`")
        return KeyRing((*self.keys, RingKey(secrets.token_bytes(_KEY_BYTES), active_at)))

    def finished(self, at: datetime, *, early: bool = False) -> KeyRing:
        """Without looking for the key before. Raises `Conflict` where there is no rotation, or it is young."""
        last = self.keys[-1]
        if not self.rotating or last.active_at is None:
            raise Conflict("there is no rotation to finish")
        if not early and at < last.active_at + YOUNG:
            raise Conflict(f"the rotation can be finished from {last.active_at + YOUNG:%Y-%m-%d} on")
        if at < last.active_at:
            raise Conflict("the new key is not in use yet")
        return KeyRing((*self.keys[:-1], replace(last, finished_at=at)))

    def text(self) -> str:
        return "".join(_line(key) + "\n" for key in self.keys)


def parse(text: str) -> KeyRing:
    """Raises `InvalidInput` naming the line, never repeating it."""
    if " active=" not in text:
        return KeyRing((RingKey(decode_key(text)),))
    lines = [line.strip() for line in re.split(r"[\n;]", text) if line.strip()]
    return KeyRing(tuple(_read(number, line) for number, line in enumerate(lines, 1)))


def _read(number: int, line: str) -> RingKey:
    match = _LINE.fullmatch(line)
    times = dict(pair.split("=", 1) for pair in match[2].split()) if match else {}
    try:
        if match is None or not times.keys() <= {"active", "finished"} or (number > 1) != ("active" in times):
            raise ValueError
        found = {name: datetime.fromisoformat(at) for name, at in times.items()}
        if any(at.tzinfo is None for at in found.values()):
            raise ValueError
    except ValueError:
        raise InvalidInput("hash_key", f"line {number} is not a key and its times") from None
    return RingKey(decode_key(match[1]), found.get("active"), found.get("finished"))


def _line(key: RingKey) -> str:
    parts = [base64.b64encode(key.key).decode()]
    for name, at in (("active", key.active_at), ("finished", key.finished_at)):
        if at is not None:
            parts.append(f"{name}={at.isoformat(timespec='seconds')}")
    return " ".join(parts)


def load_ring(path: Path) -> KeyRing:
    """Read the installation's keys; the first is made on first use (mode 600), the same for processes that start at
    once. Raises `DataFileInvalid` if the file cannot be read, holds no key, or may be read by others."""
    try:
        if not path.exists():
            _create(path, KeyRing((RingKey(secrets.token_bytes(_KEY_BYTES)),)).text())
        if os.name == "posix" and path.stat().st_mode & 0o077:
            raise DataFileInvalid(f"{path}: readable by others than its owner; run: chmod 600 {path}")
        return parse(path.read_text("ascii"))
    except InvalidInput as error:
        raise DataFileInvalid(
            f"{path}: {error.problem}. Recorded tokens match nothing without the key that made them: restore it"
        ) from None
    except (OSError, UnicodeDecodeError) as error:
        raise DataFileInvalid(f"{path}: cannot be used as key file ({type(error).__name__})") from error


def rotate_file(path: Path, active_at: datetime) -> KeyRing:
    """Add a key to the file, whole or not at all. Raises as `load_ring` and `KeyRing.rotated` do."""
    with _changing(path):
        ring = load_ring(path).rotated(active_at)
        _replace(path, ring.text())
    return ring


def finish_file(path: Path, at: datetime, *, early: bool = False) -> KeyRing:
    with _changing(path):
        ring = load_ring(path).finished(at, early=early)
        _replace(path, ring.text())
    return ring


@contextmanager
def _changing(path: Path) -> Iterator[None]:
    path.parent.mkdir(parents=True, exist_ok=True)
    lock = os.open(path.with_name(f".{path.name}.lock"), os.O_RDWR | os.O_CREAT, 0o600)
    try:
        fcntl.flock(lock, fcntl.LOCK_EX)
        yield
    finally:
        os.close(lock)


def _create(path: Path, text: str) -> None:
    """Write the whole file aside, then link it into place: `link` fails if somebody else was first."""
    path.parent.mkdir(parents=True, exist_ok=True)
    aside = _aside(path, text)
    try:
        os.link(aside, path)
    except FileExistsError:
        return
    finally:
        aside.unlink()


def _replace(path: Path, text: str) -> None:
    _aside(path, text).replace(path)
    folder = os.open(path.parent, os.O_RDONLY)
    try:
        os.fsync(folder)
    finally:
        os.close(folder)


def _aside(path: Path, text: str) -> Path:
    aside = path.with_name(f".{path.name}.{secrets.token_hex(6)}")
    descriptor = os.open(aside, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600)
    with os.fdopen(descriptor, "w", encoding="ascii") as file:
        file.write(text)
        file.flush()
        os.fsync(file.fileno())
    return aside
