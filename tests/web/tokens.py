"""Identity tokens as a company's backend makes them; those with a shared secret by hand, odd ones among them."""

from __future__ import annotations

import base64
import hmac
import json
from typing import Any

from cryptography.hazmat.primitives.asymmetric.ec import EllipticCurvePrivateKey
from joserfc import jws
from joserfc.jwk import ECKey

HASHES = {"HS256": "sha256", "HS512": "sha512"}


def part(value: Any) -> str:
    raw = value if isinstance(value, bytes) else json.dumps(value).encode()
    return base64.urlsafe_b64encode(raw).rstrip(b"=").decode()


def hs(claims: Any, secret: str | bytes, header: Any = None, **more: Any) -> str:
    """Signed with HMAC, by SHA-256 unless the header names another hash; the header may say anything else, too."""
    told = header if header is not None else {"alg": "HS256", "typ": "JWT", **more}
    named = HASHES.get(told.get("alg", ""), "sha256") if isinstance(told, dict) else "sha256"
    signed = f"{part(told)}.{part(claims)}"
    key = secret.encode() if isinstance(secret, str) else secret
    return f"{signed}.{part(hmac.digest(key, signed.encode(), named))}"


def es(claims: Any, key: EllipticCurvePrivateKey, **more: Any) -> str:
    """Signed with a key of the curve P-256: by the library, because a signature by hand says no more."""
    header = {"alg": "ES256", "typ": "JWT", **more}
    return jws.serialize_compact(header, json.dumps(claims), ECKey.import_key(key), algorithms=["ES256"])
