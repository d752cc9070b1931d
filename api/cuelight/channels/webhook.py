"""Signed webhooks after Standard Webhooks: `webhook-id`, `webhook-timestamp`, `webhook-signature` over the raw body.

The id is the alert's and stays the same over all attempts, so a receiver can tell a repetition. Use any of the
specification's libraries to verify. A burst arrives as `alerts.summary` with all its alerts inside, none left out.
`notice.due` has the link for the customer; it is put in when the alert is sent and is kept nowhere before.
"""

from __future__ import annotations

import json
from base64 import b64decode
from collections import Counter
from hashlib import blake2b

from standardwebhooks import Webhook

from cuelight.channels.model import ChannelKind, HttpMessage, Occasion
from cuelight.channels.telling import SUMMARY, instant, plain, tell
from cuelight.core.errors import InvalidInput
from cuelight.core.outbox import ON_REQUEST, Alert, Channel

_NOTICE = ("link", "expires_at", "locale", "ref")


def render(channel: Channel, occasion: Occasion) -> HttpMessage:
    if occasion.together:
        ids = "|".join(sorted(alert.alert_id for alert in occasion.alerts))
        message_id = "s_" + blake2b(ids.encode(), digest_size=16).hexdigest()
        payload = _summary(occasion)
    else:
        message_id = occasion.alerts[0].alert_id
        payload = _payload(occasion.alerts[0], occasion)
    body = json.dumps(payload, ensure_ascii=False, separators=(",", ":"))
    signature = Webhook(channel.secrets["signing"]).sign(message_id, occasion.now, body)
    headers = {
        "Content-Type": "application/json",
        "webhook-id": message_id,
        "webhook-timestamp": str(int(occasion.now.timestamp())),
        "webhook-signature": signature,
    }
    return HttpMessage(channel.target, headers, body.encode())


def _summary(occasion: Occasion) -> dict[str, object]:
    counts = Counter(plain(alert.kind) for alert in occasion.alerts)
    inside = [_payload(alert, occasion) | {"id": alert.alert_id} for alert in occasion.alerts]
    data = {"count": len(inside), "kinds": dict(counts), "alerts": inside}
    return {"type": SUMMARY, "timestamp": instant(occasion.now), "data": data}


def _payload(alert: Alert, occasion: Occasion) -> dict[str, object]:
    telling = tell(alert, occasion.words, occasion.console_url)
    body = alert.body
    named = ("decision_id", "cue", "incident_id", "policy_version", "customers")
    data: dict[str, object] = {
        "text": telling.title,
        "severity": alert.severity.value,
        "chats": list(telling.chats),
        "reasons": [{"code": reason.code, "text": reason.text} for reason in telling.reasons],
        **{name: plain(body[name]) for name in named if isinstance(body.get(name), str)},
        **{name: body[name] for name in named if isinstance(body.get(name), int)},
        "link": telling.link,
    }
    if alert.kind in ON_REQUEST:
        data["notice"] = _notice(body.get("notice"))
    return {"type": plain(alert.kind), "timestamp": instant(alert.at), "data": data}


def _notice(given: object) -> dict[str, str] | None:
    """What the company's mailer needs; None where the notice is gone by now, and nothing is to be sent."""
    if not isinstance(given, dict):
        return None
    return {name: plain(given[name]) for name in _NOTICE if isinstance(given.get(name), str)}


def _check(channel: Channel) -> None:
    try:
        size = len(b64decode(channel.secrets.get("signing", "").removeprefix("whsec_"), validate=True))
    except ValueError:
        size = 0
    if not 24 <= size <= 64:
        raise InvalidInput("secret", "must be whsec_ and 24 to 64 random bytes in base64")


KIND = ChannelKind(
    name="webhook",
    title="signed webhook (Standard Webhooks)",
    schemes=("https", "http"),
    render=render,
    check=_check,
    signs=True,
)
