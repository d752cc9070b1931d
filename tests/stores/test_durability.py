"""The two profiles: what a write survives before it is acknowledged, and what is said about it."""

from __future__ import annotations

import os
import signal
import time
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

import pytest
from redis import Redis
from tests.stores import servers, world
from tests.stores.servers import until

from cuelight.core.chat import Chat
from cuelight.core.decision import Decision
from cuelight.core.errors import StoreUnavailable
from cuelight.core.history import Outcome, Proof
from cuelight.core.ports import OutcomeRecord
from cuelight.stores import Stores, keys, memory_stores, open_stores
from cuelight.stores.client import SPARE_CONNECTIONS, connector
from cuelight.stores.durability import Promise, online_replicas
from cuelight.stores.embedded import EmbeddedServer, server_binary


@dataclass
class Pair:
    """A primary with a replica, a strict store on the primary, and the replica's process and client."""

    stores: Stores
    replica_pid: int
    replica: Redis


@pytest.fixture
def pair(room: Path) -> Iterator[Pair]:
    folder = room / f"pair-{time.monotonic_ns()}"
    ports = servers.free_port(), servers.free_port()
    options = (
        "--bind",
        "127.0.0.1",
        "--repl-diskless-sync-delay",
        "0",
        "--appendonly",
        "yes",
        "--appendfsync",
        "always",
    )
    with (
        servers.process(server_binary(), folder / "a", "--port", str(ports[0]), *options),
        servers.process(server_binary(), folder / "b", "--port", str(ports[1]), *options) as second,
    ):
        primary, replica = (servers.answering(host="127.0.0.1", port=port) for port in ports)
        replica.execute_command("REPLICAOF", "127.0.0.1", ports[0])
        until(lambda: online_replicas(primary.info("replication")) == 1)
        # A busy machine may keep an answer back for longer than a chat would wait.
        stores = open_stores(f"redis://127.0.0.1:{ports[0]}/0?socket_timeout=10", room, durability="strict")
        stores.claim()
        yield Pair(stores, second.pid, replica)
        stores.close()
        primary.close()
        replica.close()


def kept(stores: Stores, chat: Chat, decision: Decision | None = None) -> None:
    """Record a chat, and see that what is acknowledged is what was decided."""
    decision = decision or world.decision(chat)
    until(lambda: stores.customers.record(chat, decision, world.entry(chat)) == decision)


def test_a_decision_is_on_the_replica_before_it_is_acknowledged(pair: Pair) -> None:
    for _ in range(20):
        chat = world.chat(world.customer())
        kept(pair.stores, chat)
        assert pair.replica.exists(keys.chat(chat.customer or "", chat.key), keys.history(chat.customer or "")) == 2
        before = pair.replica.get(keys.chat(chat.customer or "", chat.key))
        until(lambda chat=chat: settled(pair.stores, chat))
        assert pair.replica.get(keys.chat(chat.customer or "", chat.key)) != before
    assert 0 < pair.replica.ttl(keys.MARK) <= keys.MARK_TTL_S


def decided(stores: Stores, chat: Chat) -> Decision | None:
    found = stores.customers.find(chat.key)
    return found.decision if found else None


def settled(stores: Stores, chat: Chat) -> bool:
    found = OutcomeRecord(Outcome.GENUINE, world.at(2), "Sam", Proof.CALL_BACK)
    marks = {"proof": Proof.CALL_BACK, "reported": False, "failed_step_up": False, "incident": None}
    stores.customers.settle(chat.key, chat.customer, found, **marks)  # type: ignore[arg-type]
    return True


def test_what_no_replica_confirms_is_not_acknowledged_and_asking_again_gives_the_same(pair: Pair) -> None:
    chat = world.chat(world.customer())
    decision = world.decision(chat)
    pair.stores.customers.recall(chat)
    os.kill(pair.replica_pid, signal.SIGSTOP)
    try:
        # The second call finds the chat recorded, and is told the same: it is on one server still.
        for _ in range(2):
            with pytest.raises(StoreUnavailable, match="no replica confirmed"):
                pair.stores.customers.record(chat, decision, world.entry(chat))
        # Reading needs no replica.
        assert pair.stores.customers.recall(chat).history.sightings == (world.entry(chat),)
    finally:
        os.kill(pair.replica_pid, signal.SIGCONT)

    again = world.decision(chat, digest=decision.digest)
    until(lambda: pair.stores.customers.record(chat, again, None) == decision)
    assert pair.replica.exists(keys.chat(chat.customer or "", chat.key))


def test_without_a_replica_the_disk_is_all_there_is(pair: Pair) -> None:
    assert pair.stores.promise().kept
    assert "on a replica" in pair.stores.promise().means
    pair.replica.execute_command("REPLICAOF", "NO", "ONE")
    until(lambda: "there is no replica" in pair.stores.promise().means)
    assert pair.stores.promise().kept
    kept(pair.stores, world.chat(world.customer()))


def test_scripts_that_a_primary_forgot_are_taught_again_before_the_replica_is_waited_for(pair: Pair) -> None:
    assert pair.stores.link is not None
    pair.stores.link.call("SCRIPT", "FLUSH")
    chat = world.chat(world.customer())
    kept(pair.stores, chat)
    assert pair.replica.exists(keys.chat(chat.customer or "", chat.key))


def test_strict_on_a_cluster(cluster_url: str, room: Path) -> None:
    stores = open_stores(f"{cluster_url}?socket_timeout=10", room, durability="strict")
    assert stores.link is not None
    until(lambda: stores.claim() is None)
    for _ in range(12):
        chat = world.chat(world.customer())
        decision = world.decision(chat)
        kept(stores, chat, decision)
        until(lambda chat=chat, decision=decision: decided(stores, chat) == decision)
        mark = stores.link.epoch_key(chat.customer or "").replace(keys.EPOCH, keys.MARK)
        assert 0 < stores.link.call("TTL", mark) <= keys.MARK_TTL_S
    # The Cluster of the tests writes no append-only file, and says so.
    until(lambda: stores.promise().kept is False)
    stores.close()


@pytest.mark.parametrize(
    ("profile", "options", "kept", "says"),
    [
        ("standard", ("--appendfsync", "everysec"), True, "a killed server or a power cut may cost"),
        ("standard", ("--appendfsync", "always"), True, "neither a killed process nor a power cut"),
        ("standard", ("--appendfsync", "no"), False, "set appendfsync everysec"),
        ("standard", ("--appendonly", "no"), False, "set appendonly yes"),
        ("strict", ("--appendfsync", "everysec"), False, "set appendfsync always"),
        ("strict", ("--appendfsync", "always"), True, "there is no replica"),
    ],
)
def test_what_a_named_server_promises(room: Path, profile, options: tuple[str, ...], kept: bool, says: str) -> None:
    with servers.plain(server_binary(), room / f"p{time.monotonic_ns() % 10**9}", *options) as (url, _):
        stores = open_stores(f"{url}?socket_timeout=10", room, durability=profile)
        promise = stores.promise()
        assert (promise.profile, promise.kept) == (profile, kept)
        assert says in promise.means
        stores.close()


def test_a_server_that_does_not_tell_is_not_vouched_for(room: Path) -> None:
    with servers.plain(server_binary(), room / "mute") as (url, _):
        admin = Redis.from_url(url)
        for name, rights in (("some", ["-config"]), ("few", ["-config", "-info"])):
            admin.execute_command("ACL", "SETUSER", name, "on", ">right", "~*", "+@all", *rights)
            stores = open_stores(f"unix://{name}:right@{url.removeprefix('unix://')}?socket_timeout=10", room)
            assert stores.promise().kept is None
            assert "does not let us look" in stores.promise().means
            stores.close()
        admin.config_set("appendonly", "no")
        stores = open_stores(f"unix://some:right@{url.removeprefix('unix://')}?socket_timeout=10", room)
        assert stores.promise().kept is False
        stores.close()
        admin.close()


def test_what_the_embedded_server_promises(room: Path) -> None:
    var = room / "promising"
    stores = open_stores(None, var)
    until(lambda: "last 2 seconds" in stores.promise().means)
    assert stores.embedded
    # Another process that names the running server by its URL is told the same.
    with EmbeddedServer(var) as running:
        named = open_stores(running.url, var)
        until(lambda: named.promise() == Promise("standard", True, stores.promise().means))
        named.close()
    # Started as standard, it does not become strict because somebody later asks for that.
    later = open_stores(None, var, durability="strict")
    until(lambda: later.promise().kept is False)
    until(lambda: "start again" in later.promise().means)
    later.close()
    stores.close()
    strict = open_stores(None, var, durability="strict")
    until(lambda: strict.promise().kept is True)
    until(lambda: "neither" in strict.promise().means)
    kept(strict, world.chat(world.customer()))
    strict.close()


def test_memory_promises_nothing() -> None:
    assert memory_stores().promise().kept is False


@pytest.mark.parametrize("url", ["redis://h", "unix:///run/r.sock", "rediss://h", "redis+sentinel://a:1,b/main"])
def test_connections_are_bounded_by_the_threads_that_serve(url: str) -> None:
    connect, _ = connector(url, 4)
    assert connect().connection_pool.max_connections == 8 + SPARE_CONNECTIONS  # type: ignore[union-attr]


def test_eight_threads_get_by_with_the_connections_of_their_number(embedded_url: str, room: Path) -> None:
    from concurrent.futures import ThreadPoolExecutor

    stores = open_stores(f"{embedded_url}?socket_timeout=10", room, threads=8)
    with ThreadPoolExecutor(8) as pool:
        assert len(list(pool.map(lambda _: stores.customers.history(world.customer()), range(400)))) == 400
    assert stores.link is not None
    assert len(stores.link.client.connection_pool._available_connections) <= 8
    stores.close()
