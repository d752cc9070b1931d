"""A history as the fields of one hash, and the messages the scripts build it from.

Sightings of a customer share most of their parts, so parts are rows of their own, kept once and referred to by
number: field `12` -> `kind and number of references` (1 byte) · references · payload. An entry is a field
`c` + row of desk and account + chat id (a chat) or `s` + number (a sign-in of the company's own), with
`marks` (1 byte) · row of the address · row of the device · time (7 bytes) · log-odds. An account event is a
field `e` + kind + time + address. Everything stays within 64 bytes, where Redis packs a hash tightly.

Rows are numbered by the script, which sees the whole hash: two writers cannot give one number away twice.
"""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass, field

from cuelight.core.chat import ChatKey, Device, Origin, Sighting, Token
from cuelight.core.history import AccountEvent, AccountEventKind, History, Incident, PastSighting
from cuelight.stores import bounds, keys
from cuelight.stores.codec import Corrupt, Reader, Writer, from_micros, rebase, unbase
from cuelight.stores.codec_sighting import (
    Components,
    read_components,
    read_network,
    read_software,
    write_components,
    write_network,
    write_software,
)
from cuelight.stores.words import COMPONENTS

ACCOUNT, ADDRESS, PREFIXES, NETWORK, DEVICE, COMPONENT = range(6)
REPORTED, FAILED, HIDDEN = 8, 16, 32
ROW_BYTES = 60
"""Payload of a row, so that row and references stay under the 64 bytes of a packed hash."""
EVENTS = tuple(AccountEventKind)
_GROUPS = (COMPONENTS[:6], COMPONENTS[6:11], COMPONENTS[11:])
_GROUP_OF = {name: number for number, group in enumerate(_GROUPS) for name in group}
_MAX_REFS = 7
_CHAT, _SIGN_IN, _EVENT = b"cse"


@dataclass(slots=True)
class EntryMessage:
    """One entry for a script: rows (references are positions in this list, from 1), field and value."""

    rows: list[bytes] = field(default_factory=list)
    name: bytes = b""
    value: bytes = b""

    def args(self) -> list[bytes]:
        return [str(len(self.rows)).encode(), *self.rows, self.name, self.value]

    def add(self, kind: int, refs: list[int], payload: bytes) -> int:
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
    w = Writer()
    w.out += bytes((marks(entry), address, model)) + pack_time(entry)
    if entry.log_odds is not None:
        w.number(entry.log_odds)
    message.value = bytes(w.out)
    _name(message, entry.chat)
    return message


def pack_hidden(key: ChatKey, sighting: Sighting) -> EntryMessage:
    """A chat that is recorded but is no sighting: listed so that it can be found and erased."""
    message = EntryMessage(value=bytes((HIDDEN, 0, 0)) + pack_time(sighting))
    _name(message, key)
    return message


def pack_time(of: PastSighting | Sighting) -> bytes:
    """Microseconds since 1970 in 7 bytes, most significant first (until the year 4253)."""
    return bounds.micros(of.at).to_bytes(7, "big")


def pack_event(event: AccountEvent) -> bytes:
    w = Writer()
    w.out += b"e" + bytes((EVENTS.index(event.kind),)) + bounds.micros(event.at).to_bytes(7, "big")
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
    w = Writer()
    write_network(w, origin)
    network = message.add(NETWORK, [], bytes(w.out))
    prefixes = 0
    for part in _parts(origin.prefixes):
        w = Writer()
        w.tokens(part)
        prefixes = message.add(PREFIXES, [prefixes] if prefixes else [], bytes(w.out))
    data, packed = unbase(origin.address)
    refs = [network, prefixes] if prefixes else [network]
    return message.add(ADDRESS, refs, bytes((packed,)) + data)


def _parts(tokens: tuple[Token, ...]) -> Iterable[tuple[Token, ...]]:
    """Runs of tokens that fit a row."""
    part: list[Token] = []
    size = 0
    for token in tokens:
        cost = len(unbase(token)[0]) + 2
        if part and size + cost > ROW_BYTES:
            yield tuple(part)
            part, size = [], 0
        part.append(token)
        size += cost
    if part:
        yield tuple(part)


def _add_device(message: EntryMessage, device: Device) -> int:
    refs: list[int] = []
    groups: list[Components] = [()] * (len(_GROUPS) + 1)
    for component in device.components:
        groups[_GROUP_OF.get(component[0], len(_GROUPS))] += (component,)
    chunks = [chunk for group in groups for chunk in _chunks(group)]
    if len(chunks) > _MAX_REFS:
        chunks = [_packed(device.components)]  # not compact, but whole; no real device has so many
    for chunk in chunks:
        refs.append(message.add(COMPONENT, [], chunk))
    w = Writer()
    write_software(w, device)
    return message.add(DEVICE, refs, bytes(w.out))


def _chunks(components: Components) -> Iterable[bytes]:
    if not components:
        return
    packed = _packed(components)
    if len(packed) <= ROW_BYTES or len(components) == 1:
        yield packed
    else:
        half = (len(components) + 1) // 2
        yield from _chunks(components[:half])
        yield from _chunks(components[half:])


def _packed(components: Components) -> bytes:
    w = Writer()
    write_components(w, components)
    return bytes(w.out)


class HistoryReader:
    """Decodes one hash. Rows are decoded once, however many entries refer to them."""

    def __init__(self, flat: list[bytes]) -> None:
        self._rows: dict[int, bytes] = {}
        self._entries: list[tuple[bytes, bytes]] = []
        self._events: list[bytes] = []
        for name, value in zip(flat[::2], flat[1::2], strict=True):
            first = name[0]
            if first in (_CHAT, _SIGN_IN):
                self._entries.append((name, value))
            elif first == _EVENT:
                self._events.append(name)
            elif name.isdigit():
                self._rows[int(name)] = value
        self._accounts: dict[int, tuple[str, str]] = {}
        self._origins: dict[int, Origin] = {}
        self._devices: dict[int, Device] = {}

    def history(self, incidents: tuple[Incident, ...] = ()) -> History:
        entries = [self._entry(name, value) for name, value in self._entries if not value[0] & HIDDEN]
        entries.sort(key=bounds.order)
        events = sorted((_read_event(name) for name in self._events), key=bounds.event_order)
        return History(tuple(entries), incidents, tuple(events))

    def chats(self) -> list[tuple[ChatKey, int]]:
        """Every chat that the hash lists, with its time in microseconds; hidden ones too."""
        found = []
        for name, value in self._entries:
            if name[0] == _CHAT:
                at = _number(value, _number(value, 1)[1])[1]
                found.append((self._chat(name), int.from_bytes(value[at : at + 7], "big")))
        return found

    def _entry(self, name: bytes, value: bytes) -> PastSighting:
        head = value[0]
        address, at = _number(value, 1)
        model, at = _number(value, at)
        end = at + 7
        return PastSighting(
            Sighting(
                from_micros(int.from_bytes(value[at:end], "big")),
                self._origin(address) if address else None,
                self._device(model) if model else None,
            ),
            bounds.PROOFS[head & 7],
            self._chat(name) if name[0] == _CHAT else None,
            Reader(value, end).number() if end < len(value) else None,
            bool(head & REPORTED),
            bool(head & FAILED),
        )

    def _chat(self, name: bytes) -> ChatKey:
        number, at = _number(name, 1)
        if number not in self._accounts:
            account = keys.read_chat_name(self._row(number)[2].rest())
            self._accounts[number] = (account.desk, account.account)
        return ChatKey(*self._accounts[number], name[at:].decode("utf-8", "surrogatepass"))

    def _row(self, number: int) -> tuple[int, list[int], Reader]:
        data = self._rows.get(number)
        if data is None:
            raise Corrupt("a history refers to a part it does not have")
        r = Reader(data)
        head = r.byte()
        return head >> 3, [r.varint() for _ in range(head & 7)], r

    def _origin(self, number: int) -> Origin:
        if number not in self._origins:
            _, refs, r = self._row(number)
            packed = r.byte()
            address = rebase(r.rest(), packed)
            network = self._row(refs[0])[2]
            prefixes = self._prefixes(refs[1]) if len(refs) > 1 else ()
            self._origins[number] = read_network(network, address, prefixes)
        return self._origins[number]

    def _prefixes(self, number: int) -> tuple[Token, ...]:
        _, refs, r = self._row(number)
        return (*(self._prefixes(refs[0]) if refs else ()), *r.tokens())

    def _device(self, number: int) -> Device:
        if number not in self._devices:
            _, refs, r = self._row(number)
            components = [c for ref in refs for c in read_components(self._row(ref)[2])]
            self._devices[number] = read_software(r, tuple(sorted(components)))
        return self._devices[number]


def _number(data: bytes, at: int) -> tuple[int, int]:
    """The number of a row (one or two bytes), and where it ends."""
    first = data[at]
    return (first, at + 1) if first < 128 else (first - 128 + data[at + 1] * 128, at + 2)


def _read_event(name: bytes) -> AccountEvent:
    r = Reader(name, 1)
    kind = EVENTS[r.byte()]
    at = from_micros(int.from_bytes(r.take(7), "big"))
    return AccountEvent(kind, at, r.token() if r.at < len(name) else None)
