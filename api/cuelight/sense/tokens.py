"""Keyed hashes: what is kept of addresses, fingerprints and customer ids."""

from __future__ import annotations

import base64
import binascii
import os
import secrets
from functools import lru_cache
from hashlib import blake2b
from pathlib import Path
from typing import Final

from cuelight.core.chat import Token
from cuelight.core.errors import DataFileInvalid, InvalidInput

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
    """

    __slots__ = ("_common", "_customer", "_history", "key_id")

    def __init__(self, key: bytes) -> None:
        if len(key) < _KEY_BYTES:
            raise InvalidInput("hash_key", f"needs at least {_KEY_BYTES} random bytes; got {len(key)}")
        if len(key) > blake2b.MAX_KEY_SIZE:
            key = blake2b(key).digest()
        self._common = lru_cache(maxsize=8192)(self.of)
        self._history = blake2b(key=key, digest_size=_DIGEST_BYTES, person=b"cuelight/value")
        self._customer = blake2b(key=key, digest_size=CUSTOMER_BYTES, person=b"cuelight/owner")
        self.key_id: Final = blake2b(key=key, digest_size=4, person=b"cuelight/key-id").hexdigest()
        """Names the key and gives nothing of it away: kept beside data, so that a lost key is noticed."""

    def of(self, kind: str, value: bytes | str, size: int = LONG_BYTES) -> Token:
        """The token of a value; `kind` separates domains (an address never equals a fingerprint)."""
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
        hasher = self._customer.copy()
        hasher.update(customer_id.encode("utf-8", "surrogatepass"))
        return base64.urlsafe_b64encode(hasher.digest()).decode()

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


def load_key(path: Path) -> bytes:
    """Read the installation's key, made on first use (mode 600); processes starting at once get the same one.

    Raises `DataFileInvalid` if the file cannot be read, holds no key, or may be read by others.
    """
    try:
        if not path.exists():
            _create(path)
        if os.name == "posix" and path.stat().st_mode & 0o077:
            raise DataFileInvalid(f"{path}: readable by others than its owner; run: chmod 600 {path}")
        return decode_key(path.read_text("ascii"))
    except InvalidInput as error:
        raise DataFileInvalid(
            f"{path}: {error.problem}. Recorded tokens match nothing without the key that made them: restore it"
        ) from None
    except (OSError, UnicodeDecodeError) as error:
        raise DataFileInvalid(f"{path}: cannot be used as key file ({type(error).__name__})") from error


def _create(path: Path) -> None:
    """Write the whole file aside, then link it into place: `link` fails if somebody else was first."""
    path.parent.mkdir(parents=True, exist_ok=True)
    aside = path.with_name(f".{path.name}.{secrets.token_hex(6)}")
    descriptor = os.open(aside, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600)
    try:
        with os.fdopen(descriptor, "w", encoding="ascii") as file:
            file.write(base64.b64encode(secrets.token_bytes(_KEY_BYTES)).decode() + "\n")
            file.flush()
            os.fsync(file.fileno())
        try:
            os.link(aside, path)
        except FileExistsError:
            return
    finally:
        aside.unlink()
