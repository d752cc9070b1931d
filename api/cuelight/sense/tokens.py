"""Keyed hashes: what is kept of addresses, fingerprints and customer ids."""

from __future__ import annotations

import base64
import binascii
from functools import lru_cache
from hashlib import blake2b
from typing import Final

from cuelight.core.chat import Token
from cuelight.core.errors import InvalidInput

LONG_BYTES: Final = 6
"""Addresses, narrow prefixes, fingerprints: compared across customers (spray, reports), so 48 bits. With 100,000
reported values alive, a stranger's is taken for one of them with a chance of 4e-10."""
SHORT_BYTES: Final = 3
"""Wide prefixes and components: told apart within one customer's history, and one of a dozen things compared, so
24 bits. A stranger's value is taken for one of a customer's three with a chance of 2e-7, and their whole device never:
eleven values would have to agree. Of the 20,000 values of a component that the crowd counts, one in 840 new ones is
taken for another, which makes it look more common than it is: less is then made of an equal one, never more.
Nobody can look for such a pair without the key, and a short token says less about what it was made of."""
CUSTOMER_BYTES: Final = 18
"""144 bits: customers are named by it alone."""
_DIGEST_BYTES: Final = 12
"""All tokens are cut from a hash of this length: one can be shortened where it is stored, never lengthened."""
_KEY_BYTES: Final = 32
_COMMON_CHARS: Final = 128


class Tokens:
    """Hashes values under one installation's key. Equal values of one kind give equal tokens.

    Keyed BLAKE2b is a pseudo-random function like HMAC-SHA-256 and costs less than half of it. Without the
    key a token cannot be checked against a guess, which matters: there are only four billion IPv4 addresses.

    Under a key that replaced another (`before`) the token of a value is the hash of its token before. So everything
    recorded can be renamed, exactly and at once, without the values; and whoever knows only the old key, or only the
    new one, learns nothing. A customer's token then begins with the key's number, which tells what is renamed already.
    """

    __slots__ = ("_before", "_common", "_customer", "_history", "key_id", "number")

    def __init__(self, key: bytes, before: Tokens | None = None) -> None:
        if len(key) < _KEY_BYTES:
            raise InvalidInput("hash_key", f"needs at least {_KEY_BYTES} random bytes; got {len(key)}")
        if len(key) > blake2b.MAX_KEY_SIZE:
            key = blake2b(key).digest()
        self._before = before
        self.number: Final[int] = 1 if before is None else before.number + 1
        """The keys of an installation count from 1."""
        self._common = lru_cache(maxsize=8192)(self.of)
        self._history = blake2b(key=key, digest_size=_DIGEST_BYTES, person=b"cuelight/value")
        self._customer = blake2b(key=key, digest_size=CUSTOMER_BYTES, person=b"cuelight/owner")
        self.key_id: Final = blake2b(key=key, digest_size=4, person=b"cuelight/key-id").hexdigest()
        """Names the key and gives nothing of it away: kept beside data, so that a lost key is noticed."""

    def of(self, kind: str, value: bytes | str, size: int = LONG_BYTES) -> Token:
        """The token of a value; `kind` separates domains (an address never equals a fingerprint)."""
        if self._before is not None:
            return self.renamed(self._before.of(kind, value, size))
        hasher = self._history.copy()
        # NUL ends the kind: kinds are names of ours or checked component names, which hold none.
        hasher.update(kind.encode())
        hasher.update(b"\0")
        hasher.update(value.encode("utf-8", "surrogatepass") if isinstance(value, str) else value)
        return base64.urlsafe_b64encode(hasher.digest()[:size]).decode()

    def of_component(self, name: str, value: str) -> Token:
        """The token of a fingerprint component, remembered if short: many contacts share a platform, a screen size.

        Time zones are long: with 600 of them, and looked up by their token, two short ones could be the same.
        """
        kind, size = f"c.{name}", LONG_BYTES if name == "timezone" else SHORT_BYTES
        return self._common(kind, value, size) if len(value) <= _COMMON_CHARS else self.of(kind, value, size)

    def customer(self, customer_id: str) -> Token:
        """The token of a customer id, exactly as the company spells it."""
        if self._before is not None:
            return self.renamed_customer(self._before.customer(customer_id))
        hasher = self._customer.copy()
        hasher.update(customer_id.encode("utf-8", "surrogatepass"))
        return base64.urlsafe_b64encode(hasher.digest()).decode()

    def renamed(self, before: Token) -> Token:
        """The token under this key of a value by its token under the key before; of the same length."""
        data = base64.urlsafe_b64decode(before)
        hasher = self._history.copy()
        hasher.update(data)
        return base64.urlsafe_b64encode(hasher.digest()[: len(data)]).decode()

    def renamed_customer(self, before: Token) -> Token:
        hasher = self._customer.copy()
        hasher.update(base64.urlsafe_b64decode(before.rpartition(".")[2]))
        return f"{self.number}." + base64.urlsafe_b64encode(hasher.digest()).decode()

    def made(self, customer: Token) -> bool:
        """Whether a customer's token is of this key."""
        number, dot, _ = customer.partition(".")
        return (int(number) if dot else 1) == self.number

    def __repr__(self) -> str:
        return f"Tokens(key_id={self.key_id})"


def decode_key(text: str) -> bytes:
    """Read a key as settings and key files hold it: base64 (either alphabet) of at least 32 random bytes."""
    compact = "".join(text.split()).replace("-", "+").replace("_", "/").rstrip("=")
    try:
        key = base64.b64decode(compact + "=" * (-len(compact) % 4), validate=True)
    except (binascii.Error, ValueError):
        key = b""
    if len(key) < _KEY_BYTES:
        raise InvalidInput(
            "hash_key", f"not base64 of at least {_KEY_BYTES} bytes; make one with: openssl rand -base64 32"
        )
    return key
