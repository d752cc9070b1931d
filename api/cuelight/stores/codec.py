"""Bytes for core values, smaller than JSON by a factor of four and exact. The primitives; layouts stand beside.

Everything is built from a few forms: a varint (7 bits a byte, low first), a number, a text, a token and a
time. A value decodes to what was encoded, bit for bit: floats that are whole quarters, tenths or thousandths
become short integers, all others keep their 8 bytes.
"""

from __future__ import annotations

import re
import struct
from collections.abc import Callable, Sequence
from datetime import datetime
from functools import wraps
from typing import ParamSpec, TypeVar

from cuelight.core.chat import Token
from cuelight.core.errors import StoreUnavailable
from cuelight.stores.bounds import micros
from cuelight.stores.codec_values import from_micros, rebase, unbase, unzigzag, wholes, zigzag
from cuelight.stores.words import NUMBER_OF, WORDS

VERSION = 2
"""The format; the first byte of every history, chat and incident. Readers refuse others, `migration` rewrites them."""

Param = str | int | float | bool
P = ParamSpec("P")
R = TypeVar("R")

_QUARTERS, _TENTHS, _THOUSANDTHS, _DOUBLE = 0, 1, 2, 3
_UNITS = ((4, _QUARTERS), (10, _TENTHS), (1000, _THOUSANDTHS))
_UNIT_OF = {form: unit for unit, form in _UNITS}
_LONG_TEXT, _SHORT_TEXT = 200, 201
"""First byte of a text: below 200 a word, at 200 a length follows, above it is the length of a short one."""
_LONGEST_SHORT = 255 - _SHORT_TEXT
_STR, _INT, _FLOAT, _FALSE, _TRUE = 0, 1, 2, 3, 4
_NIBBLES = "0123456789-._v"
_NIBBLE_OF = {sign: code for code, sign in enumerate(_NIBBLES)}
_NIBBLE_END = 15
_ID = re.compile("[a-z]_(?:[0-9a-f]{2}){1,64}")


class Corrupt(StoreUnavailable):
    """Stored bytes that this version cannot read: as good as no answer, never taken for no history."""


def reading(read: Callable[P, R]) -> Callable[P, R]:
    """For functions that read what is stored: bytes that nobody wrote so raise `Corrupt`, whatever they trip over."""

    @wraps(read)
    def checked(*args: P.args, **kwargs: P.kwargs) -> R:
        try:
            return read(*args, **kwargs)
        except (IndexError, KeyError, ValueError, TypeError, OverflowError, struct.error) as error:
            raise Corrupt("a stored value cannot be read") from error

    return checked


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
        self.varint(zigzag(value))

    def number(self, value: float) -> None:
        """A finite or infinite float, exactly (negative zero and NaN too)."""
        for unit, form in _UNITS:
            whole = wholes(value, unit)
            if whole is not None:
                self.varint(zigzag(whole) << 2 | form)
                return
        self.byte(_DOUBLE)
        self.out += struct.pack(">d", value)

    def points(self, value: float) -> None:
        """A float, exactly; two bytes for whole thousandths within 4, which decisions are rounded to."""
        whole = wholes(value, 1000)
        if whole is not None:
            self.varint(zigzag(whole) << 1)
        else:
            self.byte(1)
            self.out += struct.pack(">d", value)

    def text(self, value: str) -> None:
        """A string; one of `WORDS` takes one byte."""
        number = NUMBER_OF.get(value)
        if number is not None:
            self.byte(number)
            return
        data = value.encode("utf-8", "surrogatepass")
        if len(data) <= _LONGEST_SHORT:
            self.byte(_SHORT_TEXT + len(data))
        else:
            self.byte(_LONG_TEXT)
            self.varint(len(data))
        self.out += data

    def nibbles(self, value: str) -> None:
        """A text; half a byte a sign where it has only digits and a few signs (a policy's version)."""
        if value and all(sign in _NIBBLE_OF for sign in value):
            codes = [_NIBBLE_OF[sign] for sign in value] + [_NIBBLE_END] * (len(value) % 2)
            self.raw(bytes(high << 4 | low for high, low in zip(codes[::2], codes[1::2], strict=True)))
        else:
            self.varint(0)
            self.text(value)

    def name(self, value: str) -> None:
        """An id of ours: a letter, `_` and hexadecimal digits, which take half a byte each; or any text."""
        if _ID.fullmatch(value):
            self.byte(ord(value[0]))
            self.raw(bytes.fromhex(value[2:]))
        else:
            self.byte(0)
            self.text(value)

    def raw(self, value: bytes) -> None:
        self.varint(len(value))
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
        return unzigzag(self.varint())

    def number(self) -> float:
        head = self.varint()
        form = head & 3
        return self.double() if form == _DOUBLE else unzigzag(head >> 2) / _UNIT_OF[form]

    def points(self) -> float:
        head = self.varint()
        return self.double() if head & 1 else unzigzag(head >> 1) / 1000

    def double(self) -> float:
        value: float = struct.unpack(">d", self.take(8))[0]
        return value

    def text(self) -> str:
        head = self.byte()
        if head < _LONG_TEXT:
            if head >= len(WORDS):
                raise Corrupt("a stored value uses a word this version does not know")
            return WORDS[head]
        length = self.varint() if head == _LONG_TEXT else head - _SHORT_TEXT
        return self.take(length).decode("utf-8", "surrogatepass")

    def nibbles(self) -> str:
        data = self.raw()
        if not data:
            return self.text()
        codes = [code for byte in data for code in (byte >> 4, byte & 15)]
        try:
            return "".join(_NIBBLES[code] for code in codes if code != _NIBBLE_END)
        except IndexError:
            raise Corrupt("a stored value has a sign this version does not know") from None

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
