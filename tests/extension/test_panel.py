"""The panel: every state, the outcome buttons with the keyboard, and nothing a server says read as markup."""

from __future__ import annotations

import re

from axe_playwright_python.sync_playwright import Axe
from playwright.sync_api import Page, expect
from tests.extension.browser import Eyes
from tests.extension.cue_server import CHATS, CueServer, body_for
from tests.extension.panels import put_background, show


def test_no_chat(panel: Page) -> None:
    expect(panel.locator("h1")).to_have_text("No chat open")


def test_reasons_advice_and_what_was_not_assessed(desk: Page, panel: Page, cue_server: CueServer) -> None:
    cue_server.bodies["1002"] = body_for(
        "1002",
        "amber",
        reasons=[
            {"code": "a", "points": 2.0, "params": {}, "text": "A country not seen before."},
            {"code": "b", "points": -1.0, "params": {}, "text": "A known device."},
            {"code": "lock.on", "points": 0.0, "params": {}, "text": "Locked until they sign in."},
        ],
        advice=[{"code": "one_time_code", "text": "Send a one-time code."}],
        not_assessed=[{"code": "travel", "why": "no_place", "text": "Travel: the place is unknown."}],
        would_be={"cue": "green", "if": "signed_in", "text": "Would be green if they sign in."},
        incident={"incident_id": "i_1", "opened_at": "2026-11-01T00:00:00Z", "ends_at": "2027-01-30T00:00:00Z"},
    )
    show(desk, panel, "1002", "amber")
    expect(panel.locator("h1")).to_have_text("Check first")
    sections = panel.locator("section")
    expect(sections.nth(0)).to_contain_text(
        re.compile("Unlike this customer.*Locked.*A country not seen before", re.DOTALL)
    )
    expect(sections.nth(1)).to_contain_text(re.compile("Like this customer.*A known device", re.DOTALL))
    expect(panel.get_by_text("Send a one-time code.")).to_be_visible()
    expect(panel.get_by_text("Would be green if they sign in.")).to_be_visible()
    expect(panel.get_by_text("somebody pretends to be this customer")).to_be_visible()
    expect(panel.get_by_text("Travel: the place is unknown.")).to_be_hidden()
    panel.get_by_text("Could not be assessed: 1").click()
    expect(panel.get_by_text("Travel: the place is unknown.")).to_be_visible()


def test_what_to_do_comes_before_the_longer_list_of_reasons(desk: Page, panel: Page, cue_server: CueServer) -> None:
    against = [{"code": f"device.a{n}", "points": 9.0 - n, "params": {}, "text": f"Against {n}."} for n in range(5)]
    alike = [{"code": f"device.f{n}", "points": n - 9.0, "params": {}, "text": f"For {n}."} for n in range(4)]
    cue_server.bodies["1003"] = body_for(
        "1003", "red", reasons=[*against, *alike], advice=[{"code": "sign_in", "text": "Ask them to sign in."}]
    )
    show(desk, panel, "1003", "red")
    expect(panel.get_by_text("Against 2.")).to_be_visible()
    expect(panel.get_by_text("Against 3.")).to_be_hidden()
    headings = [text for text in panel.locator("h2, summary").all_inner_texts() if text]
    assert headings[:3] == ["Unlike this customer", "What to do", "Further reasons: 6"]
    panel.get_by_text("Further reasons: 6").click()
    for text in ("Against 3.", "Against 4.", "For 0.", "For 1.", "For 2.", "For 3."):
        expect(panel.get_by_text(text)).to_be_visible()


def test_advice_says_what_not_what_and_how(desk: Page, panel: Page, cue_server: CueServer) -> None:
    codes = ("sign_in", "disclose_nothing", "general_help_only", "something_newer")
    advice = [{"code": code, "text": f"Do {code}."} for code in codes]
    cue_server.bodies["1003"] = body_for("1003", "red", advice=advice)
    show(desk, panel, "1003", "red")
    expect(panel.locator(".cl-advice")).to_have_count(4)
    told = [" ".join(text.split()) for text in panel.locator(".cl-advice").all_inner_texts()]
    assert told == [
        "Do something_newer.",
        "Do not Do disclose_nothing.",
        "You may Do general_help_only.",
        "To be sure who it is Do sign_in.",
    ]


def test_an_old_report_cannot_be_taken_back_here(desk: Page, panel: Page, cue_server: CueServer) -> None:
    old = {"outcome": "impersonation", "method": None, "at": "2026-01-01T09:00:00Z", "by": "Sam"}
    cue_server.bodies["1003"] = body_for("1003", "red", outcome=old)
    show(desk, panel, "1003", "red")
    expect(panel.locator(".cl-done")).to_contain_text("closed in the console")
    assert panel.locator(".cl-done button").count() == 0


def test_a_verified_outcome_and_its_undo_by_keyboard(desk: Page, panel: Page, cue_server: CueServer) -> None:
    show(desk, panel, "1002", "amber")
    panel.get_by_role("button", name="One-time code").focus()
    panel.keyboard.press("Enter")
    done = panel.locator(".cl-done")
    expect(done).to_contain_text("Recorded as verified: One-time code.")
    expect(done).to_contain_text("Sam")
    expect(done).to_be_focused()
    assert cue_server.outcomes == [{"chat_id": "1002", "outcome": "genuine", "method": "one_time_code", "by": "Sam"}]
    panel.keyboard.press("Tab")
    panel.keyboard.press("Enter")
    expect(done).to_contain_text("Still open: not sure yet.")
    assert cue_server.outcomes[-1] == {"chat_id": "1002", "outcome": "unknown", "by": "Sam"}
    expect(done).to_be_focused()
    expect(panel.get_by_role("button", name="Signed in")).to_be_visible()


def test_an_impersonation_is_asked_about_first(desk: Page, panel: Page, cue_server: CueServer) -> None:
    show(desk, panel, "1003", "red")
    panel.get_by_role("button", name="Impersonation").click()
    expect(panel.get_by_text("Report an impersonation?")).to_be_visible()
    expect(panel.get_by_role("button", name="Cancel")).to_be_focused()
    panel.keyboard.press("Enter")
    assert cue_server.outcomes == []
    panel.get_by_role("button", name="Impersonation").click()
    panel.get_by_role("button", name="Report it").click()
    expect(panel.locator(".cl-done")).to_contain_text("Reported as an impersonation.")
    assert cue_server.outcomes == [{"chat_id": "1003", "outcome": "impersonation", "by": "Sam"}]


def test_an_outcome_that_was_not_recorded_says_so(desk: Page, panel: Page, cue_server: CueServer) -> None:
    show(desk, panel, "1002", "amber")
    cue_server.write_mode = "403"
    panel.get_by_role("button", name="Signed in").click()
    expect(panel.locator(".cl-outcome [role=alert]")).to_contain_text("Not recorded.")
    expect(panel.get_by_role("button", name="Signed in")).to_be_enabled()
    assert cue_server.outcomes == []


def test_an_outcome_goes_to_the_chat_the_panel_shows(desk: Page, panel: Page, cue_server: CueServer) -> None:
    """The desk turned to another chat between reading and clicking: nothing is recorded for either."""
    show(desk, panel, "1002", "amber")
    expect(panel.locator("h1")).to_have_text("Check first")
    answer = panel.evaluate(
        """async () => chrome.runtime.sendMessage({
          type: "panel.outcome",
          tabId: Number(new URLSearchParams(location.search).get("tab")),
          chat: { desk: "sample", account: "demo", chat_id: "1003" },
          outcome: { outcome: "genuine", method: "signed_in" },
        })"""
    )
    assert answer == {"ok": False, "reason": "wrong_chat", "retry_after_s": None}
    assert cue_server.outcomes == []


def test_errors_have_a_reason_and_a_way_on(desk: Page, panel: Page, cue_server: CueServer) -> None:
    show(desk, panel, "1002", "amber")
    desk.bring_to_front()
    cue_server.mode = "503"
    Eyes(desk).wait_state("grey")
    panel.bring_to_front()
    expect(panel.locator("h1")).to_have_text("Unverified")
    expect(panel.get_by_text("The server cannot answer right now.")).to_be_visible()
    expect(panel.get_by_text("Treat the contact as unverified")).to_be_visible()
    expect(panel.get_by_role("button", name="Try again")).to_be_visible()


def test_a_panel_left_open_greys_with_the_answers_life(desk: Page, panel: Page) -> None:
    panel.clock.install()
    panel.reload()
    show(desk, panel, "1001", "green")
    expect(panel.locator("h1")).to_have_text("Looks right")
    desk.close()  # nobody asks any more, nor says so
    panel.clock.fast_forward(61_000)
    expect(panel.locator("h1")).not_to_have_text("Looks right")
    assert panel.locator(".cl-hero[data-state=green]").count() == 0


PAYLOADS = [
    "<img src=x onerror=alert(1)>",
    "<script>alert(1)</script>",
    '"><svg onload=alert(1)>',
    "{{7*7}}${alert(1)}",
    "javascript:alert(1)",
    "<iframe srcdoc='<script>parent.alert(1)</script>'>",
]


def test_nothing_a_server_says_is_markup(desk: Page, panel: Page, cue_server: CueServer) -> None:
    fired: list[str] = []
    for page in (desk, panel):
        page.on("dialog", lambda dialog: (fired.append(dialog.message), dialog.dismiss()))
    for payload in PAYLOADS:
        cue_server.bodies["1003"] = body_for(
            "1003",
            "red",
            reasons=[{"code": payload, "points": 1.0, "params": {}, "text": payload}],
            advice=[{"code": payload, "text": payload}],
            not_assessed=[{"code": payload, "why": payload, "text": payload}],
            would_be={"cue": "green", "if": payload, "text": payload},
            incident={"incident_id": payload, "opened_at": payload, "ends_at": payload},
            outcome={"outcome": "genuine", "method": payload, "at": payload, "by": payload},
        )
        line = {"kind": payload, "text": payload, "at": payload, "by": payload}
        contact = {"at": payload, "desk": payload[:40], "cue": "red", "outcome": payload, "disclosed": [payload[:40]]}
        put_background(
            cue_server,
            "1003",
            habits=[{"fact": payload, "label": payload, "usual": [payload], "now": payload, "differs": True}],
            contacts=[contact],
            disclosures=[{**line, "kind": payload[:40], "at": payload[:40]}],
            kinds=[{"code": "x", "text": payload}],
            notice={"at": payload[:40], "answer": "yes", "answered_at": payload[:40]},
            console_url=payload,
        )
        desk.evaluate("() => desk.go('')")
        show(desk, panel, "1003", "red")
        assert Eyes(desk).look().tip == payload
        expect(panel.locator("section").first.locator("li")).to_have_text(payload)
        assert panel.locator("img, script:not(head script), iframe, svg:not(.shape)").count() == 0
    assert fired == []


def test_axe_finds_nothing(desk: Page, panel: Page, cue_server: CueServer) -> None:
    for chat_id in ("1001", "1002", "1003", "1004"):
        put_background(cue_server, chat_id, console_url="https://cuelight.example.com/console")
        show(desk, panel, chat_id, CHATS[chat_id])
        expect(panel.locator(f".cl-hero[data-state={CHATS[chat_id]}]")).to_be_visible()
        panel.get_by_text("Note what was given out").click()
        for theme in ("light", "dark"):
            panel.emulate_media(color_scheme=theme)
            results = Axe().run(panel)
            assert results.violations_count == 0, results.generate_report()


def test_it_fits_a_narrow_place(desk: Page, panel: Page, cue_server: CueServer) -> None:
    put_background(cue_server, "1003")
    show(desk, panel, "1003", "red")
    panel.locator(".cl-habits").wait_for()
    for width_px in (372, 300):
        panel.set_viewport_size({"width": width_px, "height": 640})
        assert panel.evaluate("() => document.documentElement.scrollWidth") <= width_px
