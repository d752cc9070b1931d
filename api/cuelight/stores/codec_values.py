"""How tokens, whole numbers and times become bytes: the pieces `codec` is built from."""

from __future__ import annotations

from binascii import Error as Base64Error
from binascii import a2b_base64, b2a_base64
from collections.abc import Sequence
from datetime import datetime, timedelta

from cuelight.core.chat import Token
from cuelight.stores.bounds import EPOCH

_EXACT = 1 << 50
_TO_STANDARD = bytes.maketrans(b"-_", b"+/")
_TO_URL = bytes.maketrans(b"+/", b"-_")


def from_micros(value: int) -> datetime:
    return EPOCH + timedelta(microseconds=value)


def unbase(token: Token) -> tuple[bytes, int]:
    """A token's bytes and 1, or its text and 0 where it is not canonical URL-safe base64 without padding."""
    text = token.encode("utf-8", "surrogatepass")
    try:
        data = a2b_base64(text.translate(_TO_STANDARD) + b"=" * (-len(text) % 4))
    except Base64Error:
        return text, 0
    if b2a_base64(data, newline=False).translate(_TO_URL).rstrip(b"=") == text:
        return data, 1
    return text, 0


def rebase(data: bytes, packed: int) -> Token:
    if packed:
        return b2a_base64(data, newline=False).translate(_TO_URL).rstrip(b"=").decode()
    return data.decode("utf-8", "surrogatepass")


def join(values: Sequence[Token], widths: Sequence[int]) -> bytes | None:
    """Tokens of whole base64 groups as bytes, one after the other; None where any is of another length or
    spelling. Most are of this sort, and decode together at the cost of one."""
    if tuple(map(len, values)) != tuple(widths):
        return None
    data, packed = unbase("".join(values))
    return data if packed else None


def cut(data: bytes, widths: Sequence[int]) -> tuple[Token, ...]:
    """What `join` joined."""
    text, at, found = rebase(data, 1), 0, []
    for width in widths:
        found.append(text[at : at + width])
        at += width
    return tuple(found)


def wholes(value: float, unit: int) -> int | None:
    """How many whole parts of 1/`unit` a float is, exactly; None where it is not (negative zero is not)."""
    scaled = value * unit
    if -_EXACT < scaled < _EXACT:
        whole = round(scaled)
        if whole / unit == value and (whole or str(value) == "0.0"):
            return whole
    return None


def zigzag(value: int) -> int:
    return value << 1 if value >= 0 else (-value << 1) - 1


def unzigzag(value: int) -> int:
    return -((value + 1) >> 1) if value & 1 else value >> 1
