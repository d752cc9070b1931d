"""Making and changing a collector of what a person typed, in the command or in the console: checked, with its tag."""

from __future__ import annotations

import secrets as random
from collections.abc import Sequence
from dataclasses import replace
from datetime import datetime
from html import escape

from pydantic import TypeAdapter, ValidationError

from cuelight.core.collectors import Algorithm, Collector, TokenKey, read_origin
from cuelight.core.errors import InvalidInput
from cuelight.web.identity_token import read_key
from cuelight.web.models import Account, Desk

_NAMES: dict[str, TypeAdapter[str]] = {"desk": TypeAdapter(Desk), "account": TypeAdapter(Account)}


def new_collector(desk: str, account: str, origins: Sequence[str], now: datetime) -> Collector:
    """A publishable key for pages of these origins. Raises `InvalidInput`."""
    named = tuple(dict.fromkeys(read_origin(origin) for origin in origins))
    if not named:
        raise InvalidInput("origin", "is needed: https://shop.example")
    for field, value in (("desk", desk), ("account", account)):
        try:
            _NAMES[field].validate_python(value)
        except ValidationError:
            raise InvalidInput(field, "holds letters, digits, - and _ only, as the desk's webhook names it") from None
    return Collector("pk_" + random.token_hex(12), desk, account, named, now)


def with_token_key(collector: Collector, algorithm: Algorithm, value: str | None, now: datetime) -> Collector:
    """The collector with one more key for identity tokens; the one before stays beside it. Without a value a shared
    secret is made. Raises `InvalidInput`; no message repeats a secret."""
    made = TokenKey(random.token_hex(4), algorithm, read_key(algorithm, value or random.token_urlsafe(32)), now)
    return replace(collector, token_keys=(made, *collector.token_keys[:1]))


def tag(collector: Collector, url: str) -> str:
    """What to paste into the page; `url` is where browsers reach Cuelight."""
    return (
        f'<script async src="{escape(url.rstrip("/"))}/collector.js" data-key="{collector.key}"\n'
        f'        data-desk="{collector.desk}" data-account="{collector.account}" data-consent="no"></script>'
    )
