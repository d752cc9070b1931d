"""`docs/settings.md` lists every setting as `settings.py` has it, with an example that is taken."""

from __future__ import annotations

import ast
import re
from datetime import timedelta
from itertools import pairwise
from pathlib import Path

import pytest
from pydantic_core import PydanticUndefined
from tests.conftest import ROOT

from cuelight.settings import Settings

PAGE = (ROOT / "docs" / "settings.md").read_text("utf-8")
_ROW = re.compile(r"^\| `CUELIGHT_(\w+)` \| (.*?) \| (.*?) \| `(.*?)` \|$", re.M)
ROWS = {match[1].lower(): match.groups()[1:] for match in _ROW.finditer(PAGE)}


def meanings() -> dict[str, str]:
    """What stands below each field."""
    source = ast.parse((ROOT / "api" / "cuelight" / "settings.py").read_text("utf-8"))
    (body,) = (node.body for node in source.body if isinstance(node, ast.ClassDef) and node.name == "Settings")
    found = {}
    for field, told in pairwise(body):
        if isinstance(field, ast.AnnAssign) and isinstance(field.target, ast.Name) and isinstance(told, ast.Expr):
            assert isinstance(told.value, ast.Constant)
            found[field.target.id] = " ".join(str(told.value.value).split())
    return found


def shown(name: str) -> str:
    """Its default, as the page shows it."""
    value = Settings.model_fields[name].default
    match value:
        case None | "":
            return "unset"
        case bool():
            return f"`{str(value).lower()}`"
        case timedelta():
            hours, rest_s = divmod(int(value.total_seconds()), 3600)
            return f"`{hours:02}:{rest_s // 60:02}:{rest_s % 60:02}`"
        case _ if value is PydanticUndefined:
            return "as shipped"
        case _:
            return f"`{value}`"


def test_every_setting_is_listed_with_its_default_and_meaning() -> None:
    assert ROWS.keys() == Settings.model_fields.keys()
    assert {name: row[0] for name, row in ROWS.items()} == {name: shown(name) for name in Settings.model_fields}
    assert {name: row[1] for name, row in ROWS.items()} == meanings()


@pytest.mark.parametrize("name", Settings.model_fields)
def test_every_example_is_taken(name: str, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv(f"CUELIGHT_{name.upper()}", ROWS[name][2])
    taken = getattr(Settings(), name)
    assert taken != Settings.model_fields[name].default or isinstance(taken, Path)
