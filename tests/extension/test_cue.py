"""The cue on a desk's page: always the open chat's, never older than its life, grey whenever anything is wrong."""

from __future__ import annotations

import random
import time

from playwright.sync_api import BrowserContext, Page
from tests.extension.browser import Eyes, Seen, configure, extension_url, wait_toolbar, worker_of
from tests.extension.cue_server import CHATS, CueServer

WORDS = {"green": "Looks right", "amber": "Check first", "red": "Stop and verify", "grey": "Unverified"}


def is_of(seen: Seen, chat_id: str) -> bool:
    """Whether a cue of this chat is shown, or none."""
    return seen.tip == f"Reason of chat {chat_id}." or not seen.tip.startswith("Reason of chat")


def open_chat(page: Page, chat_id: str) -> None:
    page.evaluate("(id) => { location.hash = `#/chat/${id}` }", chat_id)


def test_each_cue_is_drawn_with_icon_word_and_reason(desk: Page, eyes: Eyes, chrome: BrowserContext) -> None:
    for chat_id, cue in CHATS.items():
        open_chat(desk, chat_id)
        seen, _ = eyes.wait(lambda seen, id_=chat_id: id_ in seen.tip)
        assert (seen.state, seen.word, seen.tip) == (cue, WORDS[cue], f"Reason of chat {chat_id}.")
        assert seen.spoken == f"Cue {cue}: {WORDS[cue]}. Reason of chat {chat_id}."
        assert seen.drawn_by == "extension"
        assert seen.count == 1
        wait_toolbar(chrome, desk, lambda said, says=f"Cuelight: {WORDS[cue]} ({cue})": said == says)


def test_no_chat_no_cue(desk: Page, eyes: Eyes, chrome: BrowserContext) -> None:
    open_chat(desk, "1003")
    eyes.wait_state("red")
    desk.evaluate("() => { location.hash = '#/settings' }")
    assert eyes.look().state is None
    wait_toolbar(chrome, desk, lambda said: said == "Cuelight: no chat open in this tab")


def test_the_old_cue_goes_in_the_same_tick(desk: Page, eyes: Eyes, cue_server: CueServer) -> None:
    """Every way to navigate; the page looks right after it, before anything else can run."""
    ways = [
        "() => { history.pushState(null, '', '#/chat/1002') }",
        "() => { history.replaceState(null, '', '#/chat/1002') }",
        "() => { location.hash = '#/chat/1002' }",
    ]
    for way in ways:
        cue_server.delay_s = (0, 0)
        desk.goto(desk.url.split("#")[0] + "#/")
        desk.evaluate("() => desk.go('1003')")
        eyes.wait_state("red")
        cue_server.delay_s = (0.6, 0.6)
        desk.evaluate(way)
        seen = eyes.look()
        assert seen.state != "red", way
        assert is_of(seen, "1002"), way
        desk.evaluate("() => desk.rebuild()")
        eyes.wait_state("amber")


def test_answers_that_come_late_are_never_drawn_on_another_chat(desk: Page, eyes: Eyes, cue_server: CueServer) -> None:
    cue_server.delay_s = (0.0, 0.25)
    chance = random.Random(3)
    chat_ids = list(CHATS)
    wrong = []
    for _ in range(20):
        chat_id = chance.choice(chat_ids)
        desk.evaluate("(id) => desk.go(id)", chat_id)
        until = time.monotonic() + chance.uniform(0.02, 0.3)
        while time.monotonic() < until:
            if not is_of(seen := eyes.look(), chat_id):
                wrong.append((chat_id, seen))
    assert wrong == []
    eyes.wait(lambda seen: seen.state == CHATS[chat_id] and seen.tip == f"Reason of chat {chat_id}.")


def test_an_unchanged_cue_costs_a_304(desk: Page, eyes: Eyes, cue_server: CueServer) -> None:
    open_chat(desk, "1003")
    eyes.wait_state("red")
    eyes.wait(lambda _: cue_server.statuses[304] >= 1)
    whole = cue_server.statuses[200]
    eyes.wait(lambda _: cue_server.statuses[304] >= 3)
    assert cue_server.statuses[200] == whole
    eyes.wait_state("red")


def test_page_and_address_that_disagree_are_grey(desk: Page, eyes: Eyes, chrome: BrowserContext) -> None:
    open_chat(desk, "1001")
    eyes.wait_state("green")
    desk.evaluate("() => desk.claim('1003')")
    assert eyes.look().state in ("loading", "grey", None)  # in the same tick
    eyes.wait(lambda seen: seen.state == "grey" and "name different chats" in seen.tip)
    wait_toolbar(chrome, desk, lambda said: "different chats" in said)
    desk.evaluate("() => desk.claim('1001')")
    eyes.wait_state("green")
    wait_toolbar(chrome, desk, lambda said: said == "Cuelight: Looks right (green)")


def test_a_pane_that_lags_behind_its_address_gets_the_new_cue(desk: Page, eyes: Eyes) -> None:
    desk.evaluate("() => { desk.lag_ms = 300; desk.go('1003') }")
    eyes.wait_state("red")
    desk.evaluate("() => desk.go('1001')")
    for _ in range(10):
        seen = eyes.look()
        assert seen.state != "red"
        assert is_of(seen, "1001")
        desk.wait_for_timeout(25)
    eyes.wait(lambda seen: seen.state == "green" and seen.tip == "Reason of chat 1001.")


def test_the_cue_survives_a_desk_that_rebuilds_its_header(desk: Page, eyes: Eyes) -> None:
    open_chat(desk, "1002")
    eyes.wait_state("amber")
    for _ in range(8):
        desk.evaluate("() => desk.rebuild()")
        eyes.wait_state("amber")
    assert eyes.look().word == WORDS["amber"]


def test_a_killed_worker_comes_back_with_the_cue(
    desk: Page, eyes: Eyes, chrome: BrowserContext, cue_server: CueServer
) -> None:
    open_chat(desk, "1003")
    eyes.wait_state("red")
    worker_of(chrome).evaluate("() => { globalThis.before = true }")
    inside = chrome.new_page()
    inside.goto(extension_url(chrome, "options/options.html"))
    desk.bring_to_front()
    session = chrome.new_cdp_session(inside)
    cue_server.delay_s = (0.4, 0.4)
    asked = cue_server.asked["1003"]
    eyes.wait(lambda _: cue_server.asked["1003"] > asked)  # the next question is soon under way
    session.send("ServiceWorker.enable")
    session.send("ServiceWorker.stopAllWorkers")
    asked = cue_server.asked["1003"]
    eyes.wait(lambda _: cue_server.asked["1003"] > asked)  # the page's next question wakes it
    eyes.wait_state("red")
    assert worker_of(chrome).evaluate("() => globalThis.before ?? null") is None
    cue_server.delay_s = (0, 0)
    open_chat(desk, "1002")
    eyes.wait_state("amber")
    wait_toolbar(chrome, desk, lambda said: said == "Cuelight: Check first (amber)")


def test_another_mark_is_drawn_at_once(desk: Page, eyes: Eyes, chrome: BrowserContext) -> None:
    open_chat(desk, "1003")
    eyes.wait_state("red")
    configure(chrome, mark="AB")
    eyes.wait(lambda seen: (seen.state, seen.mark, seen.count) == ("red", "AB", 1))


def test_many_changes_of_the_settings_leave_one_cue(desk: Page, eyes: Eyes, chrome: BrowserContext) -> None:
    """Each of them starts the page's machine anew; two at once must not leave two."""
    open_chat(desk, "1003")
    eyes.wait_state("red")
    for mark in "ABCDEFGH":
        configure(chrome, mark=mark)
    eyes.wait(lambda seen: (seen.state, seen.mark, seen.count) == ("red", "H", 1))
    open_chat(desk, "1001")
    assert eyes.wait_state("green").count == 1
