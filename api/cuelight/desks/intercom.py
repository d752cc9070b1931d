"""Intercom: a conversation's user and their external id.

Proves: the body is the desk's (HMAC-SHA1 over it with the app's client secret; weak as a hash, sound as an HMAC).
The payload does not say whether the user was verified, so identity is never more than `claimed`; a lead is
nobody's customer.
Cannot tell: address, user agent, device: no network data, so put the collector on the page or call `POST /score`.
The signature covers no time: repetition is known by the notification's id, age by its own time.
"""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime

from cuelight.core.chat import ChatKey
from cuelight.core.hooks import ApiRequest, Delivery, DeskMessage
from cuelight.desks import reading
from cuelight.desks.desk import API_TOKEN, NOTES, Desk, Notes, Option, Options, api_url, bearer
from cuelight.desks.signatures import check_hmac, from_hex

_TOPICS = ("conversation.user.created", "conversation.user.replied")


def verify(delivery: Delivery, secrets: Sequence[str], _: Options, __: datetime) -> bytes:
    check_hmac("sha1", delivery.body, from_hex(delivery.headers.get("x-hub-signature"), "sha1="), secrets)
    return delivery.body


def event_id(payload: object) -> str | None:
    return reading.text(payload, "id")


def parse(payload: object, _: Options) -> Sequence[DeskMessage]:
    if reading.text(payload, "topic") not in _TOPICS:
        return ()
    item = reading.at(payload, "data", "item")
    chat_id = reading.text(item, "id")
    if chat_id is None:
        return ()
    contact = reading.at(item, "contacts", "contacts", 0)
    is_user = reading.text(contact, "role") == "user" or reading.text(item, "source", "author", "type") == "user"
    return (
        DeskMessage(
            chat_id=chat_id,
            account=reading.text(payload, "app_id"),
            at=reading.moment(payload, "created_at", unit="s"),
            customer_id=reading.text(contact, "external_id") if is_user else None,
        ),
    )


def write_note(key: ChatKey, text: str, options: Options, _: str | None) -> ApiRequest | None:
    if not options.get("admin_id"):
        return None
    base = api_url(options, "https://api.intercom.io")
    return ApiRequest(
        "POST",
        f"{base}/conversations/{key.chat_id}/reply",
        headers=bearer(options),
        json={"message_type": "note", "type": "admin", "admin_id": options["admin_id"], "body": text},
    )


DESK = Desk(
    name="intercom",
    title="Intercom",
    account_help="the workspace's app id, in the desk's addresses: /a/inbox/<app id>/",
    secret_from_desk=True,
    verify=verify,
    parse=parse,
    event_id=event_id,
    notes=Notes(write_note),
    options={
        "notes": NOTES,
        "admin_id": Option("id of the teammate in whose name notes are written"),
        "api_url": Option("another address for the desk's API, for example that of your region"),
        "api_token": API_TOKEN,
    },
    steps=(
        "Developer Hub > your app > Webhooks: address {url}",
        "Choose the topics conversation.user.created and conversation.user.replied.",
        "Basic information: copy the client secret, then: cuelight hooks rotate {hook_id} --secret -",
        "Have your site pass user_id to the Messenger: it is the customer's id here.",
        "The desk tells neither address nor device: put the collector on the chat's page, or call POST /score.",
    ),
)
