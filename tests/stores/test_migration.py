"""A store of the first schema is brought to this one whole; one of a newer schema is left alone."""

from __future__ import annotations

import json
from base64 import b64decode
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
from click.testing import CliRunner
from tests.stores import past, servers

from cuelight.cli import main
from cuelight.core.chat import traits
from cuelight.core.errors import StoreUnavailable
from cuelight.stores import Stores, epochs, keys, open_stores
from cuelight.stores.embedded import EmbeddedServer, server_binary
from cuelight.stores.migration import migrate

FIXTURE = Path(__file__).parent / "fixtures" / "schema1.json"


def load(stores: Stores) -> None:
    """The bytes of an installation of the first schema, into an empty store."""
    assert stores.link is not None
    for row in json.loads(FIXTURE.read_text("ascii")):
        key, value = b64decode(row["key"]), row["value"]
        for command in _commands(row["type"], key, value):
            if key == keys.EPOCH.encode() and stores.link.clustered:
                stores.link.set_epoch(b64decode(value).decode())
            else:
                stores.link.call(*command)
        if row["ttl_s"] > 0:
            stores.link.call("EXPIRE", key, row["ttl_s"])


def _commands(shape: str, key: bytes, value: Any) -> Iterator[tuple[Any, ...]]:
    if shape == "string":
        yield "SET", key, b64decode(value)
    elif shape == "list":
        yield "RPUSH", key, *map(b64decode, value)
    else:
        for one, other in value:
            yield (
                ("HSET", key, b64decode(one), b64decode(other))
                if shape == "hash"
                else ("ZADD", key, other, b64decode(one))
            )


@pytest.fixture
def old(request: pytest.FixtureRequest, room: Path, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Stores]:
    """A store of the first schema: a single server, or a Cluster that is emptied for it."""
    if getattr(request, "param", "single") == "cluster":
        stores = open_stores(f"{request.getfixturevalue('cluster_url')}?socket_timeout=10", room)
        assert stores.link is not None
        emptied(stores)
        load(stores)
        yield stores
        emptied(stores)
        stores.claim()
        stores.close()
        return
    with servers.plain(server_binary(), room / tmp_path_factory.mktemp("old").name) as (url, _):
        stores = open_stores(f"{url}?socket_timeout=10", room)
        load(stores)
        yield stores
        stores.close()


def emptied(stores: Stores) -> None:
    assert stores.link is not None
    stores.link.client.flushall(target_nodes="primaries") if stores.link.clustered else stores.link.call("FLUSHALL")


def assert_whole(stores: Stores) -> None:
    """Everything the old installation knew is there, by tokens of today's lengths."""
    customers, crowd = stores.customers, stores.crowd
    for owner in past.OWNERS:
        who, made = past.customer(owner), past.chats(owner, cut=True)
        assert customers.history(who) == past.history(owner)
        assert list(customers.recent(who, past.at(-1))) == list(past.stored(owner))
        assert customers.find(made[1].key) == list(past.stored(owner))[2]
        assert list(customers.ledger(who, made[2].key)) == [past.disclosure(owner)]
        for chat in made:
            found = crowd.read("somebody", traits(chat.sighting), past.at(80))
            for name, value in traits(chat.sighting):
                assert found.of(name, value).customers > 0, name
            assert found.of("address", chat.origin.address).others_7d == 1 if chat.origin else False
        reported = crowd.read(None, traits(made[2].sighting), past.at(80))
        assert {reported.of(*trait).reported for trait in traits(made[2].sighting)} >= {1}
        assert reported.of("address", made[2].origin.address).reported == 1 if made[2].origin else False
    nobody = past.unclaimed(cut=True)
    found_chat = customers.find(nobody.key)
    assert found_chat is not None
    assert found_chat.chat == nobody
    assert stores.keys.by_secret(past.SECRET) is not None


@pytest.mark.parametrize("old", ["single", "cluster"], indirect=True)
def test_everything_is_there_after_the_migration(old: Stores) -> None:
    assert old.link is not None
    with pytest.raises(StoreUnavailable, match=r"schema 1.*cuelight store migrate"):
        old.customers.ping()
    with pytest.raises(StoreUnavailable):
        old.customers.recall(past.chats("u-1", cut=True)[0])
    done = migrate(old.link)
    # Three histories, thirteen chats, three incidents, three disclosures.
    assert (done.rewritten, done.unreadable) == (22, 0)
    assert_whole(old)
    assert 0 < old.link.call("TTL", keys.history(past.customer("u-1"))) <= keys.HISTORY_TTL_S
    across = {"address", "prefix", "fingerprint", "model"}
    was = {t for owner in past.OWNERS for c in past.chats(owner, cut=False) for t in traits(c.sighting)}
    assert not any(old.link.pipeline([("EXISTS", keys.spray(trait)) for trait in was if trait[0] in across]))


def test_the_store_stays_the_same_one_and_is_migrated_once(old: Stores) -> None:
    assert old.link is not None
    (before,) = map(epochs.parse, old.link.epochs())
    migrate(old.link)
    (after,) = map(epochs.parse, old.link.epochs())
    assert before is not None
    assert after is not None
    assert (after.is_current, after.ident) == (True, before.ident)
    assert migrate(old.link).rewritten == 0


def test_a_migration_cut_short_leaves_no_answers_and_is_finished_by_the_next(old: Stores) -> None:
    assert old.link is not None

    def fail(_: object) -> None:
        raise KeyboardInterrupt

    with pytest.raises(KeyboardInterrupt):
        migrate(old.link, fail)
    with pytest.raises(StoreUnavailable, match="run it again"):
        old.customers.ping()
    with pytest.raises(StoreUnavailable):
        old.customers.history(past.customer("u-1"))
    migrate(old.link)
    assert_whole(old)


def test_what_cannot_be_read_stays_and_is_counted(old: Stores) -> None:
    assert old.link is not None
    broken = keys.history(past.customer("u-2"))
    old.link.call("SET", broken, b"\1\1\1")
    done = migrate(old.link)
    assert (done.rewritten, done.unreadable) == (21, 1)
    assert old.link.call("GET", broken) == b"\1\1\1"
    with pytest.raises(StoreUnavailable):
        old.customers.history(past.customer("u-2"))
    assert old.customers.history(past.customer("u-1")) == past.history("u-1")


@pytest.mark.parametrize("epoch", ["cuelight:3:0123456789abcdef", "cuelight:2>3:0123456789abcdef"])
def test_a_store_of_a_newer_schema_is_left_alone(room: Path, epoch: str) -> None:
    with servers.plain(server_binary(), room / f"new-{epoch[9]}{len(epoch)}") as (url, _):
        stores = open_stores(f"{url}?socket_timeout=10", room)
        assert stores.link is not None
        stores.link.set_epoch(epoch)
        for call in (stores.customers.ping, stores.claim, lambda: migrate(stores.link)):  # type: ignore[arg-type]
            with pytest.raises(StoreUnavailable, match=r"newer version of Cuelight \(schema 3"):
                call()
        assert stores.link.epochs() == {epoch}
        stores.close()


def test_an_empty_or_foreign_store_is_not_migrated(room: Path) -> None:
    with servers.plain(server_binary(), room / "foreign") as (url, _):
        stores = open_stores(f"{url}?socket_timeout=10", room)
        assert stores.link is not None
        for epoch in (None, "somebody else's"):
            if epoch:
                stores.link.set_epoch(epoch)
            with pytest.raises(StoreUnavailable, match="has no epoch"):
                migrate(stores.link)
        stores.close()


def test_the_embedded_store_is_migrated_as_it_starts(room: Path) -> None:
    var = room / "grown"
    with EmbeddedServer(var) as server:
        stores = open_stores(f"{server.url}?socket_timeout=10", var)
        assert stores.link is not None
        stores.link.call("FLUSHALL")
        load(stores)
        old = next(iter(stores.link.epochs()))
        (server.folder / "epoch").write_text(f"{old}\n")
        stores.close()
    with EmbeddedServer(var) as server:
        stores = open_stores(f"{server.url}?socket_timeout=10", var)
        assert_whole(stores)
        assert {(server.folder / "epoch").read_text().strip()} == (stores.link.epochs() if stores.link else set())
        stores.close()


@pytest.mark.parametrize("marker", [None, "cuelight:2:0123456789abcdef"])
def test_an_old_backup_in_a_newer_folder_is_migrated_too_unless_it_is_another_stores(
    room: Path, marker: str | None
) -> None:
    var = room / f"back{len(marker or '')}"
    with EmbeddedServer(var) as server:
        stores = open_stores(f"{server.url}?socket_timeout=10", var)
        assert stores.link is not None
        stores.link.call("FLUSHALL")
        load(stores)
        (server.folder / "epoch").write_text(marker or "") if marker else (server.folder / "epoch").unlink()
        stores.close()
    if marker:
        with pytest.raises(StoreUnavailable, match="another installation's"):
            EmbeddedServer(var).start()
        return
    with EmbeddedServer(var) as server:
        stores = open_stores(f"{server.url}?socket_timeout=10", var)
        assert_whole(stores)
        stores.close()


def test_the_command_says_what_it_did(old: Stores, monkeypatch: pytest.MonkeyPatch) -> None:
    assert old.link is not None
    url = f"unix://{old.link.client.connection_pool.connection_kwargs['path']}?socket_timeout=10"
    monkeypatch.setenv("CUELIGHT_REDIS_URL", url)
    result = CliRunner().invoke(main, ["store", "migrate"])
    assert result.exit_code == 0, result.output
    assert "22 values" in result.output
    assert_whole(old)
    again = CliRunner().invoke(main, ["store", "migrate"])
    assert "nothing to do" in again.output


def test_the_fixture_is_of_the_first_schema_and_alive_when_it_was_written() -> None:
    rows = json.loads(FIXTURE.read_text("ascii"))
    assert [b64decode(r["value"])[:11] for r in rows if b64decode(r["key"]) == b"cl:epoch"] == [b"cuelight:1:"]
    assert len({r["type"] for r in rows}) == 4
