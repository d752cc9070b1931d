"""Proving who one is: password and one-time code, with ever longer waits for who guesses."""

from __future__ import annotations

import math
from functools import cache

import structlog
from argon2 import PasswordHasher
from argon2.exceptions import InvalidHashError, VerificationError

from cuelight.core.operators import MAX_PASSWORD, Operator, code_used
from cuelight.web.console.state import console
from cuelight.web.parts import parts

_log = structlog.get_logger("cuelight.console")

_HASHER = PasswordHasher()


class Refused(Exception):
    """The text tells the person what to do, and never which part was wrong."""


def hashed(password: str) -> str:
    return _HASHER.hash(password)


def prove(name: str, password: str, code: str) -> Operator:
    """The operator whose password and one-time code these are. Raises `Refused`, and `StoreUnavailable`.

    An attempt is counted before it is looked at, for the account and for the address, so that guesses made at once
    are not all the first. An unknown name costs the time of a known one.
    """
    has, now = console(), parts().clock()
    counted = (f"account:{name[:64]}", f"address:{has.guesser()}")
    if wait_s := has.sessions.attempt(counted, now):
        raise Refused(f"Too many attempts. Try again in {_spoken(wait_s)}.")
    operator = has.operators.read(name)
    known = operator is not None and operator.ready and (has.demo or not operator.demo)
    stored = operator.password if known and operator is not None else None
    right = _verify(stored or _nobodys(), password[: MAX_PASSWORD + 1])
    after = code_used(operator, _secret(operator), code, now) if known and right and operator is not None else None
    if operator is None or after is None or not has.operators.change(operator, after):
        if known:
            parts().audit.append(by="sign-in", action="operator.sign_in_failed", target=f"operator:{name}")
        raise Refused("Name, password or code is wrong. A code works once: wait for the next one.")
    for each in counted:
        has.sessions.succeed(each)
    return after


def _secret(operator: Operator) -> bytes | None:
    """What the operator's authenticator has, too."""
    if operator.totp_secret is None:
        return None
    found = console().unseal(operator.totp_secret, operator.name)
    if found is None:
        _log.error("authenticator_sealed_with_a_lost_key")
    return found


def _verify(stored: str, password: str) -> bool:
    try:
        return _HASHER.verify(stored, password)
    except (VerificationError, InvalidHashError):
        return False


@cache
def _nobodys() -> str:
    return _HASHER.hash("nobody's password, hashed so that an unknown name takes as long")


def _spoken(seconds: float) -> str:
    whole = math.ceil(seconds)
    return f"{whole} seconds" if whole < 120 else f"{math.ceil(whole / 60)} minutes"
