"""Any desk that signs with an HMAC: header, encoding, prefix and signed text are options, and so is where each fact
stands.

Proves: what its options say is signed, and no more. Identity is `verified` only where the option `verified` names
a field and that field is `true`: set it only if the desk itself proves who the contact is.
Cannot tell: what its options do not point to.
"""

from __future__ import annotations

import re
from collections.abc import Sequence
from datetime import datetime

from cuelight.core.hooks import Delivery, DeskMessage
from cuelight.desks import reading
from cuelight.desks.desk import Desk, Option, Options
from cuelight.desks.signatures import Refused, check_fresh, check_hmac, from_base64, from_hex

_PLACE = re.compile(r"\{(timestamp|method|url|body)\}")


def verify(delivery: Delivery, secrets: Sequence[str], options: Options, now: datetime) -> bytes:
    stamp = delivery.headers.get(options.get("time_header", "").lower())
    parts = {
        "timestamp": (stamp or "").encode(),
        "method": delivery.method.encode(),
        "url": delivery.url.encode(),
        "body": delivery.body,
    }
    template = options.get("signed", "{body}")
    if "{body}" not in template:
        raise Refused("body_not_signed")
    pieces = _PLACE.split(template)
    signed = b"".join(parts[piece] if place % 2 else piece.encode() for place, piece in enumerate(pieces))
    header, prefix = delivery.headers.get(options.get("header", "").lower()), options.get("prefix", "")
    given = (from_base64 if options.get("encoding") == "base64" else from_hex)(header, prefix)
    check_hmac(options.get("algorithm", "sha256"), signed, given, secrets)
    if "{timestamp}" in template:
        check_fresh(stamp, now, unit=options.get("time_unit", "s"))
    return signed


def parse(payload: object, options: Options) -> Sequence[DeskMessage]:
    def found(name: str) -> object:
        return reading.pointer(payload, options[name]) if options.get(name) else None

    chat_id = reading.text(found("chat_id"))
    if chat_id is None:
        return ()
    customer_id = reading.text(found("customer_id"))
    return (
        DeskMessage(
            chat_id=chat_id,
            at=reading.moment(found("at"), unit=options.get("at_unit", "iso")),
            ip=reading.address(found("ip")),
            user_agent=reading.user_agent(found("user_agent")),
            customer_id=customer_id,
            proven=customer_id is not None and reading.truth(found("verified")),
        ),
    )


_UNITS = ("s", "ms", "iso")

DESK = Desk(
    name="generic",
    title="Any other desk",
    account="main",
    verify=verify,
    parse=parse,
    options={
        "desk": Option("the name this desk has in the extension and the API", default="own-desk"),
        "header": Option("the header that carries the signature", default="X-Signature"),
        "algorithm": Option("the hash", default="sha256", choices=("sha1", "sha256", "sha512")),
        "encoding": Option("how the signature is written", default="hex", choices=("hex", "base64")),
        "prefix": Option("what stands before the signature, for example sha256=", default=""),
        "signed": Option(
            "the signed text: {timestamp}, {method}, {url} and {body} are filled in", default="{timestamp}.{body}"
        ),
        "time_header": Option("the header that carries the time", default="X-Timestamp"),
        "time_unit": Option("how that time is written", default="s", choices=_UNITS),
        "chat_id": Option("JSON pointer to the chat's id", default="/chat_id"),
        "ip": Option("JSON pointer to the contact's address", default="/ip"),
        "user_agent": Option("JSON pointer to the user agent", default="/user_agent"),
        "customer_id": Option("JSON pointer to the customer's id", default="/customer_id"),
        "verified": Option(
            "JSON pointer to a boolean: the desk itself proves that the contact is this customer", default=""
        ),
        "at": Option("JSON pointer to the time of the facts", default="/at"),
        "at_unit": Option("how that time is written", default="iso", choices=_UNITS),
    },
    steps=(
        "Have the desk send JSON by POST to {url}, signed with the secret {secret}",
        "Signature: {algorithm} HMAC over `{signed}`, {encoding}, in the header {header}; time in "
        "{time_header} ({time_unit}).",
        "It must not show the answer to anybody, and may repeat what was not answered with 200.",
    ),
)
