"""URLs of stores: which client they make, and what is said about those that make none."""

from __future__ import annotations

import pytest
from redis import Redis
from redis.connection import SSLConnection, UnixDomainSocketConnection

from cuelight.core.errors import InvalidInput
from cuelight.stores.client import connector

SOCKET_TIMEOUT_S, CONNECT_TIMEOUT_S = 0.2, 0.1


@pytest.fixture(autouse=True)
def patient() -> None:
    """Not here: clients as they are made for a desk."""


def single(url: str) -> Redis:
    connect, clustered = connector(url)
    assert not clustered
    client = connect()
    assert isinstance(client, Redis)
    return client


@pytest.mark.parametrize(
    "url",
    ["redis://h:7000/3", "rediss://u:p%40ss@h", "unix://u:p@/run/r.sock?db=2", "redis+sentinel://u:p@a:1,b/main"],
)
def test_every_client_is_impatient_and_never_retries(url: str) -> None:
    options = single(url).connection_pool.connection_kwargs
    assert options["socket_timeout"] == SOCKET_TIMEOUT_S
    assert options["retry"].get_retries() == 0
    if not url.startswith("unix"):
        assert options["socket_connect_timeout"] == CONNECT_TIMEOUT_S


def test_parts_of_a_url() -> None:
    options = single("rediss://u:p%40ss@h:7000/3").connection_pool.connection_kwargs
    assert (options["username"], options["password"], options["host"], options["port"], options["db"]) == (
        "u", "p@ss", "h", 7000, 3)  # fmt: skip
    assert single("rediss://h").connection_pool.connection_class is SSLConnection
    assert single("unix:///run/r.sock").connection_pool.connection_class is UnixDomainSocketConnection


def test_sentinel_url() -> None:
    pool = single("redis+sentinel://u:p%2Fw@a:1,[::1]:2,c/main?db=4&sentinel_password=s&tls=true").connection_pool
    sentinels = pool.sentinel_manager.sentinels
    where = [s.connection_pool.connection_kwargs for s in sentinels]
    assert [(w["host"], w["port"], w["password"]) for w in where] == [("a", 1, "s"), ("::1", 2, "s"), ("c", 26379, "s")]
    assert pool.service_name == "main"
    options = pool.connection_kwargs
    assert (options["username"], options["password"], options["db"]) == ("u", "p/w", 4)
    assert all(w["socket_timeout"] == SOCKET_TIMEOUT_S for w in where)


def test_patience_is_told_in_any_url() -> None:
    for url in ("redis://h?socket_timeout=3", "unix:///s?socket_timeout=3", "redis+sentinel://a/main?socket_timeout=3"):
        assert single(url).connection_pool.connection_kwargs["socket_timeout"] == 3.0
    connector("redis+cluster://a:1?socket_timeout=3")
    for scheme in ("redis+sentinel://a/main", "redis+cluster://a:1"):
        with pytest.raises(InvalidInput, match="number of seconds"):
            connector(f"{scheme}?socket_timeout=soon")


def test_a_cluster_connects_only_when_used() -> None:
    _, clustered = connector("redis+cluster://a:1,b:2")
    assert clustered


@pytest.mark.parametrize(
    "url",
    ["", "h:6379", "http://h", "redis", "redis://h:port", "redis+sentinel://a:1", "redis+sentinel:///main",
     "redis+cluster://", "redis+cluster://h:x", "redis+cluster://h:1,:2", "redis+sentinel://s3cret:s3cret@a:b/main"],
)  # fmt: skip
def test_what_is_no_store_is_refused_without_repeating_it(url: str) -> None:
    with pytest.raises(InvalidInput) as caught:
        connector(url)
    assert "CUELIGHT_REDIS_URL" in str(caught.value)
    assert "s3cret" not in str(caught.value)
