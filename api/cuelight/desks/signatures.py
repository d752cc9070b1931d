"""One verifier for each way desks sign. Over raw bytes, in constant time, against every live secret."""

from __future__ import annotations

import binascii
import hmac
import re
from base64 import b64decode
from collections.abc import Callable, Sequence
from datetime import UTC, datetime, timedelta
from hashlib import sha256

MAX_SKEW = timedelta(seconds=300)
"""How far a signed time may lie from ours, either way."""

_DIGITS = re.compile(r"\d{1,16}")
_ISO = re.compile(r"\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d(\.\d{1,9})?(Z|[+-]\d\d:?\d\d)")


class Refused(Exception):
    """A delivery that is not the desk's, or not fresh. `why` is for the log only; whoever sent it learns nothing."""

    def __init__(self, why: str) -> None:
        super().__init__(why)
        self.why = why


def check_hmac(algorithm: str, signed: bytes, given: bytes, secrets: Sequence[str]) -> None:
    """`given` is the HMAC of `signed` under one of the secrets. Every secret is tried, whichever fits."""
    if not secrets:
        raise Refused("no_secret")
    fits = False
    for secret in secrets:
        fits |= hmac.compare_digest(hmac.digest(secret.encode(), signed, algorithm), given)
    if not fits:
        raise Refused("bad_signature")


def check_shared(given: str | None, secrets: Sequence[str]) -> None:
    """`given` is one of the secrets itself: all that some desks can send. Hashed first, so that the comparison
    tells nothing of their length either."""
    if not secrets:
        raise Refused("no_secret")
    if not given:
        raise Refused("no_signature")
    digest = sha256(given.encode("utf-8", "surrogatepass")).digest()
    fits = False
    for secret in secrets:
        fits |= hmac.compare_digest(sha256(secret.encode()).digest(), digest)
    if not fits:
        raise Refused("bad_signature")


def from_hex(text: str | None, prefix: str = "") -> bytes:
    return _decoded(text, prefix, binascii.unhexlify)


def from_base64(text: str | None, prefix: str = "") -> bytes:
    return _decoded(text, prefix, lambda data: b64decode(data, validate=True))


def _decoded(text: str | None, prefix: str, decode: Callable[[bytes], bytes]) -> bytes:
    if not text:
        raise Refused("no_signature")
    if not text.startswith(prefix) or len(text) > 256 or not text.isascii():
        raise Refused("bad_signature")
    try:
        return decode(text.removeprefix(prefix).encode())
    except (ValueError, binascii.Error):
        raise Refused("bad_signature") from None


def check_fresh(text: str | None, now: datetime, *, unit: str) -> datetime:
    """The time a desk signed, if within five minutes of ours. `unit`: `s`, `ms` since 1970, or `iso`."""
    if not text:
        raise Refused("no_time")
    at = read_time(text, unit)
    if at is None:
        raise Refused("bad_time")
    if abs(at - now) > MAX_SKEW:
        raise Refused("stale")
    return at


def read_time(text: str, unit: str) -> datetime | None:
    """An instant, or None for what is none."""
    try:
        if unit == "iso":
            return datetime.fromisoformat(text).astimezone(UTC) if _ISO.fullmatch(text) and text.isascii() else None
        if not text.isascii() or not _DIGITS.fullmatch(text):
            return None
        seconds = int(text) / 1000 if unit == "ms" else int(text)
        return datetime.fromtimestamp(seconds, UTC)
    except (ValueError, OverflowError, OSError):
        return None
