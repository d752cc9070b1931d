"""The register of erasures: half of it must not pass for a whole one."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest

from cuelight.core.errors import DataFileInvalid
from cuelight.core.retention import Retention
from cuelight.stores.erasure_register import ErasureRegister

AT = datetime(2026, 11, 24, 12, tzinfo=UTC)


def test_an_erasure_is_remembered_as_long_as_it_matters(tmp_path: Path) -> None:
    register = ErasureRegister(tmp_path / "erased", Retention())
    register.note("c_one", AT)
    register.note("c_two", AT + timedelta(days=1))
    register.note("c_one", AT + timedelta(days=2))
    assert register.noted(AT + timedelta(days=3)) == [
        ("c_two", AT + timedelta(days=1)),
        ("c_one", AT + timedelta(days=2)),
    ]
    assert register.noted(AT + timedelta(days=400)) == []
    assert (tmp_path / "erased").stat().st_mode & 0o077 == 0


@pytest.mark.parametrize("line", [b"c_two", b"c_two yesterday", b"c_tw\xf6 2026-11-24T12:00:00+00:00"])
def test_a_damaged_line_is_named(line: bytes, tmp_path: Path) -> None:
    path = tmp_path / "erased"
    register = ErasureRegister(path, Retention())
    register.note("c_one", AT)
    path.write_bytes(path.read_bytes() + line + b"\n")
    with pytest.raises(DataFileInvalid, match="line 2 is damaged"):
        register.noted(AT)
