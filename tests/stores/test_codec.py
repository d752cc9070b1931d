"""What is stored comes back bit for bit, whatever it was; what cannot be read is no answer, never an empty one."""

from __future__ import annotations

from base64 import urlsafe_b64encode
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest
from hypothesis import HealthCheck, given, settings
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
from cuelight.core.decision import Cue, Decision, First, Reason, WouldBe
from cuelight.core.errors import StoreUnavailable
from cuelight.core.history import AccountEventKind, Outcome, Proof
from cuelight.core.ports import OutcomeRecord, StoredChat
from cuelight.core.situation import LIMIT, Basis, Situation
from cuelight.stores import (
    Stores,
    bounds,
    codec_history,
    codec_record,
    codec_sighting,
    open_stores,
    words,
)
from cuelight.stores.codec import VERSION, Writer

texts = st.text(max_size=24)
moments = st.integers(1, 8_990_000_000_000_000).map(lambda n: bounds.EPOCH + timedelta(microseconds=n))
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
situations = st.builds(
    Situation,
    st.sampled_from(Identity),
    *[st.booleans()] * 5,
    st.frozensets(st.sampled_from(Ask)),
)
raws = st.integers(-(10**9), 10**9)
bases = st.builds(Basis, st.lists(st.tuples(texts, raws), max_size=5).map(tuple), situations)
firsts = st.builds(First, st.sampled_from(Cue), bases)


_old, maybe_raws, maybe_firsts = st.booleans(), st.none() | raws, st.none() | firsts


@st.composite
def replayable(draw: st.DrawFn, decision: Decision) -> Decision:
    """The decision with what a replay needs; decisions of older versions are without it."""
    if draw(_old):
        return decision
    told = tuple(replace(reason, raw=draw(maybe_raws)) for reason in decision.reasons)
    return replace(decision, reasons=told, situation=draw(situations), first=draw(maybe_firsts))


decisions = st.builds(
    Decision,
    decision_id=st.one_of(texts, st.sampled_from(["d_", "d_0", "d_0a", "i_0A", "dd_00", "d_" + "ab" * 99])),
    key=st.just(ChatKey("", "", "")),
    identity=st.sampled_from(Identity),
    cue=st.sampled_from(Cue),
    score=st.none() | numbers,
    log_odds=numbers,
    reasons=st.lists(reasons, max_size=6).map(tuple),
    not_assessed=st.lists(st.tuples(texts, texts), max_size=3).map(tuple),
    advice=st.lists(texts, max_size=3).map(tuple),
    would_be=st.none() | st.builds(WouldBe, st.sampled_from(Cue), texts),
    incident_id=st.none() | texts,
    policy_version=texts,
    scored_at=moments,
    digest=tokens,
)
outcomes = st.builds(OutcomeRecord, st.sampled_from(Outcome), moments, texts, st.none() | st.sampled_from(Proof))
maybe_outcomes = st.none() | outcomes


@st.composite
def stored(draw: st.DrawFn) -> StoredChat:
    chat = draw(chats)
    decision = replace(draw(decisions), key=chat.key)
    return StoredChat(chat, draw(replayable(decision)), draw(maybe_outcomes))


@given(stored())
def test_a_stored_chat_comes_back_exactly(chat: StoredChat) -> None:
    outcome = codec_record.pack_outcome(chat.outcome) if chat.outcome else b""
    record = codec_record.pack_record(chat.chat, chat.decision)
    data = bytes((VERSION,)) + len(outcome).to_bytes(2, "big") + outcome + record
    assert codec_record.unpack_record(data, chat.chat.key, chat.chat.customer) == chat


def as_an_older_version_knew(decision: Decision) -> Decision:
    return replace(
        decision,
        situation=None,
        first=None,
        reasons=tuple(replace(reason, raw=None) for reason in decision.reasons),
    )


@given(stored())
def test_a_decision_of_an_older_version_is_read_and_cannot_be_replayed(chat: StoredChat) -> None:
    old = as_an_older_version_knew(chat.decision)
    before = codec_record.pack_record(chat.chat, old)
    # What is new stands behind everything else: an older version stops reading there, this one finds nothing.
    assert codec_record.pack_record(chat.chat, chat.decision).startswith(before)
    read = codec_record.unpack_record(bytes((VERSION, 0, 0)) + before, chat.chat.key, chat.chat.customer).decision
    assert read == old
    assert read.basis is None


def test_a_situation_is_a_number_and_comes_back() -> None:
    numbers = [number for number in range(LIMIT) if number & 3 < len(Identity)]
    assert [Situation.of_bits(number).bits for number in numbers] == numbers
    for none in (-1, 3, LIMIT):
        with pytest.raises(ValueError, match="no situation"):
            Situation.of_bits(none)


ids = st.one_of(
    texts,
    st.sampled_from(
        ["0", "007", "7431", "999999999999999", "1000000000000000", "9" * 40, "ab", "abcd", "ABCD", "a" * 600]
    ),
    st.uuids().map(str),
    st.uuids().map(lambda u: str(u).upper()),
    st.binary(min_size=1, max_size=300).map(bytes.hex),
)
odds = st.none() | numbers | st.floats(-20, 20).map(lambda x: round(x, 3))


@settings(deadline=None, suppress_health_check=list(HealthCheck))
@given(st.lists(st.tuples(sightings, odds), max_size=3), st.dictionaries(ids, st.tuples(sightings, odds), max_size=5))
def test_a_history_comes_back_exactly_from_the_script_that_wrote_it(
    embedded_url: str,
    opened: dict[str, Stores],
    room: Path,
    sign_ins: list[tuple[Sighting, float | None]],
    of_chats: dict[str, tuple[Sighting, float | None]],
) -> None:
    stores = opened.setdefault("codec", open_stores(f"{embedded_url}?socket_timeout=10", room))
    who = world.customer()
    entries = [bounds.PastSighting(s, Proof.SIGN_IN, None, risk) for s, risk in dict(sign_ins).items()]
    entries += [
        bounds.PastSighting(s, Proof.VERIFIED, ChatKey("zendesk", name[:1], name), risk)
        for name, (s, risk) in of_chats.items()
    ]
    # One script each, so that every entry is read again and written again beside the next ones.
    for entry in entries:
        stores.customers.observe(who, [entry])
    sightings = stores.customers.history(who).sightings
    assert sorted(sightings, key=repr) == sorted(entries, key=repr)


@given(stored(), st.integers(0, 400))
def test_a_cut_off_value_is_no_answer(chat: StoredChat, cut: int) -> None:
    head = bytes((VERSION, 0, 0))
    record = head + codec_record.pack_record(chat.chat, chat.decision)
    left = record[: min(cut, len(record) - 1)]
    old = as_an_older_version_knew(chat.decision)
    if left == head + codec_record.pack_record(chat.chat, old):
        # To the byte what an older version wrote: told from it by nothing, read as that and not replayed.
        assert codec_record.unpack_record(left, chat.chat.key, chat.chat.customer).decision == old
        return
    with pytest.raises(StoreUnavailable):
        codec_record.unpack_record(left, chat.chat.key, None)


def test_a_value_of_another_format_is_no_answer() -> None:
    chat = world.chat(None)
    record = bytes((VERSION + 1, 0, 0)) + codec_record.pack_record(chat, world.decision(chat))
    with pytest.raises(StoreUnavailable):
        codec_record.unpack_record(record, chat.key, None)


def test_a_history_that_is_damaged_is_no_answer() -> None:
    no_rows = bytes((VERSION, *(0 for _ in codec_history.LAYOUT)))
    lost_parts = no_rows + b"\1" + b"\2\x11\x02" + b"\0"
    no_account = no_rows + b"\1" + b"\x22\0\2\x11\7" + b"\0"
    for data in (lost_parts, lost_parts[:-2], no_account, no_rows, bytes((VERSION,)), bytes((VERSION + 1, 0, 0, 0))):
        with pytest.raises(StoreUnavailable):
            codec_history.HistoryReader(data).history()


def test_a_history_cut_off_anywhere_is_no_answer(embedded_url: str, opened: dict[str, Stores], room: Path) -> None:
    stores = opened.setdefault("codec", open_stores(f"{embedded_url}?socket_timeout=10", room))
    chat = world.chat(world.customer())
    stores.customers.record(chat, world.decision(chat), world.entry(chat))
    assert stores.link is not None
    data = stores.link.call("GET", f"cl:h:{{{chat.customer}}}")
    for end in range(1, len(data)):
        with pytest.raises(StoreUnavailable):
            codec_history.HistoryReader(data[:end]).history()


def test_tokens_and_versions_have_regular_forms() -> None:
    """What `sense` makes takes no more bytes than its tokens have: a change of their lengths must come here, too."""
    assert codec_sighting.prefix_form(("A" * 8, "B" * 4, "C" * 4))[0] == 1
    assert codec_sighting.prefix_form(("A" * 8, "B" * 4, "C" * 4, "D" * 4))[0] == 2
    assert codec_sighting.prefix_form(("A" * 8, "B" * 8, "C" * 4))[0] == codec_sighting.ODD_PREFIXES
    w = Writer()
    codec_sighting.write_components(w, tuple((n, "A" * codec_sighting.width_of(n)) for n in sorted(words.COMPONENTS)))
    assert len(w.out) <= 3 + 3 * len(words.COMPONENTS) + 3


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
    assert len(set(words.WORDS)) == len(words.WORDS) <= 200
    assert words.FORMS == ("phone", "tablet", "computer", "bot")


def test_a_decision_with_its_facts_is_small() -> None:
    chat = world.chat(world.customer(), 1, chat_id="7431")
    assert len(codec_record.pack_record(chat, world.decision(chat))) <= 260


def test_whole_microseconds() -> None:
    at = datetime(2026, 11, 23, 12, 0, 0, 999999, tzinfo=UTC) + timedelta(microseconds=1)
    assert bounds.micros(at) == 1_795_435_201_000_000
