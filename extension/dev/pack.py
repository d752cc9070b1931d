"""Packs the extension for both stores: `python extension/dev/pack.py [FOLDER]`, or `make extension`.

There is one manifest. Each store gets it without the keys only the other browser knows, so that neither warns about
them. The same files give the same bytes, whenever and wherever it is packed: sorted names, one date, one mode.
"""

from __future__ import annotations

import json
import sys
import zipfile
from io import BytesIO
from pathlib import Path
from typing import Any

EXTENSION = Path(__file__).resolve().parent.parent
FOLDERS = tuple(sorted(path.name for path in EXTENSION.iterdir() if path.is_dir() and path.name != "dev"))
FILES = ("managed_schema.json",)
NOT_SHIPPED = ("desks/schema.json",)
"""Of the folders: what only tests and editors read. Icons are shipped as PNG; their SVG is the source."""

_DATE = (2026, 1, 1, 0, 0, 0)
_UNIX = 3
_MODE = 0o100644 << 16


def manifest_for(browser: str, manifest: dict[str, Any]) -> dict[str, Any]:
    """The manifest as one browser knows it."""
    made: dict[str, Any] = json.loads(json.dumps(manifest))
    if browser == "chrome":
        made.pop("browser_specific_settings")
        made.pop("sidebar_action")
        made["background"].pop("scripts")
    else:
        for name in ("minimum_chrome_version", "side_panel", "storage"):
            made.pop(name)
        made["permissions"].remove("sidePanel")
        made["background"].pop("service_worker")
    return made


def shipped() -> list[Path]:
    """Every file of the extension that is packed, in order."""
    found = [EXTENSION / name for name in FILES]
    for folder in FOLDERS:
        found += [path for path in (EXTENSION / folder).rglob("*") if path.is_file() and path.suffix != ".svg"]
    names = {str(path.relative_to(EXTENSION)): path for path in found}
    return [names[name] for name in sorted(names) if name not in NOT_SHIPPED]


def packed_as(path: Path) -> bytes:
    """A file as it is; data without the blanks that are there for readers."""
    if path.suffix != ".json":
        return path.read_bytes()
    return json.dumps(json.loads(path.read_text("utf-8")), ensure_ascii=False, separators=(",", ":")).encode()


def pack(browser: str) -> bytes:
    """The package for `chrome` or `firefox`."""
    manifest = manifest_for(browser, json.loads((EXTENSION / "manifest.json").read_text("utf-8")))
    entries = [("manifest.json", json.dumps(manifest, indent=2, ensure_ascii=False).encode() + b"\n")]
    entries += [
        (str(path.relative_to(EXTENSION)), packed_as(path))
        for path in shipped()
        if browser == "chrome" or path.name not in FILES
    ]
    packed = BytesIO()
    with zipfile.ZipFile(packed, "w", zipfile.ZIP_DEFLATED, compresslevel=9) as archive:
        for name, data in entries:
            entry = zipfile.ZipInfo(name, _DATE)
            entry.compress_type, entry.create_system, entry.external_attr = zipfile.ZIP_DEFLATED, _UNIX, _MODE
            archive.writestr(entry, data)
    return packed.getvalue()


def main(folder: Path) -> None:
    folder.mkdir(parents=True, exist_ok=True)
    version = json.loads((EXTENSION / "manifest.json").read_text("utf-8"))["version"]
    for browser in ("chrome", "firefox"):
        target = folder / f"cuelight-{browser}-{version}.zip"
        target.write_bytes(pack(browser))
        print(f"{target}  {target.stat().st_size} bytes")  # noqa: T201 - a build step tells what it made


if __name__ == "__main__":
    main(Path(sys.argv[1]) if len(sys.argv) > 1 else EXTENSION.parent / "dist")
