"""An alert in words: a title, facts, reasons, a link. Only what is named here gets out, whatever a body holds.

Chat references come from desks and are somebody else's text: control characters are dropped and the length is bounded
here; each channel escapes for its own syntax.
"""

from __future__ import annotations

import unicodedata
from collections import Counter
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime
from urllib.parse import quote

from cuelight.channels.model import Occasion, Param, Words
from cuelight.core.outbox import KINDS, Alert

TEST = "channel.test"
SUMMARY = "alerts.summary"
_MAX_CHATS = 10
_MAX_TEXT = 200


@dataclass(frozen=True, slots=True)
class Reason:
    code: str
    text: str


@dataclass(frozen=True, slots=True)
class Telling:
    """`facts`: label and value, in order. `chats`: full names (`desk/account/id`)."""

    title: str
    at: datetime
    facts: tuple[tuple[str, str], ...] = ()
    reasons: tuple[Reason, ...] = ()
    chats: tuple[str, ...] = ()
    link: str | None = None


def instant(at: datetime) -> str:
    """RFC 3339 in UTC with a `Z`, to the millisecond."""
    return at.isoformat(timespec="milliseconds").replace("+00:00", "Z")


def plain(value: object) -> str:
    """Somebody else's text on one line: no control or direction characters, at most 200 characters."""
    kept = "".join(" " if unicodedata.category(char)[0] in "CZ" else char for char in str(value)[: 4 * _MAX_TEXT])
    kept = " ".join(kept.split())
    return kept if len(kept) <= _MAX_TEXT else kept[: _MAX_TEXT - 1] + "…"


def tell(alert: Alert, words: Words, console_url: str | None = None) -> Telling:
    body = alert.body
    chats, reasons = _chats(body), _reasons(body, words)
    policy, incident, customers = (_text(body, name) for name in ("policy_version", "incident_id", "customers"))
    since = _instant(body.get("since"))
    facts: list[tuple[str, str]] = []
    if chats:
        facts.append((words.fill("alert.field.chat" if len(chats) == 1 else "alert.field.chats"), ", ".join(chats)))
    if incident:
        facts.append((words.fill("alert.field.incident"), incident))
    if since:
        facts.append((words.fill("alert.field.since"), since))
    if policy:
        facts.append((words.fill("alert.field.policy"), policy))
    facts.append((words.fill("alert.field.at"), f"{alert.at:%Y-%m-%d %H:%M:%S} UTC"))
    known = alert.kind in KINDS or alert.kind == TEST
    title = words.fill(
        f"alert.{alert.kind}" if known else "alert.other",
        kind=plain(alert.kind),
        policy_version=policy or "?",
        customers=customers or "?",
    )
    return Telling(title, alert.at, tuple(facts), reasons, chats, _link(body, alert.kind, console_url))


def summary(occasion: Occasion) -> Telling:
    """A burst in one: how many of each kind, and from when to when."""
    alerts = occasion.alerts
    counts = Counter(alert.kind for alert in alerts)
    first, last = min(alert.at for alert in alerts), max(alert.at for alert in alerts)
    facts = [(plain(kind), str(count)) for kind, count in counts.most_common()]
    when = f"{first:%Y-%m-%d %H:%M:%S} - {last:%Y-%m-%d %H:%M:%S} UTC"
    facts.append((occasion.words.fill("alert.field.at"), when))
    chats = dict.fromkeys(chat for alert in alerts for chat in _chats(alert.body))
    title = occasion.words.fill("alert.summary", count=len(alerts))
    return Telling(title, last, tuple(facts), (), tuple(chats)[:_MAX_CHATS], _base(occasion.console_url))


def told(occasion: Occasion) -> Telling:
    """The one alert, or the burst."""
    if occasion.together:
        return summary(occasion)
    return tell(occasion.alerts[0], occasion.words, occasion.console_url)


def _text(body: Mapping[str, object], name: str) -> str:
    value = body.get(name)
    return plain(value) if isinstance(value, str | int | float) and not isinstance(value, bool) else ""


def _instant(value: object) -> str:
    try:
        return f"{datetime.fromisoformat(str(value)):%Y-%m-%d %H:%M:%S} UTC"
    except ValueError:
        return ""


def _chats(body: Mapping[str, object]) -> tuple[str, ...]:
    one = [body.get(name) for name in ("desk", "account", "chat_id")]
    if all(isinstance(part, str) for part in one):
        return (plain("/".join(map(str, one))),)
    many = body.get("chats")
    return tuple(plain(chat) for chat in many[:_MAX_CHATS]) if isinstance(many, list) else ()


def _reasons(body: Mapping[str, object], words: Words) -> tuple[Reason, ...]:
    given = body.get("reasons")
    found = []
    for reason in given[:5] if isinstance(given, list) else ():
        code = reason.get("code") if isinstance(reason, dict) else reason
        params = reason.get("params") if isinstance(reason, dict) else None
        if isinstance(code, str):
            found.append(Reason(plain(code), plain(words.reason(code, _params(params)))))
    return tuple(found)


def _params(given: object) -> dict[str, Param]:
    if not isinstance(given, dict):
        return {}
    return {str(name): value for name, value in given.items() if isinstance(value, str | int | float | bool)}


def _base(console_url: str | None) -> str | None:
    return console_url.rstrip("/") if console_url else None


def _link(body: Mapping[str, object], kind: str, console_url: str | None) -> str | None:
    """Where the console shows it."""
    if (base := _base(console_url)) is None:
        return None
    if isinstance(incident := body.get("incident_id"), str) and incident:
        return f"{base}/incidents/{_part(incident)}"
    chat = [body.get(name) for name in ("desk", "account", "chat_id")]
    match body.get("chats"):
        case [str() as only] if only.count("/") == 2:
            chat = list(only.split("/"))
    if all(isinstance(part, str) for part in chat):
        return f"{base}/live/" + "/".join(_part(str(part)) for part in chat)
    if kind == "policy.published":
        return f"{base}/policies"
    return base


def _part(text: str) -> str:
    return quote(text[:_MAX_TEXT], safe="", errors="replace")
