"""A short path for each fault: sockets must fit into 107 bytes."""

from __future__ import annotations

import tempfile
from collections.abc import Iterator
from pathlib import Path

import pytest


@pytest.fixture
def place() -> Iterator[Path]:
    with tempfile.TemporaryDirectory(prefix="cf", ignore_cleanup_errors=True) as path:
        yield Path(path)
