"""`cuelight agents`: a code once, lists without secrets, revoking."""

from __future__ import annotations

import re
from pathlib import Path

import pytest
from click.testing import CliRunner, Result

from cuelight.cli import main


@pytest.fixture
def cuelight(folder: Path):
    def run(*arguments: str) -> Result:
        return CliRunner().invoke(main, ["agents", *arguments], env={"CUELIGHT_VAR_DIR": str(folder / "var")})

    return run


def test_invite_list_revoke(cuelight) -> None:
    assert "Invite one" in cuelight("list").stdout
    invited = cuelight("invite", "Sam from support", "--hours", "2", "--team", "returns")
    assert re.fullmatch(r"([0-9A-HJKMNP-TV-Z]{5}-){3}[0-9A-HJKMNP-TV-Z]{5}\n", invited.stdout)
    enrolment_id = invited.stdout.replace("-", "")[:6].lower()
    assert enrolment_id in invited.stderr
    listed = cuelight("list").stdout
    assert re.match(rf"{enrolment_id}  invited .*Sam from support \(returns\)", listed)
    assert invited.stdout.strip() not in listed
    assert cuelight("revoke", enrolment_id).exit_code == 0
    assert "ended (revoked)" in cuelight("list").stdout
    again = cuelight("revoke", enrolment_id)
    assert again.exit_code == 1
    assert "no enrolment" in again.stderr


@pytest.mark.parametrize("name", ["", " ", "x" * 81, "Sam\nKim"])
def test_a_name_that_could_not_be_shown_is_refused(cuelight, name: str) -> None:
    refused = cuelight("invite", name)
    assert refused.exit_code == 1
    assert "NAME" in refused.stderr
