"""The audit log: who did what to what, when; each entry sealed together with the one before it. PURE.

An entry's seal is an HMAC over its own fields and the seal before, under a key derived from the installation's hash
keys, so whoever can write to the store but has not the key cannot change, drop, insert or reorder an entry unseen. What
a chain cannot tell by itself is that its end was cut off: for that, anchors (a number and its seal) are kept outside
the store. Old entries go by moving the signed mark that says where the log starts.
"""

from __future__ import annotations

import hashlib
import hmac
import json
import re
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import datetime
from typing import Protocol

from cuelight.core.chat import Token
from cuelight.core.errors import InvalidInput

MAX_BY = 120
MAX_TARGET = 240
MAX_NOTE = 500

_ACTION = re.compile(r"[a-z]+(?:\.[a-z]+(?:_[a-z]+)*)+")
_UNREADABLE = "unreadable"

Keys = Mapping[int, bytes]
"""Keys by their number in the installation's key ring; an entry names the one that sealed it."""


@dataclass(frozen=True, slots=True)
class AuditEntry:
    """`by` is an operator, an API key's id or the command line's user; `action` is dotted (`policy.publish`).

    `target` never holds a customer's id: see `customer_target`. `key` is the number of the key that sealed it, `seal`
    64 hex digits.
    """

    number: int
    at: datetime
    by: str
    action: str
    target: str
    note: str = ""
    key: int = 0
    seal: str = ""

    @property
    def readable(self) -> bool:
        return self.action != _UNREADABLE


@dataclass(frozen=True, slots=True)
class Start:
    """Where the log starts: the first entry's number, the seal before it, and the signature over both."""

    number: int = 1
    before: str = ""
    key: int = 0
    seal: str = ""


@dataclass(frozen=True, slots=True)
class Anchor:
    """An entry as remembered outside the store."""

    number: int
    seal: str
    at: datetime


@dataclass(frozen=True, slots=True)
class Finding:
    """What is wrong with the log at an entry; `code` is stable, `text` for people."""

    number: int
    code: str
    text: str


class AuditStore(Protocol):
    """Keeps sealed entries in the order of their numbers. Raises `StoreUnavailable`."""

    def last(self) -> AuditEntry | None: ...

    def put(self, entry: AuditEntry, after: AuditEntry | None) -> bool:
        """Add an entry behind `after`; False, and nothing is written, where another one came in between."""
        ...

    def read(
        self, *, after: int | None = None, before: int | None = None, limit: int = 100, newest: bool = True
    ) -> Sequence[AuditEntry]:
        """Entries with numbers above `after` and below `before`; newest first, or oldest first."""
        ...

    def start(self) -> Start: ...

    def move_start(self, before: Start, after: Start) -> bool:
        """Replace the mark, if it is still as it was read, and let go of the entries in front of it."""
        ...


class Anchors(Protocol):
    """Where anchors are kept outside the store. Raises `StoreUnavailable` where they cannot be written."""

    def keep(self, anchor: Anchor, start: int) -> None:
        """Remember the newest entry (and one of each day); forget those in front of `start`."""
        ...

    def kept(self) -> Sequence[Anchor] | None:
        """None where there never were any. Raises `DataFileInvalid` where they cannot be read."""
        ...


def customer_target(token: Token) -> str:
    """How an entry names a customer: by a hash of the keyed hash of the id. An erased customer leaves nothing that
    leads to them, but for somebody who asks for that customer."""
    return f"customer:{hashlib.blake2b(token.encode(), digest_size=9).hexdigest()}"


def entry(number: int, at: datetime, by: str, action: str, target: str, note: str) -> AuditEntry:
    """An entry to be sealed. Raises `InvalidInput` for a note that is too long, and `ValueError` for what only a
    mistake in the code can bring."""
    if not _ACTION.fullmatch(action):
        raise ValueError(f"an action is named like policy.publish, not {action!r}")
    if not by or len(by) > MAX_BY or len(target) > MAX_TARGET:
        raise ValueError("an entry says by whom, and its target is short")
    if len(note) > MAX_NOTE:
        raise InvalidInput("note", f"is longer than {MAX_NOTE} characters")
    return AuditEntry(number, at, _line(by), action, _line(target), _line(note))


def unreadable(number: int, at: datetime) -> AuditEntry:
    """What stands where stored bytes are no entry: it never verifies, and is shown rather than skipped."""
    return AuditEntry(number, at, "", _UNREADABLE, "")


def sealed(entry: AuditEntry, before: str, keys: Keys, key: int) -> AuditEntry:
    """The entry with its seal under the key of that number; `before` is the seal of the entry in front of it."""
    named = replace(entry, key=key)
    return replace(named, seal=_seal(named, before, keys[key]))


def start_at(number: int, before: str, keys: Keys, key: int) -> Start:
    """The signed mark that the log starts with entry `number`; `before` is the seal of the last one that went."""
    start = Start(number, before, key)
    return replace(start, seal=_start_seal(start, keys[key]))


def check(entries: Iterable[AuditEntry], start: Start, anchors: Sequence[Anchor] | None, keys: Keys) -> list[Finding]:
    """Everything that is wrong with a log, oldest first; `entries` in the order they are kept.

    Each is compared with what stands in front of it now, so one change is one finding, and not all that follow.
    """
    found: list[Finding] = []
    if start != Start() and not _same(start.seal, _start_seal(start, keys.get(start.key))):
        found.append(Finding(start.number, "start_forged", "the mark where the log starts was not signed here"))
    expected, before, seals, key = start.number, start.before, dict[int, str](), 0
    for each in entries:
        found.extend(_check_one(each, expected, before, key, keys))
        key = max(key, each.key)
        before = each.seal
        expected = max(expected, each.number + 1)
        seals[each.number] = each.seal
    return found + _check_anchors(anchors, start.number, seals)


def _check_one(each: AuditEntry, expected: int, before: str, key: int, keys: Keys) -> Iterable[Finding]:
    number = each.number
    if not each.readable:
        yield Finding(number, "unreadable", f"entry {number} cannot be read")
    elif number > expected:
        gone = f"entry {expected} is" if number == expected + 1 else f"entries {expected} to {number - 1} are"
        yield Finding(expected, "missing", f"{gone} missing")
    elif number < expected:
        yield Finding(number, "out_of_order", f"entry {number} stands where {expected} belongs")
    elif not _same(each.seal, _seal(each, before, keys.get(each.key))):
        yield Finding(number, "changed", f"entry {number} is not as it was written, or not what followed {number - 1}")
    elif each.key < key:
        yield Finding(number, "old_key", f"entry {number} is sealed with a key that had been replaced")


def _check_anchors(anchors: Sequence[Anchor] | None, start: int, seals: Mapping[int, str]) -> list[Finding]:
    if anchors is None:
        text = "no anchors are kept here: whether the log's end was cut off cannot be told"
        return [Finding(0, "no_anchors", text)] if seals else []
    found = []
    for anchor in sorted(anchors, key=lambda a: a.number):
        if anchor.number < start:
            continue
        seal = seals.get(anchor.number)
        when = f"{anchor.at:%Y-%m-%d %H:%M} UTC"
        if seal is None:
            text = f"entry {anchor.number} of {when} is known outside the store, but no longer in it"
            found.append(Finding(anchor.number, "cut_off", text))
        elif not _same(seal, anchor.seal):
            text = f"entry {anchor.number} is not the one known outside the store since {when}"
            found.append(Finding(anchor.number, "replaced", text))
    return found


def _seal(entry: AuditEntry, before: str, key: bytes | None) -> str:
    at = entry.at.isoformat(timespec="microseconds")
    said = ["entry", before, entry.number, at, entry.by, entry.action, entry.target, entry.note, entry.key]
    return _hmac(key, said)


def _start_seal(start: Start, key: bytes | None) -> str:
    return _hmac(key, ["start", start.before, start.number, start.key])


def _hmac(key: bytes | None, said: list[object]) -> str:
    """JSON of a list is unambiguous: no two lists of strings and numbers are written alike."""
    if key is None:
        return ""
    return hmac.new(key, json.dumps(said).encode(), hashlib.sha256).hexdigest()


def _same(one: str, other: str) -> bool:
    return bool(other) and hmac.compare_digest(one.encode("utf-8", "replace"), other.encode())


def _line(text: str) -> str:
    """One line: what a terminal or a table would take for more than letters becomes a space."""
    return "".join(c if c.isprintable() else " " for c in text)
