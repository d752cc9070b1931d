"""The packages for both stores: the same bytes twice, nothing that is not needed, and nothing their checker finds."""

from __future__ import annotations

import io
import json
import os
import re
import subprocess
import sys
import zipfile
from importlib.util import module_from_spec, spec_from_file_location
from pathlib import Path
from typing import Any

import pytest
from tests.extension.browser import EXTENSION

BROWSERS = ("chrome", "firefox")
MAX_BYTES = 150_000


def packer() -> Any:
    spec = spec_from_file_location("pack", EXTENSION / "dev" / "pack.py")
    assert spec is not None
    assert spec.loader is not None
    module = module_from_spec(spec)
    spec.loader.exec_module(module)
    return module


def opened(browser: str) -> zipfile.ZipFile:
    return zipfile.ZipFile(io.BytesIO(packer().pack(browser)))


def test_the_same_files_give_the_same_bytes(tmp_path: Path) -> None:
    here = {browser: packer().pack(browser) for browser in BROWSERS}
    environment = {**os.environ, "TZ": "Asia/Tokyo", "PYTHONHASHSEED": "7"}
    command = [sys.executable, str(EXTENSION / "dev" / "pack.py"), str(tmp_path)]
    for _ in range(2):
        subprocess.run(command, check=True, capture_output=True, env=environment, timeout=60)
        for browser in BROWSERS:
            (written,) = tmp_path.glob(f"cuelight-{browser}-*.zip")
            assert written.read_bytes() == here[browser]


@pytest.mark.parametrize("browser", BROWSERS)
def test_the_package_is_small_and_whole(browser: str) -> None:
    packed = packer().pack(browser)
    assert len(packed) <= MAX_BYTES
    with opened(browser) as archive:
        names = archive.namelist()
        manifest = json.loads(archive.read("manifest.json"))
        texts = {name: archive.read(name).decode() for name in names if name.endswith((".js", ".html", ".css"))}
    assert names[0] == "manifest.json"
    assert len(names) == len(set(names))
    assert not [name for name in names if name.startswith("dev/") or name.endswith((".ts", ".svg", ".py", ".map"))]
    named = [*manifest["content_scripts"][0]["js"], *manifest["icons"].values(), manifest["options_ui"]["page"]]
    background = manifest["background"]
    named += [background["service_worker"]] if browser == "chrome" else background["scripts"]
    named.append((manifest["side_panel"] if browser == "chrome" else manifest["sidebar_action"]).popitem()[1])
    imported = [
        str(Path(os.path.normpath(Path(name).parent / found)).as_posix())
        for name, text in texts.items()
        for found in re.findall(r'(?:from|import) "(\.[^"]+)"|(?:src|href)="(?!http)([^"#]+)"', text)
        for found in found
        if found
    ]
    missing = {name for name in [*named[:-1], *imported] if name not in names}
    assert missing == set()


def test_each_store_gets_only_what_its_browser_knows() -> None:
    manifests = {}
    for browser in BROWSERS:
        with opened(browser) as archive:
            manifests[browser] = json.loads(archive.read("manifest.json"))
    chrome, firefox = manifests["chrome"], manifests["firefox"]
    assert {"sidebar_action", "browser_specific_settings"} & chrome.keys() == set()
    assert {"side_panel", "storage", "minimum_chrome_version"} & firefox.keys() == set()
    assert chrome["background"] == {"service_worker": "background/main.js", "type": "module"}
    assert firefox["background"] == {"scripts": ["background/main.js"], "type": "module"}
    assert set(chrome["permissions"]) - set(firefox["permissions"]) == {"sidePanel"}
    same = chrome.keys() & firefox.keys() - {"background", "permissions"}
    assert {name: chrome[name] for name in same} == {name: firefox[name] for name in same}


def test_the_checker_of_firefoxs_store_finds_nothing(tmp_path: Path) -> None:
    """`web-ext lint`: no errors, no warnings, no notices."""
    with opened("firefox") as archive:
        archive.extractall(tmp_path / "package")
    program = EXTENSION / "dev" / "node_modules" / "web-ext" / "bin" / "web-ext.js"
    assert program.exists(), "run `make check` once: it installs extension/dev"
    beside = Path(sys.executable).with_name("node")
    command = [str(beside) if beside.exists() else "node", str(program), "lint", "--output", "json"]
    command += ["--no-input", "--no-config-discovery", "--source-dir", str(tmp_path / "package")]
    environment = {**os.environ, "NO_UPDATE_NOTIFIER": "1", "HOME": str(tmp_path)}
    done = subprocess.run(command, capture_output=True, text=True, check=False, timeout=110, env=environment)
    found = json.loads(done.stdout)
    lines = [(each["code"], each.get("file"), each["message"]) for kind in found["summary"] for each in found[kind]]
    assert lines == []
    assert done.returncode == 0


def test_the_policys_schema_names_what_settings_read() -> None:
    schema = json.loads((EXTENSION / "managed_schema.json").read_text("utf-8"))
    read = re.search(
        r"storage\.managed\.get\(\[([^\]]+)\]", (EXTENSION / "background" / "settings.js").read_text("utf-8")
    )
    assert read is not None
    assert set(schema["properties"]) == set(re.findall(r'"(\w+)"', read[1]))
    desk = json.loads((EXTENSION / "desks" / "schema.json").read_text("utf-8"))
    own = schema["properties"]["desks"]["items"]["properties"]
    assert set(own) == set(desk["properties"]) - {"$schema", "self_hosted"}
