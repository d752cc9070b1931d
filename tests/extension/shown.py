"""Which pictures of docs/images/ a document shows: the others are not kept there."""

from __future__ import annotations

import re
import shutil
from pathlib import Path

ROOT = Path(__file__).resolve().parents[2]
IMAGES = ROOT / "docs" / "images"


def shown() -> set[str]:
    """Names of the pictures that a document of ours points to."""
    pages = [*ROOT.glob("*.md"), *(ROOT / "docs").rglob("*.md")]
    return {name for page in pages for name in re.findall(r"images/([\w-]+\.(?:png|svg))", page.read_text("utf-8"))}


def keep(taken: Path) -> None:
    """Copies what is shown of the pictures just taken."""
    for path in sorted(taken.glob("*.png")):
        if path.name in shown():
            shutil.copyfile(path, IMAGES / path.name)
