"""What is said of a store that does not answer: what to do, as real servers bring it about; and nobody's name."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from pathlib import Path

import pytest
from redis import Redis
from tests.stores import servers, world

from cuelight.core.errors import StoreUnavailable
from cuelight.stores import Stores, open_stores
from cuelight.stores.embedded import server_binary

Ask = Callable[[Stores], object]


def pinged(stores: Stores) -> object:
    return stores.customers.ping()


def recalled(stores: Stores) -> object:
    return stores.customers.history(world.customer())


def recorded(stores: Stores) -> object:
    chat = world.chat(world.customer())
    return stores.customers.record(chat, world.decision(chat), world.entry(chat))


def said(url: str, room: Path, ask: Ask = pinged) -> str:
    stores = open_stores(url, room)
    with pytest.raises(StoreUnavailable) as caught:
        ask(stores)
    stores.close()
    text = str(caught.value)
    assert not any(part in text for part in ("127.0.0.1", "s3cret", "cue:", str(room), "{"))
    return text


@pytest.fixture(scope="module")
def path(room: Path) -> Iterator[str]:
    """A server's socket, with users who may do more and less."""
    with servers.plain(server_binary(), room / "told") as (url, _):
        stores = open_stores(url, room)
        stores.claim()
        stores.close()
        with Redis.from_url(url) as admin:
            for name, rights in (
                ("all", ["~*", "+@all"]),
                ("mute", ["~*", "+@all", "-evalsha"]),
                ("reader", ["~*", "+@all", "-set"]),
                ("blind", ["~other:*", "+@all"]),
            ):
                admin.execute_command("ACL", "SETUSER", name, "on", ">s3cret", *rights)
            admin.execute_command("ACL", "SETUSER", "default", "off")
        yield url.removeprefix("unix://")


@pytest.mark.parametrize(
    ("login", "query", "ask", "says"),
    [
        ("", "", pinged, "asks for a password"),
        ("all:s3cretive@", "", pinged, "refused the user or the password"),
        ("all:s3cret@", "?db=99", pinged, "no database of the number"),
        ("mute:s3cret@", "", recalled, "its user may not run evalsha"),
        ("reader:s3cret@", "", recorded, "its user may not run set"),
        ("blind:s3cret@", "", recalled, "keys that begin with cl:"),
    ],
)
def test_a_user_who_may_not(path: str, room: Path, login: str, query: str, ask: Ask, says: str) -> None:
    assert says in said(f"unix://{login}{path}{query}", room, ask)


def test_a_server_that_takes_no_writes(path: str, room: Path) -> None:
    url = f"unix://all:s3cret@{path}"
    with Redis.from_url(url) as admin:
        for begin, end, says in (
            (("CONFIG", "SET", "maxmemory", "1"), ("CONFIG", "SET", "maxmemory", "0"), "memory is full"),
            (("REPLICAOF", "127.0.0.1", "1"), ("REPLICAOF", "NO", "ONE"), "is a replica"),
            (("CONFIG", "SET", "min-replicas-to-write", "1"), ("CONFIG", "SET", "min-replicas-to-write", "0"), "fewer"),
        ):
            admin.execute_command(*begin)
            assert says in said(url, room, recorded)
            admin.execute_command(*end)


def test_nothing_is_there(room: Path) -> None:
    port = servers.free_port()
    assert "nothing listens" in said(f"redis://127.0.0.1:{port}", room)
    assert "no such socket" in said(f"unix://{room}/none.sock", room)
    assert "Sentinels cannot be reached" in said(f"redis+sentinel://127.0.0.1:{port}/main", room)
    assert "host is not known" in said("redis://no-such-host.invalid", room)


def test_a_server_that_is_another_sort_of_store(room: Path, cluster_url: str) -> None:
    port = servers.free_port()
    with servers.process(server_binary(), room / "sort", "--port", str(port), "--bind", "127.0.0.1"):
        servers.answering(port=port).close()
        assert "is no Cluster" in said(f"redis+cluster://127.0.0.1:{port}", room)
        assert "is no Sentinel" in said(f"redis+sentinel://127.0.0.1:{port}/main", room)
    node = cluster_url.rpartition("//")[2].partition(",")[0]
    assert "write redis+cluster://" in said(f"redis://{node}", room, recalled)


def test_sentinels_that_know_no_such_primary(room: Path, sentinel_url: str) -> None:
    assert "of the name in" in said(sentinel_url.replace("/main", "/other"), room)
    assert "?sentinel_password=" in said(sentinel_url.partition("?")[0], room)
    assert "refused the user or the password" in said(sentinel_url.replace("desk:pa55", "desk:s3cret"), room)
