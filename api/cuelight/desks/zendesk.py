"""Zendesk: a trigger's webhook names the ticket; the facts are in the ticket's audits, which its API gives.

Proves: body and time are the desk's (HMAC-SHA256). Address and user agent come from audits written by the
requester and by nobody else: an agent's reply carries the agent's own address. The customer is the requester's
`external_id`, which the company set; whether the contact signed in is not told, so identity is never more than
`claimed`.
Cannot tell: the device beyond its user agent; anything for tickets by e-mail or telephone, whose audits bear no
such facts.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace
from datetime import datetime

from cuelight.core.chat import ChatKey
from cuelight.core.hooks import ApiRequest, Delivery, DeskMessage
from cuelight.desks import reading
from cuelight.desks.desk import NOTES, Desk, Notes, Option, Options, Pull, api_url
from cuelight.desks.signatures import check_fresh, check_hmac, from_base64

BODY = """{"ticket_id": "{{ticket.id}}", "requester_id": "{{ticket.requester.id}}",
 "external_id": "{{ticket.requester.external_id}}"}"""


def verify(delivery: Delivery, secrets: Sequence[str], _: Options, now: datetime) -> bytes:
    stamp = delivery.headers.get("x-zendesk-webhook-signature-timestamp")
    signed = (stamp or "").encode() + delivery.body
    check_hmac("sha256", signed, from_base64(delivery.headers.get("x-zendesk-webhook-signature")), secrets)
    check_fresh(stamp, now, unit="iso")
    return signed


def parse(payload: object, _: Options) -> Sequence[DeskMessage]:
    """A trigger's body as the steps give it, or the desk's own event (`detail`)."""
    ticket = reading.text(payload, "ticket_id") or reading.text(payload, "detail", "id")
    requester = reading.text(payload, "requester_id") or reading.text(payload, "detail", "requester_id")
    if ticket is None or not ticket.isascii() or not ticket.isdigit():
        return ()
    digits = requester is not None and requester.isascii() and requester.isdigit()
    return (
        DeskMessage(
            chat_id=ticket,
            customer_id=reading.text(payload, "external_id"),
            ask={"requester": requester} if requester and digits else None,
        ),
    )


def ask(message: DeskMessage, options: Options) -> ApiRequest | None:
    if message.ask is None or not options.get("api_token"):
        return None
    url = f"{_base(options)}/api/v2/tickets/{message.chat_id}/audits.json?sort_order=desc"
    return ApiRequest("GET", url, auth=_auth(options))


def complete(message: DeskMessage, answer: object, _: Options) -> DeskMessage:
    """The newest audit the requester wrote that bears an address or a user agent."""
    requester = (message.ask or {}).get("requester")
    found = []
    for audit in reading.items(answer, "audits"):
        system = reading.at(audit, "metadata", "system")
        ip, agent = reading.address(system, "ip_address"), reading.user_agent(system, "client")
        at = reading.moment(audit, "created_at")
        if reading.text(audit, "author_id") == requester and requester and at and (ip or agent):
            found.append((at, ip, agent))
    if not found:
        return message
    at, ip, agent = max(found, key=lambda one: one[0])
    return replace(message, at=at, ip=ip, user_agent=agent)


def write_note(key: ChatKey, text: str, options: Options, _: str | None) -> ApiRequest | None:
    if not options.get("api_token"):
        return None
    comment: dict[str, object] = {"body": text, "public": False}
    url = f"{_base(options)}/api/v2/tickets/{key.chat_id}.json"
    return ApiRequest("PUT", url, json={"ticket": {"comment": comment}}, auth=_auth(options))


def _base(options: Options) -> str | None:
    return api_url(options, f"https://{options.get('account', '')}.zendesk.com")


def _auth(options: Options) -> tuple[str, str]:
    return f"{options.get('api_user', '')}/token", options.get("api_token", "")


DESK = Desk(
    name="zendesk",
    title="Zendesk",
    account_help="the first part of the desk's address: <account>.zendesk.com",
    secret_from_desk=True,
    verify=verify,
    parse=parse,
    pull=Pull(ask, complete),
    notes=Notes(write_note),
    options={
        "api_user": Option("e-mail of the agent the API token belongs to"),
        "api_token": Option("API token; without it the audits, and so address and device, stay unknown", secret=True),
        "notes": NOTES,
        "api_url": Option("another address for the desk's API than https://<account>.zendesk.com"),
    },
    steps=(
        "Admin Center > Apps and integrations > Webhooks > Create, to be connected to a trigger: address "
        "{url}, method POST, "
        "format JSON, no authentication.",
        "Show its signing secret, then: cuelight hooks rotate {hook_id} --secret -",
        "Objects and rules > Triggers: one on `ticket is created` and one on `comment is public, by end "
        "user`, each notifying the "
        "webhook with the body:\n" + BODY,
        "Apps and integrations > Zendesk API: make a token, and give it with --option api_user=<e-mail> "
        "--ask api_token.",
    ),
)
