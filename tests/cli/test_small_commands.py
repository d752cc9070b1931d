"""Keys, doctor, store and score, each against a real store."""

from __future__ import annotations

import re
from collections.abc import Iterator
from pathlib import Path

import pytest
from click.testing import CliRunner, Result
from tests.conftest import ROOT
from tests.stores import servers

from cuelight.cli import main
from cuelight.stores.embedded import EmbeddedServer
from cuelight.stores.launching import server_binary


def call(*arguments: str, given: str | None = None) -> Result:
    return CliRunner().invoke(main, list(arguments), input=given)


@pytest.fixture
def var(folder: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[Path]:
    monkeypatch.setenv("CUELIGHT_VAR_DIR", str(folder))
    monkeypatch.setenv("CUELIGHT_GEO_DIR", str(ROOT / "data" / "geo"))
    with EmbeddedServer(folder):
        yield folder


def test_a_key_is_shown_once_listed_without_it_and_revoked(var: Path) -> None:
    assert "no keys yet" in call("keys", "list").output
    made = call("keys", "create", "agents", "--scope", "cue", "--days", "3")
    token = made.stdout.strip()
    assert re.fullmatch(r"cue_[a-z0-9]{8}_[A-Za-z0-9_-]{43}", token)
    key_id = token.split("_")[1]
    listed = call("keys", "list").output
    assert key_id in listed
    assert "expires" in listed
    assert token.split("_", 2)[2] not in listed
    assert call("keys", "revoke", key_id).exit_code == 0
    assert "revoked" in call("keys", "list").output
    assert call("keys", "revoke", key_id).exit_code == 1
    assert "no such scope" in call("keys", "create", "x", "--scope", "everything").output


def test_doctor_finds_a_sound_installation_and_a_broken_one(var: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    sound = call("doctor")
    assert sound.exit_code == 0, sound.output
    assert "FAIL" not in sound.output
    assert "durability standard: a killed process loses nothing" in sound.output
    assert "no policy was published: the file is live" in sound.output
    broken = var / "policy.json"
    broken.write_text('{"version": ""}')
    monkeypatch.setenv("CUELIGHT_POLICY_FILE", str(broken))
    said = call("doctor")
    assert said.exit_code == 1
    assert "FAIL" in said.output
    assert "thresholds" in said.output


def test_a_store_of_your_own_is_claimed_once(folder: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("CUELIGHT_VAR_DIR", str(folder))
    with servers.plain(server_binary(), folder / "own") as (url, _):
        monkeypatch.setenv("CUELIGHT_REDIS_URL", url)
        before = call("doctor")
        assert before.exit_code == 1
        assert "store claim" in before.output
        assert call("store", "claim").exit_code == 0
        assert call("store", "claim").exit_code == 0
        assert "FAIL" not in call("doctor").output


def test_score_says_when_nobody_answers() -> None:
    said = call("score", "--url", "http://127.0.0.1:9", "--key", "k", given='{"chat_id": "x"}')
    assert said.exit_code == 1
    assert "is `cuelight run` up?" in said.output


def test_help_needs_nothing_and_lists_everything() -> None:
    said = call("--help").output
    for command in ("demo", "doctor", "geo", "keys", "replay", "run", "score", "store"):
        assert command in said
