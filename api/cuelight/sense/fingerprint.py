"""Fingerprint components: one spelling for equal values, then tokens."""

from __future__ import annotations

import math
import re
from collections.abc import Callable, Mapping
from typing import Final

from cuelight.core.chat import Token
from cuelight.core.facts import ComponentValue
from cuelight.sense.tokens import Tokens

KNOWN: Final = (
    *("screen", "pixel_ratio", "color_depth", "timezone", "languages", "platform"),
    *("cores", "memory", "touch", "gpu", "canvas", "audio", "fonts"),
)
MAX_COMPONENTS: Final = 32
MAX_NAME: Final = 64
MAX_VALUE: Final = 8192
"""Characters of one value, lists joined: a list of 500 fonts is about 7,000."""

_NAME: Final = re.compile(rf"^[A-Za-z0-9_.-]{{1,{MAX_NAME}}}$")
_SIZE: Final = re.compile(r"^\s*(\d{1,6})\s*[x,;:]\s*(\d{1,6})\s*$")
_SEPARATOR: Final = "\x1f"


def canonical(components: Mapping[str, ComponentValue]) -> dict[str, str]:
    """Components in one spelling, by name. What cannot be compared (no value, odd name, endless) is left out.

    At most 32 are kept, those of the documented names first, so that padding cannot push them out.
    """
    names = [name for name in KNOWN if name in components]
    if len(names) < len(components):
        others = (name for name in components if isinstance(name, str) and name not in _SPELLERS)
        names += sorted(name for name in others if _NAME.match(name))[: MAX_COMPONENTS - len(names)]
    result: dict[str, str] = {}
    for name in names:
        text = _SPELLERS.get(name, _plain)(components[name])
        if text and len(text) <= MAX_VALUE:
            result[name] = text
    return result


def component_tokens(components: Mapping[str, str], tokens: Tokens) -> tuple[tuple[str, Token], ...]:
    """Tokens of canonical components, sorted by name so that equal devices compare equal."""
    return tuple((name, tokens.of_component(name, components[name])) for name in sorted(components))


def languages(text: str) -> tuple[str, ...]:
    """Language tags in order of preference, lower case, from a list or an `Accept-Language` header."""
    parts = re.split(rf"[,{_SEPARATOR}]", text)
    tags = (part.partition(";")[0].strip().replace("_", "-").lower() for part in parts)
    return tuple(dict.fromkeys(tag for tag in tags if tag and tag != "*"))


def _languages(value: object) -> str | None:
    text = _plain(value)
    return None if text is None else ",".join(languages(text))


def _fonts(value: object) -> str | None:
    """A set: the order in which a collector probes fonts says nothing about the device."""
    names = value if isinstance(value, list | tuple) else str(value).split(",")
    return _SEPARATOR.join(sorted({str(font).strip() for font in names if str(font).strip()}))


def _screen(value: object) -> str | None:
    """Width and height, larger first: turning a phone does not make it another one."""
    text = _plain(value)
    if text is None:
        return None
    match = _SIZE.match(text.replace(_SEPARATOR, "x"))
    if match is None:
        return text
    low, high = sorted((int(match[1]), int(match[2])))
    return f"{high}x{low}"


def _number(value: object) -> str | None:
    """`2`, `2.0` and `"2"` alike, other text as it is. Two decimals: zoom makes pixel ratios like
    1.100000023841858."""
    if isinstance(value, bool):
        return "1" if value else "0"
    if isinstance(value, int) and abs(value) < 1_000_000:
        return str(value)
    try:
        number = float(value)  # type: ignore[arg-type]
    except (TypeError, ValueError, OverflowError):
        return _plain(value)
    return f"{round(number, 2) + 0.0:.12g}" if math.isfinite(number) and abs(number) < 1e9 else _plain(value)


def _plain(value: object) -> str | None:
    if isinstance(value, str):
        return value.strip()
    if isinstance(value, bool):
        return "true" if value else "false"
    if isinstance(value, int):
        return str(value) if abs(value) < 1 << 64 else None
    if isinstance(value, float):
        return f"{value + 0.0:.10g}" if math.isfinite(value) else None
    if isinstance(value, list | tuple):
        return _SEPARATOR.join(str(item).strip() for item in value)
    return None


_SPELLERS: Final[dict[str, Callable[[object], str | None]]] = {
    **dict.fromkeys(KNOWN, _plain),
    **dict.fromkeys(("pixel_ratio", "color_depth", "cores", "memory", "touch"), _number),
    "screen": _screen,
    "languages": _languages,
    "fonts": _fonts,
}
