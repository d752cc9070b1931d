"""The options' list of desks: switched off, self-hosted, of one's own."""

from __future__ import annotations

import re

from playwright.sync_api import BrowserContext, Page, expect
from tests.extension.browser import Eyes
from tests.extension.cue_server import CueServer
from tests.extension.test_options import options, stored

__all__ = ["options"]


def test_a_desk_that_is_switched_off_shows_nothing(options: Page, desk: Page) -> None:
    desk.evaluate("() => desk.go('1001')")
    eyes = Eyes(desk)
    eyes.wait_state("green")
    options.bring_to_front()
    options.get_by_role("checkbox", name="Sample desk").uncheck()
    desk.bring_to_front()
    eyes.wait_state(None)
    options.bring_to_front()
    options.get_by_role("checkbox", name="Sample desk").check()
    desk.bring_to_front()
    eyes.wait_state("green")


def test_an_own_desk_is_checked_field_by_field(options: Page) -> None:
    options.get_by_role("button", name="Add a desk").click()
    expect(options.get_by_label("Which desk")).to_be_focused()
    options.get_by_label("Which desk").select_option("Another desk")
    form = options.locator("#new-desk")
    outcome = options.locator("#desk-result")

    def submit(**fields: str) -> str:
        for name, value in fields.items():
            form.locator(f"[name={name}]").fill(value)
        form.get_by_role("button", name="Add this desk").click()
        outcome.wait_for()
        return outcome.inner_text()

    assert "Address of an open chat" in submit(name="Shop desk", desk="shop", url="desk.example.com/{chat_id}")
    assert "Address of an open chat" in submit(url="http://127.0.0.1/desk/chats/open")
    assert "Account in the API" in submit(url="http://127.0.0.1:9000/desk/{chat_id}")
    assert "Address of an open chat" in submit(url="http://127.0.0.1:9000/desk?i[]={chat_id}")
    assert "Pane with the chat's number" in submit(account="main", pane="[data-ticket-id]")
    assert "Place for the cue" in submit(pane="", anchor="div[")
    assert "Desk name in the API" in submit(anchor="", desk="Shop Desk")
    assert "Name" in submit(desk="shop", name="")


def test_an_own_desk_whose_parameter_names_the_chat_gets_its_cue_in_the_corner(
    options: Page, chrome: BrowserContext, cue_server: CueServer, desk_url: str
) -> None:
    options.get_by_role("button", name="Add a desk").click()
    options.get_by_label("Which desk").select_option("Another desk")
    form = options.locator("#new-desk")
    form.locator("[name=url]").fill(f"{desk_url}/shop/view?page=ticket&id=54&tab=2")
    parts = options.locator("#parts li")
    expect(parts).to_have_text([re.compile(f"^{re.escape(each)}") for each in PARTS])
    marks = options.locator("#parts select").evaluate_all("(all) => all.map(({ value }) => value)")
    assert marks == ["same", "same", "same", "chat_id", "any"]
    for name, value in {"name": "Shop desk", "desk": "shop", "account": "main"}.items():
        form.locator(f"[name={name}]").fill(value)
    expect(options.locator("#desk-named")).to_contain_text("shop / main / 54")
    form.get_by_role("button", name="Add this desk").click()
    expect(options.get_by_text("Shop desk was added.")).to_be_visible()
    body = cue_server.bodies["1003"]
    cue_server.bodies["main/55"] = {**body, "chat": {"desk": "shop", "account": "main", "chat_id": "55"}}
    page = chrome.new_page()
    page.goto(f"{desk_url}/shop/view?lang=en&page=ticket&id=55")
    eyes = Eyes(page)
    eyes.wait_state("red")
    below_px = page.evaluate(
        "() => innerHeight - document.querySelector('cuelight-cue').getBoundingClientRect().bottom"
    )
    assert below_px == 16
    for elsewhere in ("?page=user&id=55", "?page=ticket&id=55&id=56"):
        page.evaluate("(search) => history.pushState(null, '', search)", elsewhere)
        assert eyes.look().state is None
    page.evaluate("() => history.pushState(null, '', '?page=ticket&id=55')")
    eyes.wait_state("red")
    options.bring_to_front()
    options.get_by_role("button", name="Remove: Shop desk").click()
    expect(options.get_by_role("button", name="Remove: Shop desk")).to_have_count(0)
    page.bring_to_front()
    eyes.wait_state(None)


PARTS = ("/shop", "/view", "?page=ticket", "&id=54", "&tab=2")


def test_a_self_hosted_desk_needs_its_address_only(options: Page, chrome: BrowserContext, desk_url: str) -> None:
    options.get_by_role("button", name="Add a desk").click()
    options.get_by_label("Which desk").select_option("Chatwoot")
    for typed in ("chat.example.com", "ftp://chat.example.com", "https://"):
        options.get_by_label("Address of the desk").fill(typed)
        options.get_by_role("button", name="Add this desk").click()
        expect(options.locator("#desk-result")).to_contain_text("Where your agents open it")
    options.get_by_label("Address of the desk").fill(f"{desk_url}/app")
    options.keyboard.press("Enter")
    expect(options.locator("#desk-result")).to_contain_text("Chatwoot was added.")
    assert stored(chrome, "local", "installs") == [{"desk": "chatwoot", "match": "http://127.0.0.1/*"}]
    expect(options.locator("#desks li").filter(has_text="Chatwoot")).to_contain_text("http://127.0.0.1/…")
    options.get_by_role("button", name="Remove: Chatwoot").click()
    expect(options.get_by_role("button", name="Remove: Chatwoot")).to_have_count(0)
    assert stored(chrome, "local", "installs") == []


def test_a_desk_that_is_not_allowed_says_so(options: Page) -> None:
    expect(options.get_by_role("button", name="Allow: Zendesk")).to_be_visible()
    expect(options.get_by_role("button", name="Allow: Sample desk")).to_have_count(0)
