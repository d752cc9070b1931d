"""A desk's page that does not mean well: it removes, hides, covers, reads, or stands in for what the cue is made of."""

from __future__ import annotations

from playwright.sync_api import BrowserContext, Page
from tests.extension.browser import Eyes, wait_toolbar
from tests.extension.cue_server import CHATS
from tests.extension.test_cue import open_chat


def test_a_page_that_keeps_removing_the_cue_sends_the_agent_to_the_toolbar(
    desk: Page, eyes: Eyes, chrome: BrowserContext
) -> None:
    open_chat(desk, "1003")
    eyes.wait_state("red")
    for _ in range(4):
        desk.evaluate("() => document.querySelector('cuelight-cue').remove()")
        desk.wait_for_function("() => document.querySelector('cuelight-cue')")
    eyes.wait(lambda seen: (seen.state, seen.word) == ("grey", "See the toolbar"))
    wait_toolbar(chrome, desk, lambda said: said.startswith("Cuelight: Stop and verify (red)\n"))
    desk.evaluate("() => document.querySelector('cuelight-cue').remove()")
    removed = "Cuelight: Stop and verify (red)\nThe page removed the cue. Trust this icon."
    wait_toolbar(chrome, desk, lambda said: said == removed)
    desk.wait_for_timeout(600)
    assert eyes.look().state is None


def test_a_page_cannot_read_hide_or_restyle_the_cue(desk: Page, eyes: Eyes) -> None:
    open_chat(desk, "1003")
    eyes.wait_state("red")
    found = desk.evaluate(
        """() => {
          const host = document.querySelector("cuelight-cue");
          const style = getComputedStyle(host);
          return { root: host.shadowRoot, text: host.textContent + host.outerHTML,
            display: style.display, opacity: style.opacity,
            names: Object.keys(window).filter((name) => /cuelight/i.test(name)) };
        }"""
    )
    assert found["root"] is None
    text = found["text"]
    assert [part for part in ('"red"', "Stop", "Reason", "🦊", "state") if part in text] == []
    assert (found["display"], found["opacity"]) == ("inline-block", "1")
    assert found["names"] == []


def test_a_covered_cue_is_told_by_the_toolbar(desk: Page, eyes: Eyes, chrome: BrowserContext) -> None:
    open_chat(desk, "1003")
    eyes.wait_state("red")
    desk.evaluate(
        """() => {
          const cover = document.createElement("div");
          cover.style = "position:fixed;inset:0;z-index:9";
          document.body.append(cover);
        }"""
    )
    covered = "Cuelight: Stop and verify (red)\nSomething on the page covers the cue. Trust this icon."
    wait_toolbar(chrome, desk, lambda said: said == covered)


def test_elements_named_like_functions_do_no_harm(desk: Page, eyes: Eyes) -> None:
    open_chat(desk, "1002")
    eyes.wait_state("amber")
    desk.evaluate(
        """() => {
          const names = ["querySelectorAll", "createElement", "createElementNS", "documentElement", "addEventListener",
            "CuelightContent", "elementFromPoint", "visibilityState", "location", "navigation", "body"];
          const images = names.map((name) => Object.assign(document.createElement("img"), { name, id: name }));
          document.body.append(...images);
        }"""
    )
    for chat_id in ("1003", "1001"):  # the desk's own code is broken by now, so its pane is only renamed
        desk.evaluate("(id) => { history.replaceState(null, '', `#/chat/${id}`); desk.claim(id) }", chat_id)
        eyes.wait_state(CHATS[chat_id])
