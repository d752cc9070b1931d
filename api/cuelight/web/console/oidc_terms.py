"""What the console and its client of an identity provider tell each other. Apart from the client, which is slow to load
and not needed where there is no provider."""

from __future__ import annotations

from dataclasses import dataclass

from cuelight.core.roles import Role


class OidcFailed(Exception):
    """Signing in did not work; the text is for the person. What exactly was wrong goes to the log, as `why`."""

    def __init__(self, text: str, why: str = "") -> None:
        super().__init__(text)
        self.why = why


@dataclass(frozen=True, slots=True)
class Started:
    """What has to come back unchanged: kept, sealed, in the browser that started."""

    state: str
    nonce: str
    verifier: str


@dataclass(frozen=True, slots=True)
class Identity:
    """Who the provider says it is. `roles` may be empty: somebody without a role here does not sign in."""

    name: str
    roles: frozenset[Role]
    authenticated_at_s: int | None
