"""One entry of a history as the scripts take it: spelled out, with rows numbered within the message."""

from __future__ import annotations

import struct
from dataclasses import dataclass, field, replace

from cuelight.core.chat import ChatKey, Device, Origin, Sighting, Token
from cuelight.core.errors import InvalidInput
from cuelight.core.history import AccountEvent, AccountEventKind, PastSighting
from cuelight.stores import bounds, keys
from cuelight.stores.codec import Writer
from cuelight.stores.codec_sighting import (
    LONG,
    Components,
    prefix_form,
    write_components,
    write_network,
    write_software,
    write_version,
)
from cuelight.stores.codec_values import join, unbase, wholes, zigzag
from cuelight.stores.words import COMPONENTS

ACCOUNT, ADDRESS, PREFIXES, NETWORK, DEVICE, COMPONENT, MODEL = range(7)
REPORTED, FAILED, HIDDEN = 8, 16, 32
_LONGEST = 16_383
"""What two bytes can count."""
REGULAR_ADDRESS, PADDED = 6, 4
REGULAR_PREFIXES = {12: 1, 15: 2}
"""The form of prefixes by the number of their bytes."""
EVENTS = tuple(AccountEventKind)
_GROUPS = (COMPONENTS[:11], COMPONENTS[11:])
"""Languages and time zone change with the person or the journey, so devices share them apart from the rest."""
_GROUP_OF = {name: number for number, group in enumerate(_GROUPS) for name in group}


@dataclass(slots=True)
class EntryMessage:
    """One entry for a script: rows (references are positions in this list, from 1), field and value.

    A row is `kind` (5 bits) and number of references (3 bits) · references · payload. A field is `c` · row of desk
    and account · chat id for a chat, or `s` for a sign-in of the company's own. A value is marks (1 byte) · row of the
    address · row of the device · time in microseconds (7 bytes) · log-odds.
    """

    rows: list[bytes] = field(default_factory=list)
    name: bytes = b""
    value: bytes = b""

    def args(self) -> list[bytes]:
        return [str(len(self.rows)).encode(), *self.rows, self.name, self.value]

    def add(self, kind: int, refs: list[int], payload: bytes) -> int:
        if len(payload) > _LONGEST - 16:
            raise InvalidInput("fingerprint", "is too large to be kept")
        self.rows.append(bytes((kind << 3 | len(refs), *refs)) + payload)
        return len(self.rows)


def marks(entry: PastSighting) -> int:
    proof = bounds.strength(entry.proof)
    return proof | (REPORTED if entry.reported else 0) | (FAILED if entry.failed_step_up else 0)


def pack_entry(entry: PastSighting) -> EntryMessage:
    message = EntryMessage()
    origin, device = entry.sighting.origin, entry.sighting.device
    address = _add_origin(message, origin) if origin else 0
    model = _add_device(message, device) if device else 0
    message.value = bytes((marks(entry), address, model)) + pack_time(entry) + _pack_odds(entry.log_odds)
    _name(message, entry.chat)
    return message


def pack_hidden(key: ChatKey, sighting: Sighting) -> EntryMessage:
    """A chat that is recorded but is no sighting: listed so that it can be found and erased."""
    message = EntryMessage(value=bytes((HIDDEN, 0, 0)) + pack_time(sighting))
    _name(message, key)
    return message


def pack_time(of: PastSighting | Sighting) -> bytes:
    """Microseconds since 1970 in 7 bytes, most significant first. Scripts count exactly to 2^53, the year 2255."""
    return bounds.micros(of.at).to_bytes(7, "big")


def _pack_odds(log_odds: float | None) -> bytes:
    if log_odds is None:
        return b""
    whole = wholes(log_odds, 1000)
    if whole is not None and zigzag(whole) < 1 << 15:
        return zigzag(whole).to_bytes(2, "big")
    return b"\x80" + struct.pack(">d", log_odds)


def pack_event(event: AccountEvent) -> bytes:
    w = Writer()
    w.out += bytes((EVENTS.index(event.kind),)) + bounds.micros(event.at).to_bytes(7, "big")
    if event.address is not None:
        w.token(event.address)
    return bytes(w.out)


def _name(message: EntryMessage, chat: ChatKey | None) -> None:
    if chat is None:
        message.name = b"s"
    else:
        account = message.add(ACCOUNT, [], keys.chat_prefix(chat))
        message.name = b"c" + bytes((account,)) + chat.chat_id.encode("utf-8", "surrogatepass")


def _add_origin(message: EntryMessage, origin: Origin) -> int:
    """Address refers to prefixes and these to the network: one reference each, for the next is mostly the same."""
    w = Writer()
    write_network(w, origin)
    network = message.add(NETWORK, [], bytes(w.out))
    prefixes = message.add(PREFIXES, [network], _pack_prefixes(origin.prefixes))
    return message.add(ADDRESS, [prefixes], _pack_address(origin.address))


def _pack_prefixes(prefixes: tuple[Token, ...]) -> bytes:
    """Regular ones by their length alone; others behind their form (1 byte), and of a length of their own."""
    form, data = prefix_form(prefixes)
    if len(data) in REGULAR_PREFIXES and REGULAR_PREFIXES[len(data)] == form:
        return data
    odd = bytes((form,)) + data
    return odd + b"\0" if len(odd) in REGULAR_PREFIXES else odd


def _pack_address(address: Token) -> bytes:
    """Six bytes as `sense` makes them. Of any other length is the form of the token (1 byte) and its bytes."""
    regular = join((address,), (LONG,))
    if regular is not None:
        return regular
    data, packed = unbase(address)
    odd = bytes((packed,)) + data
    return odd if len(odd) != REGULAR_ADDRESS else bytes((packed | PADDED,)) + data + b"\0"


def _add_device(message: EntryMessage, device: Device) -> int:
    refs: list[int] = []
    groups: list[Components] = [()] * (len(_GROUPS) + 1)
    for component in device.components:
        groups[_GROUP_OF.get(component[0], len(_GROUPS))] += (component,)
    for group in groups:
        if group:
            w = Writer()
            write_components(w, group)
            refs.append(message.add(COMPONENT, [], bytes(w.out)))
    # A browser's update changes its version and nothing else: that alone is a row of its own.
    browser = device.browser and replace(device.browser, version=())
    w = Writer()
    write_software(w, replace(device, browser=browser, components=()))
    model = message.add(MODEL, refs, bytes(w.out))
    w = Writer()
    if device.browser:
        write_version(w, device.browser.version)
    return message.add(DEVICE, [model], bytes(w.out))
