"""A service with a console, over the real embedded store, with a clock that tests move."""

from __future__ import annotations

import shutil
import tempfile
from collections.abc import Iterator
from contextlib import closing
from pathlib import Path

import pytest
from argon2 import PasswordHasher
from tests.clock import Clock
from tests.conftest import settings_for
from tests.unhurried import unhurried
from tests.web.console.people import Site

from cuelight.app import open_service
from cuelight.web.console import proving


@pytest.fixture(scope="module", autouse=True)
def patient() -> Iterator[None]:
    """For services that a module or a test opens; those of wider fixtures are open by then."""
    with unhurried():
        yield


@pytest.fixture(scope="package", autouse=True)
def quick_to_hash() -> Iterator[None]:
    """A password takes a quarter of a second to hash, on purpose. Here people sign in a hundred times."""
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(proving, "_HASHER", PasswordHasher(time_cost=1, memory_cost=1024, parallelism=1))
        yield


@pytest.fixture(scope="package")
def site() -> Iterator[Site]:
    made, clock = Path(tempfile.mkdtemp(prefix="cue")), Clock()
    with unhurried():
        service = open_service(settings_for(made), clock)
    with closing(service):
        yield Site(service, clock)
    shutil.rmtree(made, ignore_errors=True)
