"""Links that nobody else can make, and values that only this installation can read; both from its hash keys."""

from __future__ import annotations

import hmac
import re
import secrets
from base64 import urlsafe_b64decode, urlsafe_b64encode
from datetime import UTC, datetime
from hashlib import sha256

from cryptography.exceptions import InvalidTag
from cryptography.hazmat.primitives.ciphers.aead import AESGCM

from cuelight.core.notice import NONCE_BYTES, Link
from cuelight.sense.hash_keys import HashKeys

_NAME_BYTES, _TIME_BYTES, _MAC_BYTES = 16, 4, 16
_SIGNED_BYTES = 1 + _NAME_BYTES + NONCE_BYTES + _TIME_BYTES
_TOKEN = re.compile(r"[A-Za-z0-9_-]{60}")
"""45 bytes: no bits are left over, so a link has one spelling only."""
_IV_BYTES = 12


class KeyedSeals:
    """`Seals`. Signs links (HMAC-SHA-256, 128 bits kept) and seals values (AES-256-GCM), each with a key of its own,
    derived from the hash key in use. What an earlier key made stays good as long as that key is in the ring."""

    def __init__(self, keys: HashKeys) -> None:
        self._keys = keys

    def sign(self, link: Link) -> str:
        number = self._keys.present().number
        signed = bytes((number,)) + _decode(link.name) + _decode(link.nonce)
        signed += int(link.expires_at.timestamp()).to_bytes(_TIME_BYTES, "big")
        return urlsafe_b64encode(signed + self._mac(number, signed)).decode()

    def read(self, token: str) -> Link | None:
        if not _TOKEN.fullmatch(token):
            return None
        data = urlsafe_b64decode(token)
        signed, mac = data[:_SIGNED_BYTES], data[_SIGNED_BYTES:]
        if not 1 <= signed[0] <= len(self._keys.ring.keys) or not hmac.compare_digest(
            mac, self._mac(signed[0], signed)
        ):
            return None
        name, nonce = signed[1 : 1 + _NAME_BYTES], signed[1 + _NAME_BYTES : -_TIME_BYTES]
        expires_s = int.from_bytes(signed[-_TIME_BYTES:], "big")
        return Link(_encode(name), _encode(nonce), datetime.fromtimestamp(expires_s, UTC))

    def seal(self, text: str, about: str) -> bytes:
        number, iv = self._keys.present().number, secrets.token_bytes(_IV_BYTES)
        return bytes((number,)) + iv + AESGCM(self._key(number, b"address")).encrypt(iv, text.encode(), about.encode())

    def open(self, sealed: bytes, about: str) -> str | None:
        if len(sealed) <= 1 + _IV_BYTES or not self._known(sealed[0]):
            return None
        box = AESGCM(self._key(sealed[0], b"address"))
        try:
            return box.decrypt(sealed[1 : 1 + _IV_BYTES], sealed[1 + _IV_BYTES :], about.encode()).decode()
        except InvalidTag:
            return None

    def _known(self, number: int) -> bool:
        return 1 <= number <= len(self._keys.ring.keys)

    def _mac(self, number: int, signed: bytes) -> bytes:
        return hmac.new(self._key(number, b"link"), signed, sha256).digest()[:_MAC_BYTES]

    def _key(self, number: int, purpose: bytes) -> bytes:
        return hmac.new(self._keys.ring.keys[number - 1].key, b"cuelight/notice-" + purpose, sha256).digest()


def _decode(text: str) -> bytes:
    return urlsafe_b64decode(text + "=" * (-len(text) % 4))


def _encode(data: bytes) -> str:
    return urlsafe_b64encode(data).rstrip(b"=").decode()
