"""Operators: the people who use the console, their sessions, and how often somebody may guess. All steps PURE."""

from __future__ import annotations

import hmac
import re
from collections.abc import Sequence
from dataclasses import dataclass, replace
from datetime import datetime, timedelta
from typing import Protocol

from cuelight.core import totp
from cuelight.core.errors import InvalidInput
from cuelight.core.roles import Role

INVITATION_LIFE = timedelta(days=3)
LINK_LIFE = timedelta(minutes=15)
IDLE_LIFE = timedelta(minutes=30)
"""A console left open is nobody's after this long."""
SESSION_LIFE = timedelta(hours=12)
"""A working day, however busy."""
ROLES_ASKED_AGAIN = timedelta(minutes=30)
"""A company's identity provider is asked for the roles anew with the next page after this long,"""
ROLES_LIFE = timedelta(hours=1)
"""and what it said holds no longer than this: who has left the company is out of the console."""
FRESH_FOR = timedelta(minutes=5)
MIN_PASSWORD = 12
MAX_PASSWORD = 256

FREE_TRIES = 5
ATTEMPTS_KEPT = timedelta(days=1)
LONGEST_WAIT_S = 900

_NAME = re.compile(r"[a-z0-9](?:[a-z0-9._-]{0,38}[a-z0-9])?")


@dataclass(frozen=True, slots=True, repr=False)
class Operator:
    """A local account. The password is an argon2 hash; `totp_secret` is sealed, and None only in a demonstration.

    `invitation` and `link` are SHA-256 of one-time tokens: to set password and authenticator, and to sign in once.
    Sessions from before `valid_from` are over. Has no readable secret in its repr.
    """

    name: str
    roles: frozenset[Role]
    created_at: datetime
    valid_from: datetime
    password: str | None = None
    totp_secret: bytes | None = None
    totp_step: int = 0
    invitation: str | None = None
    invitation_until: datetime | None = None
    link: str | None = None
    link_until: datetime | None = None
    demo: bool = False

    @property
    def ready(self) -> bool:
        """Whether they can sign in with a password."""
        return self.password is not None and (self.totp_secret is not None or self.demo)

    def __repr__(self) -> str:
        return f"Operator({self.name})"


@dataclass(frozen=True, slots=True, repr=False)
class Session:
    """A signed-in browser. `provider` is `local` or `oidc`; roles are those at sign-in, for local accounts only until
    the account is read again, for others as told at `roles_at` (None: at sign-in). `told` are messages for the next
    page."""

    operator: str
    provider: str
    roles: frozenset[Role]
    started_at: datetime
    seen_at: datetime
    fresh_at: datetime
    csrf: str
    told: tuple[str, ...] = ()
    roles_at: datetime | None = None

    @property
    def ends_at(self) -> datetime:
        own = min(self.seen_at + IDLE_LIFE, self.started_at + SESSION_LIFE)
        return own if self.provider == "local" else min(own, self._roles_told_at + ROLES_LIFE)

    def asks_for_roles(self, now: datetime) -> bool:
        """Whether the identity provider should say again what they may do."""
        return self.provider != "local" and now >= self._roles_told_at + ROLES_ASKED_AGAIN

    @property
    def _roles_told_at(self) -> datetime:
        return self.roles_at or self.started_at

    def is_fresh(self, now: datetime) -> bool:
        return now - self.fresh_at < FRESH_FOR


class OperatorStore(Protocol):
    """Local accounts by name. Raises `StoreUnavailable`."""

    def add(self, operator: Operator) -> None:
        """Raises `Conflict` for a name that exists."""
        ...

    def read(self, name: str) -> Operator | None: ...

    def change(self, before: Operator, after: Operator) -> bool:
        """Replace `before` by `after`, if it is still as it was read; False if not."""
        ...

    def list(self) -> Sequence[Operator]: ...

    def remove(self, operator: Operator) -> bool: ...


class SessionStore(Protocol):
    """Sessions by the SHA-256 of what the browser holds, and counted attempts. Raises `StoreUnavailable`."""

    def put(self, digest: str, session: Session, now: datetime) -> None:
        """Keep it until it ends."""
        ...

    def get(self, digest: str) -> Session | None: ...

    def remove(self, digest: str) -> None: ...

    def end_all(self) -> int:
        """Sign everybody out. Returns how many sessions there were."""
        ...

    def attempt(self, names: Sequence[str], now: datetime) -> float:
        """Count an attempt for each of these names, unless one of them has to wait: then nothing is counted and the
        seconds to wait are the answer. One step, so that guesses made at once are not all the first."""
        ...

    def succeed(self, name: str) -> None:
        """Forget the attempts of a name."""
        ...


def wait_s(attempts: int) -> float:
    """How long to wait after so many attempts in a row: five are free, then 2, 4, 8 … seconds up to 15 minutes."""
    return 0.0 if attempts < FREE_TRIES else float(min(2 ** (attempts - FREE_TRIES + 1), LONGEST_WAIT_S))


def checked_name(name: str) -> str:
    """Raises `InvalidInput`."""
    if not _NAME.fullmatch(name):
        raise InvalidInput("name", "1 to 40 of a-z, 0-9, dot, dash and underscore, as it shall stand in the audit log")
    return name


def checked_password(password: str, name: str) -> str:
    """Long rather than odd: only length counts, and that it is not the name. Raises `InvalidInput`."""
    if not MIN_PASSWORD <= len(password) <= MAX_PASSWORD:
        raise InvalidInput("password", f"needs {MIN_PASSWORD} to {MAX_PASSWORD} characters; four words are good")
    if len(set(password)) < 5 or name in password.lower():
        raise InvalidInput("password", "must not repeat a few letters or hold your name")
    return password


def invited(operator: Operator, invitation: str, now: datetime) -> Operator:
    """With a one-time link to set password and authenticator anew; what was set, and all sessions, end."""
    return replace(
        operator,
        valid_from=now,
        password=None,
        totp_secret=None,
        totp_step=0,
        invitation=invitation,
        invitation_until=now + INVITATION_LIFE,
        link=None,
        link_until=None,
    )


def is_invited(operator: Operator, invitation: str, now: datetime) -> bool:
    return _open(operator.invitation, operator.invitation_until, invitation, now)


def has_link(operator: Operator, link: str, now: datetime) -> bool:
    return _open(operator.link, operator.link_until, link, now)


def set_up(operator: Operator, password: str, totp_secret: bytes, step: int) -> Operator:
    """Password hash and authenticator set; the invitation is spent."""
    return replace(
        operator,
        password=password,
        totp_secret=totp_secret,
        totp_step=step,
        invitation=None,
        invitation_until=None,
    )


def code_used(operator: Operator, secret: bytes | None, code: str, now: datetime) -> Operator | None:
    """The operator after this one-time code, or None where it is wrong or was used before. `secret`: the operator's
    `totp_secret`, unsealed."""
    if operator.totp_secret is None:
        return operator if operator.demo else None
    step = None if secret is None else totp.matching_step(secret, code, now, operator.totp_step)
    return None if step is None else replace(operator, totp_step=step)


def _open(known: str | None, until: datetime | None, shown: str, now: datetime) -> bool:
    if known is None or until is None or now >= until:
        return False
    return hmac.compare_digest(known, shown)
