"""Ways to a panel that shows something."""

from __future__ import annotations

from typing import Any

from playwright.sync_api import Page
from tests.extension.browser import Eyes
from tests.extension.cue_server import CueServer, details_for


def show(desk: Page, panel: Page, chat_id: str, state: str) -> None:
    """Opens a chat on the desk (in front, so that it asks) and then turns to the panel."""
    desk.bring_to_front()
    desk.evaluate("(id) => desk.go(id)", chat_id)
    Eyes(desk).wait_state(state)
    panel.bring_to_front()


BACKGROUND: dict[str, Any] = {
    "habits": [
        {"fact": "country", "label": "Country", "usual": ["Spain"], "now": "Japan", "differs": True},
        {"fact": "device", "label": "Device", "usual": [], "now": "Chrome on Linux", "differs": None},
    ],
    "contacts": [
        {"at": f"2026-10-0{day}T09:00:00Z", "desk": "sample", "cue": cue, "outcome": outcome, "method": None,
         "disclosed": given}
        for day, cue, outcome, given in (
            (7, "red", "impersonation", ["address", "orders"]), (6, "green", "genuine", []), (5, None, None, []),
            (4, "grey", None, []), (3, "amber", "unknown", []), (2, "green", None, []),
        )
    ],
}  # fmt: skip


def put_background(cue_server: CueServer, chat_id: str, **changes: Any) -> None:
    chat = {"desk": "sample", "account": "demo", "chat_id": chat_id}
    cue_server.details[chat_id] = details_for(chat, **{**BACKGROUND, **changes})
