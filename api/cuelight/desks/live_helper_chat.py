"""Live Helper Chat. The body is a template of the operator's own; what to put there is told by the set-up steps.

Proves: the sender knows the shared secret (a header; the desk signs nothing, so nothing binds it to the body: use TLS).
Identity is `verified` only from an attribute the desk marks as `secure`, which means that the shop encrypted it and the
visitor cannot have written it. A plain attribute is a claim.
Cannot tell: the device, beyond its user agent; when the facts were seen, if the template has no `time`.
"""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime

from cuelight.core.chat import ChatKey
from cuelight.core.hooks import ApiRequest, Delivery, DeskMessage
from cuelight.desks import reading
from cuelight.desks.desk import API_URL, NOTES, Desk, Notes, Option, Options, api_url
from cuelight.desks.signatures import check_shared

HEADER = "x-cuelight-secret"
TEMPLATE = """{"chat_id": "{{args.chat.id}}", "ip": "{{args.chat.ip}}", "user_agent": "{{args.chat.uagent}}",
 "time": "{{args.chat.time}}", "message": "{{args.chat.last_msg_id}}", "attributes": {{args.chat.additional_data}}}"""


def verify(delivery: Delivery, secrets: Sequence[str], _: Options, __: datetime) -> bytes:
    check_shared(delivery.headers.get(HEADER), secrets)
    return delivery.body


def parse(payload: object, options: Options) -> Sequence[DeskMessage]:
    chat_id = reading.text(payload, "chat_id")
    if chat_id is None:
        return ()
    customer_id, proven = _customer(payload, options.get("customer", "customer_id"))
    return (
        DeskMessage(
            chat_id=chat_id,
            at=reading.moment(payload, "time", unit="s"),
            ip=reading.address(payload, "ip"),
            user_agent=reading.user_agent(payload, "user_agent"),
            customer_id=customer_id,
            proven=proven,
        ),
    )


def _customer(payload: object, name: str) -> tuple[str | None, bool]:
    """The attribute that names the customer; a secure one wins over one the visitor may have written."""
    attributes = reading.at(payload, "attributes")
    if isinstance(attributes, str):
        attributes = reading.load(attributes.encode("utf-8", "surrogatepass"))
    named = [i for i in reading.items(attributes) if name in (reading.at(i, "identifier"), reading.at(i, "key"))]
    for item in named:
        if reading.truth(item, "secure") and (value := reading.text(item, "value")):
            return value, True
    return next(((value, False) for item in named if (value := reading.text(item, "value"))), (None, False))


def write_note(key: ChatKey, text: str, options: Options, _: str | None) -> ApiRequest | None:
    """A whisper. Versions that do not know whispers would show it to the visitor, so somebody has to have looked."""
    base = api_url(options)
    if base is None or options.get("whisper") != "yes" or not key.chat_id.isdigit():
        return None
    user, _colon, password = options.get("api_token", "").partition(":")
    # A leading exclamation mark would be a command there.
    form = {"chat_id": key.chat_id, "msg": text.lstrip("!"), "sender": "whisper", "operator_name": "Cuelight"}
    return ApiRequest("POST", f"{base}/restapi/addmsgadmin", form=form, auth=(user, password))


DESK = Desk(
    name="live_helper_chat",
    title="Live Helper Chat",
    account="main",
    verify=verify,
    parse=parse,
    notes=Notes(write_note),
    options={
        "customer": Option("the attribute that names the customer", default="customer_id"),
        "notes": NOTES,
        "whisper": Option(
            "yes, once you have seen in a test chat that your version hides whispers from visitors",
            default="no",
            choices=("yes", "no"),
        ),
        "api_url": API_URL,
        "api_token": Option("REST API user and key as user:key, for private notes", secret=True),
    },
    steps=(
        "System configuration > Live help configuration > Rest API Calls: create a call with the method POST and the "
        "address {url}",
        "Give it the header X-Cuelight-Secret: {secret}",
        "Body type `raw`, content:\n" + TEMPLATE,
        "System configuration > Webhooks: create one for each of the events chat.chat_started and "
        "chat.messages_added_user, "
        "which makes that call. Do not show its answer to the visitor.",
        "To name customers, pass the attribute {customer} to the widget, encrypted (`secure`): only then it is proof.",
    ),
)
