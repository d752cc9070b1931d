"""Wrong settings: told by their variable and in plain words, by every command, before anything is started."""

from __future__ import annotations

import re
from pathlib import Path

import click
import pytest
from click.testing import CliRunner, Result
from tests.conftest import ROOT
from tests.stores import servers

from cuelight.cli import main
from cuelight.cli.run import _await_ready
from cuelight.cli.supervise import ApiServer
from cuelight.settings import Settings
from cuelight.wiring.checking import settings_found, start_found


@pytest.fixture(autouse=True)
def data_folder(folder: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    monkeypatch.setenv("CUELIGHT_VAR_DIR", str(folder / "var"))
    return folder


def call(*arguments: str) -> Result:
    return CliRunner().invoke(main, list(arguments))


UNREADABLE = {
    "THREADS": ("abc", "must be a whole number from 1 to 64"),
    "COLLECT_PER_MINUTE": ("1", "must be a whole number from 60 to 60000"),
    "DURABILITY": ("stric", "must be one of standard, strict"),
    "MAX_AGE": ("forever", "must be a time span: 00:10:00 (ten minutes), 36:00:00 or 2d"),
    "RETENTION_AUDIT_DAYS": ("forever", "must be a whole number from 30 to 3650"),
    "LOG_LEVEL": ("LOUD", "must be one of DEBUG, INFO, WARNING, ERROR, CRITICAL"),
    "PROXY_HEADER": ("x-real-ip", "must be one of forwarded, x-forwarded-for"),
    "DEMO": ("perhaps", "must be true or false"),
}


def test_what_cannot_be_read_is_told_at_once_and_the_rest_is_looked_at(monkeypatch: pytest.MonkeyPatch) -> None:
    for name, (value, _) in UNREADABLE.items():
        monkeypatch.setenv(f"CUELIGHT_{name}", value)
    monkeypatch.setenv("CUELIGHT_REDIS_URL", "unix:///nowhere/at/all.sock")
    monkeypatch.setenv("CUELIGHT_GEO_DIR", str(ROOT / "data" / "geo"))
    said = call("doctor")
    assert said.exit_code == 1
    for name, (_, problem) in UNREADABLE.items():
        assert f"FAIL  CUELIGHT_{name}: {problem}\n" in said.output
    assert "ok    policy" in said.output
    assert "ok    GeoIP data" in said.output
    for command in (("run", "--port", "1"), ("keys", "list"), ("operators", "list"), ("store", "claim")):
        refused = call(*command)
        assert refused.exit_code == 1
        assert refused.output.count("\n") == len(UNREADABLE)
        assert "CUELIGHT_THREADS: must be a whole number" in refused.output


@pytest.mark.parametrize(
    ("given", "told"),
    [
        ({"PROXIES": "10.0.0.0/99"}, "CUELIGHT_PROXIES: '10.0.0.0/99' is no address or network"),
        ({"PROXIES": "10.0.0.1"}, "CUELIGHT_PROXY_HEADER: is needed with proxies"),
        ({"CONSOLE_URL": "cue.example.com"}, "CUELIGHT_CONSOLE_URL: must begin with https://"),
        ({"CONSOLE_URL": "https://[::1"}, "CUELIGHT_CONSOLE_URL: must begin with https://"),
        ({"OIDC_ISSUER": "https://id.example.com"}, "CUELIGHT_OIDC_CLIENT_ID: and CUELIGHT_OIDC_CLIENT_SECRET"),
        ({"OIDC_CLIENT_ID": "cuelight"}, "CUELIGHT_OIDC_ISSUER: is needed with a client id"),
        ({"REDIS_URL": "http://store"}, "CUELIGHT_REDIS_URL: must begin with redis://"),
        ({"HASH_KEY": "short"}, "CUELIGHT_HASH_KEY: not base64"),
        ({"NOTICES": "webhook"}, "CUELIGHT_PUBLIC_URL: notices need it"),
        ({"ALLOW_PRIVATE_TARGETS": "no name"}, "CUELIGHT_ALLOW_PRIVATE_TARGETS: takes host names"),
        ({"VAR_DIR": "/proc/nope"}, "CUELIGHT_VAR_DIR: /proc/nope cannot be used"),
    ],
)
def test_run_refuses_at_once_what_doctor_fails(
    given: dict[str, str], told: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    for name, value in given.items():
        monkeypatch.setenv(f"CUELIGHT_{name}", value)
    found = [text for state, text in settings_found(Settings()) if state is False]
    assert [text.startswith(told) for text in found] == [True]
    refused = call("run", "--port", "1")
    assert refused.exit_code == 1
    assert refused.output == f"Error: {found[0]}\n"


def test_what_works_but_should_not_stay_is_told_and_hinders_nothing(monkeypatch: pytest.MonkeyPatch) -> None:
    assert list(start_found(Settings())) == []
    for name, value in {
        "CONSOLE_URL": "http://cue.example.com",
        "DEMO": "true",
        "PROXY_HEADER": "forwarded",
        "PROXY_HEADR": "forwarded",
        "TRUSTED_PROXIES": "1",
        "WHATEVER_ELSE_42": "1",
        "THREADS": "",
    }.items():
        monkeypatch.setenv(f"CUELIGHT_{name}", value)
    found = list(start_found(Settings()))
    assert all(state is None for state, _ in found)
    told = (
        "CUELIGHT_CONSOLE_URL: http:// sends passwords and cookies in clear",
        "CUELIGHT_PROXY_HEADER: counts for nothing without CUELIGHT_PROXIES",
        "CUELIGHT_DEMO: NEVER IN PRODUCTION",
        "CUELIGHT_PROXY_HEADR: is no setting; did you mean CUELIGHT_PROXY_HEADER?",
        "CUELIGHT_TRUSTED_PROXIES: is no longer a setting: set CUELIGHT_PROXIES and CUELIGHT_PROXY_HEADER instead",
        "CUELIGHT_WHATEVER_ELSE_42: is no setting; docs/settings.md lists them",
    )
    assert [text.startswith(start) for (_, text), start in zip(found, told, strict=True)] == [True] * len(told)
    monkeypatch.setenv("CUELIGHT_CONSOLE_URL", "http://localhost:8000/console")
    assert "CUELIGHT_CONSOLE_URL" not in " ".join(text for _, text in settings_found(Settings()))


def test_a_policy_that_cannot_be_used_keeps_from_starting(data_folder: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("CUELIGHT_POLICY_FILE", str(data_folder / "none.json"))
    refused = call("run", "--port", "1")
    assert refused.exit_code == 1
    assert re.fullmatch(r"Error: policy \S+none\.json: .*\n", refused.output)


def test_a_provider_out_of_reach_is_found_by_doctor(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("CUELIGHT_REDIS_URL", "unix:///nowhere/at/all.sock")
    for name, value in {"ISSUER": "http://127.0.0.1:9", "CLIENT_ID": "cue", "CLIENT_SECRET": "hush"}.items():
        monkeypatch.setenv(f"CUELIGHT_OIDC_{name}", value)
    said = call("doctor")
    assert said.exit_code == 1
    assert "FAIL  CUELIGHT_OIDC_ISSUER: nobody can sign in with it: provider unreachable" in said.output
    assert "hush" not in said.output


def test_a_folder_that_cannot_be_made_is_no_traceback(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("CUELIGHT_VAR_DIR", "/proc/nope")
    for command in (("keys", "list"), ("operators", "list"), ("store", "claim")):
        refused = call(*command)
        assert refused.exit_code == 1
        assert refused.output.startswith("Error: CUELIGHT_VAR_DIR: /proc/nope cannot be used")
    said = call("doctor")
    assert "FAIL  CUELIGHT_VAR_DIR" in said.output
    assert "network lists" in said.output


def test_workers_that_end_as_soon_as_they_start_are_not_waited_for(
    data_folder: Path, monkeypatch: pytest.MonkeyPatch, capfd: pytest.CaptureFixture[str]
) -> None:
    package = data_folder / "cuelight"
    package.mkdir()
    (package / "__init__.py").touch()
    (package / "app.py").write_text("raise SystemExit('cannot serve: broken on purpose')\n")
    monkeypatch.setenv("PYTHONPATH", str(data_folder))
    port = servers.free_port()
    with ApiServer("127.0.0.1", port, 1) as api, pytest.raises(click.ClickException, match="lines above say why"):
        _await_ready(api, "127.0.0.1", port, 1)
    assert "cannot serve: broken on purpose" in capfd.readouterr().err


def test_a_busy_port_names_the_option() -> None:
    refused = call("run", "--host", "192.0.2.1", "--port", "8432")
    assert refused.exit_code == 1
    assert refused.output.endswith("Try --port 8433\n")
