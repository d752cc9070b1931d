"""Identity tokens: what proves somebody, and all that does not."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta
from typing import Any

import pytest
from cryptography.hazmat.primitives.asymmetric import ec, ed25519
from cryptography.hazmat.primitives.serialization import Encoding, NoEncryption, PrivateFormat, PublicFormat
from tests.web import tokens
from tests.web.tokens import es, part

from cuelight.core.collectors import TokenKey
from cuelight.core.errors import InvalidInput
from cuelight.web.identity_token import Proven, TokenRefused, read_key, verify

NOW = datetime(2026, 11, 24, 12, 0, tzinfo=UTC)
AUDIENCE = "cuelight:pk_0123456789abcdef01234567"
SECRET, OTHER = "s" * 20 + "-of-the-company-itself", "o" * 40


def pem(key: Any) -> str:
    return str(key.public_key().public_bytes(Encoding.PEM, PublicFormat.SubjectPublicKeyInfo).decode())


EC = ec.generate_private_key(ec.SECP256R1())
EC_PRIVATE = EC.private_bytes(Encoding.PEM, PrivateFormat.PKCS8, NoEncryption())
HS = TokenKey("kid-hs", "HS256", SECRET, NOW)
ES = TokenKey("kid-es", "ES256", pem(EC), NOW)


def seconds(at: datetime) -> int:
    return int(at.timestamp())


def claims(**more: Any) -> dict[str, Any]:
    told = {"aud": AUDIENCE, "sub": "u-1001", "iat": seconds(NOW), "exp": seconds(NOW) + 300, **more}
    return {name: value for name, value in told.items() if value is not ...}


def hs(told: Any = None, secret: str = SECRET, **header: Any) -> str:
    return tokens.hs(told or claims(), secret, **header)


def by_hand(header: Any, payload: Any, secret: str | bytes = SECRET) -> str:
    """A token no library would write, rightly signed all the same."""
    return tokens.hs(payload, secret, header)


def test_a_good_token_of_either_algorithm_proves_who_is_signed_in() -> None:
    for key, token in ((HS, hs()), (ES, es(claims(), EC))):
        assert verify(token, (key,), AUDIENCE, NOW) == Proven("u-1001", NOW)
    assert verify(hs(claims(chat_id="7431")), (HS,), AUDIENCE, NOW).chat_id == "7431"
    assert verify(hs(claims(aud=[AUDIENCE])), (HS,), AUDIENCE, NOW).customer_id == "u-1001"
    assert verify(hs(kid="kid-hs"), (ES, HS), AUDIENCE, NOW).customer_id == "u-1001"


def test_two_keys_are_live_while_one_replaces_the_other() -> None:
    newer = TokenKey("kid-new", "HS256", OTHER, NOW)
    for token in (hs(), hs(secret=OTHER), hs(kid="kid-hs"), hs(secret=OTHER, kid="kid-new")):
        assert verify(token, (newer, HS), AUDIENCE, NOW).customer_id == "u-1001"
    for token in (hs(), hs(kid="kid-hs"), es(claims(), EC)):
        refused(token, (newer,))


def refused(token: str, keys: tuple[TokenKey, ...] = (HS, ES), at: datetime = NOW, why: str | None = None) -> None:
    with pytest.raises(TokenRefused) as found:
        verify(token, keys, AUDIENCE, at)
    if why is not None:
        assert found.value.why == why
    assert "u-1001" not in str(found.value)


VECTORS: dict[str, tuple[str, str]] = {
    "another secret": (hs(secret=OTHER), "bad_signature"),
    "tampered claims": (hs().replace(hs().split(".")[1], part(claims(sub="u-1002"))), "bad_signature"),
    "no signature": (hs().rpartition(".")[0] + ".", "not_a_token"),
    "alg none": (f"{part({'alg': 'none'})}.{part(claims())}.", "not_a_token"),
    "alg none, with a signature": (by_hand({"alg": "none"}, claims()), "other_algorithm"),
    "alg None, spelt otherwise": (by_hand({"alg": "nOnE"}, claims()), "other_algorithm"),
    "alg HS512": (by_hand({"alg": "HS512"}, claims()), "other_algorithm"),
    "alg missing": (by_hand({"typ": "JWT"}, claims()), "odd_header"),
    "the public key as a shared secret": (by_hand({"alg": "HS256"}, claims(), ES.value.encode()), "bad_signature"),
    "the same, by kid": (by_hand({"alg": "HS256", "kid": "kid-es"}, claims(), ES.value.encode()), "other_algorithm"),
    "ES256 by the kid of the secret": (
        es(claims(), EC, kid="kid-hs"),
        "other_algorithm",
    ),
    "somebody else's key": (
        es(claims(), ec.generate_private_key(ec.SECP256R1())),
        "bad_signature",
    ),
    "ES256 of zeros": (f"{part({'alg': 'ES256'})}.{part(claims())}.{part(bytes(64))}", "bad_signature"),
    "kid that is a path": (by_hand({"alg": "HS256", "kid": "../../dev/null"}, claims(), b""), "unknown_kid"),
    "kid that is a query": (by_hand({"alg": "HS256", "kid": "x' OR 1=1 --"}, claims()), "unknown_kid"),
    "kid of no text": (by_hand({"alg": "HS256", "kid": ["kid-hs"]}, claims()), "odd_header"),
    "alg said twice": (by_hand(b'{"alg":"none","alg":"HS256"}', claims()), "odd_header"),
    "a header that is a list": (by_hand(b'["HS256"]', claims()), "odd_header"),
    "a key of its own": (by_hand({"alg": "HS256", "jwk": {"kty": "oct", "k": "AA"}}, claims()), "odd_header"),
    "a key from an address": (by_hand({"alg": "HS256", "jku": "https://x.example"}, claims()), "odd_header"),
    "critical extensions": (by_hand({"alg": "HS256", "crit": ["b64"], "b64": False}, claims()), "odd_header"),
    "an access token": (by_hand({"alg": "HS256", "typ": "at+jwt"}, claims()), "odd_header"),
    "another page's audience": (hs(claims(aud="cuelight:pk_ffffffffffffffffffffffff")), "other_audience"),
    "audience of the login": (hs(claims(aud="shop")), "other_audience"),
    "several audiences": (hs(claims(aud=[AUDIENCE, "shop"])), "other_audience"),
    "no audience": (hs(claims(aud=...)), "other_audience"),
    "expired": (hs(claims(iat=seconds(NOW) - 400, exp=seconds(NOW) - 31)), "expired"),
    "no end": (hs(claims(exp=...)), "no_exp"),
    "no beginning": (hs(claims(iat=...)), "no_iat"),
    "an hour long": (hs(claims(exp=seconds(NOW) + 3600)), "lives_too_long"),
    "an hour long, nearly over": (hs(claims(iat=seconds(NOW) - 3300, exp=seconds(NOW) + 300)), "lives_too_long"),
    "of the future": (hs(claims(iat=seconds(NOW) + 60)), "of_the_future"),
    "not before a minute": (hs(claims(nbf=seconds(NOW) + 60)), "of_the_future"),
    "times as text": (by_hand({"alg": "HS256"}, claims(exp=str(seconds(NOW) + 300))), "no_exp"),
    "times beyond the calendar": (by_hand({"alg": "HS256"}, claims(iat=-1e18)), "odd_claims"),
    "nobody": (hs(claims(sub=...)), "odd_claims"),
    "somebody without a name": (hs(claims(sub="")), "odd_claims"),
    "a number for a name": (by_hand({"alg": "HS256"}, claims(sub=1001)), "odd_claims"),
    "a name with a trick": (hs(claims(sub="u-1001\u202e")), "odd_claims"),
    "a chat that is none": (hs(claims(chat_id="../7431")), "odd_claims"),
    "claims that are a list": (by_hand({"alg": "HS256"}, [claims()]), "odd_claims"),
    "claims said twice": (by_hand({"alg": "HS256"}, b'{"sub":"u-1","sub":"u-2"}'), "odd_claims"),
    "not JSON": (by_hand({"alg": "HS256"}, b"\xff"), "odd_claims"),
    "not a token": ("u-1001", "not_a_token"),
    "two parts": ("a.b", "not_a_token"),
    "five parts": ("a.b.c.d.e", "not_a_token"),
    "padding": (hs() + "=", "not_a_token"),
    "a space": (hs() + " ", "not_a_token"),
    "endless": (hs(claims(note="x" * 3000)), "not_a_token"),
    "empty": ("", "not_a_token"),
}


@pytest.mark.parametrize(("token", "why"), VECTORS.values(), ids=list(VECTORS))
def test_what_proves_nothing(token: str, why: str) -> None:
    refused(token, why=why)


def test_it_is_good_for_minutes_on_clocks_that_nearly_agree() -> None:
    token = hs()
    for off_s in (-30, 0, 299, 329):
        assert verify(token, (HS,), AUDIENCE, NOW + timedelta(seconds=off_s)).customer_id == "u-1001"
    refused(token, at=NOW - timedelta(seconds=31), why="of_the_future")
    refused(token, at=NOW + timedelta(seconds=330), why="expired")
    assert verify(token, (HS,), AUDIENCE, NOW - timedelta(seconds=20)).issued_at == NOW - timedelta(seconds=20)


def test_without_a_key_nothing_is_proven() -> None:
    refused(hs(), (), why="no_token_key")


def test_keys_are_checked_as_they_are_set() -> None:
    assert read_key("HS256", "x" * 32) == "x" * 32
    assert read_key("ES256", ES.value) == ES.value
    wrong = [
        ("HS256", "x" * 31),
        ("ES256", "x" * 64),
        ("ES256", pem(ec.generate_private_key(ec.SECP384R1()))),
        ("ES256", pem(ed25519.Ed25519PrivateKey.generate())),
        ("ES256", EC_PRIVATE.decode()),
    ]
    for algorithm, value in wrong:
        with pytest.raises(InvalidInput):
            read_key(algorithm, value)  # type: ignore[arg-type]


def test_a_secret_is_in_no_repr() -> None:
    assert SECRET not in repr(HS)
    assert "u-1001" not in repr(verify(hs(), (HS,), AUDIENCE, NOW))
