"""Syslog (RFC 5424) with a message in the Common Event Format, for a SIEM.

No byte-order mark before the message: collectors that read CEF stumble over it, and the RFC lets any octets stand.
"""

from __future__ import annotations

from cuelight import __version__
from cuelight.channels.model import ChannelKind, LogMessage, Occasion
from cuelight.channels.telling import SUMMARY, instant, plain, told
from cuelight.core.outbox import Channel, Severity

_FACILITY = 13
"""Log audit."""
_LEVEL = {Severity.INFO: 6, Severity.WARNING: 4, Severity.ALERT: 1}
_CEF_LEVEL = {Severity.INFO: 3, Severity.WARNING: 7, Severity.ALERT: 9}
_MAX_BYTES = 8192


def render(channel: Channel, occasion: Occasion) -> LogMessage:
    telling, first = told(occasion), occasion.alerts[0]
    loudest = max((alert.severity for alert in occasion.alerts), key=lambda severity: severity.rank)
    kind = SUMMARY if occasion.together else plain(first.kind)
    fields = {
        "rt": str(int(telling.at.timestamp() * 1000)),
        "externalId": first.alert_id,
        "cat": kind,
        "cnt": str(len(occasion.alerts)),
        "cs1Label": "chats",
        "cs1": " ".join(telling.chats),
        "reason": " ".join(reason.code for reason in telling.reasons),
        "msg": " ".join(reason.text for reason in telling.reasons) or "; ".join(f"{k}: {v}" for k, v in telling.facts),
    }
    for number, name in ((2, "policy_version"), (3, "incident_id")):
        if not occasion.together and isinstance(value := first.body.get(name), str):
            fields |= {f"cs{number}Label": name, f"cs{number}": plain(value)}
    if telling.link:
        fields["request"] = telling.link
    extension = " ".join(f"{name}={field(value)}" for name, value in fields.items() if value)
    head = ("CEF:0", "Cuelight", "Cuelight", __version__, kind, telling.title, str(_CEF_LEVEL[loudest]))
    cef = "|".join([head[0], *(header(part) for part in head[1:]), extension])
    priority = _FACILITY * 8 + _LEVEL[loudest]
    line = f"<{priority}>1 {instant(occasion.now)} {_host(channel)} cuelight - {_name(kind)} - {cef}"
    return LogMessage(channel.target, _cut(line.encode()))


def header(text: str) -> str:
    """A part of CEF's head: backslash and pipe escaped, on one line."""
    return plain(text).replace("\\", "\\\\").replace("|", "\\|")


def field(text: str) -> str:
    """A value of CEF's extension: backslash and equals sign escaped, on one line."""
    return " ".join(text.split()).replace("\\", "\\\\").replace("=", "\\=")


def _cut(line: bytes) -> bytes:
    return line if len(line) <= _MAX_BYTES else line[:_MAX_BYTES].decode("utf-8", "ignore").encode()


def _host(channel: Channel) -> str:
    return _name(channel.options.get("hostname", "")) if channel.options.get("hostname") else "-"


def _name(text: str) -> str:
    """One of RFC 5424's words: printable ASCII without blanks, at most 32 characters."""
    return "".join(char for char in text if "!" <= char <= "~")[:32] or "-"


KIND = ChannelKind(
    name="syslog",
    title="syslog with CEF",
    schemes=("syslog+tls", "syslog+tcp", "syslog+udp"),
    render=render,
    takes=("hostname",),
)
