"""One store for a file of tests, emptied for each; and its archive."""

from __future__ import annotations

import shutil
import tempfile
from collections.abc import Iterator
from contextlib import closing
from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest
from tests.archive.desk import LAYOUT, Desk, journal_of
from tests.unhurried import unhurried

from cuelight.archive import Archive, Follower, open_writer
from cuelight.stores import Stores, open_stores
from cuelight.stores.embedded import EmbeddedServer


@pytest.fixture(scope="module")
def stores() -> Iterator[Stores]:
    folder = Path(tempfile.mkdtemp(prefix="cl"))
    with EmbeddedServer(folder / "var") as server, unhurried(), closing(open_stores(server.url, folder)) as opened:
        opened.claim()
        yield opened
    shutil.rmtree(folder, ignore_errors=True)


@pytest.fixture
def desk(stores: Stores, tmp_path: Path) -> Iterator[Desk]:
    assert stores.link is not None
    stores.link.call("FLUSHALL")
    stores.claim()
    path = tmp_path / "archive.db"
    with open_writer(path, LAYOUT) as writer:
        assert writer is not None
        follower = Follower(journal_of(stores), writer, timedelta(days=3650), lambda: datetime.now(UTC))
        yield Desk(stores, path, follower, Archive(path, LAYOUT), writer)
