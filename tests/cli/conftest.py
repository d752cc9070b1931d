"""An installation for commands to find: a data folder of its own, and its embedded server running."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import pytest
from tests.conftest import ROOT

from cuelight.stores.embedded import EmbeddedServer


@pytest.fixture(autouse=True)
def patient(monkeypatch: pytest.MonkeyPatch) -> None:
    """A command that a busy machine keeps waiting says so and is run again; most tests are about something else."""
    monkeypatch.setattr("cuelight.stores.client.SOCKET_TIMEOUT_S", 10.0)


@pytest.fixture
def installed(folder: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[Path]:
    """Its data folder."""
    monkeypatch.setenv("CUELIGHT_VAR_DIR", str(folder))
    monkeypatch.setenv("CUELIGHT_GEO_DIR", str(ROOT / "data" / "geo"))
    with EmbeddedServer(folder):
        yield folder
