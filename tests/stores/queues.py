"""Channels and alerts for the tests of outbox and channels, made to order."""

from __future__ import annotations

import secrets
from collections.abc import Sequence
from datetime import datetime, timedelta

from tests.stores import world

from cuelight.core.outbox import Alert, Channel, Claim, Ending, Settled, Taken
from cuelight.stores import Stores, codec_outbox

NOW = world.at()
LEASE = timedelta(seconds=20)


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


def told(who: str, number: int, at_ms: int | None = None, days: float = 0.0) -> Taken:
    alert_id = "a_" + secrets.token_hex(6)
    at = world.at(24 * days)
    alert = Alert(alert_id, "cue.red", at, codec_outbox.group_of(who, ""), {"n": number, "chat_id": "ü", "list": []})
    return Taken(alert, ("", "0-1"), at_ms if at_ms is not None else codec_outbox.millis(NOW) + number)


def claim(stores: Stores, queue: str, now: datetime = NOW, limit: int = 50, per_minute: int = 0) -> Sequence[Claim]:
    return stores.outbox.claim(queue, now, LEASE, limit, per_minute).claims


def numbers(claims: Sequence[Claim]) -> list[object]:
    return [one.alert.body["n"] for one in claims]


def settle(
    stores: Stores, queue: str, claims: Sequence[Claim], ending: Ending, now: datetime = NOW, **more: object
) -> None:
    due_at, why = more.pop("due_at", None), str(more.pop("why", ""))
    settled = [Settled(one, ending, due_at, why) for one in claims]  # type: ignore[arg-type]
    stores.outbox.settle(queue, settled, now, **more)  # type: ignore[arg-type]
