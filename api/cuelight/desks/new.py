"""Making and changing a webhook of what a person typed, in the command or in the console: checked, with its steps."""

from __future__ import annotations

import re
import secrets as random
from collections.abc import Mapping
from dataclasses import replace
from datetime import datetime

from cuelight.core.errors import InvalidInput
from cuelight.core.hooks import Hook
from cuelight.desks import BY_NAME
from cuelight.desks.desk import Desk

_ACCOUNT = re.compile(r"[A-Za-z0-9][A-Za-z0-9._-]{0,63}")
_BASE = re.compile(r"https?://[^\s/?#]+(/[^\s?#]*)?")


def desk_named(name: str) -> Desk:
    """Raises `InvalidInput`."""
    if name not in BY_NAME:
        raise InvalidInput("desk", f"there is no {name!r}; there are {', '.join(BY_NAME)}")
    return BY_NAME[name]


def new_hook(
    entry: Desk, account: str | None, url: str, options: Mapping[str, str], secret: str | None, now: datetime
) -> Hook:
    """A webhook ready to be kept. `secret`: the desk's own; without one it is made here, unless the desk makes it.

    Raises `InvalidInput`; no message repeats a secret.
    """
    if not _BASE.fullmatch(url):
        raise InvalidInput("url", "is not an address like https://cue.example.com")
    hook_id = random.token_hex(8)
    defaults = {name: option.default for name, option in entry.options.items() if option.default}
    told = {"url": f"{url.rstrip('/')}/desks/{entry.name}/{hook_id}", **defaults, **checked_options(entry, options)}
    made = checked_secret(secret) if secret else None if entry.secret_from_desk else random.token_urlsafe(32)
    return Hook(hook_id, entry.name, _account(entry, account), now, (made,) if made else (), None, told)


def rotated(hook: Hook, secret: str | None, now: datetime) -> Hook:
    """With a new secret; the one before stays good for seven days. Raises `InvalidInput`."""
    entry = desk_named(hook.desk)
    if entry.secret_from_desk and not secret:
        raise InvalidInput("secret", f"{entry.title} makes it: enter the desk's own")
    made = checked_secret(secret) if secret else random.token_urlsafe(32)
    return replace(hook, secrets=(made, *hook.secrets[:1]), rotated_at=now)


def checked_options(entry: Desk, options: Mapping[str, str]) -> Mapping[str, str]:
    """Raises `InvalidInput` for a setting the desk has not, or a value it cannot have."""
    for name, value in options.items():
        if name not in entry.options:
            raise InvalidInput("option", f"{entry.name} has {', '.join(entry.options) or 'none'}")
        if (choices := entry.options[name].choices) and value not in choices:
            raise InvalidInput(name, f"is one of {', '.join(choices)}")
    return options


def checked_secret(found: str) -> str:
    found = found.strip()
    if len(found) < 8 or not found.isprintable():
        raise InvalidInput("secret", "is empty, shorter than 8 characters or not in one line")
    return found


def steps(hook: Hook) -> list[str]:
    """What to do on the desk's side, places filled in; double braces are the desk's own templates and stay."""
    secret = hook.secrets[0] if hook.secrets else ""
    values = {**hook.options, "url": hook.options["url"], "secret": secret, "hook_id": hook.hook_id}
    entry = desk_named(hook.desk)
    return [re.sub(r"(?<!\{)\{([a-z_]+)\}(?!\})", lambda m: values.get(m[1], m[0]), step) for step in entry.steps]


def _account(entry: Desk, account: str | None) -> str:
    found = account or entry.account
    if found is None:
        raise InvalidInput("account", f"is needed: {entry.account_help}")
    if not _ACCOUNT.fullmatch(found):
        raise InvalidInput("account", "holds only letters, digits and . _ -")
    return found
