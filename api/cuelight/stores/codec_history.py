"""A history as one string, and the messages the scripts build it from.

Sightings of a customer share most of their parts, so parts are rows of their own, kept once and referred to by
number. A row is `kind and number of references` (1 byte) · references · payload. An entry is a name, `c` · row of
desk and account · chat id for a chat or `s` for a sign-in of the company's own, and a value, `marks` (1 byte) · row
of the address · row of the device · time (7 bytes) · log-odds. An account event is kind · time · address. The string
is version · rows, each with number and length · entries, name and value with their lengths · events; each list has
its count in front. Counts, numbers and lengths take a byte or two.

Rows are numbered by the script, which sees the whole history: two writers cannot give one number away twice.
"""

from __future__ import annotations

from dataclasses import dataclass, field

from cuelight.core.chat import ChatKey, Device, Origin, Sighting, Token
from cuelight.core.errors import InvalidInput
from cuelight.core.history import AccountEvent, AccountEventKind, History, Incident, PastSighting
from cuelight.stores import bounds, keys
from cuelight.stores.codec import VERSION, Corrupt, Reader, Writer, from_micros, rebase, unbase
from cuelight.stores.codec_sighting import (
    Components,
    components_of,
    network_of,
    read_software,
    write_components,
    write_network,
    write_software,
)
from cuelight.stores.words import COMPONENTS

ACCOUNT, ADDRESS, PREFIXES, NETWORK, DEVICE, COMPONENT = range(6)
REPORTED, FAILED, HIDDEN = 8, 16, 32
_LONGEST = 16_383
"""What two bytes can count."""
EVENTS = tuple(AccountEventKind)
_GROUPS = (COMPONENTS[:11], COMPONENTS[11:])
"""Languages and time zone change with the person or the journey, so devices share them apart from the rest."""
_GROUP_OF = {name: number for number, group in enumerate(_GROUPS) for name in group}
_CHAT = ord("c")


@dataclass(slots=True)
class EntryMessage:
    """One entry for a script: rows (references are positions in this list, from 1), field and value."""

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
    w = Writer()
    write_network(w, origin)
    network = message.add(NETWORK, [], bytes(w.out))
    refs = [network]
    if origin.prefixes:
        w = Writer()
        w.tokens(origin.prefixes)
        refs.append(message.add(PREFIXES, [], bytes(w.out)))
    data, packed = unbase(origin.address)
    return message.add(ADDRESS, refs, bytes((packed,)) + data)


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
    w = Writer()
    write_software(w, device)
    return message.add(DEVICE, refs, bytes(w.out))


class HistoryReader:
    """Decodes one history. Rows are decoded once, however many entries refer to them."""

    def __init__(self, data: bytes | None) -> None:
        self._rows: dict[int, bytes] = {}
        self._entries: list[tuple[bytes, bytes]] = []
        self._events: list[bytes] = []
        if data:
            self._split(data)
        self._accounts: dict[int, tuple[str, str]] = {}
        self._tokens: dict[int, tuple[Token, ...]] = {}
        self._origins: dict[int, Origin] = {}
        self._devices: dict[int, Device] = {}

    def _split(self, data: bytes) -> None:
        if data[0] != VERSION:
            raise Corrupt("a history is of another format; is an older version running beside a newer one?")
        try:
            count, at = _number(data, 1)
            for _ in range(count):
                number, at = _number(data, at)
                self._rows[number], at = _part(data, at)
            count, at = _number(data, at)
            for _ in range(count):
                name, at = _part(data, at)
                value, at = _part(data, at)
                self._entries.append((name, value))
            count, at = _number(data, at)
            for _ in range(count):
                event, at = _part(data, at)
                self._events.append(event)
        except IndexError:
            raise Corrupt("a history ends too early") from None

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
            account = keys.read_chat_name(self._row(number)[1])
            self._accounts[number] = (account.desk, account.account)
        return ChatKey(*self._accounts[number], name[at:].decode("utf-8", "surrogatepass"))

    def _row(self, number: int) -> tuple[list[int], bytes]:
        """A row's references and its payload."""
        data = self._rows.get(number)
        if not data:
            raise Corrupt("a history refers to a part it does not have")
        refs = []
        at = 1
        for _ in range(data[0] & 7):
            ref, at = _number(data, at)
            refs.append(ref)
        return refs, data[at:]

    def _origin(self, number: int) -> Origin:
        known = self._origins.get(number)
        if known is None:
            refs, payload = self._row(number)
            network = network_of(self._row(refs[0])[1])
            prefixes = self._prefixes(refs[1]) if len(refs) > 1 else ()
            known = Origin(rebase(payload[1:], payload[0]), prefixes, *network)
            self._origins[number] = known
        return known

    def _prefixes(self, number: int) -> tuple[Token, ...]:
        known = self._tokens.get(number)
        if known is None:
            known = self._tokens[number] = Reader(self._row(number)[1]).tokens()
        return known

    def _device(self, number: int) -> Device:
        known = self._devices.get(number)
        if known is None:
            refs, payload = self._row(number)
            components = [c for ref in refs for c in components_of(self._row(ref)[1])]
            components.sort()
            known = self._devices[number] = read_software(Reader(payload), tuple(components))
        return known


def _number(data: bytes, at: int) -> tuple[int, int]:
    """The number of a row (one or two bytes), and where it ends."""
    first = data[at]
    return (first, at + 1) if first < 128 else (first - 128 + data[at + 1] * 128, at + 2)


def _part(data: bytes, at: int) -> tuple[bytes, int]:
    length, at = _number(data, at)
    end = at + length
    if end > len(data):
        raise Corrupt("a history ends too early")
    return data[at:end], end


def _read_event(data: bytes) -> AccountEvent:
    r = Reader(data)
    kind = EVENTS[r.byte()]
    at = from_micros(int.from_bytes(r.take(7), "big"))
    return AccountEvent(kind, at, r.token() if r.at < len(data) else None)
