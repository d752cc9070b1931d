"""What each kind of channel makes of an alert, to the letter."""

from __future__ import annotations

import json
import re

import pytest
from standardwebhooks import Webhook
from tests.channels.conftest import NOW, WORDS, alert, red
from tests.channels.test_contract import CONSOLE, made

from cuelight.channels import BY_NAME
from cuelight.channels.model import HttpMessage, LogMessage, MailMessage, Occasion
from cuelight.channels.new import new_channel
from cuelight.channels.smtp import compose
from cuelight.channels.syslog import field, header
from cuelight.core.errors import InvalidInput
from cuelight.core.outbox import Alert


def one(**more: object) -> Alert:
    return Alert("a_fixed", "cue.red", NOW, "g", red() | more)


def test_a_webhook_is_signed_over_id_time_and_body() -> None:
    channel = made(BY_NAME["webhook"])
    message = BY_NAME["webhook"].render(channel, Occasion([one()], NOW, WORDS, CONSOLE))
    assert isinstance(message, HttpMessage)
    assert message.headers["webhook-id"] == "a_fixed"
    assert message.headers["webhook-timestamp"] == str(int(NOW.timestamp()))
    signature = Webhook(channel.secrets["signing"]).sign("a_fixed", NOW, message.body.decode())
    assert message.headers["webhook-signature"] == signature
    assert channel.secrets["signing"] != made(BY_NAME["webhook"]).secrets["signing"]
    assert json.loads(message.body) == {
        "type": "cue.red",
        "timestamp": "2026-11-24T12:00:00.000Z",
        "data": {
            "text": WORDS.fill("alert.cue.red"),
            "severity": "warning",
            "chats": ["zendesk/acme/7431"],
            "reasons": [
                {"code": "incident.open", "text": WORDS.reason("incident.open", {})},
                {"code": "network.new_country", "text": WORDS.reason("network.new_country", {"country": "NL"})},
            ],
            "decision_id": "d_7431",
            "cue": "red",
            "policy_version": "2026-11-24.2",
            "link": f"{CONSOLE}/live/zendesk/acme/7431",
        },
    }


def test_a_burst_of_webhooks_holds_every_alert_and_keeps_its_id() -> None:
    alerts = [alert(body=red(n)) for n in range(3)]
    channel = made(BY_NAME["webhook"])
    first, again = (BY_NAME["webhook"].render(channel, Occasion(some, NOW, WORDS)) for some in (alerts, alerts[::-1]))
    assert isinstance(first, HttpMessage)
    assert isinstance(again, HttpMessage)
    assert first.headers["webhook-id"] == again.headers["webhook-id"]
    told = json.loads(first.body)
    assert (told["type"], told["data"]["count"], told["data"]["kinds"]) == ("alerts.summary", 3, {"cue.red": 3})
    assert [inside["id"] for inside in told["data"]["alerts"]] == [one.alert_id for one in alerts]


@pytest.mark.parametrize("secret", ["whsec_", "whsec_!!", "whsec_YWJj", "short"])
def test_a_signing_secret_of_ones_own_must_be_one(secret: str) -> None:
    with pytest.raises(InvalidInput) as caught:
        new_channel("webhook", "https://example.com", NOW, secrets={"signing": secret})
    assert secret not in str(caught.value) or secret == "whsec_"


def test_a_chat_message_addresses_nobody() -> None:
    body = red() | {"chat_id": "<!channel> @here `x` <https://evil.example|click>"}
    message = BY_NAME["slack"].render(made(BY_NAME["slack"]), Occasion([one(**body)], NOW, WORDS, CONSOLE))
    assert isinstance(message, HttpMessage)
    text = json.loads(message.body)["text"]
    assert re.findall(r"<[^>]*>", text)[0].startswith(f"<{CONSOLE}/live/zendesk/acme/")
    assert len(re.findall(r"<[^>]*>", text)) == 1
    assert "@here" not in text
    assert text.startswith(":octagonal_sign: *")


def test_a_mail_says_the_same_in_text_and_html() -> None:
    channel = made(BY_NAME["email"])
    message = BY_NAME["email"].render(channel, Occasion([one(chat_id="<b>7</b>")], NOW, WORDS, CONSOLE))
    assert isinstance(message, MailMessage)
    mail = compose(message)
    assert mail["Subject"] == f"[Cuelight] {WORDS.fill('alert.cue.red')}"
    assert mail["Auto-Submitted"] == "auto-generated"
    assert mail["Message-ID"] == "<a_fixed.1@cuelight.invalid>"
    text, html = mail.get_body(("plain",)), mail.get_body(("html",))
    assert text is not None
    assert html is not None
    assert "zendesk/acme/<b>7</b>" in text.get_content()
    assert "zendesk/acme/&lt;b&gt;7&lt;/b&gt;" in html.get_content()


@pytest.mark.parametrize(
    ("name", "value"),
    [("to", "a@example.com\nBcc: b@example.com"), ("to", "nobody"), ("to", ",".join(["a@example.com"] * 21)),
     ("from", "a@example.com,b@example.com"), ("from", "Cue <a@example.com>")],
)  # fmt: skip
def test_mail_addresses_are_checked(name: str, value: str) -> None:
    options = {"from": "a@example.com", "to": "b@example.com"} | {name: value}
    with pytest.raises(InvalidInput) as caught:
        new_channel("email", "smtps://mail.example.com", NOW, options=options)
    assert caught.value.field == name


def test_a_syslog_line_is_rfc_5424_with_cef() -> None:
    odd = one(chat_id="a=b|c\\d\ne", incident_id="i_1")
    message = BY_NAME["syslog"].render(made(BY_NAME["syslog"]), Occasion([odd], NOW, WORDS, CONSOLE))
    assert isinstance(message, LogMessage)
    line = message.line.decode()
    found = re.fullmatch(r"<(\d+)>1 (\S+) (\S+) (\S+) (\S+) (\S+) - (CEF:0\|.*)", line)
    assert found is not None
    assert found.groups()[:6] == ("108", "2026-11-24T12:00:00.000Z", "desk-1", "cuelight", "-", "cue.red")
    parts = re.split(r"(?<!\\)\|", found[7], maxsplit=7)
    assert parts[:3] == ["CEF:0", "Cuelight", "Cuelight"]
    assert (parts[4], parts[6]) == ("cue.red", "7")
    fields = dict(re.findall(r"(\w+)=((?:\\.|[^=\\])*?)(?= \w+=|$)", parts[7]))
    assert fields["cs1"] == "zendesk/acme/a\\=b|c\\\\d e"
    assert fields["rt"] == str(int(NOW.timestamp() * 1000))
    assert (fields["externalId"], fields["cs3"], fields["cnt"]) == ("a_fixed", "i_1", "1")


@pytest.mark.parametrize(
    ("given", "as_header", "as_field"),
    [("a|b", "a\\|b", "a|b"), ("a=b", "a=b", "a\\=b"), ("a\\b", "a\\\\b", "a\\\\b"), ("a\r\nb", "a b", "a b")],
)
def test_cef_escapes(given: str, as_header: str, as_field: str) -> None:
    assert (header(given), field(given)) == (as_header, as_field)


def test_a_long_syslog_line_is_cut_between_characters() -> None:
    many = [alert(body=red(n) | {"chat_id": "ü" * 180}) for n in range(60)]
    message = BY_NAME["syslog"].render(made(BY_NAME["syslog"]), Occasion(many, NOW, WORDS, CONSOLE))
    assert isinstance(message, LogMessage)
    assert len(message.line) <= 8192
    message.line.decode()
