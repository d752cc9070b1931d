"""A store that is down, hung, empty, full or foreign is unavailable: never slow, never 'a new customer'."""

from __future__ import annotations

import signal
import subprocess
import time
from collections.abc import Callable, Iterator
from concurrent.futures import ThreadPoolExecutor
from contextlib import contextmanager
from pathlib import Path

import pytest
from bench.faults.api import patiently
from redis import Redis
from tests.stores import servers, world

from cuelight.core.errors import StoreUnavailable
from cuelight.core.history import AccountEvent, AccountEventKind, Outcome, Proof
from cuelight.core.ports import OutcomeRecord
from cuelight.stores import Stores, keys, open_stores
from cuelight.stores.client import SOCKET_TIMEOUT_S
from cuelight.stores.embedded import server_binary

IN_TIME_S = 10.0
"""For all calls together, on a machine that may be busy with other tests: the driver, left to itself, takes a minute
for each where the server hangs, and three seconds where it is dead. `make faults` measures the half second."""
Process = subprocess.Popen[bytes]


@pytest.fixture
def server(room: Path) -> Iterator[tuple[Stores, Process]]:
    """A server of the test's own, claimed, to be maltreated; with its process."""
    with servers.plain(server_binary(), room / f"own-{time.monotonic_ns()}") as (url, process):
        stores = open_stores(url, room)
        stores.claim()
        yield stores, process
        stores.close()


@contextmanager
def impatient(stores: Stores, room: Path, timeout_s: float = SOCKET_TIMEOUT_S) -> Iterator[Stores]:
    """The same server, asked as a desk asks it."""
    assert stores.link is not None
    path = stores.link.client.connection_pool.connection_kwargs["path"]
    made = open_stores(f"unix://{path}?socket_timeout={timeout_s}", room)
    yield made
    made.close()


def calls(stores: Stores) -> list[Callable[[], object]]:
    """Every call of the customers' and keys' ports."""
    who = world.customer()
    chat = world.chat(who)
    customers = stores.customers
    outcome = OutcomeRecord(Outcome.UNKNOWN, world.at(), "Sam")
    return [
        lambda: customers.recall(chat),
        lambda: customers.recall(world.chat(None)),
        lambda: customers.record(chat, world.decision(chat), world.entry(chat)),
        lambda: customers.find(chat.key),
        lambda: customers.history(who),
        lambda: customers.recent(who, world.at(-1)),
        lambda: customers.observe(who, [world.sign_in()]),
        lambda: customers.settle(
            chat.key, who, outcome, proof=Proof.NONE, reported=False, failed_step_up=False, incident=None
        ),
        lambda: customers.put_incident(who, world.incident()),
        lambda: customers.note(who, AccountEvent(AccountEventKind.SIGNED_IN, world.at())),
        lambda: customers.erase(who, world.at()),
        customers.ping,
        lambda: stores.keys.by_secret("0" * 64),
        stores.keys.list,
    ]


def assert_unavailable(stores: Stores) -> None:
    started = time.monotonic()
    for call in calls(stores):
        with pytest.raises(StoreUnavailable):
            call()
    assert time.monotonic() - started < IN_TIME_S


@contextmanager
def stopped(process: Process) -> Iterator[None]:
    process.send_signal(signal.SIGSTOP)
    try:
        yield
    finally:
        process.send_signal(signal.SIGCONT)


def test_a_hung_server_is_unavailable_in_time_and_back_soon(server: tuple[Stores, Process], room: Path) -> None:
    stores, process = server
    chat = world.chat(world.customer())
    decision = stores.customers.record(chat, world.decision(chat), world.entry(chat))
    with impatient(stores, room) as asking:
        with stopped(process):
            assert_unavailable(asking)
        found = patiently(lambda: asking.customers.find(chat.key))
    assert found is not None
    assert found.decision == decision


def test_a_hung_server_holds_up_no_thread_longer_than_another(server: tuple[Stores, Process], room: Path) -> None:
    """Sixteen who ask at once wait beside each other, not one after the other."""
    stores, process = server
    chat = world.chat(world.customer())
    with impatient(stores, room, timeout_s=1.0) as asking, stopped(process), ThreadPoolExecutor(16) as pool:

        def recall(_: int) -> float:
            started = time.monotonic()
            with pytest.raises(StoreUnavailable):
                asking.customers.recall(chat)
            return time.monotonic() - started

        assert max(pool.map(recall, range(16))) < 8


def test_a_dead_server_is_unavailable(server: tuple[Stores, Process]) -> None:
    stores, process = server
    stores.customers.ping()
    process.kill()
    process.wait()
    assert_unavailable(stores)


def test_nobody_listens_there(room: Path) -> None:
    port = servers.free_port()
    for url in (f"redis://127.0.0.1:{port}/0", f"redis+cluster://127.0.0.1:{port}", f"unix://{room}/nothing",
                f"redis+sentinel://127.0.0.1:{port}/main"):  # fmt: skip
        assert_unavailable(open_stores(url, room))


def test_an_emptied_store_is_not_full_of_new_customers(server: tuple[Stores, Process]) -> None:
    stores, _ = server
    assert stores.link is not None
    chat = world.chat(world.customer())
    stores.customers.record(chat, world.decision(chat), world.entry(chat))
    stores.link.call("FLUSHALL")
    assert_unavailable(stores)
    stores.crowd.contact("somebody", [("address", "x")], world.at())
    stores.crowd.learn([("address", "x")])
    # Nothing was written meanwhile, so whoever knows that it is meant to be empty can say so.
    assert stores.link.call("DBSIZE") == 0
    stores.claim()
    assert stores.customers.find(chat.key) is None


def test_a_store_that_lost_only_its_epoch_cannot_be_claimed(server: tuple[Stores, Process]) -> None:
    stores, _ = server
    assert stores.link is not None
    chat = world.chat(world.customer())
    stores.customers.record(chat, world.decision(chat), world.entry(chat))
    stores.link.call("DEL", keys.EPOCH)
    assert_unavailable(stores)
    with pytest.raises(StoreUnavailable, match="restore it"):
        stores.claim()


def test_a_store_of_another_version_is_unavailable(server: tuple[Stores, Process]) -> None:
    stores, _ = server
    assert stores.link is not None
    stores.link.call("SET", keys.EPOCH, "cuelight:999:0123456789abcdef")
    assert_unavailable(stores)
    with pytest.raises(StoreUnavailable):
        stores.claim()


def test_claiming_twice_keeps_the_first_epoch(redis_stores: Stores) -> None:
    assert redis_stores.link is not None
    before = redis_stores.link.epoch()
    redis_stores.claim()
    assert redis_stores.link.epoch() == before


def test_a_full_store_refuses_whole_decisions(server: tuple[Stores, Process]) -> None:
    stores, _ = server
    assert stores.link is not None
    who = world.customer()
    chat, later = world.chat(who), world.chat(who, 1)
    stores.customers.record(chat, world.decision(chat), world.entry(chat))
    stores.link.call("CONFIG", "SET", "maxmemory", "1")
    with pytest.raises(StoreUnavailable):
        stores.customers.record(later, world.decision(later), world.entry(later))
    assert stores.customers.history(who).sightings == (world.entry(chat),)
    assert stores.customers.find(later.key) is None
    stores.link.call("CONFIG", "SET", "maxmemory", "0")
    stores.customers.record(later, world.decision(later), world.entry(later))
    assert len(stores.customers.history(who).sightings) == 2


def test_a_read_only_server_refuses_whole_decisions(server: tuple[Stores, Process]) -> None:
    stores, _ = server
    assert stores.link is not None
    chat = world.chat(world.customer())
    stores.link.call("REPLICAOF", "127.0.0.1", "1")
    with pytest.raises(StoreUnavailable):
        stores.customers.record(chat, world.decision(chat), world.entry(chat))
    stores.link.call("REPLICAOF", "NO", "ONE")
    assert stores.customers.find(chat.key) is None


def test_a_server_that_forgot_the_scripts_is_taught_them_again(server: tuple[Stores, Process]) -> None:
    stores, _ = server
    assert stores.link is not None
    chat = world.chat(world.customer())
    stores.customers.recall(chat)
    stores.link.call("SCRIPT", "FLUSH")
    decision = stores.customers.record(chat, world.decision(chat), world.entry(chat))
    stores.link.call("SCRIPT", "FLUSH")
    assert stores.crowd.read(None, [("os", "iOS")], world.at()).stats
    found = stores.customers.find(chat.key)
    assert found is not None
    assert found.decision == decision


def test_bytes_of_another_format_are_unavailable_not_empty(server: tuple[Stores, Process]) -> None:
    stores, _ = server
    assert stores.link is not None
    chat = world.chat(world.customer())
    stores.customers.record(chat, world.decision(chat), world.entry(chat))
    stores.link.call("SET", keys.chat(chat.customer or "", chat.key), b"\x09nonsense")
    with pytest.raises(StoreUnavailable):
        stores.customers.find(chat.key)


def test_a_pointer_that_is_lost_gives_no_cue_and_a_chat_that_is_lost_neither(server: tuple[Stores, Process]) -> None:
    stores, _ = server
    assert stores.link is not None
    one, two = world.chat(world.customer()), world.chat(world.customer())
    for chat in (one, two):
        stores.customers.record(chat, world.decision(chat), world.entry(chat))
    stores.link.call("DEL", keys.pointer(one.key))
    stores.link.call("DEL", keys.chat(two.customer or "", two.key))
    assert stores.customers.find(one.key) is None
    assert stores.customers.find(two.key) is None


def test_errors_name_no_host_no_key_and_no_secret(room: Path) -> None:
    port = servers.free_port()
    stores = open_stores(f"redis://cue:s3cret@127.0.0.1:{port}/0", room)
    chat = world.chat(world.customer())
    with pytest.raises(StoreUnavailable) as caught:
        stores.customers.recall(chat)
    text = str(caught.value)
    assert not any(part in text for part in ("s3cret", "127.0.0.1", str(port), str(chat.customer)))


def test_a_wrong_password_is_unavailable(room: Path) -> None:
    folder = room / "locked"
    with servers.plain(server_binary(), folder) as (url, _):
        admin = Redis.from_url(url)
        admin.execute_command("ACL", "SETUSER", "cue", "on", ">right", "~*", "+@all")
        admin.execute_command("ACL", "SETUSER", "default", "off")
        path = url.removeprefix("unix://")
        with pytest.raises(StoreUnavailable):
            open_stores(f"unix://cue:wrong@{path}", room).customers.ping()
        stores = open_stores(f"unix://cue:right@{path}", room)
        stores.claim()
        stores.customers.ping()
