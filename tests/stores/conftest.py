"""Every store there is: in memory, embedded Valkey, Sentinel, a Cluster, and Debian's Redis where it is installed."""

from __future__ import annotations

import tempfile
from collections.abc import Iterator
from pathlib import Path

import pytest
from tests.stores import servers

from cuelight.stores import Stores, client, memory_stores, open_stores
from cuelight.stores.embedded import EmbeddedServer

SERVERS = ["embedded", "cluster", "sentinel", *(["redis"] if servers.DEBIAN_REDIS else [])]


@pytest.fixture(autouse=True)
def patient(monkeypatch: pytest.MonkeyPatch) -> None:
    """What a store answers is asked here, on a busy machine, too; how soon it is given up, in test_outage.py."""
    be_patient(monkeypatch)


def be_patient(patch: pytest.MonkeyPatch) -> None:
    patch.setattr(client, "SOCKET_TIMEOUT_S", 10.0)
    patch.setattr(client, "CONNECT_TIMEOUT_S", 10.0)


@pytest.fixture(scope="session")
def room() -> Iterator[Path]:
    """A folder with a short path: sockets must fit into 107 bytes."""
    with tempfile.TemporaryDirectory(prefix="cl") as path:
        yield Path(path)


@pytest.fixture(scope="session")
def embedded_url(room: Path) -> Iterator[str]:
    with EmbeddedServer(room / "var") as server:
        yield server.url


@pytest.fixture(scope="session")
def cluster_url(room: Path) -> Iterator[str]:
    with servers.cluster(room / "cluster") as (url, _):
        yield url


@pytest.fixture(scope="session")
def sentinel_url(room: Path) -> Iterator[str]:
    """Behind a user and passwords; patient, for a busy machine must not look like a dead primary."""
    with servers.sentinel_set(room / "sentinel", 1, password="pa55w0rd", silent_ms=30_000) as (url, _):
        yield url


@pytest.fixture(scope="session")
def redis_url(room: Path) -> Iterator[str]:
    assert servers.DEBIAN_REDIS
    with servers.plain(servers.DEBIAN_REDIS, room / "redis") as (url, _):
        yield url


@pytest.fixture(scope="session")
def opened(request: pytest.FixtureRequest, room: Path) -> Iterator[dict[str, Stores]]:
    known: dict[str, Stores] = {}
    yield known
    for stores in known.values():
        stores.close()


def _open(kind: str, request: pytest.FixtureRequest, opened: dict[str, Stores], room: Path) -> Stores:
    if kind not in opened:
        url = request.getfixturevalue(f"{kind}_url")
        with pytest.MonkeyPatch.context() as patch:
            be_patient(patch)
            opened[kind] = open_stores(url, room)
            opened[kind].claim()
    return opened[kind]


@pytest.fixture(params=["memory", *SERVERS])
def stores(request: pytest.FixtureRequest, opened: dict[str, Stores], room: Path) -> Stores:
    """One store after the other; what a test writes stays, so tests make customers of their own."""
    if request.param == "memory":
        return memory_stores()
    return _open(request.param, request, opened, room)


@pytest.fixture(params=SERVERS)
def redis_stores(request: pytest.FixtureRequest, opened: dict[str, Stores], room: Path) -> Stores:
    return _open(request.param, request, opened, room)
