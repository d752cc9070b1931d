"""A short path for each fault: sockets must fit into 107 bytes. Faults are Linux's: they need /proc and ptrace."""

from __future__ import annotations

import sys
import tempfile
from collections.abc import Iterator
from pathlib import Path

import pytest

collect_ignore_glob = [] if sys.platform == "linux" else ["test_*.py"]


@pytest.fixture
def place() -> Iterator[Path]:
    with tempfile.TemporaryDirectory(prefix="cf", ignore_cleanup_errors=True) as path:
        yield Path(path)
