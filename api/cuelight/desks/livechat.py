"""LiveChat: `incoming_chat` with the visit's address and user agent.

Proves: whoever sent the body knows the secret key in it; nothing binds key and facts together but TLS. The
customer's id comes from a session variable, which a visitor's browser can write: identity is never more than
`claimed`.
Cannot tell: the device beyond its user agent. There is no signed time: repetition is known by the body, age by the
chat's own time.
"""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime

from cuelight.core.chat import ChatKey
from cuelight.core.hooks import ApiRequest, Delivery, DeskMessage
from cuelight.desks import reading
from cuelight.desks.desk import API_TOKEN, NOTES, Desk, Notes, Option, Options, api_url, bearer
from cuelight.desks.signatures import check_shared


def verify(delivery: Delivery, secrets: Sequence[str], _: Options, __: datetime) -> bytes:
    check_shared(reading.text(reading.load(delivery.body), "secret_key"), secrets)
    return delivery.body


def parse(payload: object, options: Options) -> Sequence[DeskMessage]:
    if reading.text(payload, "action") != "incoming_chat":
        return ()
    chat = reading.at(payload, "payload", "chat")
    chat_id = reading.text(chat, "id")
    people = reading.items(chat, "users")
    contact = next((p for p in people if reading.text(p, "type") == "customer"), None)
    if chat_id is None or contact is None:
        return ()
    name = options.get("customer", "customer_id")
    fields = (reading.text(field, name) for field in reading.items(contact, "session_fields"))
    return (
        DeskMessage(
            chat_id=chat_id,
            at=reading.moment(chat, "thread", "created_at"),
            ip=reading.address(contact, "last_visit", "ip"),
            user_agent=reading.user_agent(contact, "last_visit", "user_agent"),
            customer_id=next((value for value in fields if value), None),
        ),
    )


def write_note(key: ChatKey, text: str, options: Options, _: str | None) -> ApiRequest | None:
    base = api_url(options, "https://api.livechatinc.com")
    return ApiRequest(
        "POST",
        f"{base}/v3.5/agent/action/send_event",
        headers=bearer(options),
        json={"chat_id": key.chat_id, "event": {"type": "message", "text": text, "visibility": "agents"}},
    )


DESK = Desk(
    name="livechat",
    title="LiveChat",
    account="main",
    verify=verify,
    parse=parse,
    notes=Notes(write_note),
    options={
        "customer": Option("the session variable that names the customer", default="customer_id"),
        "notes": NOTES,
        "api_url": Option("another address for the desk's API than https://api.livechatinc.com"),
        "api_token": API_TOKEN,
    },
    steps=(
        "Developer Console > your app > Building blocks > Chat webhooks: address {url}, secret key {secret}",
        "Choose the webhook incoming_chat, and install the app.",
        "Have your site set the session variable {customer} (setSessionVariables): it is the customer's id "
        "here, as a claim.",
    ),
)
