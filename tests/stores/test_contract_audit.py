"""What every `AuditStore` promises, and that whatever is done to a log behind its back is found."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from concurrent.futures import ThreadPoolExecutor
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest

from cuelight.auditing import AuditLog, Found, Wanted
from cuelight.core.audit import AuditEntry, AuditStore, Finding, sealed
from cuelight.core.errors import DataFileInvalid, InvalidInput, StoreUnavailable
from cuelight.stores import Stores, keys
from cuelight.stores.audit_anchors import AnchorFile
from cuelight.stores.codec_audit import pack_entry
from cuelight.stores.link import Link

START = datetime(2026, 11, 1, 12, tzinfo=UTC)


class World:
    """A log over a store, with hands on its clock, its keys and (in Redis) its bytes."""

    def __init__(self, store: AuditStore, folder: Path) -> None:
        self.store, self.path, self.now = store, folder / "audit.anchors", START
        self.keys = {1: b"1" * 32}

    @property
    def log(self) -> AuditLog:
        """As another process would open it."""
        kept = timedelta(days=400)
        return AuditLog(
            self.store, AnchorFile(self.path), lambda: self.keys, lambda: max(self.keys), kept, lambda: self.now
        )

    def fill(self, count: int, action: str = "list.add") -> list[AuditEntry]:
        log = self.log
        return [
            log.append(by=f"operator {n % 2}", action=action, target=f"network:{n}", note="é ✓") for n in range(count)
        ]

    def codes(self) -> list[str]:
        return [each.code for each in self.log.verify().findings]


def empty(stores: Stores) -> AuditStore:
    if (link := stores.link) is not None:
        link.call("DEL", keys.AUDIT)
        link.call("DEL", keys.AUDIT_START)
    return stores.audit


@pytest.fixture
def world(stores: Stores, tmp_path: Path) -> World:
    return World(empty(stores), tmp_path)


@pytest.fixture
def tampered(redis_stores: Stores, tmp_path: Path) -> Iterator[tuple[World, Link]]:
    assert redis_stores.link is not None
    world = World(empty(redis_stores), tmp_path)
    world.fill(9)
    assert world.codes() == []
    yield world, redis_stores.link
    empty(redis_stores)


def test_entries_are_numbered_and_come_back_in_both_directions(world: World) -> None:
    made = world.fill(7)
    assert [each.number for each in made] == list(range(1, 8))
    assert list(world.log.read()) == made[::-1]
    assert list(world.log.read(before=5, limit=2)) == [made[3], made[2]]
    assert list(world.log.read(after=5)) == [made[6], made[5]]
    assert list(world.log.entries()) == made
    found = world.log.search(Wanted(by="OPERATOR 1", action="list"), limit=2)
    assert (list(found.entries), found.older) == ([made[5], made[3]], 4)
    assert list(world.log.search(Wanted(by="OPERATOR 1"), before=4, limit=2).entries) == [made[1]]
    assert list(world.log.search(Wanted(target="network:3")).entries) == [made[3]]
    assert world.log.search(Wanted(action="policy")) == Found([])
    assert world.log.search(Wanted(action="policy"), look_at=7) == Found([], 1)
    whole = world.log.verify()
    assert (whole.entries, whole.starts_at, whole.findings, whole.anchored) == (7, 1, (), True)


def test_many_who_write_at_once_get_one_chain(world: World) -> None:
    logs = [world.log for _ in range(4)]
    with ThreadPoolExecutor(4) as pool:
        list(pool.map(lambda n: logs[n % 4].append(by="k", action="key.add", target=str(n)), range(40)))
    assert world.codes() == []
    assert sorted(int(each.target) for each in world.log.entries()) == list(range(40))


def test_what_cannot_be_sealed_is_not_written(world: World) -> None:
    world.fill(1)
    with pytest.raises(InvalidInput, match="note"):
        world.log.append(by="zoe", action="key.add", target="", note="x" * 501)
    with pytest.raises(ValueError, match="named like"):
        world.log.append(by="zoe", action="Add a key", target="")
    assert len(world.log.read()) == 1
    made = world.log.append(by="zoe\x1b[2J", action="key.add", target="a\nb", note="\u202edone")
    assert (made.by, made.target, made.note) == ("zoe [2J", "a b", " done")
    assert world.codes() == []


def test_an_anchor_that_cannot_be_written_fails_the_append(world: World, tmp_path: Path) -> None:
    world.path = tmp_path / "file" / "audit.anchors"
    (tmp_path / "file").write_text("no folder")
    with pytest.raises(StoreUnavailable, match="anchors"):
        world.log.append(by="zoe", action="key.add", target="")


def test_entries_sealed_before_a_hash_key_was_replaced_are_still_checked(world: World) -> None:
    world.fill(2)
    world.keys = {**world.keys, 2: b"2" * 32}
    made = world.fill(2)
    assert [each.key for each in world.log.entries()] == [1, 1, 2, 2]
    assert world.codes() == []
    world.keys = {1: world.keys[1]}
    with pytest.raises(StoreUnavailable, match="newer hash key"):
        world.fill(1)
    world.keys = {1: world.keys[1], 2: b"x" * 32}
    assert [each.number for each in world.log.verify().findings] == [made[0].number, made[1].number]


def test_old_entries_go_and_the_rest_is_still_whole(world: World) -> None:
    world.fill(3)
    world.now += timedelta(days=200)
    world.fill(2)
    world.now += timedelta(days=201)
    newest = world.fill(1)
    found = world.log.verify()
    assert (found.entries, found.starts_at, found.findings) == (3, 4, ())
    world.now += timedelta(days=4000)
    world.fill(1)
    found = world.log.verify()
    assert (found.entries, found.starts_at, found.findings) == (1, newest[0].number + 1, ())


Hand = Callable[[Link, list[bytes]], object]


def put(link: Link, number: int, data: bytes) -> None:
    link.call("ZREMRANGEBYSCORE", keys.AUDIT, number, number)
    link.call("ZADD", keys.AUDIT, number, data)


def swap(link: Link, rows: list[bytes]) -> None:
    put(link, 3, rows[4])
    link.call("ZADD", keys.AUDIT, 5, rows[2])


HANDS: dict[str, tuple[Hand, list[str]]] = {
    "the note is changed": (lambda link, rows: put(link, 4, rows[3].replace(b"network:3", b"network:9")), ["changed"]),
    "the author is changed": (lambda link, rows: put(link, 4, rows[3].replace(b"or 1", b"or 7")), ["changed"]),
    "one is deleted": (lambda link, _: link.call("ZREMRANGEBYSCORE", keys.AUDIT, 4, 4), ["missing"]),
    "several are deleted": (lambda link, _: link.call("ZREMRANGEBYSCORE", keys.AUDIT, 4, 6), ["missing"]),
    "the first is deleted": (lambda link, _: link.call("ZREMRANGEBYSCORE", keys.AUDIT, 1, 1), ["missing"]),
    "the end is cut off": (lambda link, _: link.call("ZREMRANGEBYSCORE", keys.AUDIT, 8, 9), ["cut_off"]),
    "all are deleted": (lambda link, _: link.call("DEL", keys.AUDIT), ["cut_off"]),
    "two are exchanged": (swap, ["changed", "changed", "changed", "changed"]),
    "one is put in twice": (lambda link, rows: link.call("ZADD", keys.AUDIT, 4, rows[3] + b" "), ["out_of_order"]),
    "one is made up": (lambda link, rows: link.call("ZADD", keys.AUDIT, 10, rows[8] + b" "), ["changed"]),
    "one is damaged": (lambda link, _: put(link, 4, b"\xff{"), ["unreadable", "changed"]),
    "a start is made up": (
        lambda link, _: (
            link.call("ZREMRANGEBYSCORE", keys.AUDIT, 1, 3),
            link.call("SET", keys.AUDIT_START, b'{"number":4,"before":"00","key":1,"seal":"00"}'),
        ),
        ["start_forged", "changed"],
    ),
}  # fmt: skip


@pytest.mark.parametrize("name", HANDS)
def test_what_is_done_to_the_log_is_found(tampered: tuple[World, Link], name: str) -> None:
    world, link = tampered
    if link.clustered and name not in ("one is deleted", "two are exchanged"):
        name = "one is deleted"  # what a chain finds does not depend on where it is kept
    hand, codes = HANDS[name]
    hand(link, link.call("ZRANGE", keys.AUDIT, 0, -1))
    assert world.codes() == codes


def test_a_log_that_was_cut_off_stays_so_however_much_is_written_later(tampered: tuple[World, Link]) -> None:
    world, link = tampered
    link.call("ZREMRANGEBYSCORE", keys.AUDIT, 6, 9)
    world.fill(6)
    assert world.codes() == ["replaced"]
    world.now += timedelta(days=3)
    world.fill(1)
    assert world.codes() == ["replaced"]


def test_entries_sealed_with_another_key_do_not_pass(tampered: tuple[World, Link]) -> None:
    world, link = tampered
    world.keys = {**world.keys, 2: b"2" * 32}
    newest = world.fill(1)[0]
    stolen = sealed(replace(newest, number=11), newest.seal, world.keys, 1)
    link.call("ZADD", keys.AUDIT, 11, pack_entry(stolen))
    assert world.codes() == ["old_key"]
    made_up = sealed(replace(newest, number=11), newest.seal, {2: b"3" * 32}, 2)
    put(link, 11, pack_entry(made_up))
    assert world.codes() == ["changed"]


def test_without_anchors_the_end_is_not_called_whole(world: World) -> None:
    assert world.codes() == []
    world.fill(2)
    world.path.unlink()
    found = world.log.verify()
    assert found.findings == (Finding(0, "no_anchors", found.findings[0].text),)
    world.path.write_text("nonsense\n")
    with pytest.raises(DataFileInvalid, match="line 1"):
        world.log.verify()


def test_one_anchor_a_day_stays(world: World) -> None:
    for _ in range(4):
        world.fill(3)
        world.now += timedelta(days=1)
    assert [int(line.split()[0]) for line in world.path.read_text().splitlines()] == [3, 6, 9, 12]
    assert world.path.stat().st_mode & 0o077 == 0
