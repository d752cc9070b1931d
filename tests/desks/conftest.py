"""A desk's API on loopback."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import closing

import pytest
from tests.receiver import Receiver


@pytest.fixture
def server() -> Iterator[Receiver]:
    with closing(Receiver()) as running:
        yield running
