"""Crisp: a website's conversations; the facts are in the conversation's meta, in the payload or from the API.

Proves: body and time are the desk's (HMAC-SHA256 over `[time;body]`). Identity is `verified` where the desk says so
(`is_verified` and a verification of the very e-mail) and customers are named by e-mail here (option `customer=email`).
Session data such as a customer id is written by the page's script, which a visitor can do, too: a claim.
Cannot tell: the device beyond user agent and languages; the clock (the sign of its offset differs between versions).
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace
from datetime import datetime

from cuelight.core.chat import ChatKey
from cuelight.core.hooks import ApiRequest, Delivery, DeskMessage
from cuelight.desks import reading
from cuelight.desks.desk import NOTES, Desk, Notes, Option, Options, Pull, api_url
from cuelight.desks.signatures import check_fresh, check_hmac, from_hex

_EVENTS = ("session:request:initiated", "session:set_email", "session:set_data", "message:send")
_API = "https://api.crisp.chat"


def verify(delivery: Delivery, secrets: Sequence[str], _: Options, now: datetime) -> bytes:
    stamp = delivery.headers.get("x-crisp-request-timestamp")
    signed = b"[" + (stamp or "").encode() + b";" + delivery.body + b"]"
    check_hmac("sha256", signed, from_hex(delivery.headers.get("x-crisp-signature")), secrets)
    check_fresh(stamp, now, unit="ms")
    return signed


def parse(payload: object, options: Options) -> Sequence[DeskMessage]:
    event, data = reading.text(payload, "event"), reading.at(payload, "data")
    chat_id = reading.text(data, "session_id")
    if event not in _EVENTS or chat_id is None:
        return ()
    message = DeskMessage(
        chat_id=chat_id,
        account=reading.text(payload, "website_id"),
        at=reading.moment(payload, "timestamp", unit="ms"),
        ask={"session": chat_id},
    )
    return (complete(message, {"data": data}, options),)


def ask(message: DeskMessage, options: Options) -> ApiRequest | None:
    if not options.get("api_token") or message.account is None or not _plain(message.account, message.chat_id):
        return None
    url = f"{api_url(options, _API)}/v1/website/{message.account}/conversation/{message.chat_id}"
    return ApiRequest("GET", url, headers={"X-Crisp-Tier": "plugin"}, auth=_auth(options))


def complete(message: DeskMessage, answer: object, options: Options) -> DeskMessage:
    """What a conversation's meta tells; what it does not, stays as it was."""
    data = reading.at(answer, "data")
    meta = reading.at(data, "meta")
    name = options.get("customer", "customer_id")
    email = reading.text(meta, "email")
    customer_id = email if name == "email" else reading.text(meta, "data", name)
    verified = {
        reading.text(one, "identifier")
        for one in reading.items(data, "verifications")
        if reading.text(one, "identity") == "email"
    }
    system = reading.at(meta, "device", "system")
    locales = tuple(filter(None, (reading.text(x) for x in reading.items(meta, "device", "locales"))))
    return replace(
        message,
        ip=reading.address(meta, "ip") or message.ip,
        user_agent=reading.user_agent(system, "useragent") or message.user_agent,
        languages=locales[:16] or message.languages,
        customer_id=customer_id or message.customer_id,
        proven=message.proven
        or (name == "email" and email is not None and email in verified and reading.truth(data, "is_verified")),
    )


def write_note(key: ChatKey, text: str, options: Options, note_id: str | None) -> ApiRequest | None:
    if not options.get("api_token") or not _plain(key.account, key.chat_id):
        return None
    url = f"{api_url(options, _API)}/v1/website/{key.account}/conversation/{key.chat_id}/message"
    headers = {"X-Crisp-Tier": "plugin"}
    if note_id is not None:
        return ApiRequest("PATCH", f"{url}/{note_id}", headers=headers, json={"content": text}, auth=_auth(options))
    note: dict[str, object] = {"type": "note", "from": "operator", "origin": "chat", "content": text}
    return ApiRequest("POST", url, headers=headers, json=note, auth=_auth(options))


def note_id(answer: object) -> str | None:
    found = reading.text(answer, "data", "fingerprint")
    return found if found and found.isascii() and found.isdigit() else None


def _auth(options: Options) -> tuple[str, str]:
    identifier, _, key = options.get("api_token", "").partition(":")
    return identifier, key


def _plain(*names: str) -> bool:
    """Whether names can stand in a path as they are."""
    return all(name.isascii() and name.replace("-", "").replace("_", "").isalnum() for name in names)


DESK = Desk(
    name="crisp",
    title="Crisp",
    account_help="the website id, in the desk's addresses: /website/<id>/",
    secret_from_desk=True,
    verify=verify,
    parse=parse,
    pull=Pull(ask, complete),
    notes=Notes(write_note, note_id),
    options={
        "customer": Option("the session data that names the customer, or `email`", default="customer_id"),
        "notes": NOTES,
        "api_url": Option(f"another address for the desk's API than {_API}"),
        "api_token": Option(
            "the plugin's token as identifier:key; without it address and device may stay unknown", secret=True
        ),
    },
    steps=(
        "Marketplace > your plugin > Web Hooks (or Settings > Website > Web Hooks): address {url}",
        "Choose the events session:request:initiated, session:set_email, session:set_data and message:send.",
        "Copy the signing secret, then: cuelight hooks rotate {hook_id} --secret -",
        "Give the plugin's token with --ask api_token (scope website:conversation:sessions, read; messages, "
        "write for notes).",
    ),
)
