"""Reads named fields of a payload, cleaned and bounded. Whatever has another form than expected is absent.

Nothing here raises for odd values: a payload comes from outside, and a fact that cannot be read is a fact that is
missing.
"""

from __future__ import annotations

import json
from datetime import UTC, datetime
from ipaddress import ip_address

from cuelight.desks.signatures import read_time

MAX_DEPTH = 40


def load(body: bytes) -> object:
    """The JSON value of a body, or None. Nesting without end is no JSON here."""
    try:
        if body.count(b"[") + body.count(b"{") > MAX_DEPTH and _deep(body):
            return None
        found: object = json.loads(body, parse_constant=lambda _: None)
    except (ValueError, RecursionError):
        return None
    return found


def _deep(body: bytes) -> bool:
    """Whether brackets outside strings nest too deep; strings are skipped, so text cannot make a body look deep."""
    depth = 0
    inside = escaped = False
    for byte in body:
        if inside:
            inside = escaped or byte != 0x22
            escaped = byte == 0x5C and not escaped
        elif byte == 0x22:
            inside = True
        elif byte in b"[{":
            depth += 1
            if depth > MAX_DEPTH:
                return True
        elif byte in b"]}":
            depth -= 1
    return False


def at(value: object, *path: str | int) -> object:
    """What stands at a path of names and places, or None."""
    for step in path:
        if isinstance(step, int):
            value = value[step] if isinstance(value, list) and step < len(value) else None
        else:
            value = value.get(step) if isinstance(value, dict) else None
    return value


def items(value: object, *path: str | int) -> list[object]:
    found = at(value, *path)
    return found[:100] if isinstance(found, list) else []


def text(value: object, *path: str | int, longest: int = 200) -> str | None:
    """A text that can be shown in one line; numbers as texts, because desks send ids either way."""
    found = at(value, *path)
    if isinstance(found, int) and not isinstance(found, bool) and abs(found) < 1 << 63:
        return str(found)
    if not isinstance(found, str):
        return None
    found = found.strip()
    return found if found and len(found) <= longest and found.isprintable() else None


def truth(value: object, *path: str | int) -> bool:
    """Only a true `true`: neither "true" nor 1 proves anything."""
    return at(value, *path) is True


def address(value: object, *path: str | int) -> str | None:
    """One IPv4 or IPv6 address."""
    found = text(value, *path, longest=45)
    try:
        return str(ip_address(found)) if found and "%" not in found else None
    except ValueError:
        return None


def user_agent(value: object, *path: str | int) -> str | None:
    return text(value, *path, longest=1024)


def moment(value: object, *path: str | int, unit: str = "iso") -> datetime | None:
    """An instant; a number is seconds or milliseconds by `unit`."""
    found = at(value, *path)
    if isinstance(found, float) and unit != "iso":
        seconds = found / 1000 if unit == "ms" else found
        return datetime.fromtimestamp(seconds, UTC) if 0 <= seconds < 1 << 33 else None
    written = text(value, *path, longest=40)
    return read_time(written, unit) if written else None


def pointer(value: object, path: str) -> object:
    """What a JSON pointer (RFC 6901) leads to, or None."""
    if path == "":
        return value
    for step in path.removeprefix("/").split("/"):
        name = step.replace("~1", "/").replace("~0", "~")
        if isinstance(value, list):
            value = value[int(name)] if name.isascii() and name.isdigit() and int(name) < len(value) else None
        else:
            value = value.get(name) if isinstance(value, dict) else None
    return value
