"""HubSpot: `conversation.creation` and new messages, which name the thread and nothing else.

Proves: method, address, body and time are the desk's (v3 signature, HMAC-SHA256 with the app's client secret). The
address is that which HubSpot was told: set up behind a proxy, it must be the outer one.
Cannot tell: who it is, from where, on what. The chat becomes known, and says what is missing; the facts have to
come from the collector or `POST /score`.
"""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime

from cuelight.core.chat import ChatKey
from cuelight.core.hooks import ApiRequest, Delivery, DeskMessage
from cuelight.desks import reading
from cuelight.desks.desk import API_TOKEN, NOTES, Desk, Notes, Option, Options, api_url, bearer
from cuelight.desks.signatures import check_fresh, check_hmac, from_base64

_EVENTS = ("conversation.creation", "conversation.newMessage")


def verify(delivery: Delivery, secrets: Sequence[str], _: Options, now: datetime) -> bytes:
    stamp = delivery.headers.get("x-hubspot-request-timestamp")
    signed = f"{delivery.method}{delivery.url}".encode() + delivery.body + (stamp or "").encode()
    check_hmac("sha256", signed, from_base64(delivery.headers.get("x-hubspot-signature-v3")), secrets)
    check_fresh(stamp, now, unit="ms")
    return signed


def parse(payload: object, _: Options) -> Sequence[DeskMessage]:
    """A batch of events; of one thread, the newest."""
    threads: dict[str, DeskMessage] = {}
    for event in reading.items(payload):
        chat_id = reading.text(event, "objectId")
        if reading.text(event, "subscriptionType") in _EVENTS and chat_id is not None:
            threads[chat_id] = DeskMessage(
                chat_id=chat_id,
                account=reading.text(event, "portalId"),
                at=reading.moment(event, "occurredAt", unit="ms"),
            )
    return tuple(threads.values())


def write_note(key: ChatKey, text: str, options: Options, _: str | None) -> ApiRequest | None:
    base = api_url(options, "https://api.hubapi.com")
    return ApiRequest(
        "POST",
        f"{base}/conversations/v3/conversations/threads/{key.chat_id}/messages",
        headers=bearer(options),
        json={"type": "COMMENT", "text": text, "attachments": []},
    )


DESK = Desk(
    name="hubspot",
    title="HubSpot",
    account_help="the portal's number, in the desk's addresses: /live-messages/<number>/",
    secret_from_desk=True,
    verify=verify,
    parse=parse,
    notes=Notes(write_note),
    options={
        "notes": NOTES,
        "api_url": Option("another address for the desk's API than https://api.hubapi.com"),
        "api_token": API_TOKEN,
    },
    steps=(
        "Developer account > your app > Webhooks: target address {url}",
        "Subscribe to conversation.creation and conversation.newMessage, and activate both.",
        "Auth: copy the client secret, then: cuelight hooks rotate {hook_id} --secret -",
        "The desk tells nothing of the contact: put the collector on the chat's page, or call POST /score.",
    ),
)
