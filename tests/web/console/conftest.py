"""A service with a console, over the real embedded store, with a clock that tests move."""

from __future__ import annotations

import shutil
import tempfile
from collections.abc import Iterator
from contextlib import closing
from pathlib import Path

import pytest
from tests.conftest import settings_for
from tests.web.console.people import Clock, Site

from cuelight.app import open_service


@pytest.fixture(scope="package")
def site() -> Iterator[Site]:
    made, clock = Path(tempfile.mkdtemp(prefix="cue")), Clock()
    with closing(open_service(settings_for(made), clock)) as service:
        yield Site(service, clock)
    shutil.rmtree(made, ignore_errors=True)
