"""Making a channel of what a person typed, in the command or in a console: checked, named, with its own secret."""

from __future__ import annotations

import secrets as random_secrets
from base64 import b64encode
from collections.abc import Iterable, Mapping
from datetime import datetime

from cuelight.channels import BY_NAME, CHANNELS
from cuelight.channels.target import parse_target
from cuelight.core.errors import InvalidInput
from cuelight.core.outbox import KINDS, ON_REQUEST, Channel, Severity


def new_channel(
    kind: str,
    target: str,
    now: datetime,
    *,
    name: str = "",
    options: Mapping[str, str] | None = None,
    secrets: Mapping[str, str] | None = None,
    kinds: Iterable[str] = (),
    desks: Iterable[str] = (),
    least: str = Severity.INFO,
    per_minute: int | None = None,
) -> Channel:
    """A channel ready to be kept. Raises `InvalidInput`; no message repeats the target or a secret."""
    if (shelf := BY_NAME.get(kind)) is None:
        raise InvalidInput("kind", f"must be one of {', '.join(one.name for one in CHANNELS)}")
    if unknown := sorted(set(kinds) - set(KINDS)):
        raise InvalidInput("events", f"there is no {unknown[0]}; there are {', '.join(KINDS)}")
    if (asked := sorted(ON_REQUEST & set(kinds))) and not shelf.signs:
        raise InvalidInput("events", f"{asked[0]} goes to signed webhooks only: its receiver may write to customers")
    given = {name: value for name, value in (options or {}).items() if value}
    if missing := [name for name in shelf.needs if name not in given]:
        raise InvalidInput(missing[0], f"is needed for {shelf.title}")
    if odd := sorted(set(given) - {*shelf.needs, *shelf.takes}):
        raise InvalidInput(odd[0], f"means nothing for {shelf.title}")
    if least not in list(Severity):
        raise InvalidInput("min_severity", f"must be one of {', '.join(Severity)}")
    parse_target(target, shelf.schemes)
    made = {name: value for name, value in (secrets or {}).items() if value}
    if shelf.signs:
        made.setdefault("signing", "whsec_" + b64encode(random_secrets.token_bytes(32)).decode())
    channel = Channel(
        channel_id="c" + random_secrets.token_hex(4),
        kind=kind,
        name=name.strip()[:80] or shelf.title,
        created_at=now,
        target=target,
        options=given,
        secrets=made,
        kinds=frozenset(kinds),
        desks=frozenset(desks),
        least=Severity(least),
        per_minute=shelf.per_minute if per_minute is None else per_minute,
    )
    shelf.check(channel)
    return channel
