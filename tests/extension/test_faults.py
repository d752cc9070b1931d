"""Whatever goes wrong between page and server, with the extension in a real browser: grey, and it says why."""

from __future__ import annotations

from playwright.sync_api import BrowserContext, Dialog, Page
from tests.extension.browser import Eyes, wait_toolbar, worker_of
from tests.extension.cue_server import CueServer, body_for
from tests.extension.test_cue import open_chat
from tests.extension.watcher import Watcher, world_of

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


def test_a_page_that_froze_leaves_no_green_in_the_toolbar(
    desk: Page, eyes: Eyes, chrome: BrowserContext, cue_server: CueServer
) -> None:
    """Nobody asks and nobody tells any more: the background's own alarm ends the answer's life."""
    cue_server.bodies["1001"] = body_for("1001", "green", ttl_s=3)
    open_chat(desk, "1001")
    wait_toolbar(chrome, desk, lambda said: said == "Cuelight: Looks right (green)")
    dialogs: list[Dialog] = []

    def keep(dialog: Dialog) -> None:
        dialogs.append(dialog)

    desk.on("dialog", keep)
    desk.evaluate("() => { setTimeout(() => alert('Until somebody answers, nothing runs on this page.')) }")
    wait_toolbar(chrome, desk, lambda said: said.startswith("Cuelight: Unverified (grey)"))
    dialogs[0].dismiss()
    eyes.wait_state("green")
    wait_toolbar(chrome, desk, lambda said: said == "Cuelight: Looks right (green)")


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


def test_without_a_key_the_cue_says_so(desk: Page, eyes: Eyes, chrome: BrowserContext) -> None:
    worker_of(chrome).evaluate(
        "() => Promise.all([chrome.storage.session.remove('key'), chrome.storage.local.remove('key')])"
    )
    open_chat(desk, "1001")
    eyes.wait(lambda seen: seen.state == "grey" and "This browser is not enrolled" in seen.tip)
