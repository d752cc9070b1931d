"""One-time codes by RFC 6238: SHA-1, six digits, thirty seconds, as every authenticator app has them. PURE."""

from __future__ import annotations

import base64
import hashlib
import hmac
from datetime import datetime
from urllib.parse import quote

STEP_S = 30
SECRET_BYTES = 20
_AROUND = (0, -1, 1)
"""Steps in which a code is taken: a clock may be half a minute off, and people type slowly."""


def code_at(secret: bytes, step: int) -> str:
    digest = hmac.new(secret, step.to_bytes(8, "big"), hashlib.sha1).digest()
    at = digest[-1] & 15
    return f"{(int.from_bytes(digest[at : at + 4], 'big') & 0x7FFFFFFF) % 1_000_000:06d}"


def step_at(now: datetime) -> int:
    return int(now.timestamp()) // STEP_S


def matching_step(secret: bytes, code: str, now: datetime, last_step: int) -> int | None:
    """The step a code is of, or None. One that is not above `last_step` was used before: a code works once."""
    compact = "".join(code.split())
    found = None
    for offset in _AROUND:
        step = step_at(now) + offset
        if hmac.compare_digest(code_at(secret, step).encode(), compact.encode()) and step > last_step:
            found = step
    return found


def as_text(secret: bytes) -> str:
    """Base32, as apps take it by hand."""
    return base64.b32encode(secret).decode().rstrip("=")


def as_url(secret: bytes, operator: str, issuer: str = "Cuelight") -> str:
    """The `otpauth` address a QR code holds."""
    return f"otpauth://totp/{quote(issuer)}:{quote(operator)}?secret={as_text(secret)}&issuer={quote(issuer)}"
