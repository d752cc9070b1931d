"""User-Agent Client Hints: the `Sec-CH-UA*` headers, which say what reduced user agents no longer do."""

from __future__ import annotations

import re
from collections.abc import Mapping
from dataclasses import dataclass
from functools import lru_cache
from typing import Final

from cuelight.core.chat import Software

MAX_TEXT: Final = 512
"""Characters read of each header. A full brand list is about 130."""

# RFC 8941 strings: printable ASCII, backslash escapes only quote and backslash.
_STRING = r'"((?:[\x20\x21\x23-\x5b\x5d-\x7e]|\\["\\])*)"'
_BARE: Final = re.compile(rf"^\s*{_STRING}\s*(?:;.*)?$")
_BRAND: Final = re.compile(rf"\s*{_STRING}((?:\s*;\s*[a-z*][a-z0-9_.*-]*(?:={_STRING}|=[^\s;,\"]+)?)*)\s*(?:,|$)")
_VERSION: Final = re.compile(rf";\s*v={_STRING}")
# GREASE: browsers add a made-up brand, spelt differently each release, so that nobody relies on the list's
# shape.
_GREASE: Final = re.compile(r"^[\W_]*not[\W_]*a?[\W_]*brand[\W_]*$", re.IGNORECASE)

_HEADERS: Final = (
    *("sec-ch-ua", "sec-ch-ua-full-version-list", "sec-ch-ua-mobile"),
    *("sec-ch-ua-platform", "sec-ch-ua-platform-version", "sec-ch-ua-model"),
)
_DESKTOP: Final = {
    "Google Chrome": "Chrome",
    "Chromium": "Chrome",
    "HeadlessChrome": "HeadlessChrome",
    "Microsoft Edge": "Edge",
    "Microsoft Edge WebView2": "Edge",
    "Android WebView": "Chrome Mobile WebView",
    "YaBrowser": "Yandex Browser",
    "Yandex": "Yandex Browser",
    "OperaMobile": "Opera",
    "Opera GX": "Opera",
}
"""Brand to the family name ua-parser gives the same browser, so that hints and user agents compare."""
_MOBILE: Final = {"Chrome": "Chrome Mobile", "Edge": "Edge Mobile", "Opera": "Opera Mobile"}
_PLATFORM: Final = {"macOS": "Mac OS X", "Chromium OS": "Chrome OS"}


@dataclass(frozen=True, slots=True)
class Hints:
    """What the hints say; None where they do not. `model` is empty on computers."""

    os: Software | None = None
    browser: Software | None = None
    engine_major: int | None = None
    mobile: bool | None = None
    model: str | None = None

    @property
    def form(self) -> str | None:
        """Phone, tablet or computer. Hints know "mobile" only: a tablet is an Android that is not mobile."""
        if self.mobile:
            return "phone"
        if self.mobile is None or self.os is None:
            return None
        return "tablet" if self.os.family == "Android" else "computer"


NONE: Final = Hints()


def read_hints(headers: Mapping[str, str]) -> Hints:
    """Read the hints among `headers` (names in any case). Malformed ones count as absent; never raises."""
    found = {name.lower(): value for name, value in headers.items() if isinstance(value, str)}
    return _read(*(found.get(name, "")[:MAX_TEXT] for name in _HEADERS))


@lru_cache(maxsize=4096)
def _read(list_: str, full_list: str, mobile_flag: str, platform: str, platform_version: str, model: str) -> Hints:
    mobile = {"?1": True, "?0": False}.get(mobile_flag.strip())
    brands = _brands(full_list) or _brands(list_)
    return Hints(
        os=_os(_text(platform), _numbers(_text(platform_version) or "")),
        browser=_browser(brands, bool(mobile)),
        engine_major=next((v[0] for name, v in brands if name == "Chromium" and v), None),
        mobile=mobile,
        model=_text(model),
    )


def _text(header: str) -> str | None:
    match = _BARE.match(header)
    return None if match is None else match[1].replace('\\"', '"').replace("\\\\", "\\").strip()[:64]


def _numbers(version: str) -> tuple[int, ...]:
    parts: list[int] = []
    for part in version.split(".")[:4]:
        if not (part.isascii() and part.isdigit() and len(part) < 10):
            break
        parts.append(int(part))
    return tuple(parts)


def _brands(header: str) -> list[tuple[str, tuple[int, ...]]]:
    """The brands with their versions, GREASE left out; empty if the list is not well formed."""
    brands: list[tuple[str, tuple[int, ...]]] = []
    position = 0
    while position < len(header):
        match = _BRAND.match(header, position)
        if match is None:
            return []
        version = _VERSION.search(match[2])
        if not _GREASE.match(match[1]):
            brands.append((match[1][:64], _numbers(version[1] if version else "")))
        position = match.end()
    return brands


def _browser(brands: list[tuple[str, tuple[int, ...]]], mobile: bool) -> Software | None:
    """The most particular brand: every Chromium browser lists "Chromium" too."""
    if not brands:
        return None
    name, version = next((b for b in brands if b[0] != "Chromium"), brands[0])
    family = _DESKTOP.get(name, name)
    return Software(_MOBILE.get(family, family) if mobile else family, version)


def _os(platform: str | None, version: tuple[int, ...]) -> Software | None:
    if not platform or platform == "Unknown":
        return None
    family = _PLATFORM.get(platform, platform)
    if family == "Windows":
        # The hint is the version of a Windows API contract: 13 and up is Windows 11, 1-10 Windows 10, 0
        # older.
        major = version[0] if version else 0
        return Software(family, (11,) if major >= 13 else (10,) if major >= 1 else ())
    return Software(family, version if any(version) else ())
