"""Takes the pictures docs/images/extension-*.png: `python -m tests.extension.shoot [FOLDER]`."""

from __future__ import annotations

import json
import sys
import tempfile
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

from playwright.sync_api import BrowserContext, Page, sync_playwright
from tests.extension.browser import Eyes, configure, extension_url, tab_id_of, with_extension
from tests.extension.cue_server import KEY, CueServer, body_for, details_for
from tests.extension.desk_site import serve_desk

ROOT = Path(__file__).resolve().parents[2]
ENGLISH = json.loads((ROOT / "data" / "wording" / "en.json").read_text("utf-8"))
IMAGES = ROOT / "docs" / "images"


def _reasons(*lines: tuple[float, str]) -> list[dict[str, Any]]:
    return [
        {"code": f"sample.{i}", "points": points, "params": {}, "text": text} for i, (points, text) in enumerate(lines)
    ]


def _advice(*codes: str) -> list[dict[str, str]]:
    return [{"code": code, "text": ENGLISH["advice"][code]} for code in codes]


def _ago(**ago: float) -> str:
    return (datetime.now(UTC) - timedelta(**ago)).isoformat(timespec="seconds").replace("+00:00", "Z")


def _habit(label: str, usual: str, now: str) -> dict[str, Any]:
    return {"fact": "country", "label": label, "usual": usual.split(" | "), "now": now, "differs": now not in usual}


def _contact(days: float, cue: str | None, outcome: str | None = None, *disclosed: str) -> dict[str, Any]:
    at = _ago(days=days)
    return {"at": at, "desk": "sample", "cue": cue, "outcome": outcome, "method": None, "disclosed": list(disclosed)}


DETAILS: dict[str, dict[str, Any]] = {
    "1003": {
        "habits": [
            _habit("Sign-in", "signed in", "not signed in"),
            _habit("Country", "the United States", "the Netherlands"),
            _habit("Network", "home line | mobile network", "data centre"),
            _habit("Device", "Safari on macOS | Safari on iOS", "Chrome on Windows"),
        ],
        "contacts": [
            _contact(2, "red", "impersonation", "address", "orders"),
            _contact(9, "amber", "unknown"),
            _contact(41, None, "genuine"),
            _contact(58, "green"),
            _contact(77, "green"),
        ],
        "disclosures": [{"kind": "address", "text": "Address", "at": _ago(minutes=2), "by": "Sam"}],
        "console_url": "https://cuelight.example.com/console",
    },
    "1002": {
        "habits": [
            _habit("Country", "Germany", "Portugal"),
            _habit("Network", "home line", "home line"),
            _habit("Device", "Chrome on Android", "Chrome on Android"),
        ],
        "contacts": [_contact(12, "green", "genuine")],
    },
    "1001": {
        "habits": [_habit("Country", "Germany", "Germany"), _habit("Device", "Firefox on Linux", "Firefox on Linux")],
    },
}
STORY: dict[str, dict[str, Any]] = {
    "1001": body_for(
        "1001",
        "green",
        reasons=_reasons(
            (-3.4, "A device this customer has used for 14 months."), (-2.1, "Their usual network at home.")
        ),
        advice=_advice("usual_care"),
    ),
    "1002": body_for(
        "1002",
        "amber",
        reasons=_reasons(
            (1.9, "In Portugal, where this customer has not been seen before."),
            (0.8, "A hotel's network, shared by many people."),
            (-2.6, "A device this customer has used for 8 months."),
        ),
        advice=_advice("disclose_no_personal_data", "one_time_code", "call_back"),
        would_be={"cue": "green", "if": "one_time_code", "text": "Would be green if they confirm a one-time code."},
        not_assessed=[
            {"code": "timezone", "why": "no_fingerprint", "text": "Time zone: the page sent no device facts."}
        ],
    ),
    "1003": body_for(
        "1003",
        "red",
        reasons=_reasons(
            (4.2, "Not signed in; this customer always is."),
            (3.1, "In the Netherlands; this customer is always in the United States."),
            (2.4, "A device not seen before."),
            (1.7, "A data centre's network, where people rarely are."),
        ),
        advice=_advice("disclose_nothing", "sign_in", "call_back", "incident_hand_over"),
        would_be={"cue": "amber", "if": "signed_in", "text": "Would be amber if they sign in."},
        incident={"incident_id": "i_1", "opened_at": "2026-11-21T09:00:00Z", "ends_at": "2027-02-19T09:00:00Z"},
    ),
    "1004": body_for(
        "1004",
        "grey",
        reasons=_reasons((0, "Nobody says who this contact is.")),
        advice=_advice("general_help_only", "sign_in"),
    ),
    "1005": body_for(
        "1005",
        "red",
        reasons=_reasons((4.2, "Not signed in; this customer always is.")),
        advice=_advice("disclose_nothing", "sign_in"),
        outcome={"outcome": "impersonation", "method": None, "at": _ago(minutes=3), "by": "Sam"},
    ),
}


def _open(page: Page, chat_id: str, state: str) -> Eyes:
    page.evaluate("(id) => desk.go(id)", chat_id)
    eyes = Eyes(page)
    eyes.wait(lambda seen: seen.state == state, 8)
    page.wait_for_timeout(1100)
    return eyes


def shoot_cues(context: BrowserContext, desk_url: str, server: CueServer, folder: Path, theme: str) -> None:
    page = context.new_page()
    page.emulate_media(color_scheme=theme)
    page.set_viewport_size({"width": 620, "height": 330})
    page.goto(f"{desk_url}/demo/desk")
    for chat_id, state in (("1001", "green"), ("1002", "amber"), ("1003", "red"), ("1004", "grey")):
        _open(page, chat_id, state)
        page.mouse.move(470, 75)
        page.wait_for_timeout(250)
        page.screenshot(path=folder / f"extension-cue-{state}-{theme}.png")
        page.mouse.move(10, 300)
    server.delay_s = (1.2, 1.2)
    page.evaluate("() => desk.go('1001')")
    page.wait_for_timeout(500)
    page.screenshot(path=folder / f"extension-cue-loading-{theme}.png")
    server.delay_s = (0, 0)
    page.close()


def shoot_panels(context: BrowserContext, desk_url: str, server: CueServer, folder: Path, theme: str) -> None:
    desk = context.new_page()
    desk.goto(f"{desk_url}/demo/desk")
    panel_url = extension_url(context, f"panel/panel.html?tab={tab_id_of(context, desk)}")
    shots = [("1001", "green"), ("1002", "amber"), ("1003", "red"), ("1004", "grey"), ("1005", "recorded")]
    for chat_id, name in shots:
        desk.bring_to_front()
        _open(desk, chat_id, server.bodies[chat_id]["cue"])
        _panel(context, panel_url, folder / f"extension-popup-{name}-{theme}.png", theme)
    desk.bring_to_front()
    _open(desk, "1003", "red")
    _panel(context, panel_url, folder / f"extension-panel-narrow-{theme}.png", theme, 320)
    configure(context, language="de")
    _panel(context, panel_url, folder / f"extension-panel-german-{theme}.png", theme, 320)
    configure(context, language="auto")
    desk.bring_to_front()
    server.mode = "503"
    Eyes(desk).wait_state("grey")
    _panel(context, panel_url, folder / f"extension-popup-error-{theme}.png", theme)
    server.mode = "ok"
    desk.evaluate("() => desk.go('')")
    desk.wait_for_timeout(300)
    _panel(context, panel_url, folder / f"extension-popup-empty-{theme}.png", theme)
    desk.close()


def _panel(context: BrowserContext, url: str, target: Path, theme: str, width_px: int = 380) -> None:
    panel = context.new_page()
    panel.emulate_media(color_scheme=theme)
    panel.set_viewport_size({"width": width_px, "height": 600})
    panel.goto(url)
    panel.locator("h1").wait_for()
    panel.wait_for_timeout(500)
    panel.screenshot(path=target, full_page=True)
    panel.close()


def shoot_options(context: BrowserContext, folder: Path) -> None:
    for name, theme, width_px in (("light", "light", 860), ("dark", "dark", 860), ("narrow", "light", 360)):
        page = context.new_page()
        page.emulate_media(color_scheme=theme)
        page.set_viewport_size({"width": width_px, "height": 700})
        page.goto(extension_url(context, "options/options.html"))
        page.locator("#desks li").first.wait_for()
        page.locator("#test").click()
        page.locator("#server-result[data-kind='good']").wait_for()
        if name == "narrow":
            page.locator("#add").click()
            page.get_by_text("Use an API key").click()
        page.screenshot(path=folder / f"extension-options-{name}.png", full_page=True)
        page.close()


def main(folder: Path) -> None:
    folder.mkdir(parents=True, exist_ok=True)
    server = CueServer()
    server.bodies.update(STORY)
    for chat_id, told in DETAILS.items():
        server.details[chat_id] = details_for({"desk": "sample", "account": "demo", "chat_id": chat_id}, **told)
    with (
        sync_playwright() as driver,
        tempfile.TemporaryDirectory() as profile,
        serve_desk() as desk_url,
        with_extension(driver, Path(profile)) as context,
    ):
        configure(context, server=server.url, key=KEY, name="Sam", mark="🦊")
        for theme in ("light", "dark"):
            shoot_cues(context, desk_url, server, folder, theme)
            shoot_panels(context, desk_url, server, folder, theme)
        shoot_options(context, folder)
    server.stop()


if __name__ == "__main__":
    main(Path(sys.argv[1]) if len(sys.argv) > 1 else IMAGES)
