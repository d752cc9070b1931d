"""Incoming webhooks as Slack has them, and Mattermost, Rocket.Chat, Zulip and others after it: one `text`.

The URL is the secret. Somebody else's text (a chat's id) is set as code, with nothing in it that addresses people.
"""

from __future__ import annotations

import json

from cuelight.channels.model import ChannelKind, HttpMessage, Occasion
from cuelight.channels.telling import told
from cuelight.core.outbox import Channel, Severity

_MARKS = {
    Severity.INFO: ":information_source:",
    Severity.WARNING: ":octagonal_sign:",
    Severity.ALERT: ":rotating_light:",
}


def render(channel: Channel, occasion: Occasion) -> HttpMessage:
    telling = told(occasion)
    loudest = max((alert.severity for alert in occasion.alerts), key=lambda severity: severity.rank)
    lines = [f"{_MARKS[loudest]} *{escape(telling.title)}*"]
    lines += [f"• {escape(reason.text)}" for reason in telling.reasons]
    lines += [f"{escape(label)}: `{escape(value)}`" for label, value in telling.facts]
    if telling.link:
        lines.append(f"<{escape(telling.link)}|{escape(occasion.words.fill('alert.field.open'))}>")
    body = json.dumps({"text": "\n".join(lines)}, ensure_ascii=False)
    return HttpMessage(channel.target, {"Content-Type": "application/json"}, body.encode())


def escape(text: str) -> str:
    """No markup, no mention: `<!channel>` cannot stand, nor `@channel`, and nothing ends the code it is set in."""
    text = text.replace("&", "&amp;").replace("<", "&lt;").replace(">", "&gt;")
    return text.replace("@", "@\u200b").replace("`", "\u02cb").replace("|", "\u00a6").replace("*", "\u2217")


KIND = ChannelKind(
    name="slack",
    title="Slack-compatible chat",
    schemes=("https", "http"),
    render=render,
    per_minute=20,
)
