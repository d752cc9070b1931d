"""A history as one string.

Sightings of a customer share most of their parts, so parts are rows of their own, kept once and referred to by
number. The string is version · rows, kind by kind in the order of `LAYOUT` so that references lead backwards ·
entries · account events; each list has its count in front. A row is number of references (2 bits) and length (6 bits;
63: told in what follows) · references · payload. An entry is

- marks (1 byte): proof (3 bits, 7: hidden), reported, failed step-up, chat, scored, microseconds;
- address and device, four bits each (0: none; both 15: two numbers follow);
- milliseconds since the entry before (the first: since 1970) as zigzag varint, then 2 bytes of microseconds if marked;
- log-odds if scored: thousandths (2 bytes), or 128 and a double;
- for a chat: its account (4 bits; 15: a number follows) and the form of its id (4 bits), then the id.

An account event is length · kind · time · address. Numbers and lengths take a byte or two.

Rows are numbered by the script, which sees the whole history: two writers cannot give one number away twice. In
messages and inside the scripts, rows and entries are spelled out instead: see `codec_entry`.
"""

from __future__ import annotations

from dataclasses import replace

from cuelight.core.chat import ChatKey, Device, Origin, Sighting, Software, Token
from cuelight.core.history import AccountEvent, History, Incident, PastSighting
from cuelight.stores import bounds, keys
from cuelight.stores.codec import VERSION, Corrupt, Reader, reading
from cuelight.stores.codec_entry import (
    ACCOUNT,
    ADDRESS,
    COMPONENT,
    DEVICE,
    EVENTS,
    FAILED,
    HIDDEN,
    MODEL,
    NETWORK,
    PADDED,
    PREFIXES,
    REGULAR_ADDRESS,
    REGULAR_PREFIXES,
    REPORTED,
    EntryMessage,
    marks,
    pack_entry,
    pack_event,
    pack_hidden,
)
from cuelight.stores.codec_sighting import (
    LONG,
    Network,
    components_of,
    network_of,
    read_prefixes,
    read_software,
    read_version,
)
from cuelight.stores.codec_values import cut, from_micros, rebase, unzigzag

__all__ = [
    "FAILED",
    "HIDDEN",
    "REPORTED",
    "EntryMessage",
    "HistoryReader",
    "marks",
    "pack_entry",
    "pack_event",
    "pack_hidden",
]

LAYOUT = (ACCOUNT, NETWORK, PREFIXES, ADDRESS, COMPONENT, MODEL, DEVICE)
_HIDDEN_PROOF = 7
_CHAT, _SCORED, _MICROS = 32, 64, 128
_WIDE = 255
"""Address and device that do not fit into four bits each."""
_TEXT, _LONGEST_DECIMAL, _HEX, _UUID = 0, 8, 9, 10

Row = tuple[tuple[int, ...], bytes]
"""References and payload."""
_Entry = tuple[int, int, int, int, float | None, ChatKey | None]
"""Marks, address, device, time (microseconds), log-odds, chat."""


class HistoryReader:
    """Decodes one history. Rows are decoded once, however many entries refer to them."""

    @reading
    def __init__(self, data: bytes | None) -> None:
        self._rows: dict[int, list[Row]] = {}
        self._entries: list[_Entry] = []
        self._events: list[bytes] = []
        self._origins: dict[int, Origin] = {}
        self._devices: dict[int, Device] = {}
        self._models: dict[int, Device] = {}
        self._around: dict[int, tuple[tuple[Token, ...], Network]] = {}
        if data:
            if data[0] != VERSION:
                raise Corrupt("a history is of another format; is an older version running beside a newer one?")
            self._split(data)

    def _split(self, data: bytes) -> None:
        at = 1
        for kind in LAYOUT:
            count, at = _number(data, at)
            rows = self._rows[kind] = []
            for _ in range(count):
                row, at = _row(data, at)
                rows.append(row)
        accounts = [keys.read_chat_name(payload) for _, payload in self._rows[ACCOUNT]]
        count, at = _number(data, at)
        time_ms = 0
        for _ in range(count):
            entry, time_ms, at = _read_entry(data, at, time_ms, accounts)
            self._entries.append(entry)
        count, at = _number(data, at)
        for _ in range(count):
            length, at = _number(data, at)
            self._events.append(_part(data, at, length))
            at += length

    @reading
    def history(self, incidents: tuple[Incident, ...] = ()) -> History:
        entries = [self._entry(entry) for entry in self._entries if entry[0] & 7 != _HIDDEN_PROOF]
        entries.sort(key=bounds.order)
        events = sorted((_read_event(name) for name in self._events), key=bounds.event_order)
        return History(tuple(entries), incidents, tuple(events))

    @reading
    def chats(self) -> list[tuple[ChatKey, int]]:
        """Every chat that is listed, with its time in microseconds; hidden ones too."""
        return [(chat, time) for _, _, _, time, _, chat in self._entries if chat is not None]

    def _entry(self, entry: _Entry) -> PastSighting:
        head, address, device, time, log_odds, chat = entry
        sighting = Sighting(
            from_micros(time),
            self._origin(address) if address else None,
            self._device(device) if device else None,
        )
        proof = bounds.PROOFS[head & 7]
        return PastSighting(sighting, proof, chat, log_odds, bool(head & REPORTED), bool(head & FAILED))

    def _row(self, kind: int, number: int) -> Row:
        try:
            return self._rows[kind][number - 1]
        except IndexError:
            raise Corrupt("a history refers to a part it does not have") from None

    def _origin(self, number: int) -> Origin:
        known = self._origins.get(number)
        if known is None:
            refs, payload = self._row(ADDRESS, number)
            prefixes, network = self._surroundings(refs[0])
            known = self._origins[number] = Origin(_read_address(payload), prefixes, *network)
        return known

    def _surroundings(self, number: int) -> tuple[tuple[Token, ...], Network]:
        known = self._around.get(number)
        if known is None:
            refs, payload = self._row(PREFIXES, number)
            regular = REGULAR_PREFIXES.get(len(payload))
            prefixes = read_prefixes(Reader(payload), regular) if regular else _odd_prefixes(payload)
            known = self._around[number] = prefixes, network_of(self._row(NETWORK, refs[0])[1])
        return known

    def _device(self, number: int) -> Device:
        known = self._devices.get(number)
        if known is None:
            refs, payload = self._row(DEVICE, number)
            known = self._model(refs[0])
            if known.browser:
                version = read_version(Reader(payload))
                known = replace(known, browser=Software(known.browser.family, version))
            self._devices[number] = known
        return known

    def _model(self, number: int) -> Device:
        """A device but for its browser's version."""
        known = self._models.get(number)
        if known is None:
            refs, payload = self._row(MODEL, number)
            components = [c for ref in refs for c in components_of(self._row(COMPONENT, ref)[1])]
            components.sort()
            known = self._models[number] = read_software(Reader(payload), tuple(components))
        return known


def _number(data: bytes, at: int) -> tuple[int, int]:
    """A number of one or two bytes, and where it ends."""
    first = data[at]
    return (first, at + 1) if first < 128 else (first - 128 + data[at + 1] * 128, at + 2)


def _part(data: bytes, at: int, length: int) -> bytes:
    if at + length > len(data):
        raise Corrupt("a history ends too early")
    return data[at : at + length]


def _row(data: bytes, at: int) -> tuple[Row, int]:
    length, count = data[at] & 63, data[at] >> 6
    at += 1
    if length == 63:
        length, at = _number(data, at)
    refs: tuple[int, ...] = ()
    for _ in range(count):
        ref, at = _number(data, at)
        refs += (ref,)
    return (refs, _part(data, at, length)), at + length


def _read_entry(data: bytes, at: int, time_ms: int, accounts: list[ChatKey]) -> tuple[_Entry, int, int]:
    """One entry, its time in milliseconds for the next one to count from, and where it ends."""
    head, pair = data[at], data[at + 1]
    address, device = pair >> 4, pair & 15
    at += 2
    if pair == _WIDE:
        address, at = _number(data, at)
        device, at = _number(data, at)
    r = Reader(data, at)
    time_ms += unzigzag(r.varint())
    time = time_ms * 1000
    if head & _MICROS:
        time += int.from_bytes(r.take(2), "big")
    log_odds = _read_odds(r) if head & _SCORED else None
    chat = _read_chat(r, accounts) if head & _CHAT else None
    return (head, address, device, time, log_odds, chat), time_ms, r.at


def _read_odds(r: Reader) -> float:
    first = r.byte()
    return r.double() if first & 128 else unzigzag(first << 8 | r.byte()) / 1000


def _read_chat(r: Reader, accounts: list[ChatKey]) -> ChatKey:
    head = r.byte()
    number, form = head >> 4, head & 15
    if number == 15:
        number, r.at = _number(r.data, r.at)
    if not 0 < number <= len(accounts):
        raise Corrupt("a history refers to an account it does not have")
    account = accounts[number - 1]
    return ChatKey(account.desk, account.account, _read_id(r, form))


def _read_id(r: Reader, form: int) -> str:
    if form == _TEXT:
        length, r.at = _number(r.data, r.at)
        return r.take(length).decode("utf-8", "surrogatepass")
    if form <= _LONGEST_DECIMAL:
        return str(int.from_bytes(r.take(form), "big"))
    if form == _HEX:
        return r.take(r.byte()).hex()
    if form == _UUID:
        text = r.take(16).hex()
        return "-".join((text[:8], text[8:12], text[12:16], text[16:20], text[20:]))
    raise Corrupt("a history has a chat id of an unknown form")


def _odd_prefixes(payload: bytes) -> tuple[Token, ...]:
    return read_prefixes(Reader(payload, 1), payload[0])


def _read_address(payload: bytes) -> Token:
    if len(payload) == REGULAR_ADDRESS:
        return cut(payload, (LONG,))[0]
    form, data = payload[0], payload[1:]
    return rebase(data[:-1] if form & PADDED else data, form & 1)


def _read_event(data: bytes) -> AccountEvent:
    r = Reader(data)
    kind = EVENTS[r.byte()]
    at = from_micros(int.from_bytes(r.take(7), "big"))
    return AccountEvent(kind, at, r.token() if r.at < len(data) else None)
