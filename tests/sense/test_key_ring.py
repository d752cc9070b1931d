"""The file of hash keys, its rotation, and which key is in use when."""

from __future__ import annotations

import base64
import stat
import threading
from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest

from cuelight.core.errors import Conflict, DataFileInvalid, InvalidInput
from cuelight.sense.hash_keys import HashKeys
from cuelight.sense.key_ring import KeyRing, RingKey, finish_file, load_ring, parse, rotate_file

NOW = datetime(2026, 11, 24, 12, tzinfo=UTC)


@pytest.fixture
def path(tmp_path: Path) -> Path:
    return tmp_path / "var" / "hash.key"


def test_a_key_file_is_made_once_private_and_kept(path: Path) -> None:
    ring = load_ring(path)
    assert [len(key.key) for key in ring.keys] == [32]
    assert load_ring(path) == ring
    assert stat.S_IMODE(path.stat().st_mode) == 0o600
    assert list(path.parent.iterdir()) == [path]


def test_processes_starting_at_once_get_one_key(path: Path) -> None:
    rings = []
    barrier = threading.Barrier(8)

    def start() -> None:
        barrier.wait()
        rings.append(load_ring(path))

    threads = [threading.Thread(target=start) for _ in range(8)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert len(set(rings)) == 1
    assert len(rings) == 8


def test_a_key_others_can_read_is_refused(path: Path) -> None:
    load_ring(path)
    path.chmod(0o644)
    with pytest.raises(DataFileInvalid, match="chmod 600"):
        load_ring(path)


@pytest.mark.parametrize("text", ["damaged", "", "a b\nc active=2026-11-24T12:00:00+00:00"])
def test_a_broken_key_file_is_not_replaced(path: Path, text: str) -> None:
    path.parent.mkdir()
    path.write_text(text)
    path.chmod(0o600)
    for call in (load_ring, lambda p: rotate_file(p, NOW)):
        with pytest.raises(DataFileInvalid, match="restore it"):
            call(path)
    assert path.read_text() == text


def test_a_rotation_adds_a_key_and_keeps_the_one_before(path: Path) -> None:
    first = load_ring(path).keys[0]
    ring = rotate_file(path, NOW)
    assert ring.keys[0] == first
    assert ring.keys[1].key != first.key
    assert ring.rotating
    assert load_ring(path) == ring
    assert stat.S_IMODE(path.stat().st_mode) == 0o600
    assert first.key.hex() not in repr(ring)


def test_a_second_rotation_waits_for_the_first(path: Path) -> None:
    load_ring(path)
    rotate_file(path, NOW)
    with pytest.raises(Conflict, match="not finished"):
        rotate_file(path, NOW)
    with pytest.raises(Conflict, match="2027-02-22"):
        finish_file(path, NOW + timedelta(days=89))
    with pytest.raises(Conflict, match="not in use"):
        finish_file(path, NOW - timedelta(seconds=1), early=True)
    ring = finish_file(path, NOW + timedelta(days=91))
    assert not ring.rotating
    with pytest.raises(Conflict, match="no rotation"):
        finish_file(path, NOW + timedelta(days=92))
    assert len(rotate_file(path, NOW + timedelta(days=93)).keys) == 3
    assert load_ring(path).keys[:2] == ring.keys


def test_a_setting_holds_the_same_lines(path: Path) -> None:
    load_ring(path)
    ring = rotate_file(path, NOW)
    assert parse(path.read_text().replace("\n", ";")) == ring
    wrapped = base64.encodebytes(bytes(range(64))).decode()
    assert parse(wrapped).keys == (RingKey(bytes(range(64))),)
    first = path.read_text().splitlines()[0]
    for bad in (f"{first};{first}", f"{first} active=x", f"{first};{first} active=2026-11-24", f"{first};{first} a=b"):
        with pytest.raises(InvalidInput, match="hash_key") as caught:
            parse(bad)
        assert first not in str(caught.value)


class Clock:
    def __init__(self) -> None:
        self.now = NOW - timedelta(minutes=1)

    def __call__(self) -> datetime:
        return self.now


def test_a_new_key_is_read_before_it_is_used(path: Path) -> None:
    clock = Clock()
    keys = HashKeys.in_file(path, clock)
    before = keys.present()
    rotate_file(path, NOW)
    keys._watched.refresh()
    assert keys.present() is before
    assert keys.former() is None
    clock.now = NOW
    assert keys.present().number == 2
    former = keys.former()
    assert former is not None
    assert former[0] is before
    assert former[2] == NOW
    finish_file(path, NOW + timedelta(days=91))
    keys._watched.refresh()
    assert keys.former() is None
    assert keys.former(even_finished=True) is not None
    assert keys.present().customer("u") == former[1].customer("u")


def test_whoever_notices_that_others_use_it_already_follows(path: Path) -> None:
    keys = HashKeys.in_file(path, Clock())
    rotate_file(path, NOW)
    keys.hasten()
    assert keys.present().number == 2


def test_a_file_that_went_bad_leaves_the_keys_in_use(path: Path) -> None:
    keys = HashKeys.in_file(path, Clock())
    before = keys.present().customer("u")
    path.write_text("damaged")
    keys._watched.refresh()
    assert keys.present().customer("u") == before
    assert "restore it" in (keys.error or "")


def test_a_token_of_any_key_leads_to_the_present_one() -> None:
    ring = KeyRing((RingKey(bytes(32)), RingKey(bytes(range(32)), NOW, NOW), RingKey(b"x" * 32, NOW)))
    keys = HashKeys.of(ring, lambda: NOW)
    now = keys.present().customer("u")
    assert now.startswith("3.")
    for count in (1, 2, 3):
        older = HashKeys.of(KeyRing(ring.keys[:count]), lambda: NOW).present().customer("u")
        assert keys.present_customer(older) == now
