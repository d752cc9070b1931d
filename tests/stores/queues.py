"""Channels and alerts for the tests of outbox and channels, made to order."""

from __future__ import annotations

import secrets

from tests.stores import world

from cuelight.core.outbox import Alert, Channel, Taken
from cuelight.stores import codec_outbox

NOW = world.at()


def channel(**parts: object) -> Channel:
    values: dict[str, object] = {
        "channel_id": "c" + secrets.token_hex(5),
        "kind": "webhook",
        "name": "Zürich 💬",
        "created_at": NOW,
        "target": "https://example.com/hook",
        "options": {"to": "a@example.com"},
        "secrets": {"signing": "whsec_abc"},
    }
    return Channel(**(values | parts))  # type: ignore[arg-type]


def told(who: str, number: int, at_ms: int | None = None) -> Taken:
    alert_id = "a_" + secrets.token_hex(6)
    alert = Alert(alert_id, "cue.red", NOW, codec_outbox.group_of(who, ""), {"n": number, "chat_id": "ü", "list": []})
    return Taken(alert, ("", "0-1"), at_ms if at_ms is not None else codec_outbox.millis(NOW) + number)
