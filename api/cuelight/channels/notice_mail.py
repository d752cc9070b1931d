"""The mail that asks a customer "was this you?": one link, no answer in it, nothing about the account."""

from __future__ import annotations

import re
from collections.abc import Mapping
from datetime import datetime
from html import escape

from cuelight.channels.mail import ADDRESS
from cuelight.channels.model import MailMessage
from cuelight.channels.target import parse_target
from cuelight.core.errors import InvalidInput

_PLACE = re.compile(r"\{([a-z]+)\}")


def render(
    server: str,
    password: str,
    sender: tuple[str, str],
    to: str,
    values: Mapping[str, str],
    forms: tuple[str, str],
    message_id: str,
    at: datetime,
) -> MailMessage:
    """`sender`: name and address. `values` fill the places of both forms, text and HTML; `subject` is among them."""
    text, html = forms
    return MailMessage(
        server=server,
        password=password,
        sender=sender[1],
        sender_name=sender[0],
        recipients=(to,),
        message_id=f"<{message_id}@{sender[1].rpartition('@')[2]}>",
        at=at,
        subject=values["subject"],
        text=_PLACE.sub(lambda place: values.get(place[1], ""), text),
        html=_PLACE.sub(lambda place: escape(values.get(place[1], "")), html),
    )


def check(server: str, sender: str) -> None:
    """Raises `InvalidInput` for a server or sender that cannot be used; never repeats them."""
    try:
        parse_target(server, ("smtps", "smtp"))
    except InvalidInput as error:
        raise InvalidInput("CUELIGHT_NOTICE_SMTP", error.problem) from None
    if not ADDRESS.fullmatch(sender):
        raise InvalidInput("CUELIGHT_NOTICE_FROM", "must be a mail address such as security@example.com")
