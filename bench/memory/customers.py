"""Typical customers: twelve chats in ninety days, six addresses, three devices of thirteen components.

What a laptop, a phone and a tablet tell differs between models and repeats within them, so components are drawn from
weighted values and hashed by the installation's own `Tokens`; addresses and canvases are hardly ever the same twice.
"""

from __future__ import annotations

import random
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta

from cuelight.core.chat import (
    Cell,
    Chat,
    ChatKey,
    Consistency,
    Device,
    Identity,
    NetworkKind,
    Origin,
    Sighting,
    Software,
    Token,
)
from cuelight.sense.fingerprint import component_tokens
from cuelight.sense.tokens import LONG_BYTES, SHORT_BYTES, Tokens

NOW = datetime(2026, 11, 24, 9, 30, tzinfo=UTC)
CHATS, DAYS = 12, 90
HOME_ADDRESSES, MOBILE_ADDRESSES, MOBILE_PREFIXES = 2, 4, 3
"""A line changes its address now and then and keeps its prefix; a carrier changes both."""

_PLACES = (
    ("DE", 3320, 3209, 50.25, 8.75, "Europe/Berlin", "de-DE,de,en"),
    ("GB", 2856, 12576, 51.75, -0.25, "Europe/London", "en-GB,en"),
    ("US", 7922, 21928, 40.75, -73.75, "America/New_York", "en-US,en"),
    ("FR", 3215, 5410, 48.75, 2.25, "Europe/Paris", "fr-FR,fr,en"),
)


@dataclass(frozen=True, slots=True)
class Customer:
    """A customer's token and chats, oldest first."""

    token: Token
    chats: tuple[Chat, ...]


def customer(number: int, tokens: Tokens, *, updates: bool = True) -> Customer:
    """The customer of a number, always the same. `updates`: browsers get a new version every four weeks."""
    rnd = random.Random(number)
    country, line, carrier, latitude_deg, longitude_deg, zone, languages = rnd.choice(_PLACES)
    cell = Cell(latitude_deg + rnd.randrange(-4, 4) / 2, longitude_deg + rnd.randrange(-4, 4) / 2)
    v6 = rnd.random() < 0.4
    home = _network(rnd, v6)
    origins = [
        _origin(rnd, tokens, home, line, NetworkKind.CONSUMER, country, cell, 20.0) for _ in range(HOME_ADDRESSES)
    ]
    around = [_network(rnd, v6=False) for _ in range(MOBILE_PREFIXES)]
    origins += [
        _origin(rnd, tokens, around[n % len(around)], carrier, NetworkKind.MOBILE, country, cell, 100.0)
        for n in range(MOBILE_ADDRESSES)
    ]
    devices = [_device(rnd, tokens, form, zone, languages) for form in ("computer", "phone", "tablet")]
    who, first = tokens.customer(f"u-{number}"), rnd.randrange(100_000, 9_000_000)
    chats = []
    for n in range(CHATS):
        days_ago = DAYS * (CHATS - n - rnd.random()) / (CHATS + 1)
        at = NOW - timedelta(days=days_ago)
        if rnd.random() < 0.5:
            at = at.replace(microsecond=0)  # as desks tell it; else by our own clock
        # Every address and every device is used at least once.
        origin = origins[n] if n < len(origins) else rnd.choice(origins)
        device = devices[n % len(devices)] if n < 6 else rnd.choice(devices)
        if updates:
            device = _at_version(device, int((DAYS - days_ago) // 28))
        sighting = Sighting(at, origin, device)
        key = ChatKey("zendesk", "acme", str(first + n * rnd.randrange(1, 40_000)))
        consistency = Consistency(clock_gap_h=0.0, language_fits=True, hints_agree=True)
        chats.append(Chat(key, who, Identity.CLAIMED, sighting, consistency))
    return Customer(who, tuple(chats))


def _network(rnd: random.Random, v6: bool) -> bytes:
    return bytes(rnd.randrange(256) for _ in range(8 if v6 else 3))


def _origin(
    rnd: random.Random,
    tokens: Tokens,
    network: bytes,
    asn: int,
    kind: NetworkKind,
    country: str,
    cell: Cell,
    radius_km: float,
) -> Origin:
    wider = (network[:7], network[:6], network[:4]) if len(network) == 8 else (network[:2] + b"-", network[:2])
    host = rnd.randbytes(8 if len(network) == 8 else 1)
    prefixes = [tokens.of("prefix", network, LONG_BYTES), *(tokens.of("prefix", p, SHORT_BYTES) for p in wider)]
    return Origin(tokens.of("address", network + host), tuple(prefixes), asn, kind, country, cell, radius_km)


_SOFTWARE = {
    "computer": ((Software("Windows", (10,)), "Chrome"), (Software("Mac OS X", (10, 15, 7)), "Chrome")),
    "phone": ((Software("Android", (15,)), "Chrome Mobile"), (Software("iOS", (18, 1)), "Mobile Safari")),
    "tablet": ((Software("iOS", (18, 1)), "Mobile Safari"), (Software("Android", (14,)), "Chrome Mobile")),
}
_SCREENS = {
    "computer": ("1920x1080", "2560x1440", "1536x864", "1440x900", "3840x2160"),
    "phone": ("844x390", "915x412", "852x393", "896x414", "780x360"),
    "tablet": ("1180x820", "1080x810", "1366x1024", "1280x800"),
}


def _device(rnd: random.Random, tokens: Tokens, form: str, zone: str, languages: str) -> Device:
    os, browser = rnd.choice(_SOFTWARE[form])
    values = {
        "screen": rnd.choice(_SCREENS[form]),
        "pixel_ratio": rnd.choice(("1", "1.25", "2", "3")),
        "color_depth": rnd.choice(("24", "30")),
        "timezone": zone,
        "languages": languages,
        "platform": os.family,
        "cores": rnd.choice(("4", "6", "8", "12")),
        "memory": rnd.choice(("4", "8")),
        "touch": "0" if form == "computer" else "5",
        "gpu": f"gpu {rnd.randrange(400)}",
        "canvas": f"canvas {rnd.randrange(50_000)}",
        "audio": f"audio {rnd.randrange(60)}",
        "fonts": f"fonts {rnd.randrange(5_000)}",
    }
    fingerprint = tokens.of("fingerprint", repr(sorted(values.items())))
    version = Software(browser, (129,) if browser.startswith("Chrome") else (18, 0))
    return Device(os, version, form, fingerprint, component_tokens(values, tokens))


def _at_version(device: Device, updates: int) -> Device:
    assert device.browser is not None
    major, *rest = device.browser.version
    version = (major + updates,) if not rest else (major, rest[0] + updates)
    return Device(
        device.os, Software(device.browser.family, version), device.form, device.fingerprint, device.components
    )
