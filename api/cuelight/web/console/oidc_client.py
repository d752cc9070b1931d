"""Signing in with the company's own identity provider: OpenID Connect with PKCE, state and nonce."""

from __future__ import annotations

import secrets
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from threading import Lock
from time import monotonic
from typing import Any, cast
from urllib.parse import urlsplit

import requests
import structlog
from joserfc import jwt
from joserfc.errors import JoseError
from joserfc.jwk import KeySet

from cuelight.core.errors import InvalidInput
from cuelight.core.roles import Role
from cuelight.web.console.oidc_terms import Identity, OidcFailed, Started

_log = structlog.get_logger("cuelight.console")

_TIMEOUT_S = 5.0
_KNOWN_S = 3600.0
_ALGORITHMS = ["RS256", "RS384", "RS512", "PS256", "PS384", "PS512", "ES256", "ES384", "ES512", "EdDSA"]
"""Signatures of a public key only: a client secret in many hands signs nothing, and `none` even less."""
_LEEWAY_S = 60
_LOOPBACK = frozenset({"127.0.0.1", "localhost", "::1"})


@dataclass(slots=True)
class _Known:
    until_s: float = 0.0
    metadata: dict[str, Any] = field(default_factory=dict)
    keys: KeySet | None = None


class OidcClient:
    """One provider. Safe for threads; what it publishes about itself is read again every hour."""

    def __init__(
        self,
        issuer: str,
        client_id: str,
        client_secret: str,
        *,
        role_claim: str,
        name_claim: str,
        roles: Mapping[str, Role],
    ) -> None:
        """Raises `InvalidInput` for an issuer that is not https (or on this machine)."""
        at = urlsplit(issuer)
        if at.scheme != "https" and not (at.scheme == "http" and at.hostname in _LOOPBACK):
            raise InvalidInput("CUELIGHT_OIDC_ISSUER", "must begin with https://")
        self._issuer = issuer
        self._client_id = client_id
        self._secret = client_secret
        self._role_claim = role_claim.split(".")
        self._name_claim = name_claim
        self._roles = dict(roles)
        self._known = _Known()
        self._lock = Lock()

    def begin(self, back: str, *, again: bool = False) -> tuple[str, Started]:
        """Where to send the browser, and what it keeps meanwhile; `again` asks for a fresh sign-in there."""
        started = Started(secrets.token_urlsafe(24), secrets.token_urlsafe(24), secrets.token_urlsafe(48))
        more = {"prompt": "login", "max_age": "0"} if again else {}
        endpoint = self._about()["authorization_endpoint"]
        url, _ = self._session(back).create_authorization_url(
            endpoint, state=started.state, nonce=started.nonce, code_verifier=started.verifier, **more
        )
        return str(url), started

    def look(self) -> None:
        """Is the provider in reach, and does it publish what signing in needs? Raises `OidcFailed`."""
        self._about()
        self._keys()

    def finish(self, back: str, code: str, started: Started) -> Identity:
        """The code exchanged for a signed token, and the token read. Raises `OidcFailed`."""
        from authlib.integrations.base_client.errors import (  # type: ignore[import-untyped]  # noqa: PLC0415 - as below
            OAuthError,
        )

        about = self._about()
        try:
            answer = self._session(back).fetch_token(
                about["token_endpoint"],
                grant_type="authorization_code",
                code=code,
                code_verifier=started.verifier,
                timeout=_TIMEOUT_S,
            )
            text = answer["id_token"]
        except (OAuthError, requests.RequestException, ValueError, LookupError, TypeError) as error:
            raise _failed("code_refused", error) from error
        return self._identity(self._claims(str(text), started.nonce))

    def _claims(self, text: str, nonce: str) -> dict[str, Any]:
        registry = jwt.JWTClaimsRegistry(
            leeway=_LEEWAY_S,
            iss={"essential": True, "value": self._about()["issuer"]},
            sub={"essential": True},
            aud={"essential": True, "value": self._client_id},
            exp={"essential": True},
            iat={"essential": True},
            nonce={"essential": True, "value": nonce},
        )
        try:
            claims = self._decoded(text)
            registry.validate(claims)
        except (JoseError, ValueError) as error:
            raise _failed("token_refused", error) from error
        if claims.get("azp", self._client_id) != self._client_id:
            raise _failed("token_for_another", None)
        return claims

    def _decoded(self, text: str) -> dict[str, Any]:
        """With the keys known; where they do not fit, once more with those of now: providers change theirs."""
        try:
            return dict(jwt.decode(text, self._keys(), algorithms=_ALGORITHMS).claims)
        except (JoseError, ValueError):
            self._known.keys = None
            return dict(jwt.decode(text, self._keys(), algorithms=_ALGORITHMS).claims)

    def _identity(self, claims: Mapping[str, Any]) -> Identity:
        name = claims.get(self._name_claim) or claims["sub"]
        found: Any = claims
        for part in self._role_claim:
            found = found.get(part) if isinstance(found, dict) else None
        named: Sequence[Any] = found if isinstance(found, list) else str(found or "").replace(",", " ").split()
        roles = frozenset(self._roles[str(each)] for each in named if str(each) in self._roles)
        at = claims.get("auth_time")
        shown = "".join(c if c.isprintable() else " " for c in str(name))[:80]
        return Identity(shown, roles, at if isinstance(at, int) else None)

    def _session(self, back: str) -> Any:
        # Late: it takes a tenth of a second, which installations without a provider need not wait for.
        from authlib.integrations.requests_client import (  # type: ignore[import-untyped]  # noqa: PLC0415
            OAuth2Session,
        )

        return OAuth2Session(
            self._client_id, self._secret, scope="openid profile", redirect_uri=back, code_challenge_method="S256"
        )

    def _about(self) -> dict[str, Any]:
        with self._lock:
            if monotonic() < self._known.until_s:
                return self._known.metadata
            found = _fetch(self._issuer.rstrip("/") + "/.well-known/openid-configuration")
            wanted = ("issuer", "authorization_endpoint", "token_endpoint", "jwks_uri")
            if not all(isinstance(found.get(name), str) for name in wanted):
                raise _failed("metadata_incomplete", None)
            if found["issuer"].rstrip("/") != self._issuer.rstrip("/"):
                raise _failed("metadata_of_another_issuer", None)
            self._known = _Known(monotonic() + _KNOWN_S, found)
            return found

    def _keys(self) -> KeySet:
        if self._known.keys is None:
            about = self._about()
            try:
                self._known.keys = KeySet.import_key_set(cast("Any", _fetch(about["jwks_uri"])))
            except (JoseError, ValueError, LookupError, TypeError) as error:
                raise _failed("keys_unreadable", error) from error
        return self._known.keys


def read_role_map(text: str) -> dict[str, Role]:
    """`soc=analyst, cuelight-admins=admin`; unset, the provider's names are the roles' own. Raises `InvalidInput`."""
    found = {role.value: role for role in Role}
    if not text.strip():
        return found
    found = {}
    for part in text.split(","):
        name, equals, role = part.rpartition("=")
        try:
            found[name.strip()] = Role(role.strip())
        except ValueError:
            equals = ""
        if not equals or not name.strip():
            raise InvalidInput("CUELIGHT_OIDC_ROLES", f"names them as group=role, of {', '.join(Role)}")
    return found


def _fetch(url: str) -> dict[str, Any]:
    try:
        answer = requests.get(url, timeout=_TIMEOUT_S, allow_redirects=False)
        answer.raise_for_status()
        found = answer.json()
        if answer.status_code != 200 or not isinstance(found, dict):
            raise ValueError
    except (requests.RequestException, ValueError) as error:
        raise _failed("provider_unreachable", error) from error
    return found


def _failed(why: str, error: Exception | None) -> OidcFailed:
    """The log gets the kind of error only: its text may hold a token."""
    _log.warning("oidc_failed", why=why, error=type(error).__name__ if error else None)
    text = "Signing in with your company's account did not work. Try again; if it stays so, tell an admin."
    return OidcFailed(text, why)
