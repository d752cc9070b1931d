"""One real Firefox with the package its store would get, a desk, and servers to ask."""

from __future__ import annotations

import io
import threading
import zipfile
from collections.abc import Iterator
from importlib.util import module_from_spec, spec_from_file_location
from pathlib import Path

import pytest
from tests.extension.browser import EXTENSION
from tests.extension.cue_server import KEY, CueServer
from tests.extension.firefox.bidi import Firefox, Tab, running_firefox
from werkzeug.serving import make_server

from cuelight.app import Service


def packed(browser: str) -> bytes:
    """As `make extension` packs it."""
    spec = spec_from_file_location("pack", EXTENSION / "dev" / "pack.py")
    assert spec is not None
    assert spec.loader is not None
    pack = module_from_spec(spec)
    spec.loader.exec_module(pack)
    made: bytes = pack.pack(browser)
    return made


@pytest.fixture(scope="module")
def home(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Where this Firefox looks for a company's policy."""
    return tmp_path_factory.mktemp("home")


@pytest.fixture(scope="module")
def firefox(home: Path, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Firefox]:
    folder = tmp_path_factory.mktemp("firefox")
    with zipfile.ZipFile(io.BytesIO(packed("firefox"))) as archive:
        archive.extractall(folder)
    with running_firefox(folder, home) as running:
        yield running


@pytest.fixture(scope="module")
def control(firefox: Firefox) -> Tab:
    """A page of the extension, from which settings are written and the toolbar is read."""
    return firefox.page("panel/panel.html?tab=0")


@pytest.fixture
def cue_server() -> Iterator[CueServer]:
    server = CueServer()
    yield server
    server.end()


@pytest.fixture
def set_up(control: Tab, cue_server: CueServer) -> Tab:
    """Set up for this test's server, as the options page does it."""
    control.eval("browser.storage.local.clear()")
    control.eval(f"browser.storage.local.set({{ server: {cue_server.url!r}, name: 'Sam', mark: '🦊' }})")
    control.eval(f"browser.storage.session.set({{ key: {KEY!r} }})")
    return control


@pytest.fixture
def desk(firefox: Firefox, set_up: Tab, desk_url: str) -> Iterator[Tab]:
    tab = firefox.open(f"{desk_url}/demo/desk")
    yield tab
    tab.close()


@pytest.fixture
def api_url(service: Service) -> Iterator[str]:
    """The real application on a port of its own."""
    server = make_server("127.0.0.1", 0, service.app, threaded=True)
    thread = threading.Thread(target=server.serve_forever, daemon=True)
    thread.start()
    yield f"http://127.0.0.1:{server.server_port}"
    server.shutdown()
    thread.join(10)
