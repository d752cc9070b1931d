"""The company's identity token: a short-lived, signed word that whoever is on its page is that customer.

A JWT in compact form. Its signature is the library's work (joserfc); what it may claim is decided here, by our own
clock, and more strictly than the format demands: a token is good for one page's key, for ten minutes at most, and for
nothing else. The algorithm is the key's, never the token's choice.
"""

from __future__ import annotations

import base64
import re
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta

from pydantic import TypeAdapter, ValidationError

from cuelight.core.collectors import MIN_SECRET_BYTES, Algorithm, TokenKey
from cuelight.core.errors import InvalidInput
from cuelight.web import strict_json
from cuelight.web.models import ChatId, CustomerId

MAX_LIFE = timedelta(minutes=10)
"""From now to `exp`: a token that leaks is worth little, and one made while the page loads still lasts."""
SKEW = timedelta(seconds=30)
"""How far the company's clock may be off."""
MAX_TOKEN = 2048

_COMPACT = re.compile(r"[A-Za-z0-9_-]+\.[A-Za-z0-9_-]+\.[A-Za-z0-9_-]+")
_HEADER = frozenset({"alg", "typ", "kid"})
"""`jwk`, `jku`, `x5c` bring a key along, `crit` and `b64` change what is signed: none has a place here."""
_CUSTOMER: TypeAdapter[str] = TypeAdapter(CustomerId)
_CHAT: TypeAdapter[str] = TypeAdapter(ChatId)


class TokenRefused(Exception):
    """A token that proves nothing. `why` is a word for the log, and never repeats anything of the token."""

    def __init__(self, why: str) -> None:
        super().__init__(why)
        self.why = why


@dataclass(frozen=True, slots=True)
class Proven:
    """What a token says: who is signed in, since when it says so, and in which chat, if it is bound to one."""

    customer_id: str
    issued_at: datetime
    chat_id: str | None = None

    def __repr__(self) -> str:
        return "Proven(…)"


def verify(token: str, keys: tuple[TokenKey, ...], audience: str, now: datetime) -> Proven:
    """What a token proves at `now`, checked with the live keys of a page. Raises `TokenRefused`."""
    if len(token) > MAX_TOKEN or not _COMPACT.fullmatch(token):
        raise TokenRefused("not_a_token")
    if not keys:
        raise TokenRefused("no_token_key")
    header = _header(token)
    tried = [key for key in keys if "kid" not in header or key.kid == header["kid"]]
    if not tried:
        raise TokenRefused("unknown_kid")
    tried = [key for key in tried if key.algorithm == header["alg"]]
    if not tried:
        raise TokenRefused("other_algorithm")
    for key in tried:
        if (signed := _signed(token, key)) is not None:
            return _proven(_object(signed), audience, now)
    raise TokenRefused("bad_signature")


def read_key(algorithm: Algorithm, value: str) -> str:
    """A shared secret (at least 32 bytes) or a public P-256 key (PEM), if it is one. Raises `InvalidInput`."""
    if algorithm == "HS256":
        if len(value.encode()) < MIN_SECRET_BYTES:
            raise InvalidInput("secret", f"is shorter than {MIN_SECRET_BYTES} bytes; leave it out to have one made")
        return value
    # Late, as in `_signed`.
    from cryptography.exceptions import UnsupportedAlgorithm  # noqa: PLC0415
    from cryptography.hazmat.primitives.asymmetric.ec import SECP256R1, EllipticCurvePublicKey  # noqa: PLC0415
    from cryptography.hazmat.primitives.serialization import load_pem_public_key  # noqa: PLC0415

    try:
        key = load_pem_public_key(value.encode())
    except (ValueError, UnsupportedAlgorithm):
        raise InvalidInput("public_key", "is not a public key in PEM (-----BEGIN PUBLIC KEY-----)") from None
    if not isinstance(key, EllipticCurvePublicKey) or not isinstance(key.curve, SECP256R1):
        raise InvalidInput("public_key", "is not one of the curve P-256, which ES256 needs")
    return value


def _signed(token: str, key: TokenKey) -> bytes | None:
    """What the token says, if this key signed it."""
    # Late: all kinds of keys and certificates take a tenth of a second to load, once, where a page sends tokens.
    from joserfc import jws  # noqa: PLC0415
    from joserfc.errors import JoseError  # noqa: PLC0415
    from joserfc.jwk import ECKey, OctKey  # noqa: PLC0415

    try:
        imported = OctKey.import_key(key.value) if key.algorithm == "HS256" else ECKey.import_key(key.value)
        return jws.deserialize_compact(token, imported, algorithms=[key.algorithm]).payload or b""
    except (JoseError, ValueError, TypeError):
        return None


def _header(token: str) -> dict[str, str]:
    told = token.partition(".")[0]
    try:
        raw = _object(base64.urlsafe_b64decode(told + "=" * (-len(told) % 4)))
    except (TokenRefused, ValueError):
        raise TokenRefused("odd_header") from None
    header = {name: value for name, value in raw.items() if isinstance(value, str)}
    if len(header) != len(raw) or not set(header) <= _HEADER or "alg" not in header:
        raise TokenRefused("odd_header")
    if header.get("typ", "JWT").upper() != "JWT":
        raise TokenRefused("odd_header")
    return header


def _object(signed: bytes) -> dict[str, object]:
    try:
        claims = strict_json.loads(signed)
    except strict_json.MalformedJson:
        raise TokenRefused("odd_claims") from None
    if not isinstance(claims, dict):
        raise TokenRefused("odd_claims")
    return claims


def _proven(claims: dict[str, object], audience: str, now: datetime) -> Proven:
    meant_for = claims.get("aud")
    # A list of several would make one token good for several purposes.
    if meant_for not in (audience, [audience]):
        raise TokenRefused("other_audience")
    issued_at, ends_at = _time(claims, "iat"), _time(claims, "exp")
    begins_at = _time(claims, "nbf") if "nbf" in claims else issued_at
    if max(issued_at, begins_at) > now + SKEW:
        raise TokenRefused("of_the_future")
    if ends_at <= now - SKEW:
        raise TokenRefused("expired")
    if ends_at > now + MAX_LIFE + SKEW or ends_at - issued_at > MAX_LIFE + SKEW:
        raise TokenRefused("lives_too_long")
    try:
        customer_id = _CUSTOMER.validate_python(claims.get("sub"), strict=True)
        chat_id = None if claims.get("chat_id") is None else _CHAT.validate_python(claims["chat_id"], strict=True)
    except ValidationError:
        raise TokenRefused("odd_claims") from None
    return Proven(customer_id, min(issued_at, now), chat_id)


def _time(claims: dict[str, object], name: str) -> datetime:
    """A claim in seconds since 1970."""
    value = claims.get(name)
    if isinstance(value, bool) or not isinstance(value, int | float):
        raise TokenRefused(f"no_{name}")
    try:
        return datetime.fromtimestamp(value, UTC)
    except (ValueError, OverflowError, OSError):
        raise TokenRefused("odd_claims") from None
