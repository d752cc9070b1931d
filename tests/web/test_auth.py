"""Bearer keys: who is let through, who is not, and what a refusal says."""

from __future__ import annotations

import time
from collections.abc import Callable
from datetime import timedelta

import pytest
from tests.conftest import Api, api_for, client_of, fresh, now

from cuelight.app import Service
from cuelight.core.errors import InvalidInput, StoreUnavailable
from cuelight.core.ports import ApiKey
from cuelight.web.auth import SCOPES, Keyring, mint

CALLS = [
    ("POST", "/score", "score"),
    ("GET", "/cues/api/default/1", "cue"),
    ("POST", "/chats/api/default/1/outcome", "outcome"),
    ("POST", "/sightings", "observe"),
    ("POST", "/events", "observe"),
]


@pytest.mark.parametrize(("method", "path", "scope"), CALLS)
def test_no_key_no_answer(api: Api, method: str, path: str, scope: str) -> None:
    answer = api.client.open(path, method=method)
    assert (answer.status_code, answer.get_json(force=True)["code"]) == (401, "unauthorized")
    assert answer.headers["WWW-Authenticate"] == 'Bearer realm="cuelight"'
    assert "Authorization: Bearer" in answer.get_json(force=True)["detail"]


@pytest.mark.parametrize(("method", "path", "scope"), CALLS)
def test_every_call_needs_its_scope_and_no_other(
    api_with: Callable[..., Api], method: str, path: str, scope: str
) -> None:
    without = api_with(*(s for s in SCOPES if s != scope))
    refused = without.client.open(path, method=method, headers=without.headers())
    assert (refused.status_code, refused.get_json(force=True)["scope"]) == (403, scope)
    assert f"`{scope}`" in refused.get_json(force=True)["detail"]
    assert f'scope="{scope}"' in refused.headers["WWW-Authenticate"]
    alone = api_with(scope)
    assert alone.client.open(path, method=method, headers=alone.headers()).status_code not in (401, 403)


@pytest.mark.parametrize(
    "header",
    ["Bearer", "Bearer ", "Bearer x", "Basic dTpw", "cue_abcdef01_" + "x" * 43, "Bearer cue_abcdef01_" + "x" * 43,
     "Bearer cue_" + "a" * 5000, "Bearer cue_abcdef01_" + "é" * 43, "Bearer a b c", "Token t"],
)  # fmt: skip
def test_an_unknown_key_is_refused(api: Api, header: str) -> None:
    answer = api.client.post("/score", json={"chat_id": "1"}, headers={"Authorization": header})
    assert answer.status_code == 401
    assert "error=" in answer.headers["WWW-Authenticate"]
    assert header.partition(" ")[2] == "" or header.partition(" ")[2] not in answer.text or len(header) < 10


def test_the_scheme_is_case_insensitive(api: Api) -> None:
    answer = api.client.post("/score", json={"chat_id": "1"}, headers={"Authorization": f"bearer {api.token}"})
    assert answer.status_code == 200


def test_another_keys_id_does_not_fit_the_secret(api: Api) -> None:
    _, key_id, secret = api.token.split("_", 2)
    forged = f"cue_{key_id[::-1] if key_id != key_id[::-1] else '00000000'}_{secret}"
    answer = api.client.post("/score", json={"chat_id": "1"}, headers={"Authorization": f"Bearer {forged}"})
    assert answer.status_code == 401


def test_an_expired_key_is_refused_and_told_so(service: Service) -> None:
    late = api_for(service, ("cue",), expires_at=now() - timedelta(seconds=1))
    answer = late.get("/cues/api/default/1")
    assert answer.status_code == 401
    assert "expired" in answer.get_json(force=True)["detail"]


def test_a_revoked_key_stops_working_within_seconds(service: Service) -> None:
    key, token, digest = mint(fresh("revoked"), ["cue"], now())
    service.stores.keys.add(key, digest)
    keyring = Keyring(service.stores.keys, ttl_s=0.05)
    found = keyring.recognise(token)
    assert found is not None
    assert found.revoked_at is None
    assert service.stores.keys.revoke(key.key_id, now())
    time.sleep(0.06)
    found = keyring.recognise(token)
    assert found is not None
    assert found.revoked_at is not None
    answer = Api(client_of(service), token).get("/cues/api/default/1")
    assert answer.status_code == 401
    assert "revoked" in answer.get_json(force=True)["detail"]


class Counting:
    """A key store that knows one key and counts how often it is asked; it can be out."""

    def __init__(self, key: ApiKey, digest: str) -> None:
        self.key, self.digest, self.asked, self.out = key, digest, 0, False

    def by_secret(self, secret_sha256: str) -> ApiKey | None:
        self.asked += 1
        if self.out:
            raise StoreUnavailable("out")
        return self.key if secret_sha256 == self.digest else None

    def add(self, key: ApiKey, secret_sha256: str) -> None:
        raise NotImplementedError

    def revoke(self, key_id: str, at: object) -> bool:
        raise NotImplementedError

    def list(self) -> list[ApiKey]:
        return [self.key]


def test_a_known_key_costs_no_round_trip_and_an_unknown_one_is_asked_for_each_time() -> None:
    key, token, digest = mint("k", ["score"], now())
    store = Counting(key, digest)
    keyring = Keyring(store, ttl_s=60)
    assert [keyring.recognise(token) for _ in range(5)] == [key] * 5
    assert store.asked == 1
    other = mint("o", ["score"], now())[1]
    assert [keyring.recognise(other) for _ in range(3)] == [None] * 3
    assert store.asked == 4
    assert keyring.recognise("cue_short_x") is None
    assert store.asked == 4


def test_what_only_the_store_could_tell_is_not_guessed() -> None:
    key, token, digest = mint("k", ["score"], now())
    store = Counting(key, digest)
    keyring = Keyring(store, ttl_s=0)
    store.out = True
    with pytest.raises(StoreUnavailable):
        keyring.recognise(token)


def test_remembered_keys_are_bounded() -> None:
    keyring = Keyring(Everybody(), ttl_s=60, capacity=8)
    for _ in range(50):
        keyring.recognise(mint("k", ["score"], now())[1])
    assert len(keyring._known) <= 8


class Everybody(Counting):
    """Says yes to every secret."""

    def __init__(self) -> None:
        super().__init__(mint("k", ["score"], now())[0], "")

    def by_secret(self, secret_sha256: str) -> ApiKey | None:
        return self.key


def test_minted_keys_are_unlike_each_other_and_kept_as_a_hash_only() -> None:
    minted = [mint("k", ["score"], now()) for _ in range(200)]
    assert len({token for _, token, _ in minted}) == len({digest for *_, digest in minted}) == 200
    for key, token, digest in minted:
        assert token.startswith(f"cue_{key.key_id}_")
        assert len(digest) == 64
        assert token.split("_", 2)[2] not in repr(key) + digest


def test_a_key_made_from_the_same_secret_is_the_same_key() -> None:
    first, again = (mint("k", ["cue"], now(), secret=bytes(range(32))) for _ in range(2))
    assert first[1:] == again[1:]
    assert first[0].key_id == again[0].key_id


@pytest.mark.parametrize(
    ("scopes", "expires", "field"), [(["root"], None, "scopes"), ([], None, "scopes"), (["cue"], -1, "expires_at")]
)
def test_a_useless_key_is_not_minted(scopes: list[str], expires: int | None, field: str) -> None:
    expires_at = None if expires is None else now() + timedelta(seconds=expires)
    with pytest.raises(InvalidInput) as refused:
        mint("k", scopes, now(), expires_at)
    assert refused.value.field == field
