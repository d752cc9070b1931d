"""`cuelight hooks` against a real store: steps and secret once, two live secrets, nothing shown later."""

from __future__ import annotations

import re
from pathlib import Path

import pytest
from click.testing import CliRunner, Result

from cuelight.cli import main
from cuelight.core.hooks import Hook
from cuelight.desks import DESKS
from cuelight.settings import Settings
from cuelight.wiring.opening import open_own_stores

URL = "https://cue.example.com"


pytestmark = pytest.mark.usefixtures("installed")


def call(*arguments: str, given: str | None = None) -> Result:
    return CliRunner().invoke(main, ["hooks", *arguments], input=given)


def stored() -> list[Hook]:
    with open_own_stores(Settings()) as stores:
        return list(stores.hooks.list())


@pytest.mark.parametrize("desk", DESKS, ids=lambda d: d.name)
def test_every_desk_can_be_added_and_says_what_to_do_there(desk) -> None:
    made = call("add", desk.name, "--account", "acme", "--url", URL + "/")
    assert made.exit_code == 0, made.output
    [hook] = stored()
    assert f"{URL}/desks/{desk.name}/{hook.hook_id}" in made.output
    assert len(re.findall(r"^\d+\. ", made.output, re.M)) == len(desk.steps)
    if desk.secret_from_desk:
        assert hook.secrets == ()
        assert f"cuelight hooks rotate {hook.hook_id} --secret -" in made.output
        assert "no secret yet" in call("list").output
    else:
        assert len(hook.secrets[0]) >= 43
        assert hook.secrets[0] in made.output
        assert hook.secrets[0] not in call("list").output
    assert not re.search(r"(?<!\{)\{(url|secret|hook_id)\}", made.output)
    if desk.name == "zendesk":
        assert '"ticket_id": "{{ticket.id}}"' in made.output


def test_a_secret_is_rotated_beside_the_one_before() -> None:
    call("add", "libredesk", "--url", URL)
    [before] = stored()
    rotated = call("rotate", before.hook_id)
    [after] = stored()
    assert rotated.stdout.strip() == after.secrets[0]
    assert after.secrets[1] == before.secrets[0]
    assert after.rotated_at is not None
    call("rotate", before.hook_id)
    assert stored()[0].secrets[1] == after.secrets[0]
    assert len(stored()[0].secrets) == 2


def test_a_desks_own_secret_is_entered_and_not_shown(tmp_path: Path) -> None:
    call("add", "intercom", "--account", "a1b2", "--url", URL)
    [hook] = stored()
    assert "--secret -" in call("rotate", hook.hook_id).output
    entered = call("rotate", hook.hook_id, "--secret", "-", given="canary-secret\n")
    assert "canary" not in entered.output
    assert stored()[0].secrets == ("canary-secret",)
    file = tmp_path / "secret"
    file.write_text("canary-from-a-file\n")
    call("rotate", hook.hook_id, "--secret", str(file))
    assert stored()[0].secrets == ("canary-from-a-file", "canary-secret")
    for odd in ("", "short", "two\u2028lines-of-it"):
        file.write_text(odd)
        assert call("rotate", hook.hook_id, "--secret", str(file)).exit_code == 1
    assert call("rotate", hook.hook_id, "--secret", str(tmp_path / "none")).exit_code == 1


def test_settings_are_checked_and_secret_ones_are_asked_for() -> None:
    assert call("add", "zendesk", "--account", "acme", "--url", URL, "--option", "notes=yes").exit_code == 0
    [hook] = stored()
    assert hook.options["notes"] == "yes"
    changed = call("set", hook.hook_id, "--option", "api_user=a@b.example", "--ask", "api_token", given="canary\n")
    assert changed.exit_code == 0
    assert "canary" not in changed.output + call("list").output
    assert stored()[0].options["api_token"] == "canary"
    assert stored()[0].options["api_user"] == "a@b.example"
    for option in ("api_token=x", "nothing=x", "notes=maybe", "x"):
        assert call("set", hook.hook_id, "--option", option).exit_code == 1, option
    assert call("set", hook.hook_id, "--ask", "api_user").exit_code == 1


def test_mistakes_are_told_in_one_line() -> None:
    for arguments, said in (
        (["add", "nothing", "--url", URL], "live_helper_chat"),
        (["add", "zendesk", "--url", URL], "<account>.zendesk.com"),
        (["add", "zendesk", "--url", URL, "--account", "a/b"], "letters, digits"),
        (["add", "libredesk", "--url", "cue.example.com"], "https://cue.example.com"),
        (["rotate", "0123456789abcdef"], "hooks list"),
        (["remove", "0123456789abcdef"], "hooks list"),
    ):
        failed = call(*arguments)
        assert failed.exit_code == 1
        assert said in failed.output
        assert "Traceback" not in failed.output
    assert stored() == []


def test_a_hook_is_removed() -> None:
    assert "no webhooks yet" in call("list").output
    call("add", "generic", "--url", URL, "--option", "desk=help-center")
    [hook] = stored()
    assert call("remove", hook.hook_id).exit_code == 0
    assert stored() == []


def test_the_desks_and_their_settings_are_listed() -> None:
    listed = call("desks").output
    for desk in DESKS:
        assert f"{desk.name}: {desk.title}" in listed
    assert "--ask api_token" in listed
    assert "--option notes (yes|no) [no]" in listed
