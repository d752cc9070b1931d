"""Bytes for core values, smaller than JSON by a factor of four and exact. The primitives; layouts stand beside.

Everything is built from a few forms: a varint (7 bits a byte, low first), a number, a text, a token and a
time. A value decodes to what was encoded, bit for bit: floats that are whole quarters or thousandths become
short integers, all others keep their 8 bytes.
"""

from __future__ import annotations

import re
import struct
from binascii import Error as Base64Error
from binascii import a2b_base64, b2a_base64
from collections.abc import Sequence
from datetime import datetime, timedelta

from cuelight.core.chat import Token
from cuelight.core.errors import StoreUnavailable
from cuelight.stores.bounds import EPOCH, micros
from cuelight.stores.words import NUMBER_OF, WORDS

VERSION = 1
"""The format; the first byte of every stored chat and incident. A reader refuses others."""

Param = str | int | float | bool

_QUARTERS, _THOUSANDTHS, _DOUBLE = 0, 1, 2
_STR, _INT, _FLOAT, _FALSE, _TRUE = 0, 1, 2, 3, 4
_EXACT = 1 << 50
_ID = re.compile("[a-z]_(?:[0-9a-f]{2}){1,64}")
_TO_STANDARD = bytes.maketrans(b"-_", b"+/")
_TO_URL = bytes.maketrans(b"+/", b"-_")


class Corrupt(StoreUnavailable):
    """Stored bytes that this version cannot read: as good as no answer, never taken for no history."""


class Writer:
    """Collects bytes; each method appends one value."""

    __slots__ = ("out",)

    def __init__(self) -> None:
        self.out = bytearray()

    def byte(self, value: int) -> None:
        self.out.append(value)

    def varint(self, value: int) -> None:
        while value > 127:
            self.out.append(128 | (value & 127))
            value >>= 7
        self.out.append(value)

    def signed(self, value: int) -> None:
        self.varint(value << 1 if value >= 0 else (-value << 1) - 1)

    def number(self, value: float) -> None:
        """A finite or infinite float, exactly (negative zero and NaN too)."""
        for unit, form in ((4, _QUARTERS), (1000, _THOUSANDTHS)):
            scaled = value * unit
            if -_EXACT < scaled < _EXACT:
                whole = round(scaled)
                if whole / unit == value and (whole or str(value) == "0.0"):
                    self.varint((((whole << 1) if whole >= 0 else (-whole << 1) - 1) << 2) | form)
                    return
        self.byte(_DOUBLE)
        self.out += struct.pack(">d", value)

    def text(self, value: str) -> None:
        """A string; one of `WORDS` takes a byte or two."""
        number = NUMBER_OF.get(value)
        if number is not None:
            self.varint(number << 1 | 1)
        else:
            self.raw(value.encode("utf-8", "surrogatepass"), shift=1)

    def name(self, value: str) -> None:
        """An id of ours: a letter, `_` and hexadecimal digits, which take half a byte each; or any text."""
        if _ID.fullmatch(value):
            self.byte(ord(value[0]))
            self.raw(bytes.fromhex(value[2:]))
        else:
            self.byte(0)
            self.text(value)

    def raw(self, value: bytes, shift: int = 0) -> None:
        self.varint(len(value) << shift)
        self.out += value

    def token(self, value: Token) -> None:
        data, packed = unbase(value)
        self.varint(len(data) << 1 | packed)
        self.out += data

    def tokens(self, values: Sequence[Token]) -> None:
        """Tokens, their length said once where they all have the same."""
        self.varint(len(values))
        if not values:
            return
        length = len(values[0])
        if length and not length % 4 and all(len(value) == length for value in values):
            # Whole groups of base64 can be decoded together; most tokens are of this sort.
            data, packed = unbase("".join(values))
            if packed:
                self.varint(length // 4 * 3 << 1 | 1)
                self.out += data
                return
        parts = [unbase(value) for value in values]
        forms = {(len(data), packed) for data, packed in parts}
        if len(forms) == 1 and parts[0][0]:
            size, packed = forms.pop()
            self.varint(size << 1 | packed)
            for data, _ in parts:
                self.out += data
        else:
            self.byte(0)
            for value in values:
                self.token(value)

    def time(self, at: datetime) -> None:
        """Microseconds, 8 bytes, most significant first."""
        self.out += micros(at).to_bytes(8, "big", signed=True)

    def param(self, value: Param) -> None:
        if isinstance(value, bool):
            self.byte(_TRUE if value else _FALSE)
        elif isinstance(value, str):
            self.byte(_STR)
            self.text(value)
        elif isinstance(value, int):
            self.byte(_INT)
            self.signed(value)
        else:
            self.byte(_FLOAT)
            self.number(value)


class Reader:
    """Reads what `Writer` wrote, in the same order. Raises `Corrupt` past the end."""

    __slots__ = ("at", "data")

    def __init__(self, data: bytes, at: int = 0) -> None:
        self.data = data
        self.at = at

    def byte(self) -> int:
        at = self.at
        self.at = at + 1
        try:
            return self.data[at]
        except IndexError:
            raise Corrupt("a stored value ends too early") from None

    def varint(self) -> int:
        value = self.byte()
        if value < 128:
            return value
        value &= 127
        shift = 7
        while True:
            part = self.byte()
            value |= (part & 127) << shift
            if part < 128:
                return value
            shift += 7

    def signed(self) -> int:
        return _unzigzag(self.varint())

    def number(self) -> float:
        head = self.varint()
        form = head & 3
        if form == _QUARTERS:
            return _unzigzag(head >> 2) / 4
        if form == _THOUSANDTHS:
            return _unzigzag(head >> 2) / 1000
        value: float = struct.unpack(">d", self.take(8))[0]
        return value

    def text(self) -> str:
        head = self.varint()
        if head & 1:
            if head >> 1 >= len(WORDS):
                raise Corrupt("a stored value uses a word this version does not know")
            return WORDS[head >> 1]
        return self.take(head >> 1).decode("utf-8", "surrogatepass")

    def name(self) -> str:
        letter = self.byte()
        return f"{chr(letter)}_{self.raw().hex()}" if letter else self.text()

    def raw(self) -> bytes:
        return self.take(self.varint())

    def take(self, length: int) -> bytes:
        end = self.at + length
        if end > len(self.data):
            raise Corrupt("a stored value ends too early")
        self.at, start = end, self.at
        return self.data[start:end]

    def rest(self) -> bytes:
        return self.take(len(self.data) - self.at)

    def token(self) -> Token:
        head = self.varint()
        return rebase(self.take(head >> 1), head & 1)

    def tokens(self) -> tuple[Token, ...]:
        count = self.varint()
        if not count:
            return ()
        head = self.varint()
        if not head:
            return tuple(self.token() for _ in range(count))
        size = head >> 1
        data = self.take(count * size)
        if head & 1 and not size % 3:
            text, width = rebase(data, 1), size // 3 * 4
            return tuple(text[at : at + width] for at in range(0, count * width, width))
        return tuple(rebase(data[at : at + size], head & 1) for at in range(0, count * size, size))

    def time(self) -> datetime:
        return from_micros(int.from_bytes(self.take(8), "big", signed=True))

    def param(self) -> Param:
        form = self.byte()
        if form == _STR:
            return self.text()
        if form == _INT:
            return self.signed()
        if form == _FLOAT:
            return self.number()
        return form == _TRUE


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


def _unzigzag(value: int) -> int:
    return -((value + 1) >> 1) if value & 1 else value >> 1
