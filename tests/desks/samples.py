"""One realistic delivery of each desk, written by hand, and how that desk signs it."""

from __future__ import annotations

import base64
import hashlib
import hmac
import json
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from datetime import datetime
from typing import Any

from cuelight.core.hooks import Delivery
from cuelight.desks import BY_NAME

AGENT = (
    "Mozilla/5.0 (Windows NT 10.0; Win64; x64) AppleWebKit/537.36 (KHTML, like Gecko) Chrome/142.0.0.0 Safari/537.36"
)
IP = "81.2.69.142"
URL = "https://cue.example.com/desks/x/y"

Headers = dict[str, str]


def mac(secret: str, signed: bytes, algorithm: str = "sha256") -> bytes:
    return hmac.new(secret.encode(), signed, getattr(hashlib, algorithm)).digest()


def b64(data: bytes) -> str:
    return base64.b64encode(data).decode()


@dataclass(frozen=True)
class Sample:
    """`payload(at)` as that desk would send it about something that happened then; `sign` makes its headers."""

    desk: str
    account: str
    payload: Callable[[datetime], Any]
    sign: Callable[[str, bytes, datetime], Headers]
    chat_id: str
    timed: bool = False
    """Whether the desk signs the time of delivery."""
    ip: str | None = None
    agent: str | None = None
    customer_id: str | None = None
    proven: bool = False
    options: Mapping[str, str] = field(default_factory=dict)
    body_secret: str | None = None
    """The field in which this desk puts the secret itself."""

    def delivery(
        self, secret: str, at: datetime, payload: Any = None, *, signed_at: datetime | None = None
    ) -> Delivery:
        told = self.payload(at) if payload is None else payload
        if self.body_secret:
            told = {**told, self.body_secret: secret}
        body = told if isinstance(told, bytes) else json.dumps(told).encode()
        return Delivery("POST", URL, self.sign(secret, body, signed_at or at), body)

    @property
    def all_options(self) -> dict[str, str]:
        defaults = {name: o.default for name, o in BY_NAME[self.desk].options.items() if o.default is not None}
        return {**defaults, "url": URL, "account": self.account, **self.options}


def iso(at: datetime) -> str:
    return at.isoformat().replace("+00:00", "Z")


def live_helper_chat(at: datetime) -> Any:
    return {
        "chat_id": "7431", "ip": IP, "user_agent": AGENT, "time": str(int(at.timestamp())), "message": "90211",
        "attributes": [
            {"identifier": "plan", "key": "Plan", "value": "gold"},
            {"identifier": "customer_id", "key": "Customer", "value": "u-1001", "secure": True},
        ],
    }  # fmt: skip


def libredesk(at: datetime) -> Any:
    return {
        "event": "conversation.created",
        "timestamp": iso(at),
        "payload": {
            "uuid": "0f9a1c1e-5b1e-4a55-9d0c-6f2f1f0b7a31", "subject": "", "status": "Open", "created_at": iso(at),
            "contact": {"id": 41, "type": "contact", "first_name": "Ada", "email": "ada@example.org",
                        "external_user_id": "u-1001"},
            "meta": {"ip": IP, "user_agent": AGENT, "page": "https://shop.example/help"},
            "inbox_channel": "livechat",
        },
    }  # fmt: skip


def chatwoot(at: datetime) -> Any:
    return {
        "event": "conversation_created",
        "id": 318, "inbox_id": 4, "status": "open", "channel": "Channel::WebWidget",
        "account": {"id": 12, "name": "Shop"},
        "created_at": int(at.timestamp()),
        "additional_attributes": {
            "browser": {"device_name": "Unknown", "browser_name": "Chrome", "platform_name": "Windows"},
            "initiated_at": {"timestamp": "Tue Nov 24 2026 12:00:00 GMT+0000"},
        },
        "meta": {
            "hmac_verified": True,
            "sender": {"id": 77, "name": "Ada", "identifier": "u-1001", "email": "ada@example.org",
                       "additional_attributes": {"created_at_ip": IP, "country_code": "GB"}},
        },
        "messages": [],
    }  # fmt: skip


def zendesk(_: datetime) -> Any:
    return {"ticket_id": "35436", "requester_id": "20978392", "external_id": "u-1001"}


def intercom(at: datetime) -> Any:
    return {
        "type": "notification_event", "app_id": "a1b2c3d4", "id": "notif_7b0d3c1e", "created_at": int(at.timestamp()),
        "topic": "conversation.user.created", "delivery_attempts": 1,
        "data": {"type": "notification_event_data", "item": {
            "type": "conversation", "id": "215468", "state": "open",
            "source": {"type": "conversation", "body": "<p>Where is my parcel?</p>",
                       "author": {"type": "user", "id": "64c1", "email": "ada@example.org"}},
            "contacts": {"type": "contact.list", "contacts": [
                {"type": "contact", "id": "64c1", "external_id": "u-1001", "role": "user"}]},
        }},
    }  # fmt: skip


def livechat(at: datetime) -> Any:
    return {
        "webhook_id": "d5eaa34d", "action": "incoming_chat", "organization_id": "390e44e6", "additional_data": {},
        "payload": {"requester_id": "b7eff798", "chat": {
            "id": "PJ0MRSHTDG",
            "users": [
                {"id": "agent@shop.example", "type": "agent", "present": True},
                {"id": "b7eff798", "type": "customer", "name": "Ada", "email": "ada@example.org",
                 "session_fields": [{"plan": "gold"}, {"customer_id": "u-1001"}],
                 "last_visit": {"id": 109384, "started_at": iso(at), "ip": IP, "user_agent": AGENT,
                                "geolocation": {"country_code": "GB"}}},
            ],
            "thread": {"id": "K600PKZON8", "created_at": iso(at), "active": True, "events": []},
        }},
    }  # fmt: skip


def crisp(at: datetime) -> Any:
    return {
        "website_id": "8c842203-7ed8-4e29-a608-7cf78a7d2fcc", "event": "session:set_data",
        "timestamp": int(at.timestamp() * 1000),
        "data": {
            "website_id": "8c842203-7ed8-4e29-a608-7cf78a7d2fcc",
            "session_id": "session_36ba3566-9651-4790-afc8-ffedbccc317f",
            "is_verified": True,
            "verifications": [{"identity": "email", "identifier": "ada@example.org", "method": "link"}],
            "meta": {"nickname": "Ada", "email": "ada@example.org", "ip": IP, "data": {"plan": "gold"},
                     "device": {"capabilities": ["call"], "locales": ["en-GB", "en"], "system": {"useragent": AGENT}}},
        },
    }  # fmt: skip


def hubspot(at: datetime) -> Any:
    return [{
        "objectId": 5544332211, "eventId": 3181526980, "subscriptionId": 22, "portalId": 1160452, "appId": 1160453,
        "occurredAt": int(at.timestamp() * 1000), "subscriptionType": "conversation.creation", "attemptNumber": 0,
        "changeSource": "CONVERSATIONS",
    }]  # fmt: skip


def generic(at: datetime) -> Any:
    return {"conversation": {"id": "c-77"}, "visitor": {"addr": IP, "ua": AGENT, "uid": "u-1001", "signed_in": True},
            "when": int(at.timestamp())}  # fmt: skip


def _seconds(at: datetime) -> str:
    return str(int(at.timestamp()))


def _millis(at: datetime) -> str:
    return str(int(at.timestamp() * 1000))


def _chatwoot(secret: str, body: bytes, at: datetime) -> Headers:
    signed = _seconds(at).encode() + b"." + body
    return {"x-chatwoot-timestamp": _seconds(at), "x-chatwoot-signature": "sha256=" + mac(secret, signed).hex(),
            "x-chatwoot-delivery": "6e1f7a52"}  # fmt: skip


def _zendesk(secret: str, body: bytes, at: datetime) -> Headers:
    stamp = iso(at.replace(microsecond=0))
    return {"x-zendesk-webhook-signature-timestamp": stamp,
            "x-zendesk-webhook-signature": b64(mac(secret, stamp.encode() + body))}  # fmt: skip


def _crisp(secret: str, body: bytes, at: datetime) -> Headers:
    signed = b"[" + _millis(at).encode() + b";" + body + b"]"
    return {"x-crisp-request-timestamp": _millis(at), "x-crisp-signature": mac(secret, signed).hex()}


def _hubspot(secret: str, body: bytes, at: datetime) -> Headers:
    signed = b"POST" + URL.encode() + body + _millis(at).encode()
    return {"x-hubspot-request-timestamp": _millis(at), "x-hubspot-signature-v3": b64(mac(secret, signed))}


def _generic(secret: str, body: bytes, at: datetime) -> Headers:
    signed = f"v1:{_seconds(at)}:".encode() + body
    return {"x-desk-time": _seconds(at), "x-desk-signature": "v1=" + b64(mac(secret, signed, "sha512"))}


CRISP_SITE = "8c842203-7ed8-4e29-a608-7cf78a7d2fcc"

SAMPLES = (
    Sample("live_helper_chat", "main", live_helper_chat, lambda s, _, __: {"x-cuelight-secret": s}, "7431",
           ip=IP, agent=AGENT, customer_id="u-1001", proven=True),
    Sample("libredesk", "main", libredesk, lambda s, b, _: {"x-libredesk-signature": "sha256=" + mac(s, b).hex()},
           "0f9a1c1e-5b1e-4a55-9d0c-6f2f1f0b7a31", ip=IP, agent=AGENT, customer_id="u-1001", proven=True),
    Sample("chatwoot", "12", chatwoot, _chatwoot, "318", timed=True, customer_id="u-1001", proven=True),
    Sample("zendesk", "acme", zendesk, _zendesk, "35436", timed=True, customer_id="u-1001"),
    Sample("intercom", "a1b2c3d4", intercom, lambda s, b, _: {"x-hub-signature": "sha1=" + mac(s, b, "sha1").hex()},
           "215468", customer_id="u-1001"),
    Sample("livechat", "main", livechat, lambda *_: {}, "PJ0MRSHTDG", ip=IP, agent=AGENT, customer_id="u-1001",
           body_secret="secret_key"),
    Sample("crisp", CRISP_SITE, crisp, _crisp, "session_36ba3566-9651-4790-afc8-ffedbccc317f", timed=True, ip=IP,
           agent=AGENT, customer_id="ada@example.org", proven=True, options={"customer": "email"}),
    Sample("hubspot", "1160452", hubspot, _hubspot, "5544332211", timed=True),
    Sample("generic", "main", generic, _generic, "c-77", timed=True, ip=IP, agent=AGENT, customer_id="u-1001",
           proven=True, options={
               "header": "X-Desk-Signature", "algorithm": "sha512", "encoding": "base64", "prefix": "v1=",
               "signed": "v1:{timestamp}:{body}", "time_header": "X-Desk-Time", "chat_id": "/conversation/id",
               "ip": "/visitor/addr", "user_agent": "/visitor/ua", "customer_id": "/visitor/uid",
               "verified": "/visitor/signed_in", "at": "/when", "at_unit": "s"}),
)  # fmt: skip

BY_DESK = {sample.desk: sample for sample in SAMPLES}
