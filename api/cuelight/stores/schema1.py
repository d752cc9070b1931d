"""Reads what the first schema stored, for `migration` alone: its histories, chats, incidents and disclosures.

Its tokens were longer. They come out shortened to the length `sense` makes today, which is their beginning.
"""

from __future__ import annotations

from dataclasses import replace

from cuelight.core.chat import Cell, Chat, ChatKey, Consistency, Device, Identity, Origin, Sighting, Software, Token
from cuelight.core.decision import Decision, Reason, WouldBe
from cuelight.core.disclosure import Disclosure
from cuelight.core.history import AccountEvent, Incident, PastSighting
from cuelight.core.ports import OutcomeRecord, StoredChat
from cuelight.stores import keys
from cuelight.stores.bounds import PROOFS, micros
from cuelight.stores.codec import Corrupt, Reader
from cuelight.stores.codec_entry import EVENTS, FAILED, HIDDEN, REPORTED
from cuelight.stores.codec_ledger import KINDS as DISCLOSURES
from cuelight.stores.codec_record import ASKS, CUES, IDENTITIES, OUTCOMES
from cuelight.stores.codec_sighting import KINDS, LONG, SHORT, Components, Network, width_of
from cuelight.stores.codec_values import from_micros, rebase, unzigzag
from cuelight.stores.words import COMPONENTS, WORDS

VERSION = 1
_WORDS = 136
"""So many words there were; later ones are not meant by any number."""
_WAS = 16
"""Characters of a token then."""


class OldReader(Reader):
    """Numbers and texts as they were spelled; the other forms are still the same."""

    __slots__ = ()

    def number(self) -> float:
        head = self.varint()
        form = head & 3
        return self.double() if form == 2 else unzigzag(head >> 2) / (1000 if form else 4)

    def text(self) -> str:
        head = self.varint()
        if not head & 1:
            return self.take(head >> 1).decode("utf-8", "surrogatepass")
        if head >> 1 >= _WORDS:
            raise Corrupt("a stored value uses a word the first schema did not know")
        return WORDS[head >> 1]


def shorten(token: Token, width: int) -> Token:
    return token[:width] if len(token) == _WAS else token


def short_origin(origin: Origin) -> Origin:
    prefixes = (shorten(token, SHORT if wider else LONG) for wider, token in enumerate(origin.prefixes))
    return replace(origin, address=shorten(origin.address, LONG), prefixes=tuple(prefixes))


def short_device(device: Device) -> Device:
    fingerprint = None if device.fingerprint is None else shorten(device.fingerprint, LONG)
    components = tuple((name, shorten(token, width_of(name))) for name, token in device.components)
    return replace(device, fingerprint=fingerprint, components=components)


def short(sighting: Sighting) -> Sighting:
    """The sighting with tokens of today's lengths."""
    return replace(
        sighting,
        origin=short_origin(sighting.origin) if sighting.origin else None,
        device=short_device(sighting.device) if sighting.device else None,
    )


class OldHistory:
    """One history: `entries` in the order stored, each with whether it is hidden, and account events. Not shortened."""

    def __init__(self, data: bytes) -> None:
        if data[:1] != bytes((VERSION,)):
            raise Corrupt("this history is not of the first schema")
        self._rows: dict[int, bytes] = {}
        try:
            self._read(data)
        except (IndexError, KeyError):
            raise Corrupt("a history ends too early") from None

    def _read(self, data: bytes) -> None:
        count, at = _number(data, 1)
        for _ in range(count):
            number, at = _number(data, at)
            self._rows[number], at = _part(data, at)
        count, at = _number(data, at)
        self.entries: list[tuple[PastSighting, bool]] = []
        for _ in range(count):
            name, at = _part(data, at)
            value, at = _part(data, at)
            self.entries.append(self._entry(name, value))
        count, at = _number(data, at)
        self.events: list[AccountEvent] = []
        for _ in range(count):
            event, at = _part(data, at)
            r = OldReader(event, 8)
            moment = from_micros(int.from_bytes(event[1:8], "big"))
            self.events.append(AccountEvent(EVENTS[event[0]], moment, r.token() if len(event) > 8 else None))

    def _entry(self, name: bytes, value: bytes) -> tuple[PastSighting, bool]:
        head = value[0]
        address, at = _number(value, 1)
        model, at = _number(value, at)
        end = at + 7
        moment = from_micros(int.from_bytes(value[at:end], "big"))
        sighting = Sighting(moment, self._origin(address) if address else None, self._device(model) if model else None)
        log_odds = OldReader(value, end).number() if end < len(value) else None
        chat = self._chat(name) if name[:1] == b"c" else None
        entry = PastSighting(sighting, PROOFS[head & 7], chat, log_odds, bool(head & REPORTED), bool(head & FAILED))
        return entry, bool(head & HIDDEN)

    def _chat(self, name: bytes) -> ChatKey:
        number, at = _number(name, 1)
        account = keys.read_chat_name(self._row(number)[1])
        return ChatKey(account.desk, account.account, name[at:].decode("utf-8", "surrogatepass"))

    def _row(self, number: int) -> tuple[list[int], bytes]:
        data, at, refs = self._rows[number], 1, []
        for _ in range(data[0] & 7):
            ref, at = _number(data, at)
            refs.append(ref)
        return refs, data[at:]

    def _origin(self, number: int) -> Origin:
        refs, payload = self._row(number)
        network = _read_network(OldReader(self._row(refs[0])[1]))
        prefixes = OldReader(self._row(refs[1])[1]).tokens() if len(refs) > 1 else ()
        return Origin(rebase(payload[1:], payload[0]), prefixes, *network)

    def _device(self, number: int) -> Device:
        refs, payload = self._row(number)
        found = [c for ref in refs for c in _read_components(OldReader(self._row(ref)[1]))]
        return _read_software(OldReader(payload), tuple(sorted(found)))


def read_chat(data: bytes, key: ChatKey, customer: Token | None) -> StoredChat:
    """A stored chat. Not shortened."""
    if data[:1] != bytes((VERSION,)):
        raise Corrupt("this chat is not of the first schema")
    outcome_end = 3 + int.from_bytes(data[1:3], "big")
    outcome = _read_outcome(OldReader(data[3:outcome_end])) if outcome_end > 3 else None
    r = OldReader(data, outcome_end)
    length, packed = r.byte(), r.byte()
    digest = rebase(r.take(length - 1), packed)
    head = r.byte()
    identity = IDENTITIES[head & 3]
    decided = IDENTITIES[r.byte()] if head & 32 else identity
    at = r.time()
    origin = Origin(r.token(), r.tokens(), *_read_network(r)) if head & 4 else None
    device = _read_device(r) if head & 8 else None
    seen = _read_consistency(r) if head & 16 else Consistency()
    asks = tuple(ASKS[r.byte()] for _ in range(r.varint()))
    unavailable = {r.text(): r.text() for _ in range(r.varint())}
    times = {r.text(): from_micros(micros(at) - r.signed()) for _ in range(r.varint())} if head & 64 else {}
    unsigned = frozenset(r.text() for _ in range(r.varint())) if head & 128 else frozenset()
    sighting = Sighting(at, origin, device)
    chat = Chat(key, customer, identity, sighting, seen, asks, unavailable, times, unsigned)
    return StoredChat(chat, _read_decision(r, key, decided, digest), outcome)


def read_incident(incident_id: str, data: bytes) -> Incident:
    r = OldReader(data, 1)
    ended, opened, closed, ends = r.time(), r.time(), r.byte(), r.time()
    chats = tuple(ChatKey(r.text(), r.text(), r.text()) for _ in range(r.varint()))
    return Incident(incident_id, opened, ends, chats, ended if closed else None)


def read_disclosure(data: bytes) -> Disclosure:
    r = OldReader(data, 1)
    at, head = r.time(), r.byte()
    chat = ChatKey(r.text(), r.text(), r.text())
    return Disclosure(chat, DISCLOSURES[head >> 1], at, r.text(), bool(head & 1))


def _number(data: bytes, at: int) -> tuple[int, int]:
    first = data[at]
    return (first, at + 1) if first < 128 else (first - 128 + data[at + 1] * 128, at + 2)


def _part(data: bytes, at: int) -> tuple[bytes, int]:
    length, at = _number(data, at)
    if at + length > len(data):
        raise Corrupt("a history ends too early")
    return data[at : at + length], at + length


def _read_network(r: OldReader) -> Network:
    head = r.byte()
    return (
        r.varint() if head & 8 else None,
        KINDS[head & 7],
        r.text() if head & 16 else None,
        Cell(r.number(), r.number()) if head & 32 else None,
        r.number() if head & 64 else None,
    )


def _read_software(r: OldReader, components: Components) -> Device:
    head = r.byte()
    os = _read_family(r) if head & 1 else None
    browser = _read_family(r) if head & 2 else None
    form = r.text() if head & 4 else None
    return Device(os, browser, form, r.token() if head & 8 else None, components)


def _read_family(r: OldReader) -> Software:
    return Software(r.text(), tuple(r.varint() for _ in range(r.varint())))


def _read_components(r: OldReader) -> list[tuple[str, Token]]:
    head = r.varint()
    names = [name for bit, name in enumerate(COMPONENTS) if head >> 1 + bit & 1]
    found = list(zip(names, r.tokens(), strict=True)) if names else []
    if head & 1:
        found += [(r.text(), r.token()) for _ in range(r.varint())]
    return found


def _read_device(r: OldReader) -> Device:
    bare = _read_software(r, ())
    return replace(bare, components=tuple(sorted(_read_components(r))))


def _read_consistency(r: OldReader) -> Consistency:
    head = r.byte()
    return Consistency(
        clock_gap_h=r.number() if head & 1 else None,
        language_fits=bool(head & 8) if head & 2 else None,
        hints_agree=bool(head & 16) if head & 4 else None,
        odd=tuple(r.text() for _ in range(r.varint())),
    )


def _read_outcome(r: OldReader) -> OutcomeRecord:
    outcome, method = OUTCOMES[r.byte()], r.byte()
    at = r.time()
    return OutcomeRecord(outcome, at, r.text(), PROOFS[method - 1] if method else None)


def _read_decision(r: OldReader, key: ChatKey, identity: Identity, digest: str) -> Decision:
    head = r.byte()
    return Decision(
        key=key,
        identity=identity,
        digest=digest,
        cue=CUES[head & 3],
        decision_id=r.name(),
        policy_version=r.text(),
        scored_at=r.time(),
        log_odds=r.number(),
        score=r.number() if head & 4 else None,
        would_be=WouldBe(CUES[r.byte()], r.text()) if head & 8 else None,
        incident_id=r.name() if head & 16 else None,
        reasons=tuple(
            Reason(r.text(), r.number(), {r.text(): r.param() for _ in range(r.varint())}) for _ in range(r.varint())
        ),
        not_assessed=tuple((r.text(), r.text()) for _ in range(r.varint())),
        advice=tuple(r.text() for _ in range(r.varint())),
    )
