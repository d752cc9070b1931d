"""What is stored comes back bit for bit, whatever it was; what cannot be read is no answer, never an empty one."""

from __future__ import annotations

import math
import struct
from base64 import urlsafe_b64encode
from datetime import UTC, datetime, timedelta

import pytest
from hypothesis import given
from hypothesis import strategies as st
from tests.stores import world

from cuelight.core.chat import (
    Ask,
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
)
from cuelight.core.decision import Cue, Decision, Reason, WouldBe
from cuelight.core.errors import StoreUnavailable
from cuelight.core.history import AccountEventKind, Incident, Outcome, Proof
from cuelight.core.ports import OutcomeRecord, StoredChat
from cuelight.stores import bounds, codec_history, codec_record, codec_sighting, words
from cuelight.stores.codec import VERSION, Reader, Writer

texts = st.text(max_size=24)
moments = st.integers(0, 8_990_000_000_000_000).map(lambda n: bounds.EPOCH + timedelta(microseconds=n))
packed = st.binary(min_size=1, max_size=24).map(lambda b: urlsafe_b64encode(b).rstrip(b"=").decode())
tokens = st.one_of(packed, texts, st.sampled_from(["", "AAAA", "A", "AB", "A===", "a b", "-_-_"]))
numbers = st.one_of(st.floats(allow_nan=False), st.integers(-(10**6), 10**6).map(lambda n: n / 1000))
params = st.one_of(texts, st.integers(-(2**40), 2**40), numbers, st.booleans())
small = st.integers(0, 100_000)
software = st.builds(Software, st.one_of(texts, st.sampled_from(words.WORDS)), st.lists(small, max_size=4).map(tuple))
names = st.one_of(st.sampled_from(words.COMPONENTS), st.text(min_size=1, max_size=40))
components = st.dictionaries(names, tokens, max_size=30).map(lambda found: tuple(sorted(found.items())))
origins = st.builds(
    Origin,
    tokens,
    st.lists(tokens, max_size=5).map(tuple),
    st.none() | st.integers(0, 2**32 - 1),
    st.sampled_from(NetworkKind),
    st.none() | texts,
    st.none() | st.builds(Cell, numbers, numbers),
    st.none() | numbers,
)
devices = st.builds(
    Device, st.none() | software, st.none() | software, st.none() | texts, st.none() | tokens, components
)
sightings = st.builds(Sighting, moments, st.none() | origins, st.none() | devices)
keys = st.builds(ChatKey, texts, texts, texts)
maybe = st.none() | st.booleans()
consistencies = st.builds(Consistency, st.none() | numbers, maybe, maybe, st.lists(texts, max_size=3).map(tuple))
chats = st.builds(
    Chat,
    keys,
    st.none() | packed,
    st.sampled_from(Identity),
    sightings,
    consistencies,
    st.lists(st.sampled_from(Ask), max_size=4).map(tuple),
    st.dictionaries(texts, texts, max_size=4),
    st.dictionaries(texts, moments, max_size=4),
    st.frozensets(texts, max_size=4),
)
reasons = st.builds(Reason, texts, numbers, st.dictionaries(texts, params, max_size=4))


@st.composite
def stored(draw: st.DrawFn) -> StoredChat:
    chat = draw(chats)
    decision = Decision(
        decision_id=draw(st.one_of(texts, st.sampled_from(["d_", "d_0", "d_0a", "i_0A", "dd_00", "d_" + "ab" * 99]))),
        key=chat.key,
        identity=draw(st.sampled_from(Identity)),
        cue=draw(st.sampled_from(Cue)),
        score=draw(st.none() | numbers),
        log_odds=draw(numbers),
        reasons=tuple(draw(st.lists(reasons, max_size=6))),
        not_assessed=tuple(draw(st.lists(st.tuples(texts, texts), max_size=3))),
        advice=tuple(draw(st.lists(texts, max_size=3))),
        would_be=draw(st.none() | st.builds(WouldBe, st.sampled_from(Cue), texts)),
        incident_id=draw(st.none() | texts),
        policy_version=draw(texts),
        scored_at=draw(moments),
        digest=draw(tokens),
    )
    methods = st.none() | st.sampled_from(Proof)
    found = st.builds(OutcomeRecord, st.sampled_from(Outcome), moments, texts, methods)
    return StoredChat(chat, decision, draw(st.none() | found))


@given(stored())
def test_a_stored_chat_comes_back_exactly(chat: StoredChat) -> None:
    outcome = codec_record.pack_outcome(chat.outcome) if chat.outcome else b""
    record = codec_record.pack_record(chat.chat, chat.decision)
    data = bytes((VERSION,)) + len(outcome).to_bytes(2, "big") + outcome + record
    assert codec_record.unpack_record(data, chat.chat.key, chat.chat.customer) == chat


@given(st.lists(sightings, max_size=5))
def test_a_history_comes_back_exactly_from_the_rows_it_was_cut_into(found: list[Sighting]) -> None:
    """The script's part is played here by numbering rows as they come, without sharing any."""
    entries = [bounds.PastSighting(s, Proof.SIGN_IN, None, n - 0.5) for n, s in enumerate(found)]
    rows: list[bytes] = []
    kept: list[bytes] = []
    for entry in entries:
        message, before = codec_history.pack_entry(entry), len(rows)
        for row in message.rows:
            refs = row[0] & 7
            shifted = b"".join(_number(ref + before) for ref in row[1 : 1 + refs])
            rows.append(_number(len(rows) + 1) + _part(row[:1] + shifted + row[1 + refs :]))
        address, model = (_number(ref + before if ref else 0) for ref in message.value[1:3])
        kept.append(_part(b"s") + _part(message.value[:1] + address + model + message.value[3:]))
    lists = (_number(len(part)) + b"".join(part) for part in (rows, kept, []))
    data = bytes((VERSION,)) + b"".join(lists)
    history = codec_history.HistoryReader(data).history()
    assert history.sightings == tuple(sorted(entries, key=bounds.order))


def _part(data: bytes) -> bytes:
    return _number(len(data)) + data


def _number(number: int) -> bytes:
    return bytes((number,)) if number < 128 else bytes((128 + number % 128, number // 128))


@given(numbers | st.floats())
def test_numbers_keep_every_bit(number: float) -> None:
    w = Writer()
    w.number(number)
    again = Reader(bytes(w.out)).number()
    assert struct.pack(">d", again) == struct.pack(">d", number) or (math.isnan(number) and math.isnan(again))


@given(st.lists(tokens, max_size=9))
def test_tokens_keep_their_spelling(values: list[str]) -> None:
    w = Writer()
    w.tokens(values)
    assert Reader(bytes(w.out)).tokens() == tuple(values)


@given(st.builds(Incident, texts, moments, moments, st.lists(keys, max_size=3).map(tuple), st.none() | moments))
def test_an_incident_comes_back_exactly(incident: Incident) -> None:
    data = codec_record.pack_incident(incident)
    again = codec_record.unpack_incident(incident.incident_id, data)
    closed = incident.closed_at
    assert again == incident
    assert again.closed_at == closed


@given(stored(), st.integers(0, 400))
def test_a_cut_off_value_is_no_answer(chat: StoredChat, cut: int) -> None:
    record = bytes((VERSION, 0, 0)) + codec_record.pack_record(chat.chat, chat.decision)
    with pytest.raises(StoreUnavailable):
        codec_record.unpack_record(record[: min(cut, len(record) - 1)], chat.chat.key, None)


def test_a_value_of_another_format_is_no_answer() -> None:
    chat = world.chat(None)
    record = bytes((VERSION + 1, 0, 0)) + codec_record.pack_record(chat, world.decision(chat))
    with pytest.raises(StoreUnavailable):
        codec_record.unpack_record(record, chat.key, None)


def test_a_history_that_is_damaged_is_no_answer() -> None:
    value = codec_history.pack_entry(world.sign_in()).value
    without_rows = bytes((VERSION, 0, 1)) + _part(b"s") + _part(value) + b"\0"
    for data in (without_rows, without_rows[:9], bytes((VERSION,)), bytes((VERSION + 1, 0, 0, 0))):
        with pytest.raises(StoreUnavailable):
            codec_history.HistoryReader(data).history()


def test_times_beyond_the_format_are_refused_not_wrapped() -> None:
    early = world.sign_in(0)
    with pytest.raises(OverflowError):
        codec_history.pack_entry(bounds.PastSighting(Sighting(datetime(1969, 1, 1, tzinfo=UTC)), early.proof))


def test_stored_positions_never_move() -> None:
    """These lists are part of the format: they may grow at their end, a change in their order is a new schema."""
    assert (
        tuple(NetworkKind(k) for k in ["consumer", "business", "mobile", "hosting", "vpn", "relay", "tor", "unknown"])
        == codec_sighting.KINDS
    )
    proofs = ["none", "verified", "sign_in", "call_back", "one_time_code", "signed_in"]
    assert tuple(Proof(p) for p in proofs) == bounds.PROOFS
    assert set(bounds.PROOFS) == set(Proof)
    assert codec_record.CUES == (Cue.RED, Cue.AMBER, Cue.GREEN, Cue.GREY)
    assert codec_record.IDENTITIES == (Identity.VERIFIED, Identity.CLAIMED, Identity.ANONYMOUS)
    assert codec_record.OUTCOMES == (Outcome.GENUINE, Outcome.IMPERSONATION, Outcome.UNKNOWN)
    asks = ["address", "card", "contact_change", "two_factor_reset", "reship"]
    assert tuple(Ask(a) for a in asks) == codec_record.ASKS
    assert (
        tuple(
            AccountEventKind(k)
            for k in ["contact_changed", "password_reset", "sign_in_failed", "order_address_changed", "signed_in"]
        )
        == codec_history.EVENTS
    )
    assert len(set(words.WORDS)) == len(words.WORDS)


def test_a_decision_with_its_facts_is_small() -> None:
    chat = world.chat(world.customer(), 1, chat_id="7431")
    assert len(codec_record.pack_record(chat, world.decision(chat))) <= 440


def test_whole_microseconds() -> None:
    at = datetime(2026, 11, 23, 12, 0, 0, 999999, tzinfo=UTC) + timedelta(microseconds=1)
    assert bounds.micros(at) == 1_795_435_201_000_000
