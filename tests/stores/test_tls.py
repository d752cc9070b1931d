"""A store behind TLS: one server, Sentinels and a Cluster; trusted by the authority that is named and by no other."""

from __future__ import annotations

import time
from pathlib import Path

import pytest
import trustme
from tests.stores import servers, world
from tests.stores.tls import behind_tls, context_of

from cuelight.core.errors import StoreUnavailable
from cuelight.stores import open_stores
from cuelight.stores.client import connector


@pytest.fixture(scope="module")
def authority() -> trustme.CA:
    return trustme.CA()


@pytest.fixture(scope="module")
def ca(authority: trustme.CA, tmp_path_factory: pytest.TempPathFactory) -> Path:
    """The file of the authority to trust."""
    path = tmp_path_factory.mktemp("authority") / "ca.pem"
    authority.cert_pem.write_to_path(path)
    return path


@pytest.fixture
def server(embedded_url: str) -> str:
    return embedded_url.removeprefix("unix://")


def works(url: str, room: Path) -> None:
    """What is recorded by one is found by another."""
    stores, again = open_stores(url, room, threads=4), open_stores(url, room, durability="strict")
    stores.claim()
    for _ in range(6):
        chat = world.chat(world.customer())
        decision = stores.customers.record(chat, world.decision(chat), world.entry(chat))
        found = again.customers.find(chat.key)
        assert found is not None
        assert found.decision == decision
        assert again.customers.history(chat.customer or "").sightings == (world.entry(chat),)
    again.customers.ping()
    stores.close()
    again.close()


def refused(url: str, room: Path, says: str) -> None:
    stores = open_stores(url, room)
    with pytest.raises(StoreUnavailable, match=says) as caught:
        stores.customers.ping()
    assert "localhost" not in str(caught.value)
    assert "127.0.0.1" not in str(caught.value)
    stores.close()


def test_a_server(server: str, authority: trustme.CA, ca: Path, room: Path) -> None:
    with behind_tls(server, context_of(authority, "localhost")) as port:
        works(f"rediss://localhost:{port}/0?ssl_ca_certs={ca}", room)
        works(f"redis://localhost:{port}/0?tls=true&ca={ca}", room)


def test_sentinels_with_a_user_and_passwords(authority: trustme.CA, ca: Path, room: Path) -> None:
    """Sentinels, and the servers they name, each behind TLS; in a database that is not the first."""
    context = context_of(authority, "127.0.0.1")
    with servers.sentinel_set(room / "tls-s", 1, password="pa55w0rd", silent_ms=60_000, tls=context) as (url, _):
        works(f"{url}&db=3&ca={ca}", room)
        refused(url.replace("sentinel_password=pa55", "sentinel_password=no") + f"&ca={ca}", room, "sentinel_password")
        refused(url, room, "authority")


def test_a_cluster_with_a_user_and_a_password(authority: trustme.CA, ca: Path, room: Path) -> None:
    """The nodes name each other by addresses, so certificates have to be for addresses."""
    with servers.cluster(room / "tls-c", password="pa55w0rd", tls=context_of(authority, "127.0.0.1")) as (url, _):
        works(f"{url}?ca={ca}", room)
        refused(f"{url.replace('pa55', 'no')}?ca={ca}", room, "password")
        refused(url, room, "authority")


def test_a_server_that_asks_for_certificates(server: str, authority: trustme.CA, ca: Path, room: Path) -> None:
    clients = trustme.CA()
    issued = clients.issue_cert("cuelight.example")
    issued.private_key_and_cert_chain_pem.write_to_path(room / "client.pem")
    with behind_tls(server, context_of(authority, "localhost", clients=clients)) as port:
        works(f"rediss://localhost:{port}/0?ca={ca}&cert={room}/client.pem", room)
        refused(f"rediss://localhost:{port}/0?ca={ca}", room, "of ours")


def test_what_tls_sends_after_its_handshake_is_not_taken_for_an_answer(
    server: str, authority: trustme.CA, ca: Path
) -> None:
    """Session tickets arrive when the handshake is over: unread, the driver takes the connection for a used one."""
    with behind_tls(server, context_of(authority, "localhost")) as port:
        connect, _ = connector(f"rediss://localhost:{port}/0?ssl_ca_certs={ca}")
        pool = connect().connection_pool
        for _ in range(5):
            connection = pool.make_connection()
            connection.connect()
            time.sleep(0.05)  # the tickets have come by now, if they come
            assert not connection.can_read()
            connection.disconnect()


def test_the_right_authority_for_another_name(server: str, authority: trustme.CA, ca: Path, room: Path) -> None:
    with behind_tls(server, context_of(authority, "elsewhere.example")) as port:
        for host in ("localhost", "127.0.0.1"):
            refused(f"rediss://{host}:{port}/0?ca={ca}", room, "for another name")


def test_the_right_name_by_somebody_elses_authority(server: str, authority: trustme.CA, ca: Path, room: Path) -> None:
    with behind_tls(server, context_of(trustme.CA(), "localhost")) as port:
        refused(f"rediss://localhost:{port}/0?ca={ca}", room, "authority")
        refused(f"rediss://localhost:{port}/0", room, "authority")


def test_one_side_speaks_tls_and_the_other_does_not(server: str, authority: trustme.CA, ca: Path, room: Path) -> None:
    with behind_tls(server, context_of(authority, "localhost")) as port:
        works(f"redis://localhost:{port}/0", room)  # TLS stands before it for those who begin with it
    port = servers.free_port()
    with servers.process(servers.server_binary(), room / "plain", "--port", str(port), "--bind", "127.0.0.1"):
        servers.answering(port=port).close()
        refused(f"rediss://localhost:{port}/0?ca={ca}&socket_timeout=1", room, "speak TLS")
