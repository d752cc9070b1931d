"""Fixtures of `sense`: the shipped test databases in a folder of their own, and a locator over them."""

from __future__ import annotations

import shutil
from datetime import UTC, datetime
from pathlib import Path

import pytest

from cuelight.sense.geo import GeoReader
from cuelight.sense.hash_keys import HashKeys
from cuelight.sense.key_ring import KeyRing, RingKey
from cuelight.sense.locator import SenseLocator, open_locator

DATA = Path(__file__).resolve().parents[2] / "data"
KEY = bytes(range(32))
PREVIOUS = bytes(range(32, 64))


@pytest.fixture
def geo_dir(tmp_path: Path) -> Path:
    folder = tmp_path / "geo"
    folder.mkdir()
    for path in (DATA / "geo").glob("*.mmdb"):
        shutil.copy(path, folder)
    return folder


@pytest.fixture(scope="session")
def geo(tmp_path_factory: pytest.TempPathFactory) -> GeoReader:
    """One reader for all tests that only look up: opening one tries each file out in a subprocess."""
    folder = tmp_path_factory.mktemp("shared") / "geo"
    shutil.copytree(DATA / "geo", folder)
    return GeoReader(folder)


@pytest.fixture(scope="session")
def locator(tmp_path_factory: pytest.TempPathFactory) -> SenseLocator:
    folder = tmp_path_factory.mktemp("located")
    shutil.copytree(DATA / "geo", folder / "geo")
    networks = folder / "networks"
    networks.mkdir()
    (networks / "vpn.txt").write_text("89.160.20.112/28\n2001:db8:5::/48\n")
    ring = KeyRing((RingKey(PREVIOUS), RingKey(KEY, datetime(2026, 1, 1, tzinfo=UTC))))
    keys = HashKeys.of(ring, lambda: datetime(2026, 2, 1, tzinfo=UTC))
    return open_locator(data_dir=DATA, geo_dir=folder / "geo", networks_dir=networks, keys=keys)
