"""`cuelight operators` and `cuelight audit`: links once, every change told, a log that was touched is found out."""

from __future__ import annotations

import json
import re
from collections.abc import Callable, Iterator
from contextlib import closing
from pathlib import Path

import pytest
from click.testing import CliRunner, Result

from cuelight.cli import main
from cuelight.stores import keys, open_stores
from cuelight.stores.embedded import EmbeddedServer

Cuelight = Callable[..., Result]


@pytest.fixture
def cuelight(folder: Path) -> Iterator[Cuelight]:
    """The command beside a store that goes on: else each call would start one and end it."""

    def run(*arguments: str) -> Result:
        return CliRunner().invoke(main, list(arguments), env={"CUELIGHT_VAR_DIR": str(folder / "var")})

    with EmbeddedServer(folder / "var"):
        yield run


def test_add_list_reset_remove(cuelight: Cuelight) -> None:
    assert "Add one" in cuelight("operators", "list").stdout
    added = cuelight(
        "operators", "add", "zoe", "--role", "analyst", "--role", "approver", "--url", "https://cue.example.com/"
    )
    assert re.fullmatch(r"https://cue\.example\.com/console/invitation/[\w-]{43}\n", added.stdout)
    assert "for zoe, once" in added.stderr
    listed = cuelight("operators", "list").stdout
    assert re.match(r"zoe +invited +analyst, approver", listed)
    again = cuelight("operators", "add", "zoe", "--role", "admin")
    assert again.exit_code == 1
    assert "exists already" in again.stderr
    reset = cuelight("operators", "reset", "zoe", "--role", "admin")
    assert reset.stdout.startswith("http://127.0.0.1:8000/console/invitation/")
    assert reset.stdout.split("/")[-1] != added.stdout.split("/")[-1]
    assert re.match(r"zoe +invited +admin\n", cuelight("operators", "list").stdout)
    assert cuelight("operators", "remove", "zoe").exit_code == 0
    assert "no operator zoe" in cuelight("operators", "remove", "zoe").stderr
    for wrong in (("Zoe!", "admin"), ("", "admin"), ("x" * 41, "admin"), ("max", "boss")):
        assert cuelight("operators", "add", wrong[0], "--role", wrong[1]).exit_code != 0
    assert cuelight("operators", "sign-out").stdout == "0 sessions ended\n"
    told = cuelight("audit", "list").stdout
    assert [line.split()[4] for line in told.splitlines()][1:] == [
        "operator.remove", "operator.reset", "operator.add", "operator.add",
    ]  # fmt: skip
    assert all(line.split()[3].startswith("cli") for line in told.splitlines())


def test_the_log_is_listed_exported_and_verified(cuelight: Cuelight, folder: Path) -> None:
    assert "no such entries" in cuelight("audit", "list").stdout
    assert "no anchors" not in cuelight("audit", "verify").stdout
    for name in ("Sam", "Kim", "Lee"):
        cuelight("agents", "invite", name)
    cuelight("keys", "create", "shop", "--scope", "cue")
    cuelight("hooks", "add", "generic", "--account", "acme", "--url", "https://cue.example.com")
    cuelight("forget", "u-1001")
    listed = cuelight("audit", "list", "--action", "agent", "--by", "cli", "--days", "1").stdout
    assert re.findall(r"agent:(\w+)", listed) == ["Lee", "Kim", "Sam"]
    exported = [json.loads(line) for line in cuelight("audit", "export").stdout.splitlines()]
    assert [each["number"] for each in exported] == [1, 2, 3, 4, 5, 6]
    assert [each["action"] for each in exported][3:] == ["key.add", "desk.add", "customer.erase"]
    assert "u-1001" not in json.dumps(exported)
    whole = cuelight("audit", "verify")
    assert (whole.exit_code, whole.stdout) == (0, "6 entries from number 1 on: the log is whole\n")

    checked = cuelight("doctor").stdout
    assert "ok    audit log: 6 entries, whole" in checked
    assert "note  console: not served; cuelight operators add" in checked
    with closing(open_stores(None, folder / "var")) as stores:
        assert stores.link is not None
        stores.link.call("ZREMRANGEBYSCORE", keys.AUDIT, 6, 6)
    assert "FAIL  audit log: not whole, 1 findings" in cuelight("doctor").stdout
    cut = cuelight("audit", "verify")
    assert cut.exit_code == 1
    assert "cut_off: entry 6" in cut.stderr
    assert "not whole" in cut.stderr
    (folder / "var" / "audit.anchors").unlink()
    assert cuelight("audit", "verify").exit_code == 1
    assert cuelight("audit", "verify", "--without-anchors").exit_code == 0
