"""LibreDesk: `conversation.created` of its live chat.

Proves: the body is the desk's (HMAC-SHA256 over it). Identity is `verified` where a live-chat contact (not a
visitor) has an external id: the desk takes that only from a token the company signed.
Cannot tell: the device beyond its user agent; anything for conversations by e-mail, which carry no address of the
contact.
The signature covers no time: repetition is known by the body, age by the event's own time.
"""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime

from cuelight.core.chat import ChatKey
from cuelight.core.hooks import ApiRequest, Delivery, DeskMessage
from cuelight.desks import reading
from cuelight.desks.desk import API_URL, NOTES, Desk, Notes, Option, Options, api_url
from cuelight.desks.signatures import check_hmac, from_hex


def verify(delivery: Delivery, secrets: Sequence[str], _: Options, __: datetime) -> bytes:
    given = from_hex(delivery.headers.get("x-libredesk-signature"), "sha256=")
    check_hmac("sha256", delivery.body, given, secrets)
    return delivery.body


def parse(payload: object, _: Options) -> Sequence[DeskMessage]:
    if reading.text(payload, "event") not in ("conversation.created", "conversation.updated"):
        return ()
    chat_id = reading.text(payload, "payload", "uuid")
    if chat_id is None:
        return ()
    ip = reading.address(payload, "payload", "meta", "ip")
    customer_id = reading.text(payload, "payload", "contact", "external_user_id")
    is_contact = reading.text(payload, "payload", "contact", "type") == "contact"
    return (
        DeskMessage(
            chat_id=chat_id,
            at=reading.moment(payload, "timestamp"),
            ip=ip,
            user_agent=reading.user_agent(payload, "payload", "meta", "user_agent"),
            customer_id=customer_id,
            # Without live-chat facts it is no live chat, and an agent may have attached the contact.
            proven=customer_id is not None and is_contact and ip is not None,
        ),
    )


def write_note(key: ChatKey, text: str, options: Options, _: str | None) -> ApiRequest | None:
    base = api_url(options)
    if base is None:
        return None
    token = f"token {options.get('api_key', '')}:{options.get('api_token', '')}"
    return ApiRequest(
        "POST",
        f"{base}/api/v1/conversations/{key.chat_id}/messages",
        headers={"Authorization": token},
        json={"message": text, "private": True, "sender_type": "agent"},
    )


DESK = Desk(
    name="libredesk",
    title="LibreDesk",
    account="main",
    verify=verify,
    parse=parse,
    notes=Notes(write_note),
    options={
        "notes": NOTES,
        "api_url": API_URL,
        "api_key": Option("an agent's API key, for private notes"),
        "api_token": Option("that API key's secret", secret=True),
    },
    steps=(
        "Admin > Integrations > Webhooks > New: address {url}, secret {secret}",
        "Choose the events conversation.created and conversation.updated.",
        "Admin > Inboxes > your live chat: turn on signed users, and have your site pass the token; only "
        "then is identity proof.",
    ),
)
