"""One agent's browser: invited by a code, enrolled with a secret of its own, renewed, ended. All steps PURE.

A code works once. What it buys is a short-lived token and the right to renew it with a secret that changes at each
renewal. The browser makes each next secret itself and names it with the one it replaces, so that an answer lost on the
way can be asked for again, while an earlier secret from anybody who does not know its successor is a copy: it ends the
enrolment for both, because nobody can tell which of the two is the agent.
"""

from __future__ import annotations

import hmac
from dataclasses import dataclass, replace
from datetime import datetime, timedelta

from cuelight.core.errors import CuelightError

TOKEN_LIFE = timedelta(hours=12)
"""A working day: a token that leaks is worthless by the next."""

IDLE_LIFE = timedelta(days=30)
"""A browser nobody has used for a month needs a new code: it may have changed hands."""

KEPT_AFTER_END = timedelta(days=90)
"""How long an ended enrolment stays in the list."""

_SPENT_KEPT = 64
_SPENT_LENGTH = 16
"""Of a spent secret's SHA-256: 64 bits tell it from a guess, and a month of them fits in a kilobyte."""


class EnrolmentRefused(CuelightError):
    """A code or secret that is not, or no longer, good for a token. The message says what to do."""

    code = "enrolment_refused"


@dataclass(frozen=True, slots=True)
class Enrolment:
    """`name` is the agent's, in the company's own words, and `team` where they work, "" if nobody said. Codes, secrets
    and tokens are kept as SHA-256 only.

    `ended_why` is `signed_out`, `revoked` or `reused` (a secret that had been replaced came back).
    """

    enrolment_id: str
    name: str
    invited_at: datetime
    code_until: datetime
    code_sha256: str
    enrolled_at: datetime | None = None
    renewed_at: datetime | None = None
    secret_sha256: str | None = None
    spent: tuple[str, ...] = ()
    token_sha256: str | None = None
    token_until: datetime | None = None
    ended_at: datetime | None = None
    ended_why: str | None = None
    team: str = ""

    def state(self, now: datetime) -> str:
        """In one word, for lists: invited, lapsed, enrolled, idle or ended."""
        if self.ended_at is not None:
            return "ended"
        if self.renewed_at is None:
            return "invited" if now < self.code_until else "lapsed"
        return "enrolled" if now - self.renewed_at < IDLE_LIFE else "idle"

    def is_forgettable(self, now: datetime) -> bool:
        """Whether it only lengthens the list."""
        last = self.ended_at or self.renewed_at or self.code_until
        return self.state(now) in ("ended", "lapsed", "idle") and now - last > KEPT_AFTER_END


def accept(enrolment: Enrolment, code_sha256: str, secret_sha256: str, token_sha256: str, now: datetime) -> Enrolment:
    """The invitation taken up. The same code with the same secret again is a lost answer asked for again.

    Raises `EnrolmentRefused`.
    """
    known = hmac.compare_digest(enrolment.code_sha256, code_sha256)
    if not known or enrolment.ended_at is not None or now >= enrolment.code_until:
        raise EnrolmentRefused("This code is not known, or no longer valid. Ask for a new one.")
    if enrolment.secret_sha256 is not None and enrolment.secret_sha256 != secret_sha256:
        raise EnrolmentRefused("This code has been used. Ask for a new one.")
    return replace(
        enrolment,
        enrolled_at=enrolment.enrolled_at or now,
        renewed_at=now,
        secret_sha256=secret_sha256,
        token_sha256=token_sha256,
        token_until=now + TOKEN_LIFE,
    )


def renew(enrolment: Enrolment, secret_sha256: str, next_sha256: str, token_sha256: str, now: datetime) -> Enrolment:
    """A new token for the current secret, which `next_sha256` replaces.

    A spent secret gives an ended enrolment (`reused`) instead, unless it names the very secret that replaced it.
    Raises `EnrolmentRefused` for an ended, idle or unknown one.
    """
    state = enrolment.state(now)
    if state != "enrolled":
        why = "has not been used for a month" if state == "idle" else "has ended"
        raise EnrolmentRefused(f"This browser's enrolment {why}. Ask for a new code.")
    spent = secret_sha256[:_SPENT_LENGTH]
    if secret_sha256 == enrolment.secret_sha256:
        if next_sha256 == secret_sha256 or next_sha256[:_SPENT_LENGTH] in enrolment.spent:
            raise EnrolmentRefused("The next secret has been used before: make a new one.")
        gone = (*enrolment.spent, spent)[-_SPENT_KEPT:]
        renewed = replace(enrolment, secret_sha256=next_sha256, spent=gone)
    elif next_sha256 == enrolment.secret_sha256 and enrolment.spent[-1:] == (spent,):
        renewed = enrolment
    elif spent in enrolment.spent:
        return end(enrolment, now, "reused")
    else:
        raise EnrolmentRefused("This browser is not known here. Ask for a new code.")
    return replace(renewed, renewed_at=now, token_sha256=token_sha256, token_until=now + TOKEN_LIFE)


def end(enrolment: Enrolment, now: datetime, why: str) -> Enrolment:
    """Ended: neither token nor secret is good for anything any more."""
    return replace(
        enrolment,
        ended_at=now,
        ended_why=why,
        secret_sha256=None,
        spent=(),
        token_sha256=None,
        token_until=None,
    )
