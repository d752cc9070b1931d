"""Mail by SMTP over TLS, as text and as HTML that says the same."""

from __future__ import annotations

import re
from html import escape

from cuelight.channels.model import ChannelKind, MailMessage, Occasion
from cuelight.channels.telling import Telling, told
from cuelight.core.errors import InvalidInput
from cuelight.core.outbox import Channel

ADDRESS = re.compile(r"[A-Za-z0-9.!#$%&'*+/=?^_`{|}~-]{1,64}@[A-Za-z0-9](?:[A-Za-z0-9.-]{0,252}[A-Za-z0-9])?")
_MAX_RECIPIENTS = 20


def render(channel: Channel, occasion: Occasion) -> MailMessage:
    telling = told(occasion)
    open_ = occasion.words.fill("alert.field.open")
    return MailMessage(
        server=channel.target,
        password=channel.secrets.get("password", ""),
        sender=channel.options["from"],
        recipients=addresses(channel.options["to"]),
        # The same for every attempt: mail programs show a repetition once.
        message_id=f"<{occasion.alerts[0].alert_id}.{len(occasion.alerts)}@cuelight.invalid>",
        at=occasion.now,
        subject=f"[Cuelight] {telling.title}",
        text=_text(telling, open_),
        html=_html(telling, open_),
    )


def _text(telling: Telling, open_: str) -> str:
    lines = [telling.title, ""]
    lines += [f"- {reason.text}" for reason in telling.reasons]
    lines += [""] if telling.reasons else []
    lines += [f"{label}: {value}" for label, value in telling.facts]
    lines += ["", f"{open_}: {telling.link}"] if telling.link else []
    return "\n".join(lines) + "\n"


def _html(telling: Telling, open_: str) -> str:
    reasons = "".join(f"<li>{escape(reason.text)}</li>" for reason in telling.reasons)
    rows = "".join(
        f'<tr><th align="left">{escape(label)}</th><td>{escape(value)}</td></tr>' for label, value in telling.facts
    )
    link = f'<p><a href="{escape(telling.link)}">{escape(open_)}</a></p>' if telling.link else ""
    return (
        '<!doctype html><html><head><meta charset="utf-8"></head><body>'
        f"<h1>{escape(telling.title)}</h1>"
        f"{f'<ul>{reasons}</ul>' if reasons else ''}<table>{rows}</table>{link}</body></html>\n"
    )


def addresses(text: str) -> tuple[str, ...]:
    return tuple(part.strip() for part in text.split(",") if part.strip())


def _check(channel: Channel) -> None:
    for name in ("from", "to"):
        found = addresses(channel.options.get(name, ""))
        if not found or not all(ADDRESS.fullmatch(one) for one in found):
            raise InvalidInput(name, "must be a mail address such as security@example.com")
        if len(found) > (1 if name == "from" else _MAX_RECIPIENTS):
            raise InvalidInput(name, f"takes at most {1 if name == 'from' else _MAX_RECIPIENTS}")


KIND = ChannelKind(
    name="email",
    title="mail by SMTP",
    schemes=("smtps", "smtp"),
    render=render,
    check=_check,
    needs=("from", "to"),
    per_minute=10,
)
