"""The service in demo mode over a store of its own, with geography for the samples' networks; served for browsers."""

from __future__ import annotations

import shutil
import tempfile
from collections.abc import Iterator
from contextlib import closing
from pathlib import Path
from threading import Thread

import pytest
from tests.conftest import settings_for
from tests.web.demo import places
from werkzeug.serving import make_server

from cuelight.app import Service, open_service


@pytest.fixture(scope="package")
def demo() -> Iterator[Service]:
    made = Path(tempfile.mkdtemp(prefix="cue"))
    settings = settings_for(made, demo=True, geo_dir=places.write(made / "geo"))
    with closing(open_service(settings)) as opened:
        yield opened
    shutil.rmtree(made, ignore_errors=True)


@pytest.fixture(scope="package")
def desk_url(demo: Service) -> Iterator[str]:
    """The sample desk on a loopback port."""
    server = make_server("127.0.0.1", 0, demo.app, threaded=True)
    thread = Thread(target=server.serve_forever, daemon=True)
    thread.start()
    yield f"http://127.0.0.1:{server.server_port}/demo/desk"
    server.shutdown()
    thread.join()
