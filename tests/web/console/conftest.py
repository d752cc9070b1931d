"""A service with a console, over the real embedded store, with a clock that tests move."""

from __future__ import annotations

import shutil
import tempfile
from collections.abc import Iterator
from contextlib import closing, contextmanager
from pathlib import Path

import pytest
from tests.conftest import settings_for
from tests.web.console.people import Clock, Site

from cuelight.app import open_service
from cuelight.stores import client


@contextmanager
def patience() -> Iterator[None]:
    """Tests look into stores themselves, and a busy machine must not look like one that is down."""
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(client, "SOCKET_TIMEOUT_S", 10.0)
        patch.setattr(client, "CONNECT_TIMEOUT_S", 10.0)
        yield


@pytest.fixture(scope="module", autouse=True)
def patient() -> Iterator[None]:
    """For services that a module or a test opens; those of wider fixtures are open by then."""
    with patience():
        yield


@pytest.fixture(scope="package")
def site() -> Iterator[Site]:
    made, clock = Path(tempfile.mkdtemp(prefix="cue")), Clock()
    with patience():
        service = open_service(settings_for(made), clock)
    with closing(service):
        yield Site(service, clock)
    shutil.rmtree(made, ignore_errors=True)
