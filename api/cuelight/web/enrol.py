"""Enrolment codes, secrets and tokens: making them, and taking them to the store. Nothing here is about HTTP.

A code reads `7KQ3M-P2XNA-4D9TW-EH6RC`: six characters name the enrolment, fourteen (70 bits) are the secret. A token
reads `cua_<enrolment>_<43 characters>`. Only SHA-256 of any of them is kept.
"""

from __future__ import annotations

import hmac
import re
import secrets
from base64 import urlsafe_b64encode
from collections.abc import Callable
from datetime import datetime, timedelta
from hashlib import sha256

from cuelight.core.enrolment import Enrolment, EnrolmentRefused, accept, end, renew
from cuelight.core.errors import Conflict, StoreUnavailable
from cuelight.core.ports import ApiKey, EnrolmentStore

SCOPES = frozenset({"cue", "outcome"})
"""What an agent's browser may do, and all it may do."""

CODE_LIFE = timedelta(hours=24)

_LETTERS = "0123456789ABCDEFGHJKMNPQRSTVWXYZ"
"""Crockford's base 32: no I, L, O or U, so that a code can be read out over the phone."""

_ID_LENGTH, _CODE_LENGTH, _GROUP = 6, 20, 5
_READ_AS = str.maketrans("OIL", "011", " -\t")
_TOKEN = re.compile(r"cua_([0-9a-z]{6})_([A-Za-z0-9_-]{43})")
_TRIES = 5


def digest(text: str) -> str:
    return sha256(text.encode()).hexdigest()


def invite(
    store: EnrolmentStore, name: str, now: datetime, life: timedelta = CODE_LIFE, team: str = ""
) -> tuple[Enrolment, str]:
    """An invitation for one browser, and its code, to show once. Forgets what only lengthens the list."""
    for old in store.list():
        if old.is_forgettable(now):
            store.remove(old)
    for _ in range(_TRIES):
        letters = "".join(secrets.choice(_LETTERS) for _ in range(_CODE_LENGTH))
        made = Enrolment(letters[:_ID_LENGTH].lower(), name, now, now + life, digest(letters), team=team)
        try:
            store.add(made)
        except Conflict:
            continue
        groups = (letters[at : at + _GROUP] for at in range(0, _CODE_LENGTH, _GROUP))
        return made, "-".join(groups)
    raise Conflict("no free enrolment id was found; try again")


def enrol(store: EnrolmentStore, code: str, secret: str, now: datetime) -> tuple[Enrolment, str]:
    """A code against a token. `secret` is the browser's own, for the first renewal. Raises `EnrolmentRefused`."""
    letters = code.upper().translate(_READ_AS)
    enrolment_id, token = letters[:_ID_LENGTH].lower(), _fresh()
    wanted = (digest(letters), digest(secret), digest(token))
    changed = _change(store, enrolment_id, lambda found: accept(found, *wanted, now))
    return changed, f"cua_{enrolment_id}_{token}"


def renewed(
    store: EnrolmentStore, enrolment_id: str, secret: str, following: str, now: datetime
) -> tuple[Enrolment, str]:
    """A new token; `following` becomes the secret. Raises `EnrolmentRefused`, also where that ended the enrolment."""
    token = _fresh()
    wanted = (digest(secret), digest(following), digest(token))
    changed = _change(store, enrolment_id, lambda found: renew(found, *wanted, now))
    if changed.ended_at is not None:
        raise EnrolmentRefused("This secret was replaced before, so it has been copied. The enrolment has ended.")
    return changed, f"cua_{enrolment_id}_{token}"


def ended(store: EnrolmentStore, enrolment_id: str, now: datetime, why: str) -> bool:
    """End an enrolment or an open invitation. False if there is none that lasts."""
    found = store.read(enrolment_id)
    if found is None or found.ended_at is not None:
        return False
    _change(store, enrolment_id, lambda current: current if current.ended_at else end(current, now, why))
    return True


def key_of(store: EnrolmentStore, token: str) -> ApiKey | None:
    """The key a token stands for: live, expired or revoked; None for a token that was never or is no longer one."""
    match = _TOKEN.fullmatch(token)
    found = store.read(match[1]) if match else None
    if match is None or found is None:
        return None
    if found.ended_at is not None:
        return ApiKey(found.enrolment_id, found.name, SCOPES, found.invited_at, None, found.ended_at)
    if not hmac.compare_digest(found.token_sha256 or "", digest(match[2])):
        return None
    return ApiKey(found.enrolment_id, found.name, SCOPES, found.invited_at, found.token_until, team=found.team)


def is_token(token: str) -> bool:
    return _TOKEN.fullmatch(token) is not None


def _change(store: EnrolmentStore, enrolment_id: str, step: Callable[[Enrolment], Enrolment]) -> Enrolment:
    for _ in range(_TRIES):
        before = store.read(enrolment_id)
        if before is None:
            raise EnrolmentRefused("This code or browser is not known here. Ask for a new code.")
        after = step(before)
        if after == before or store.change(before, after):
            return after
    raise StoreUnavailable("an enrolment kept changing while it was being written")


def _fresh() -> str:
    return urlsafe_b64encode(secrets.token_bytes(32)).decode().rstrip("=")
