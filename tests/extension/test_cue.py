"""The cue on a desk's page: always the open chat's, never older than its life, grey whenever anything is wrong."""

from __future__ import annotations

import random
import time

from playwright.sync_api import BrowserContext, Page
from tests.extension.browser import Eyes, Seen, configure, extension_url, wait_toolbar, worker_of
from tests.extension.cue_server import CHATS, CueServer, body_for
from tests.extension.watcher import Watcher, world_of

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


FAULTS = {
    "401": "does not accept this browser",
    "403": "may not do that",
    "404": "is not Cuelight",
    "422": "refused this request",
    "429": "asked too often",
    "500": "error of its own",
    "503": "cannot answer right now",
    "html": "is not Cuelight",
    "garbage": "is not Cuelight",
    "other_shape": "cannot be read",
    "no_life": "cannot be read",
    "unknown_cue": "cannot be read",
    "redirect": "cannot be reached",
    "wrong_chat": "another chat",
    "hang": "did not answer in time",
    "drop": "cannot be reached",
}


def test_faults_turn_a_green_cue_grey(desk: Page, eyes: Eyes, chrome: BrowserContext, cue_server: CueServer) -> None:
    """How soon is told in test_pace.py, by a clock that no busy machine slows down."""
    for mode, says in FAULTS.items():
        cue_server.mode = "ok"
        desk.evaluate("() => desk.go('')")
        open_chat(desk, "1001")
        eyes.wait_state("green")
        cue_server.bodies["1001"] = body_for("1001", "green", policy_version=mode)  # no 304
        cue_server.mode = mode
        eyes.wait(lambda seen, says=says: seen.state == "grey" and says in seen.tip)
        wanted = ("Cuelight: Unverified (grey)", says)
        wait_toolbar(chrome, desk, lambda said, wanted=wanted: said.startswith(wanted[0]) and wanted[1] in said)


def test_a_first_answer_that_fails_is_grey_too(desk: Page, eyes: Eyes, cue_server: CueServer) -> None:
    for mode in ("500", "html", "hang"):
        cue_server.mode = "ok"
        desk.evaluate("() => desk.go('')")
        cue_server.mode = mode
        open_chat(desk, "1001")
        eyes.wait_state("grey")


def test_the_server_stops_and_comes_back(desk: Page, eyes: Eyes, cue_server: CueServer) -> None:
    open_chat(desk, "1001")
    eyes.wait_state("green")
    cue_server.stop()
    eyes.wait(lambda seen: seen.state == "grey" and "cannot be reached" in seen.tip)
    cue_server.start()
    eyes.wait_state("green", 15)


def test_an_unchanged_cue_costs_a_304(desk: Page, eyes: Eyes, cue_server: CueServer) -> None:
    open_chat(desk, "1003")
    eyes.wait_state("red")
    eyes.wait(lambda _: cue_server.statuses[304] >= 1)
    whole = cue_server.statuses[200]
    eyes.wait(lambda _: cue_server.statuses[304] >= 3)
    assert cue_server.statuses[200] == whole
    eyes.wait_state("red")


def test_a_cue_never_outlives_its_life(desk: Page, eyes: Eyes, cue_server: CueServer) -> None:
    """The page's questions are answered, but too late to be of use: the old answer ends by its own clock."""
    cue_server.bodies["1001"] = body_for("1001", "green", ttl_s=1)
    open_chat(desk, "1001")
    eyes.wait_state("green")
    cue_server.delay_s = (0.8, 0.8)
    eyes.wait_state("grey")


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


def test_a_server_that_is_asked_too_often_is_left_alone(desk: Page, eyes: Eyes, cue_server: CueServer) -> None:
    open_chat(desk, "1003")
    eyes.wait_state("red")
    cue_server.mode = "429"
    eyes.wait_state("grey")
    before = cue_server.asked["1003"]
    desk.wait_for_timeout(2500)
    assert cue_server.asked["1003"] - before <= 2  # after 2 s, then 4 s, then 8 s; else it asks twice a second
    cue_server.mode = "ok"
    eyes.wait_state("red", within_s=20)


def test_offline_is_grey_and_online_is_not(desk: Page, eyes: Eyes, chrome: BrowserContext) -> None:
    open_chat(desk, "1001")
    eyes.wait_state("green")
    chrome.set_offline(True)
    try:
        eyes.wait(lambda seen: seen.state == "grey" and "cannot be reached" in seen.tip)
    finally:
        chrome.set_offline(False)
    eyes.wait_state("green", within_s=15)


def test_a_clock_set_a_day_off_shows_nothing_old(desk: Page, eyes: Eyes, cue_server: CueServer) -> None:
    """The content script's own clock is moved, in its own world, where a page could not."""
    cue_server.bodies["1001"] = body_for("1001", "green", ttl_s=3)
    open_chat(desk, "1001")
    eyes.wait_state("green")
    world = Watcher(eyes.session, world_of(desk, eyes.session))
    world.evaluate("(() => { const real = Date.now; Date.now = () => real() - 86400000 })()")
    cue_server.delay_s = (1.2, 1.2)  # no answer comes in time any more
    eyes.wait_state("grey")  # a clock set back prolongs nothing
    cue_server.delay_s = (0, 0)
    eyes.wait_state("green", within_s=15)
    world.evaluate("(() => { const real = Date.now; Date.now = () => real() + 2 * 86400000 })()")
    asked = cue_server.asked["1001"]
    eyes.wait(
        lambda seen: cue_server.asked["1001"] > asked + 1 and seen.state == "green", within_s=15
    )  # by the new clock


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


def test_without_a_key_the_cue_says_so(desk: Page, eyes: Eyes, chrome: BrowserContext) -> None:
    worker_of(chrome).evaluate(
        "() => Promise.all([chrome.storage.session.remove('key'), chrome.storage.local.remove('key')])"
    )
    open_chat(desk, "1001")
    eyes.wait(lambda seen: seen.state == "grey" and "This browser is not enrolled" in seen.tip)
