"""A chat as scoring sees it: who is claimed, and one sighting of whoever is really there.

Everything here is pseudonymous. Addresses, prefixes and fingerprint components arrive as *tokens* (keyed
hashes made by `sense`); country, AS number and a coarse cell stay readable because reasons need them.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass, field
from datetime import datetime
from enum import StrEnum
from functools import lru_cache
from hashlib import blake2b

Token = str
"""A keyed hash: URL-safe base64, no padding. Equal tokens mean equal values; nothing else can be read off."""


class Identity(StrEnum):
    """How far the contact's identity is proven: signed by company or desk, merely said, or not even said."""

    VERIFIED = "verified"
    CLAIMED = "claimed"
    ANONYMOUS = "anonymous"


class NetworkKind(StrEnum):
    """What sort of network an address belongs to; kinds are never mixed when habits are compared."""

    CONSUMER = "consumer"
    BUSINESS = "business"
    MOBILE = "mobile"
    HOSTING = "hosting"
    VPN = "vpn"
    RELAY = "relay"
    TOR = "tor"
    UNKNOWN = "unknown"

    @property
    def hides_origin(self) -> bool:
        """True where the address says where the exit stands, not where the person is."""
        return self in _HIDING


_HIDING = frozenset({NetworkKind.HOSTING, NetworkKind.VPN, NetworkKind.RELAY, NetworkKind.TOR})


class Ask(StrEnum):
    """What the contact wants, where the desk can tell. Raises the stakes, never the likelihood."""

    ADDRESS = "address"
    CARD = "card"
    CONTACT_CHANGE = "contact_change"
    TWO_FACTOR_RESET = "two_factor_reset"
    RESHIP = "reship"


@dataclass(frozen=True, slots=True, order=True)
class ChatKey:
    """A chat's full name. Chat ids repeat between accounts and desks; this triple does not."""

    desk: str
    account: str
    chat_id: str

    def __str__(self) -> str:
        return f"{self.desk}/{self.account}/{self.chat_id}"


@dataclass(frozen=True, slots=True)
class Cell:
    """A coarse place: the centre of a 0.5 degree grid cell (about 55 km north to south)."""

    latitude_deg: float
    longitude_deg: float


@dataclass(frozen=True, slots=True)
class Origin:
    """Where on the internet a contact came from.

    `prefixes` are tokens from narrow to wide: IPv4 (/24, /20, /16), IPv6 (/64, /56, /48, /32).
    `accuracy_radius_km` is None where the data does not say: unknown, not zero.
    """

    address: Token
    prefixes: tuple[Token, ...]
    asn: int | None = None
    kind: NetworkKind = NetworkKind.UNKNOWN
    country: str | None = None
    cell: Cell | None = None
    accuracy_radius_km: float | None = None


@dataclass(frozen=True, slots=True)
class Software:
    """A family and its version, most significant part first; an empty version is unknown."""

    family: str
    version: tuple[int, ...] = ()

    @property
    def major(self) -> int | None:
        return self.version[0] if self.version else None


@dataclass(frozen=True, slots=True)
class Device:
    """What a contact used. `components` are (name, token) pairs sorted by name, so equal devices compare equal.

    `form` is one of phone, tablet, computer, bot. `fingerprint` names a device *model* more than a device.
    """

    os: Software | None = None
    browser: Software | None = None
    form: str | None = None
    fingerprint: Token | None = None
    components: tuple[tuple[str, Token], ...] = ()


@dataclass(frozen=True, slots=True)
class Sighting:
    """One observation of a contact. None means the facts were absent, so it cannot be compared."""

    at: datetime
    origin: Origin | None = None
    device: Device | None = None

    def component(self, name: str) -> Token | None:
        """The token of a fingerprint component, or None where it was not told."""
        return dict(self.device.components).get(name) if self.device else None


@dataclass(frozen=True, slots=True)
class Consistency:
    """How a contact's own facts agree with each other, worked out where the raw values are still known.

    None means it could not be worked out. `clock_gap_h` is the smallest difference in hours between the
    device's UTC offset and the offsets in use in the place of the address, at the time of the chat.
    `language_fits`: some preferred language is spoken in the country of the address.
    `hints_agree`: user agent, Client Hints, `platform` and touch tell the same story; `odd` names what does not.
    """

    clock_gap_h: float | None = None
    language_fits: bool | None = None
    hints_agree: bool | None = None
    odd: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True)
class Chat:
    """A located chat: what `score()` is asked about. `customer` is a token; None for a contact nobody claims.

    `unavailable` maps a fact that is missing (`ip`, `geo`, `user_agent`, `fingerprint`) to a stable reason
    code, so that signals can say why they could not assess.
    """

    key: ChatKey
    customer: Token | None
    identity: Identity
    sighting: Sighting
    consistency: Consistency = Consistency()
    asks: tuple[Ask, ...] = ()
    unavailable: dict[str, str] = field(default_factory=dict)
    seen: dict[str, datetime] = field(default_factory=dict)
    """When a fact was seen, where that was not at the sighting's own time: chats joined from several messages."""
    unsigned: frozenset[str] = frozenset()
    """The facts whose sender nobody authenticated. Names of both are told in `core.joining`."""

    @property
    def at(self) -> datetime:
        return self.sighting.at

    @property
    def origin(self) -> Origin | None:
        return self.sighting.origin

    @property
    def device(self) -> Device | None:
        return self.sighting.device


def traits(sighting: Sighting) -> Iterator[tuple[str, str]]:
    """The (name, value) pairs by which the crowd counts a sighting, in a fixed order."""
    if (origin := sighting.origin) is not None:
        yield "kind", origin.kind
        if origin.country:
            yield "country", origin.country
        if origin.asn is not None:
            yield "asn", str(origin.asn)
        if origin.cell is not None and origin.asn is not None:
            yield "place", f"{origin.asn}:{origin.cell.latitude_deg}:{origin.cell.longitude_deg}"
        if origin.prefixes:
            yield "prefix", origin.prefixes[0]
        yield "address", origin.address
    if (device := sighting.device) is not None:
        if device.os:
            yield "os", device.os.family
            yield "os_version", f"{device.os.family} {'.'.join(map(str, device.os.version[:2]))}"
        if device.browser:
            yield "browser", device.browser.family
            yield "browser_version", f"{device.browser.family} {device.browser.major}"
        if device.form:
            yield "form", device.form
        if device.fingerprint:
            yield "fingerprint", device.fingerprint
        if model := device_model(device):
            yield "model", model
        for name, token in device.components:
            yield f"c.{name}", token


_VOLATILE = frozenset({"timezone", "languages", "ja4", "tls_version", "http_version"})
"""Components that change with a journey or a browser update (the last three describe its connection)."""


@lru_cache(maxsize=16_384)
def device_model(device: Device) -> str | None:
    """A short name for everything about a device that does not change with a browser update or a journey.

    None where too little is known to tell devices apart (fewer than three components and no fingerprint).
    Not a secret and not a person: many customers may share one model.
    """
    stable = [f"{name}={token}" for name, token in device.components if name not in _VOLATILE]
    if len(stable) < 3 and not device.fingerprint:
        return None
    parts = [device.form or "", device.os.family if device.os else "", *stable]
    if not stable:
        parts.append(f"fingerprint={device.fingerprint}")
    return blake2b("|".join(parts).encode(), digest_size=9).hexdigest()
