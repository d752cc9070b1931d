"""The panel beside the cue: usual against now, the ledger by keyboard, earlier contacts, and the tab in front."""

from __future__ import annotations

import re

from playwright.sync_api import BrowserContext, Page, expect
from tests.extension.browser import Eyes, extension_url, worker_of
from tests.extension.cue_server import CueServer
from tests.extension.panels import put_background, show


def test_usual_against_now_and_earlier_contacts(desk: Page, panel: Page, cue_server: CueServer) -> None:
    put_background(cue_server, "1003", console_url="https://cuelight.example.com/console")
    show(desk, panel, "1003", "red")
    country = panel.get_by_role("row").filter(has_text="Country")
    expect(country).to_contain_text(re.compile("Spain.*Japan.*different"))
    expect(panel.get_by_role("row").filter(has_text="Device")).not_to_contain_text("different")
    contacts = panel.locator(".cl-contacts li")
    expect(contacts.first).to_contain_text(re.compile("Stop and verify.*Reported as an impersonation.*Given out", re.S))
    expect(contacts.nth(2)).to_contain_text("No cue kept")
    expect(contacts.nth(5)).to_be_hidden()
    panel.get_by_text("2 more").click()
    expect(contacts.nth(5)).to_be_visible()
    link = panel.get_by_role("link", name="Open the console")
    expect(link).to_have_attribute("href", "https://cuelight.example.com/console")
    expect(link).to_have_attribute("rel", "noopener noreferrer")
    asked = cue_server.asked.copy()
    eyes = Eyes(desk)
    eyes.wait(lambda _: cue_server.asked["1003"] >= asked["1003"] + 3)  # cues come and go, and it is not asked again
    assert cue_server.asked["1003/details"] == asked["1003/details"]


def test_what_the_owner_said_is_told_and_is_no_proof(desk: Page, panel: Page, cue_server: CueServer) -> None:
    asked = {"at": "2026-11-24T12:10:03.000Z", "answer": None, "answered_at": None}
    said = {"answered_at": "2026-11-24T12:30:00.000Z"}
    for chat_id, state, notice, told in (
        ("1003", "red", asked, "No answer so far"),
        ("1002", "amber", {**asked, **said, "answer": "yes"}, re.compile("Yes, that was me.*No proof", re.S)),
        ("1005", "red", {**asked, **said, "answer": "no"}, "No, that was not me"),
    ):
        put_background(cue_server, chat_id, notice=notice)
        show(desk, panel, chat_id, state)
        expect(panel.locator("section").filter(has_text="The owner was asked")).to_contain_text(told)
    put_background(cue_server, "1001")
    show(desk, panel, "1001", "green")
    expect(panel.locator(".cl-habits")).to_be_visible()
    expect(panel.get_by_text("The owner was asked")).to_have_count(0)


def test_a_console_that_is_no_web_address_is_no_link(desk: Page, panel: Page, cue_server: CueServer) -> None:
    put_background(cue_server, "1003", console_url="javascript:alert(1)")
    show(desk, panel, "1003", "red")
    expect(panel.locator(".cl-habits")).to_be_visible()
    assert panel.get_by_role("link").count() == 0


def test_what_was_given_out_is_noted_and_taken_back_by_keyboard(desk: Page, panel: Page, cue_server: CueServer) -> None:
    put_background(cue_server, "1003")
    show(desk, panel, "1003", "red")
    panel.get_by_text("Note what was given out").focus()
    panel.keyboard.press("Enter")
    panel.keyboard.press("Tab")
    expect(panel.get_by_role("button", name="Address")).to_be_focused()
    panel.keyboard.press("Enter")
    line = panel.locator(".cl-ledger li")
    expect(line).to_contain_text(re.compile("Address.*Sam", re.DOTALL))
    expect(panel.get_by_role("button", name="Orders")).to_be_focused()
    panel.keyboard.press("Enter")
    expect(line).to_have_count(2)
    panel.get_by_role("button", name="Undo: Orders").focus()
    panel.keyboard.press("Enter")
    expect(line).to_have_count(1)
    expect(panel.get_by_text("Note what was given out")).to_be_focused()
    assert [each["kind"] for each in cue_server.details["1003"]["disclosures"]] == ["address"]


def test_what_an_agent_opened_stays_open_when_news_come(desk: Page, panel: Page, cue_server: CueServer) -> None:
    put_background(cue_server, "1003")
    show(desk, panel, "1003", "red")
    panel.get_by_text("Note what was given out").click()
    expect(panel.get_by_role("button", name="Address")).to_be_visible()
    panel.get_by_role("button", name="Not sure").click()
    expect(panel.locator(".cl-done")).to_contain_text("Sam")
    while cue_server.asked["1003/details"] < 2:  # the background is read again, and drawn
        panel.wait_for_timeout(50)
    panel.wait_for_timeout(300)
    expect(panel.get_by_role("button", name="Address")).to_be_visible()


def test_a_disclosure_that_was_not_noted_says_so(desk: Page, panel: Page, cue_server: CueServer) -> None:
    show(desk, panel, "1003", "red")
    panel.get_by_text("Note what was given out").click()
    cue_server.write_mode = "503"
    panel.get_by_role("button", name="Address").click()
    expect(panel.get_by_role("alert").filter(has_text="Not recorded.")).to_be_visible()
    assert cue_server.details["1003"]["disclosures"] == []


def test_a_background_that_cannot_be_read_leaves_the_cue_alone(desk: Page, panel: Page, cue_server: CueServer) -> None:
    put_background(cue_server, "1003", habits="none")
    show(desk, panel, "1003", "red")
    expect(panel.locator("h1")).to_have_text("Stop and verify")
    expect(panel.get_by_text("answer cannot be read")).to_be_visible()
    expect(panel.get_by_role("button", name="Impersonation")).to_be_visible()


def test_the_panel_follows_the_tab_in_front(chrome: BrowserContext, desk: Page, desk_url: str) -> None:
    """As the side panel does, which stands in no tab: here it has a tab of its own."""
    panel = chrome.new_page()
    panel.goto(extension_url(chrome, "panel/panel.html"))
    other = chrome.new_page()
    other.goto(f"{desk_url}/demo/desk")
    for page, chat_id, state, title in ((desk, "1001", "green", "Looks right"), (other, "1003", "red", "Stop and")):
        page.bring_to_front()
        page.evaluate("(id) => desk.go(id)", chat_id)
        Eyes(page).wait_state(state)
        expect(panel.locator("h1")).to_contain_text(title)
    desk.bring_to_front()
    expect(panel.locator("h1")).to_have_text("Looks right")


def test_a_click_or_a_key_on_the_cue_opens_the_side_panel(chrome: BrowserContext, desk: Page) -> None:
    desk.evaluate("() => desk.go('1003')")
    Eyes(desk).wait_state("red")
    worker = worker_of(chrome)
    assert worker.evaluate("async () => (await chrome.sidePanel.getPanelBehavior()).openPanelOnActionClick")
    shown = """async (wanted) => {
      for (let tries = 0; tries < 100; tries += 1) {
        const [panel] = await chrome.runtime.getContexts({ contextTypes: ["SIDE_PANEL"] });
        if ((panel?.documentUrl || null) === wanted) return true; // it has none while it loads
        await new Promise((done) => setTimeout(done, 100));
      }
      return false;
    }"""
    for way in ("click", "key"):
        try:
            if way == "click":
                box = desk.locator("cuelight-cue").bounding_box()
                assert box is not None
                desk.mouse.click(box["x"] + 40, box["y"] + 16)
            else:
                desk.bring_to_front()
                desk.evaluate("() => document.querySelector('#chats a:last-of-type').focus()")
                desk.keyboard.press("Tab")
                desk.keyboard.press("Enter")
            assert worker.evaluate(shown, extension_url(chrome, "panel/panel.html")), way
        finally:
            # The browser has no other way to close it.
            for enabled in (False, True):
                worker.evaluate("(enabled) => chrome.sidePanel.setOptions({ enabled })", enabled)
        assert worker.evaluate(shown, None), way
