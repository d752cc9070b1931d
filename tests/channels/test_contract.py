"""What every kind of channel owes the rest, without a line from whoever adds one."""

from __future__ import annotations

import ast
import copy
import inspect
import re
import string
from pathlib import Path
from types import ModuleType
from unicodedata import category

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from tests.channels.conftest import NOW, WORDS, alert, red
from tests.conftest import ROOT

from cuelight import channels
from cuelight.channels import BY_NAME, CHANNELS
from cuelight.channels.model import ChannelKind, HttpMessage, LogMessage, MailMessage, Message, Occasion
from cuelight.channels.new import new_channel
from cuelight.channels.smtp import compose
from cuelight.channels.telling import TEST
from cuelight.core.errors import InvalidInput
from cuelight.core.outbox import KINDS, Alert, Channel

OPTIONS = {"from": "cuelight@example.com", "to": "one@example.com, two@example.com", "hostname": "desk-1"}
CONSOLE = "https://cuelight.example.com/console"
TAGS = {"html", "head", "meta", "body", "h1", "ul", "li", "table", "tr", "th", "td", "p", "a"}
HOSTILE = [
    "<script>alert(1)</script>", "<!channel> @here `code` *bold* |pipe", "a\r\nBcc: x@evil.example\r\n\r\nbody",
    "\\|=\\n", "x" * 5000, "\u202eevil\u200b", "\ud800", "", "1 OR 1=1", "[sd@1 a=\"b\"]", "%s%n{0}{kind}",
    "\x00\x1b[31m",
]  # fmt: skip


def made(kind: ChannelKind, **more: object) -> Channel:
    options = {name: OPTIONS[name] for name in (*kind.needs, *kind.takes)}
    return new_channel(kind.name, f"{kind.schemes[0]}://hooks.example.com:8443", NOW, options=options, **more)  # type: ignore[arg-type]


def shown(message: Message) -> str:
    match message:
        case HttpMessage():
            return message.body.decode()
        case MailMessage():
            return f"{message.subject}\n{message.text}\n{message.html}"
        case LogMessage():
            return message.line.decode()


def sent(message: Message) -> bytes:
    """As it goes over the wire; raises if it cannot."""
    match message:
        case HttpMessage():
            return "\n".join(f"{k}: {v}" for k, v in message.headers.items()).encode("ascii") + message.body
        case MailMessage():
            return compose(message).as_bytes()
        case LogMessage():
            return message.line


def module_of(kind: ChannelKind) -> ModuleType:
    found = inspect.getmodule(kind.render)
    assert found is not None
    return found


@pytest.fixture(params=CHANNELS, ids=lambda kind: kind.name)
def kind(request: pytest.FixtureRequest) -> ChannelKind:
    found: ChannelKind = request.param
    return found


def test_the_registry_is_in_order_and_whole() -> None:
    assert list(BY_NAME) == ["webhook", "slack", "email", "syslog"]
    folder = Path(inspect.getfile(channels)).parent
    holding = {path.stem for path in folder.glob("*.py") if re.search(r"^KIND = ", path.read_text(), re.M)}
    assert holding == {Path(inspect.getfile(module_of(kind))).stem for kind in CHANNELS}


def test_it_is_documented(kind: ChannelKind) -> None:
    assert f"`{kind.name}`" in (ROOT / "docs" / "channels.md").read_text("utf-8")
    assert (inspect.getdoc(module_of(kind)) or "").strip()


def test_it_does_no_io_and_reads_no_clock(kind: ChannelKind) -> None:
    source = Path(inspect.getfile(module_of(kind)))
    names = set()
    for node in ast.walk(ast.parse(source.read_text())):
        if isinstance(node, ast.Import):
            names |= {alias.name for alias in node.names}
        elif isinstance(node, ast.ImportFrom):
            names.add(node.module or "")
    banned = {"socket", "requests", "os", "time", "random", "secrets", "smtplib", "ssl", "subprocess", "urllib.request"}
    assert not names & banned


@pytest.mark.parametrize("alert_kind", [*KINDS, TEST, "some.day"])
def test_it_tells_every_kind_of_alert(kind: ChannelKind, alert_kind: str) -> None:
    body = {} if alert_kind == TEST else red() | {"incident_id": "i_1", "customers": 5, "chats": ["zendesk/acme/1"]}
    channel, one = made(kind), alert(alert_kind, body)
    before = copy.deepcopy(one)
    message = kind.render(channel, Occasion([one], NOW, WORDS, CONSOLE))
    assert message == kind.render(channel, Occasion([one], NOW, WORDS, CONSOLE)), "the same again"
    assert one == before
    phrase = "alert.other" if alert_kind == "some.day" else f"alert.{alert_kind}"
    title = WORDS.fill(phrase, kind=alert_kind, customers=5, policy_version="2026-11-24.2")
    assert title in shown(message)
    assert sent(message)


def test_a_red_cue_says_chat_reasons_time_policy_and_where_to_look(kind: ChannelKind) -> None:
    message = shown(kind.render(made(kind), Occasion([alert()], NOW, WORDS, CONSOLE)))
    for part in ("zendesk/acme/7431", "Netherlands", "2026-11-24.2", f"{CONSOLE}/live/zendesk/acme/7431"):
        assert part in message
    assert "console" not in shown(kind.render(made(kind), Occasion([alert()], NOW, WORDS))).lower()


def test_only_what_is_named_gets_out(kind: ChannelKind) -> None:
    body = red() | {"ip": "198.51.100.7", "email": "owner@example.com", "tag": "tokenoftheowner", "note": "free text"}
    for alerts in ([alert(body=body)], [alert(body=body), alert(body=body)]):
        message = sent(kind.render(made(kind), Occasion(alerts, NOW, WORDS, CONSOLE)))
        for secret in ("198.51.100.7", "owner@example.com", "tokenoftheowner", "free text"):
            assert secret.encode() not in message


def test_a_burst_is_told_in_one(kind: ChannelKind) -> None:
    alerts = [alert(body=red(n)) for n in range(300)] + [alert("incident.opened", {"incident_id": "i_1"})]
    message = shown(kind.render(made(kind), Occasion(alerts, NOW, WORDS, CONSOLE)))
    assert "301" in message
    assert "cue.red" in message


def test_messages_show_no_secret_in_a_repr(kind: ChannelKind) -> None:
    secrets = {"password": "hunter2hunter2"} if kind.name == "email" else {}
    channel = made(kind, secrets=secrets)
    message = kind.render(channel, Occasion([alert()], NOW, WORDS))
    assert "hooks.example.com" not in repr(message) + repr(channel)
    for secret in channel.secrets.values():
        assert secret not in repr(message) + repr(channel)


@pytest.mark.parametrize("text", HOSTILE, ids=range(len(HOSTILE)))
def test_somebody_elses_text_is_text(kind: ChannelKind, text: str) -> None:
    body = red() | {"chat_id": text, "account": text, "incident_id": text, "policy_version": text, "customers": text}
    body["reasons"] = [{"code": text, "params": {"country": text, text: text}}, text, None, 7]
    for alert_kind in ("cue.red", "campaign.suspected", text):
        for alerts in ([alert(alert_kind, body)], [alert(alert_kind, body)] * 2):
            check_safe(kind.render(made(kind), Occasion(alerts, NOW, WORDS, CONSOLE)))


def check_safe(message: Message) -> None:
    assert not [char for char in shown(message) if category(char) in ("Cc", "Cf", "Cs") and char not in "\n\u200b"]
    wire = sent(message)
    assert len(wire) < 60_000
    match message:
        case LogMessage():
            assert b"\n" not in wire
        case MailMessage():
            mail = compose(message)
            assert mail["Bcc"] is None
            assert mail["To"] == "one@example.com, two@example.com"
            assert set(re.findall(r"</?([a-z0-9]+)", message.html)) <= TAGS
        case HttpMessage() if "webhook-id" not in message.headers:
            text = message.body.decode()
            assert not re.search(r"<(?!https://cuelight\.example\.com)|@(?!\\u200b|\u200b)", text)


json_like = st.recursive(
    st.none()
    | st.booleans()
    | st.integers()
    | st.floats(allow_nan=False)
    | st.text(string.printable + "é💬\u2028\ud800"),
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(st.text(max_size=8), inner, max_size=3),
    max_leaves=6,
)
NAMED = ("desk", "account", "chat_id", "chats", "reasons", "incident_id", "policy_version", "customers", "cue")


@settings(max_examples=60)
@given(body=st.dictionaries(st.sampled_from(NAMED), json_like, max_size=9), alert_kind=st.sampled_from([*KINDS, "x"]))
def test_no_body_is_too_odd(body: dict[str, object], alert_kind: str) -> None:
    for kind in CHANNELS:
        for count in (1, 2):
            alerts = [Alert("a_1", alert_kind, NOW, "g", body)] * count
            check_safe(kind.render(made(kind), Occasion(alerts, NOW, WORDS, CONSOLE)))


def test_what_is_missing_or_odd_is_said(kind: ChannelKind) -> None:
    url = f"{kind.schemes[0]}://hooks.example.com"
    for name in kind.needs:
        options = {other: OPTIONS[other] for other in kind.needs if other != name}
        with pytest.raises(InvalidInput) as caught:
            new_channel(kind.name, url, NOW, options=options)
        assert caught.value.field == name
    good = {name: OPTIONS[name] for name in kind.needs}
    for more in ({"kinds": ["cue.blue"]}, {"least": "loud"}, {"options": good | {"colour": "red"}}):
        with pytest.raises(InvalidInput):
            new_channel(kind.name, url, NOW, **({"options": good} | more))  # type: ignore[arg-type]
    for bad in ("ftp://example.com", "hooks.example.com", "", f"{kind.schemes[0]}://u:p@example.com"):
        with pytest.raises(InvalidInput) as caught:
            new_channel(kind.name, bad, NOW, options=good)
        assert not bad or bad not in str(caught.value)
