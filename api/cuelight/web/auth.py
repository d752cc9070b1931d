"""Bearer keys with scopes: minting, recognising, refusing.

A key reads `cue_<key id>_<secret>`. The secret is 256 random bits, so a plain SHA-256 at rest is enough; it is
looked up by that hash, which leaks nothing by timing because nobody can steer a hash towards another one.
"""

from __future__ import annotations

import hmac
import re
import secrets
from base64 import urlsafe_b64encode
from collections.abc import Callable, Iterable
from datetime import datetime
from functools import wraps
from hashlib import sha256
from threading import Lock
from time import monotonic
from typing import ParamSpec, TypeVar

from flask import g, request

from cuelight.core.errors import InvalidInput
from cuelight.core.ports import ApiKey, EnrolmentStore, KeyStore
from cuelight.web import enrol
from cuelight.web.problems import Problem

SCOPES = ("score", "cue", "outcome", "observe", "privacy", "incidents", "policy", "metrics")

_TOKEN = re.compile(r"cue_([0-9a-f]{8})_([A-Za-z0-9_-]{43})")

P = ParamSpec("P")
R = TypeVar("R")


def mint(
    name: str,
    scopes: Iterable[str],
    now: datetime,
    expires_at: datetime | None = None,
    *,
    secret: bytes | None = None,
) -> tuple[ApiKey, str, str]:
    """A new key, its token (to show once) and the SHA-256 of its secret (to store).

    `secret` (32 bytes, random if not given) makes a key that can be made again, such as the sample desk's.
    Raises `InvalidInput` for an unknown scope, no scope, or an expiry that is not in the future.
    """
    wanted = frozenset(scopes)
    if unknown := wanted - set(SCOPES):
        raise InvalidInput("scopes", f"no such scope: {', '.join(sorted(unknown))}; there are {', '.join(SCOPES)}")
    if not wanted:
        raise InvalidInput("scopes", f"name at least one of {', '.join(SCOPES)}")
    if expires_at is not None and expires_at <= now:
        raise InvalidInput("expires_at", "must lie in the future")
    text = urlsafe_b64encode(secret or secrets.token_bytes(32)).decode().rstrip("=")
    digest = _digest(text)
    # Part of the hash, so that a key made again is the same key; it names the key and gives nothing away.
    key_id = digest[:8]
    key = ApiKey(key_id=key_id, name=name, scopes=wanted, created_at=now, expires_at=expires_at)
    return key, f"cue_{key_id}_{text}", digest


def _digest(secret: str) -> str:
    return sha256(secret.encode()).hexdigest()


class Keyring:
    """Recognises tokens. Keys found are remembered for `ttl_s`, so that a score costs no extra round trip.

    A revoked key therefore works for up to `ttl_s` longer. Unknown tokens are never remembered: a key works from
    the moment it exists. Raises `StoreUnavailable` where only the store could tell.
    """

    def __init__(
        self,
        store: KeyStore,
        ttl_s: float = 5.0,
        capacity: int = 1024,
        enrolments: EnrolmentStore | None = None,
    ) -> None:
        self._store = store
        self._enrolments = enrolments
        self._ttl_s = ttl_s
        self._capacity = capacity
        self._known: dict[str, tuple[float, ApiKey]] = {}
        self._lock = Lock()

    def recognise(self, token: str) -> ApiKey | None:
        """The live or dead key this token belongs to, or None."""
        enrolments = self._enrolments
        if enrolments is not None and enrol.is_token(token):
            return self._recall(_digest(token), lambda _: enrol.key_of(enrolments, token))
        match = _TOKEN.fullmatch(token)
        if match is None:
            return None
        key_id, secret = match.groups()
        digest = _digest(secret)
        key = self._recall(digest, self._store.by_secret)
        # The id in the token is for people; it must still be the one the secret was issued with.
        if key is None or not hmac.compare_digest(key.key_id, key_id):
            return None
        return key

    def forget(self) -> None:
        """Ask the store again about every token: one of them was just ended here."""
        with self._lock:
            self._known.clear()

    def _recall(self, digest: str, look_up: Callable[[str], ApiKey | None]) -> ApiKey | None:
        now_s = monotonic()
        if (found := self._known.get(digest)) is not None and now_s < found[0]:
            return found[1]
        key = look_up(digest)
        with self._lock:
            if key is None:
                self._known.pop(digest, None)
            else:
                if len(self._known) >= self._capacity:
                    self._known.clear()
                self._known[digest] = (now_s + self._ttl_s, key)
        return key


def needs(scope: str) -> Callable[[Callable[P, R]], Callable[P, R]]:
    """Let only keys with `scope` through to a view; the scope also goes into the API's description."""
    if scope not in SCOPES:
        raise ValueError(scope)

    def wrap(view: Callable[P, R]) -> Callable[P, R]:
        @wraps(view)
        def guarded(*args: P.args, **kwargs: P.kwargs) -> R:
            _admit(scope)
            return view(*args, **kwargs)

        guarded.__dict__["scope"] = scope
        return guarded

    return wrap


def _admit(scope: str) -> None:
    from cuelight.web.parts import parts  # noqa: PLC0415 - `parts` is typed by this module

    scheme, _, token = request.headers.get("Authorization", "").partition(" ")
    if not scheme:
        # A header with characters beyond ASCII never arrives: the server leaves it out.
        raise _unauthorized(
            "No key was sent, or an example's `cue_…` in place of one. Send the header `Authorization: Bearer ` and "
            "behind it the whole key, as `cuelight keys create` prints it.",
            error=None,
        )
    if scheme.lower() != "bearer":
        raise _unauthorized("Only bearer keys are accepted: `Authorization: Bearer cue_…`.", error="invalid_request")
    key = parts().keyring.recognise(token.strip())
    if key is None and not (_TOKEN.fullmatch(token.strip()) or enrol.is_token(token.strip())):
        raise _unauthorized("This is not a key. Send it whole, as `cuelight keys create` prints it: cue_ and 52 more.")
    if key is None:
        raise _unauthorized("This key is not known here. Copy it whole, or have a new one made.")
    g.key_id = key.key_id
    g.key_name = key.name
    if enrol.is_token(token.strip()):
        g.agent, g.team = key.name, key.team
    if key.revoked_at is not None:
        raise _unauthorized("This key was revoked. Have a new one made; a browser is enrolled again with a new code.")
    if key.expires_at is not None and key.expires_at <= parts().clock():
        raise _unauthorized("This key has expired. Have a new one made; an enrolled browser renews its token.")
    if scope not in key.scopes:
        raise Problem(
            "missing_scope",
            f"This key lacks the scope `{scope}`. A key's scopes do not change: have a new one made with "
            f"`cuelight keys create --scope {scope} NAME` (and every other scope it needs).",
            headers={"WWW-Authenticate": f'Bearer realm="cuelight", error="insufficient_scope", scope="{scope}"'},
            more={"scope": scope},
        )


def agent_or(named: str) -> str:
    """Who is speaking: the enrolled agent, whatever the request says; else the name it gives."""
    return str(g.get("agent", named))


def team() -> str:
    """The enrolled agent's; "" where none is known."""
    return str(g.get("team", ""))


def caller() -> str:
    """Whose key it is, for what is kept of changes: two keys are two people, whatever their names."""
    return f"{g.key_name} (key {g.key_id})"


def _unauthorized(detail: str, error: str | None = "invalid_token") -> Problem:
    challenge = 'Bearer realm="cuelight"' + (f', error="{error}"' if error else "")
    return Problem("unauthorized", detail, headers={"WWW-Authenticate": challenge})
