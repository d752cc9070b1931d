"""What every desk on the shelf owes, without a line of its own: its vectors, its silence, its purity."""

from __future__ import annotations

import ast
import json
import re
import sys
import tracemalloc
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st
from tests.conftest import ROOT
from tests.desks.samples import AGENT, BY_DESK, IP, SAMPLES, Sample

from cuelight.core.chat import ChatKey
from cuelight.core.hooks import Delivery
from cuelight.desks import BY_NAME, DESKS, reading
from cuelight.desks.desk import Desk
from cuelight.desks.signatures import Refused

AT = datetime(2026, 11, 24, 12, 0, 0, tzinfo=UTC)
SECRET, OLD, OTHER = "s3cret-of-this-hook", "the-one-before", "somebody-elses"

each = pytest.mark.parametrize("sample", SAMPLES, ids=lambda s: s.desk)


def verified(sample: Sample, delivery: Delivery, secrets: tuple[str, ...] = (SECRET,), now: datetime = AT) -> bytes:
    return BY_NAME[sample.desk].verify(delivery, secrets, sample.all_options, now)


def refused(sample: Sample, delivery: Delivery, secrets: tuple[str, ...] = (SECRET,), now: datetime = AT) -> str:
    with pytest.raises(Refused) as found:
        verified(sample, delivery, secrets, now)
    return found.value.why


def test_every_desk_has_a_sample() -> None:
    assert [sample.desk for sample in SAMPLES] == [desk.name for desk in DESKS]
    assert len(BY_NAME) == len(DESKS)


@each
def test_valid(sample: Sample) -> None:
    delivery = sample.delivery(SECRET, AT)
    assert delivery.body in verified(sample, delivery)
    [message] = BY_NAME[sample.desk].parse(reading.load(delivery.body), sample.all_options)
    assert (message.chat_id, message.ip, message.user_agent) == (sample.chat_id, sample.ip, sample.agent)
    assert (message.customer_id, message.proven) == (sample.customer_id, sample.proven)
    assert message.account in (None, sample.account)
    assert message.at in (None, AT)


@each
def test_tampered(sample: Sample) -> None:
    """A bit of the body, or of the signature; a desk that signs nothing binds nothing, so only its secret counts."""
    delivery = sample.delivery(SECRET, AT)
    if "x-cuelight-secret" not in delivery.headers and not sample.body_secret:
        for place in (0, len(delivery.body) // 2, len(delivery.body) - 1):
            body = bytearray(delivery.body)
            body[place] ^= 1
            assert refused(sample, replace(delivery, body=bytes(body))) == "bad_signature"
        assert refused(sample, replace(delivery, body=delivery.body + b" ")) == "bad_signature"
    for name, value in delivery.headers.items():
        if "signature" in name or "secret" in name:
            flipped = value[:-3] + ("0" if value[-3] != "0" else "1") + value[-2:]
            why = refused(sample, replace(delivery, headers={**delivery.headers, name: flipped}))
            assert why in ("bad_signature", "bad_time", "stale", "no_time")


@each
def test_signed_by_somebody_else(sample: Sample) -> None:
    assert refused(sample, sample.delivery(OTHER, AT)) == "bad_signature"
    assert refused(sample, sample.delivery("", AT)) in ("bad_signature", "no_signature")


@each
def test_not_signed(sample: Sample) -> None:
    delivery = sample.delivery(SECRET, AT)
    bare = replace(delivery, headers={}, body=delivery.body.replace(SECRET.encode(), b""))
    assert refused(sample, bare) in ("no_signature", "bad_signature")
    assert refused(sample, delivery, ()) == "no_secret"
    assert refused(sample, sample.delivery("", AT), ()) in ("no_secret", "no_signature")


@each
def test_rotated(sample: Sample) -> None:
    for secret in (SECRET, OLD):
        verified(sample, sample.delivery(secret, AT), (SECRET, OLD))
    assert refused(sample, sample.delivery(OLD, AT)) == "bad_signature"


@each
def test_stale(sample: Sample) -> None:
    """Where the desk signs the time: five minutes either way, and the time cannot be changed on the way."""
    delivery = sample.delivery(SECRET, AT)
    if not sample.timed:
        assert verified(sample, delivery, now=AT + timedelta(days=1))
        return
    for seconds in (-300, -1, 1, 300):
        assert verified(sample, delivery, now=AT + timedelta(seconds=seconds))
    for seconds in (-301, 301, 86_400):
        assert refused(sample, delivery, now=AT + timedelta(seconds=seconds)) == "stale"
    later = sample.delivery(SECRET, AT, signed_at=AT + timedelta(hours=1))
    moved = {n: later.headers[n] if "time" in n else v for n, v in delivery.headers.items()}
    assert refused(sample, replace(delivery, headers=moved), now=AT + timedelta(hours=1)) == "bad_signature"
    for odd in ("", "now", "-1", "9" * 30, "١٢٣", "1e9"):
        headers = {name: odd if "time" in name else value for name, value in delivery.headers.items()}
        refused(sample, replace(delivery, headers=headers))


@each
def test_two_deliveries_are_two_and_one_is_one(sample: Sample) -> None:
    one, again = sample.delivery(SECRET, AT), sample.delivery(SECRET, AT)
    other = sample.delivery(SECRET, AT, {**json.loads(one.body), "x": 1} if one.body[:1] == b"{" else b"[]")
    assert verified(sample, one) == verified(sample, again) != verified(sample, other)


@each
def test_a_hundred_kilobytes(sample: Sample) -> None:
    """Quick, and without keeping a multiple of it."""
    told = sample.payload(AT)
    stuffed = [*told, {"text": "ä" * 50_000}] if isinstance(told, list) else {**told, "text": "ä" * 50_000}
    delivery = sample.delivery(SECRET, AT, stuffed)
    assert len(delivery.body) > 100_000
    tracemalloc.start()
    verified(sample, delivery)
    [message] = BY_NAME[sample.desk].parse(reading.load(delivery.body), sample.all_options)
    assert tracemalloc.get_traced_memory()[1] < 5_000_000
    tracemalloc.stop()
    assert message.chat_id == sample.chat_id


_odd = st.recursive(
    st.none()
    | st.booleans()
    | st.integers()
    | st.floats()
    | st.text(max_size=9)
    | st.sampled_from([IP, AGENT, "customer"]),
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(st.text(max_size=5), inner, max_size=3),
    max_leaves=8,
)


@st.composite
def bent(draw: st.DrawFn) -> tuple[Sample, Any]:
    """A desk's payload with some of its values replaced by anything."""
    sample = draw(st.sampled_from(SAMPLES))
    payload = sample.payload(AT)

    def bend(value: Any) -> Any:
        if draw(st.integers(0, 7)) == 0:
            return draw(_odd)
        if isinstance(value, dict):
            return {name: bend(inner) for name, inner in value.items()}
        return [bend(inner) for inner in value] if isinstance(value, list) else value

    return sample, bend(payload)


@given(bent())
def test_junk_is_read_without_an_error_and_without_more_than_it_says(case: tuple[Sample, Any]) -> None:
    sample, payload = case
    desk = BY_NAME[sample.desk]
    desk.event_id(payload)
    for message in desk.parse(payload, sample.all_options):
        assert isinstance(message.chat_id, str)
        for value in (message.chat_id, message.user_agent, message.customer_id, message.account, *message.languages):
            assert value is None or (value.isprintable() and 0 < len(value) <= 1024)
        assert not message.proven or message.customer_id
        assert message.at is None or message.at.tzinfo is not None
        if desk.pull:
            desk.pull.request(message, sample.all_options | {"api_token": "t:t"})
            desk.pull.complete(message, payload, sample.all_options)


@given(st.binary(max_size=60))
def test_any_bytes_are_json_or_nothing(body: bytes) -> None:
    found = reading.load(body)
    for sample in SAMPLES:
        assert BY_NAME[sample.desk].parse(found, sample.all_options) in ((), [])


@pytest.mark.parametrize("body", [b"[" * 50_000, b'{"a":' * 50_000, b'"' + b"\\" * 50_000, b"[" * 50 + b"]" * 50])
def test_nesting_without_end_is_no_json(body: bytes) -> None:
    assert reading.load(body) is None


def test_brackets_in_a_text_are_text() -> None:
    assert reading.load(json.dumps({"text": '[{"\\' * 500}).encode()) == {"text": '[{"\\' * 500}


@each
def test_only_a_true_true_proves(sample: Sample) -> None:
    if not sample.proven:
        return
    text = json.dumps(sample.payload(AT))
    for odd in ('"true"', "1", '"yes"', "false", "null"):
        weaker = json.loads(text.replace("true", odd).replace('"type": "contact"', '"type": "visitor"'))
        assert all(not m.proven for m in BY_NAME[sample.desk].parse(weaker, sample.all_options))


@each
def test_nothing_shows_what_it_holds(sample: Sample) -> None:
    delivery = sample.delivery(SECRET, AT)
    [message] = BY_NAME[sample.desk].parse(reading.load(delivery.body), sample.all_options)
    assert IP not in repr(message) + repr(delivery)
    assert SECRET not in repr(delivery)


def files() -> list[Path]:
    return [ROOT / "api" / "cuelight" / "desks" / f"{desk.name}.py" for desk in DESKS]


@pytest.mark.parametrize("path", files(), ids=lambda p: p.stem)
def test_a_desk_is_a_pure_file(path: Path) -> None:
    """Standard library, core, and this folder's pure parts; no I/O, no clock; it says what it proves and what not."""
    pure = {"desk", "signatures", "reading"}
    tree = ast.parse(path.read_text("utf-8"))
    doc = ast.get_docstring(tree) or ""
    assert "\nProves:" in doc
    assert "\nCannot tell:" in doc
    for node in ast.walk(tree):
        names = [a.name for a in node.names] if isinstance(node, ast.Import) else []
        if isinstance(node, ast.ImportFrom):
            module = node.module or ""
            names = [f"{module}.{a.name}" for a in node.names] if module == "cuelight.desks" else [module]
        for name in names:
            root, *rest = name.split(".")
            if root == "cuelight":
                assert rest[0] == "core" or (rest[0] == "desks" and rest[1] in pure), name
            else:
                assert root in sys.stdlib_module_names, name
                assert root not in {"socket", "os", "time", "urllib", "http", "subprocess", "pathlib"}, name
    assert not re.search(r"\b(now|today|open|print)\(", path.read_text("utf-8"))


@pytest.mark.parametrize("desk", DESKS, ids=lambda d: d.name)
def test_a_desk_tells_how_to_set_it_up(desk: Desk) -> None:
    text = "\n".join(desk.steps)
    assert "{url}" in text
    assert ("{secret}" in text) != desk.secret_from_desk
    assert desk.account or desk.account_help
    assert re.fullmatch(r"[a-z0-9][a-z0-9_-]{0,31}", desk.name)
    known = {"url", "secret", "hook_id", *desk.options}
    assert set(re.findall(r"(?<!\{)\{([a-z_]+)\}(?!\})", text)) <= known
    for option in desk.options.values():
        assert option.help
        assert option.default is None or not option.choices or option.default in option.choices


@pytest.mark.parametrize("desk", [d for d in DESKS if d.notes], ids=lambda d: d.name)
def test_a_note_is_private_or_it_is_not_written(desk: Desk) -> None:
    """Every desk says so in its own words; without being set up, or without that word, there is no request."""
    sample = BY_DESK[desk.name]
    key = ChatKey(desk.name, sample.account, sample.chat_id)
    full = {**sample.all_options, "notes": "yes", "api_url": "https://desk.example", "api_token": "user:token",
            "whisper": "yes", "admin_id": "9", "api_user": "a@b.example"}  # fmt: skip
    assert desk.notes is not None
    request = desk.notes.write(key, "Cuelight: RED", full, None)
    assert request is not None
    assert request.url.startswith("https://")
    told = json.dumps(request.json or request.form)
    private = {"live_helper_chat": '"sender": "whisper"', "libredesk": '"private": true', "chatwoot": '"private": true',
               "zendesk": '"public": false', "intercom": '"message_type": "note"', "livechat": '"visibility": "agents"',
               "crisp": '"type": "note"', "hubspot": '"type": "COMMENT"'}  # fmt: skip
    assert private[desk.name] in told
    assert "Cuelight: RED" in told


def test_a_desk_that_may_show_a_whisper_gets_none() -> None:
    notes = BY_NAME["live_helper_chat"].notes
    assert notes is not None
    key = ChatKey("live_helper_chat", "main", "7431")
    assert notes.write(key, "x", {"api_url": "https://desk.example", "whisper": "no"}, None) is None
    written = notes.write(key, "!block", {"api_url": "https://desk.example", "whisper": "yes"}, None)
    assert written is not None
    assert (written.form or {})["msg"] == "block"
