"""Chatwoot: conversations of its website widget.

Proves: the body and the time are the desk's (HMAC-SHA256; versions before 4 sign nothing and cannot be used).
Identity is `verified` where `meta.hmac_verified` says that the company's identity token fitted the identifier.
Cannot tell: the user agent (only names of browser and system, which compare with nothing); the contact's address.
With IP look-up on, the desk keeps the address a contact was *created* from, which for one who returns is an old
one: taken only with the option `first_ip`, and then only from `conversation_created`.
"""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime

from cuelight.core.chat import ChatKey
from cuelight.core.hooks import ApiRequest, Delivery, DeskMessage
from cuelight.desks import reading
from cuelight.desks.desk import API_TOKEN, API_URL, NOTES, Desk, Notes, Option, Options, api_url
from cuelight.desks.signatures import check_fresh, check_hmac, from_hex

_EVENTS = ("conversation_created", "conversation_updated", "message_created")


def verify(delivery: Delivery, secrets: Sequence[str], _: Options, now: datetime) -> bytes:
    stamp = delivery.headers.get("x-chatwoot-timestamp")
    signed = (stamp or "").encode() + b"." + delivery.body
    check_hmac("sha256", signed, from_hex(delivery.headers.get("x-chatwoot-signature"), "sha256="), secrets)
    check_fresh(stamp, now, unit="s")
    return signed


def parse(payload: object, options: Options) -> Sequence[DeskMessage]:
    event = reading.text(payload, "event")
    if event not in _EVENTS:
        return ()
    if event == "message_created" and reading.text(payload, "message_type") not in ("incoming", "0"):
        return ()
    chat = reading.at(payload, "conversation") if event == "message_created" else payload
    chat_id = reading.text(chat, "id")
    if chat_id is None:
        return ()
    customer_id = reading.text(chat, "meta", "sender", "identifier")
    ip = reading.address(chat, "meta", "sender", "additional_attributes", "created_at_ip")
    first = event == "conversation_created" and options.get("first_ip") == "yes"
    return (
        DeskMessage(
            chat_id=chat_id,
            account=reading.text(payload, "account", "id"),
            at=reading.moment(chat, "created_at", unit="s") if event == "conversation_created" else None,
            ip=ip if first else None,
            customer_id=customer_id,
            proven=customer_id is not None and reading.truth(chat, "meta", "hmac_verified"),
        ),
    )


def write_note(key: ChatKey, text: str, options: Options, _: str | None) -> ApiRequest | None:
    base = api_url(options, "https://app.chatwoot.com")
    return ApiRequest(
        "POST",
        f"{base}/api/v1/accounts/{key.account}/conversations/{key.chat_id}/messages",
        headers={"api_access_token": options.get("api_token", "")},
        json={"content": text, "message_type": "outgoing", "private": True},
    )


DESK = Desk(
    name="chatwoot",
    title="Chatwoot",
    account_help="the number in the desk's addresses: /app/accounts/<number>/",
    secret_from_desk=True,
    verify=verify,
    parse=parse,
    notes=Notes(write_note),
    options={
        "first_ip": Option(
            "take the address a contact was created from; wrong for contacts who return",
            default="no",
            choices=("yes", "no"),
        ),
        "notes": NOTES,
        "api_url": API_URL,
        "api_token": API_TOKEN,
    },
    steps=(
        "Settings > Integrations > Webhooks > Add: address {url}",
        "Choose the events conversation_created, conversation_updated and message_created.",
        "Copy the secret it shows, then: cuelight hooks rotate {hook_id} --secret -",
        "Settings > Inboxes > your website > Configuration: turn on identity validation, and have your site "
        "pass identifier and "
        "identifier_hash; only then is identity proof.",
        "The desk tells neither address nor device: put the collector on the chat's page, or call POST /score.",
    ),
)
