"""A recorded chat as bytes: what was scored, what was decided, what came of it.

Layout: version (1 byte) · length of the outcome (2) · outcome · length of the digest (1) · digest · facts and
decision. Outcome and digest stand in front so that a script can compare and replace them without reading on.
"""

from __future__ import annotations

from dataclasses import replace

from cuelight.core.chat import Ask, Chat, ChatKey, Consistency, Identity, Sighting, Token
from cuelight.core.decision import Cue, Decision, First, Reason, WouldBe
from cuelight.core.history import Outcome, Proof
from cuelight.core.ports import OutcomeRecord, StoredChat
from cuelight.core.situation import Basis, Situation
from cuelight.stores.bounds import PROOFS, micros
from cuelight.stores.codec import VERSION, Corrupt, Reader, Writer, reading
from cuelight.stores.codec_sighting import read_device, read_origin, write_device, write_origin
from cuelight.stores.codec_values import from_micros, rebase, unbase

IDENTITIES = tuple(Identity)
CUES = tuple(Cue)
OUTCOMES = tuple(Outcome)
ASKS = tuple(Ask)
_HEAD = 3

_ORIGIN, _DEVICE, _CONSISTENCY, _OWN_IDENTITY, _SEEN, _UNSIGNED = 4, 8, 16, 32, 64, 128
_GAP, _FITS, _AGREE = 1, 2, 4
_SCORE, _WOULD_BE, _INCIDENT = 4, 8, 16
_RAW, _FIRST = 1, 2


def pack_digest(digest: str) -> bytes:
    """The digest as compared by the scripts: length, form and bytes."""
    data, packed = unbase(digest)
    return bytes((len(data) + 1, packed)) + data


def pack_record(chat: Chat, decision: Decision) -> bytes:
    """Everything from the digest on; the script puts version and outcome in front."""
    w = Writer()
    w.out += pack_digest(decision.digest)
    _write_chat(w, chat, decision.identity)
    _write_decision(w, decision, micros(chat.at))
    return bytes(w.out)


def repack(data: bytes, chat: Chat, decision: Decision) -> bytes:
    """A stored chat with other facts: its version and outcome stay as they are."""
    outcome_end = _HEAD + int.from_bytes(data[1:_HEAD], "big")
    return data[:outcome_end] + pack_record(chat, decision)


@reading
def unpack_record(data: bytes, key: ChatKey, customer: Token | None) -> StoredChat:
    """The chat under `key`, as found in the customer's slot (neither is stored twice)."""
    check_version(data)
    outcome_end = _HEAD + int.from_bytes(data[1:_HEAD], "big")
    outcome = _read_outcome(Reader(data[_HEAD:outcome_end])) if outcome_end > _HEAD else None
    r = Reader(data, outcome_end)
    length, packed = r.byte(), r.byte()
    digest = rebase(r.take(length - 1), packed)
    chat, identity = _read_chat(r, key, customer)
    return StoredChat(chat, _read_decision(r, chat, identity, digest), outcome)


def check_version(data: bytes) -> None:
    if not data or data[0] != VERSION:
        raise Corrupt("a stored value is of another format; is an older version running beside a newer one?")


def pack_outcome(outcome: OutcomeRecord) -> bytes:
    w = Writer()
    w.byte(OUTCOMES.index(outcome.outcome))
    w.byte(0 if outcome.method is None else 1 + PROOFS.index(outcome.method))
    w.time(outcome.at)
    w.text(outcome.by)
    return bytes(w.out)


def _read_outcome(r: Reader) -> OutcomeRecord:
    outcome, method = OUTCOMES[r.byte()], r.byte()
    at = r.time()
    proof: Proof | None = PROOFS[method - 1] if method else None
    return OutcomeRecord(outcome, at, r.text(), proof)


def _write_chat(w: Writer, chat: Chat, decided_identity: Identity) -> None:
    origin, device, seen = chat.origin, chat.device, chat.consistency
    w.byte(
        IDENTITIES.index(chat.identity)
        | (_ORIGIN if origin else 0)
        | (_DEVICE if device else 0)
        | (_CONSISTENCY if seen != Consistency() else 0)
        | (_OWN_IDENTITY if decided_identity is not chat.identity else 0)
        | (_SEEN if chat.seen else 0)
        | (_UNSIGNED if chat.unsigned else 0)
    )
    if decided_identity is not chat.identity:
        w.byte(IDENTITIES.index(decided_identity))
    w.out += micros(chat.at).to_bytes(7, "big")
    if origin:
        write_origin(w, origin)
    if device:
        write_device(w, device)
    if seen != Consistency():
        _write_consistency(w, seen)
    w.varint(len(chat.asks))
    for ask in chat.asks:
        w.byte(ASKS.index(ask))
    w.varint(len(chat.unavailable))
    for fact, why in chat.unavailable.items():
        w.text(fact)
        w.text(why)
    if chat.seen:
        w.varint(len(chat.seen))
        for fact, at in chat.seen.items():
            w.text(fact)
            w.signed(micros(chat.at) - micros(at))
    if chat.unsigned:
        w.varint(len(chat.unsigned))
        for fact in sorted(chat.unsigned):
            w.text(fact)


def _read_chat(r: Reader, key: ChatKey, customer: Token | None) -> tuple[Chat, Identity]:
    head = r.byte()
    identity = IDENTITIES[head & 3]
    decided = IDENTITIES[r.byte()] if head & _OWN_IDENTITY else identity
    at = from_micros(int.from_bytes(r.take(7), "big"))
    origin = read_origin(r) if head & _ORIGIN else None
    device = read_device(r) if head & _DEVICE else None
    seen = _read_consistency(r) if head & _CONSISTENCY else Consistency()
    asks = tuple(ASKS[r.byte()] for _ in range(r.varint()))
    unavailable = {r.text(): r.text() for _ in range(r.varint())}
    times = {r.text(): from_micros(micros(at) - r.signed()) for _ in range(r.varint())} if head & _SEEN else {}
    unsigned = frozenset(r.text() for _ in range(r.varint())) if head & _UNSIGNED else frozenset()
    sighting = Sighting(at, origin, device)
    return Chat(key, customer, identity, sighting, seen, asks, unavailable, times, unsigned), decided


def _write_consistency(w: Writer, seen: Consistency) -> None:
    w.byte(
        (_GAP if seen.clock_gap_h is not None else 0)
        | (_FITS if seen.language_fits is not None else 0)
        | (_AGREE if seen.hints_agree is not None else 0)
        | (8 if seen.language_fits else 0)
        | (16 if seen.hints_agree else 0)
    )
    if seen.clock_gap_h is not None:
        w.number(seen.clock_gap_h)
    w.varint(len(seen.odd))
    for name in seen.odd:
        w.text(name)


def _read_consistency(r: Reader) -> Consistency:
    head = r.byte()
    return Consistency(
        clock_gap_h=r.number() if head & _GAP else None,
        language_fits=bool(head & 8) if head & _FITS else None,
        hints_agree=bool(head & 16) if head & _AGREE else None,
        odd=tuple(r.text() for _ in range(r.varint())),
    )


def _write_decision(w: Writer, d: Decision, at_micros: int) -> None:
    w.byte(
        CUES.index(d.cue)
        | (_SCORE if d.score is not None else 0)
        | (_WOULD_BE if d.would_be else 0)
        | (_INCIDENT if d.incident_id is not None else 0)
    )
    w.name(d.decision_id)
    w.nibbles(d.policy_version)
    w.signed(micros(d.scored_at) - at_micros)
    w.points(d.log_odds)
    if d.score is not None:
        w.number(d.score)
    if d.would_be:
        w.byte(CUES.index(d.would_be.cue))
        w.text(d.would_be.if_)
    if d.incident_id is not None:
        w.name(d.incident_id)
    w.varint(len(d.reasons))
    for reason in d.reasons:
        w.text(reason.code)
        w.points(reason.points)
        w.varint(len(reason.params))
        for name, value in reason.params.items():
            w.text(name)
            w.param(value)
    w.varint(len(d.not_assessed))
    for code, why in d.not_assessed:
        w.text(code)
        w.text(why)
    w.varint(len(d.advice))
    for code in d.advice:
        w.text(code)
    if d.situation is not None:
        _write_basis(w, d, d.situation)


def _write_basis(w: Writer, d: Decision, situation: Situation) -> None:
    """What a replay needs besides the reasons, two bytes for most. At the end, where versions that do not know it
    stop reading; without it a decision is read all the same, and cannot be replayed."""
    bounded = [(place, reason.raw) for place, reason in enumerate(d.reasons) if reason.raw is not None]
    w.varint(situation.bits << 2 | (_RAW if bounded else 0) | (_FIRST if d.first else 0))
    if bounded:
        w.varint(sum(1 << place for place, _ in bounded))
        for _, raw in bounded:
            w.signed(raw)
    if d.first:
        w.varint(d.first.basis.situation.bits << 2 | CUES.index(d.first.cue))
        w.varint(len(d.first.basis.findings))
        for code, raw in d.first.basis.findings:
            w.text(code)
            w.signed(raw)


def _read_basis(r: Reader, d: Decision) -> Decision:
    if r.at == len(r.data):
        return d
    head = r.varint()
    reasons, first = d.reasons, None
    if head & _RAW:
        marks = r.varint()
        if marks >> len(reasons):
            raise Corrupt("a stored value has points without a reason")
        reasons = tuple(
            replace(reason, raw=r.signed()) if marks >> place & 1 else reason for place, reason in enumerate(reasons)
        )
    if head & _FIRST:
        was = r.varint()
        findings = tuple((r.text(), r.signed()) for _ in range(r.varint()))
        first = First(CUES[was & 3], Basis(findings, Situation.of_bits(was >> 2)))
    return replace(d, reasons=reasons, situation=Situation.of_bits(head >> 2), first=first)


def _read_decision(r: Reader, chat: Chat, identity: Identity, digest: str) -> Decision:
    head = r.byte()
    decision = Decision(
        key=chat.key,
        identity=identity,
        digest=digest,
        cue=CUES[head & 3],
        decision_id=r.name(),
        policy_version=r.nibbles(),
        scored_at=from_micros(micros(chat.at) + r.signed()),
        log_odds=r.points(),
        score=r.number() if head & _SCORE else None,
        would_be=WouldBe(CUES[r.byte()], r.text()) if head & _WOULD_BE else None,
        incident_id=r.name() if head & _INCIDENT else None,
        reasons=tuple(
            Reason(r.text(), r.points(), {r.text(): r.param() for _ in range(r.varint())}) for _ in range(r.varint())
        ),
        not_assessed=tuple((r.text(), r.text()) for _ in range(r.varint())),
        advice=tuple(r.text() for _ in range(r.varint())),
    )
    return _read_basis(r, decision)
