"""The opt-in notification: a cue got worse while its chat is open. Told once, without a word about the customer."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

import pytest
from playwright.sync_api import BrowserContext, Page
from tests.extension.browser import Eyes, configure, tab_id_of, worker_of
from tests.extension.conftest import Desks
from tests.extension.cue_server import KEY, CueServer, body_for

LISTEN = """() => {
  globalThis.told = [];
  const create = (globalThis.notTold = chrome.notifications.create);
  chrome.notifications.create = (name, options) => {
    globalThis.told.push({ name, ...options });
    return create.call(chrome.notifications, name, options);
  };
}"""


@pytest.fixture
def notifying(desk_browser: Desks) -> Iterator[BrowserContext]:
    """The browser that was allowed everything, listened to."""
    context = desk_browser.context
    worker_of(context).evaluate(LISTEN)
    yield context
    worker_of(context).evaluate("() => { chrome.notifications.create = globalThis.notTold }")
    configure(context, server=desk_browser.server.url, key=KEY, alerts=False)


@pytest.fixture
def opened(notifying: BrowserContext, cue_server: CueServer, desk_url: str) -> Iterator[tuple[Page, Eyes]]:
    configure(notifying, server=cue_server.url, key=KEY, name="Sam", alerts=True)
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
