"""An installation for commands to find: a data folder of its own, and its embedded server running."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import pytest
from tests.conftest import ROOT

from cuelight.stores.embedded import EmbeddedServer


@pytest.fixture
def installed(folder: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[Path]:
    """Its data folder."""
    monkeypatch.setenv("CUELIGHT_VAR_DIR", str(folder))
    monkeypatch.setenv("CUELIGHT_GEO_DIR", str(ROOT / "data" / "geo"))
    with EmbeddedServer(folder):
        yield folder
