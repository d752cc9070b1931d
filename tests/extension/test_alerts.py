"""The opt-in notification: a cue got worse while its chat is open. Told once, without a word about the customer."""

from __future__ import annotations

import json
import shutil
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
from playwright.sync_api import BrowserContext, Page, Playwright
from tests.extension.browser import EXTENSION, Eyes, configure, tab_id_of, with_extension, worker_of
from tests.extension.cue_server import KEY, CueServer, body_for

LISTEN = """() => {
  globalThis.told = [];
  const create = chrome.notifications.create.bind(chrome.notifications);
  chrome.notifications.create = (name, options) => { globalThis.told.push({ name, ...options }); return create(name, options); };
}"""  # noqa: E501


def allowed_to_notify(folder: Path) -> Path:
    """The extension as it stands after the agent has allowed notifications: nobody can press that button in a test."""
    ignored = shutil.ignore_patterns("dev", "*.d.ts", "jsconfig.json")
    made = Path(shutil.copytree(EXTENSION, folder / "extension", ignore=ignored))
    manifest = json.loads((made / "manifest.json").read_text("utf-8"))
    manifest["permissions"] += manifest.pop("optional_permissions")
    (made / "manifest.json").write_text(json.dumps(manifest), "utf-8")
    return made


@pytest.fixture(scope="module")
def notifying(driver: Playwright, tmp_path_factory: pytest.TempPathFactory) -> Iterator[BrowserContext]:
    folder = tmp_path_factory.mktemp("alerts")
    with with_extension(driver, folder / "profile", extension=allowed_to_notify(folder)) as context:
        worker_of(context).evaluate(LISTEN)
        yield context


@pytest.fixture
def opened(notifying: BrowserContext, cue_server: CueServer, desk_url: str) -> Iterator[tuple[Page, Eyes]]:
    configure(notifying, server=cue_server.url, key=KEY, name="Sam", alerts=True)
    worker_of(notifying).evaluate("() => { globalThis.told.length = 0 }")
    page = notifying.new_page()
    page.goto(f"{desk_url}/demo/desk#/chat/1001")
    eyes = Eyes(page)
    eyes.wait_state("green")
    yield page, eyes
    page.close()


def told(context: BrowserContext) -> list[dict[str, Any]]:
    found: list[dict[str, Any]] = worker_of(context).evaluate("() => globalThis.told")
    return found


def wait_answers(eyes: Eyes, server: CueServer, more: int) -> None:
    """Until the page has asked, and been answered, so many times more."""
    wanted = server.asked["1001"] + more + 1  # the last one may still be under way
    eyes.wait(lambda _: server.asked["1001"] >= wanted)


def test_a_cue_that_gets_worse_is_told_once(
    notifying: BrowserContext, opened: tuple[Page, Eyes], cue_server: CueServer
) -> None:
    page, eyes = opened
    cue_server.bodies["1001"] = body_for("1001", "red")
    eyes.wait_state("red")
    eyes.wait(lambda _: told(notifying) != [])  # told on its own, a little after it is drawn
    wait_answers(eyes, cue_server, 2)  # they say the same
    (alert,) = told(notifying)
    assert alert["title"] == "Stop and verify"
    assert alert["name"] == f"worse.{tab_id_of(notifying, page)}"
    assert "1001" not in alert["title"] + alert["message"]
    assert "Reason" not in alert["message"]
    cue_server.bodies["1001"] = body_for("1001", "amber")
    eyes.wait_state("amber")
    wait_answers(eyes, cue_server, 1)
    assert len(told(notifying)) == 1


def test_a_server_that_was_away_in_between_hides_nothing(
    notifying: BrowserContext, opened: tuple[Page, Eyes], cue_server: CueServer
) -> None:
    _, eyes = opened
    cue_server.mode = "503"
    eyes.wait_state("grey")
    assert told(notifying) == []
    cue_server.bodies["1001"] = body_for("1001", "amber")
    cue_server.mode = "ok"
    eyes.wait_state("amber", 15)
    eyes.wait(lambda _: [alert["title"] for alert in told(notifying)] == ["Check first"])


def test_another_chat_and_a_no_are_no_reason(
    notifying: BrowserContext, opened: tuple[Page, Eyes], cue_server: CueServer
) -> None:
    page, eyes = opened
    page.evaluate("() => desk.go('1003')")
    eyes.wait_state("red")
    page.evaluate("() => desk.go('1001')")
    eyes.wait_state("green")
    assert told(notifying) == []
    configure(notifying, alerts=False)
    cue_server.bodies["1001"] = body_for("1001", "red")
    eyes.wait_state("red")
    wait_answers(eyes, cue_server, 1)
    assert told(notifying) == []
