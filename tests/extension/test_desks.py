"""Every built-in desk on its fake: the right cue for the right chat, however the desk navigates and renders."""

from __future__ import annotations

import pytest
from tests.extension.browser import Eyes, tab_id_of, wait_toolbar, worker_of
from tests.extension.conftest import Desks, FakePage
from tests.extension.cue_server import cue_of
from tests.extension.fixture_site import FAKE_DESKS
from tests.extension.watcher import watch

SWITCHES = 56
"""For each of nine desks: 504 in all, besides a few to begin with."""

ANCHORS = {
    "live_helper_chat": "#main-user-info-tab-{id}",
    "libredesk": ".h-12.border-b:has(h1)",
    "chatwoot": ".conversation-details-wrap",
    "zendesk": "[data-ticket-id='{id}'] .actions",
    "intercom": "[data-intercom-target=conversation-toolbar]",
    "livechat": "html",
    "crisp": "html",
    "hubspot": "html",
    "freshdesk": "#mainactionbar",
}
"""What the cue stands in; "html" is the corner of the page."""


def parent_is(fake: FakePage, key: str) -> bool:
    wanted = ANCHORS[fake.desk.name].replace("{id}", key.split("/")[1])
    return bool(
        fake.page.evaluate("(wanted) => document.querySelector('cuelight-cue').parentElement.matches(wanted)", wanted)
    )


@pytest.mark.parametrize("name", FAKE_DESKS)
def test_the_right_cue_in_the_right_place(desks: Desks, name: str) -> None:
    fake = desks.open(name)
    assert fake.eyes.look().state is None
    for key in fake.chats:
        fake.page.locator(f"[data-open='{key}']").click() if name != "hubspot" else fake.go(key)
        seen = fake.see(key)
        assert seen.count == 1
        fake.eyes.wait(lambda _, key_=key: parent_is(fake, key_))
        wait_toolbar(desks.context, fake.page, lambda said, key_=key: f"({cue_of(key_)})" in said)
    for _ in range(3):
        fake.page.evaluate("() => desk.rebuild()")
        fake.see(key)
        fake.eyes.wait(lambda _, key_=key: parent_is(fake, key_))
    fake.page.evaluate("() => desk.go('')")
    assert fake.eyes.look().state is None
    wait_toolbar(desks.context, fake.page, lambda said: "no chat open" in said)


def test_switching_with_random_delays_and_failures(desks: Desks) -> None:
    """All desks at the same time, watched from inside at every change and in between: 0 wrong-chat cues, 0 stale
    greens, no growth."""
    fakes = [desks.open(name) for name in FAKE_DESKS]
    watchers = []
    for fake in fakes:
        fake.go(fake.chats[0])
        fake.see(fake.chats[0])
        watchers.append(watch(fake.page))
    desks.server.delay_s = (0.0, 0.2)
    desks.server.failing = 0.1
    switch_all(fakes, 8)
    before = [watcher.nodes() for watcher in watchers]
    switch_all(fakes, SWITCHES)
    after = [watcher.nodes() for watcher in watchers]
    desks.server.failing = 0.0
    for fake, watcher, had, has in zip(fakes, watchers, before, after, strict=True):
        fake.see(fake.chats[0])
        found = watcher.read()
        assert found["wrong"] == [], fake.desk.name
        assert found["checks"] > SWITCHES, fake.desk.name
        assert len(found["painted"]) >= 4, fake.desk.name  # or nothing would have been shown at all
        assert has <= had * 1.05 + 10, (fake.desk.name, had, has)


def test_desks_turn_grey_when_the_server_fails(desks: Desks) -> None:
    fakes = [desks.open(name) for name in ("libredesk", "chatwoot", "zendesk", "crisp")]
    for fake in fakes:
        fake.go(fake.chats[0])
        fake.see(fake.chats[0])
    for mode, says in (("html", "is not Cuelight"), ("hang", "did not answer in time")):
        desks.server.mode = mode
        for fake in fakes:
            fake.eyes.wait(lambda seen, says_=says: seen.state == "grey" and says_ in seen.tip, within_s=15)
    desks.server.mode = "ok"
    for fake in fakes:
        fake.see(fake.chats[0], within_s=20)


def switch_all(fakes: list[FakePage], times: int) -> None:
    """Switches chats on every page at once, and comes to rest on the first one."""
    switch = "(times) => { window.done = desk.switchMany(times, { share: 0.12, long_ms: 350 }) }"
    for fake in fakes:
        fake.page.evaluate(switch, times)
    for fake in fakes:
        fake.page.evaluate("() => window.done")
        fake.go(fake.chats[0])
    for fake in fakes:
        fake.eyes.wait(lambda seen: seen.state not in (None, "loading"))


def test_live_helper_chat_closes_a_tab_in_silence(desks: Desks) -> None:
    fake = desks.open("live_helper_chat", "main/31")
    fake.see("main/31")
    fake.go("main/32", "replace")
    assert fake.eyes.look().tip != "Reason of chat main/31."
    fake.see("main/32")
    assert parent_is(fake, "main/32")


def test_live_helper_chats_page_for_a_single_chat(desks: Desks) -> None:
    fake = desks.open("live_helper_chat", path="/index.php/site_admin/chat/single/33")
    fake.see("main/33")


def test_a_kept_header_never_keeps_a_cue(desks: Desks) -> None:
    fake = desks.open("libredesk")
    first, second = fake.chats[0], fake.chats[1]
    fake.go(first)
    fake.see(first)
    watcher = watch(fake.page)
    fake.go(second)
    assert fake.eyes.look().tip != f"Reason of chat {first}."
    fake.see(second)
    assert watcher.read()["wrong"] == []


def test_the_same_number_in_two_accounts(desks: Desks) -> None:
    fake = desks.open("chatwoot", "1/44")
    one = fake.see("1/44")
    fake.go("2/44")
    two = fake.see("2/44")
    assert one.tip != two.tip


def test_stacked_panes_and_a_tab_that_disagrees(desks: Desks) -> None:
    fake = desks.open("zendesk", "acme/312")
    fake.see("acme/312")
    fake.page.evaluate("() => desk.slip('acme/313')")  # all panes are there, but the selected tab stays
    assert fake.eyes.look().state in (None, "loading", "grey")  # in the same tick
    fake.eyes.wait(lambda seen: seen.state == "grey" and "name different chats" in seen.tip)
    fake.page.evaluate("() => desk.rebuild()")
    fake.see("acme/313")
    assert parent_is(fake, "acme/313")
    fake.go("")
    assert fake.eyes.look().state is None  # the tab of a new ticket names none


def test_markup_that_drifts_leaves_the_address_and_the_corner(desks: Desks) -> None:
    fake = desks.open("zendesk", "acme/311")
    fake.page.evaluate(
        """() => {
          for (const each of document.querySelectorAll("[data-ticket-id]")) each.removeAttribute("data-ticket-id");
          for (const each of document.querySelectorAll("[data-entity-id]")) each.removeAttribute("data-entity-id");
        }"""
    )
    fake.see("acme/311")
    where = "() => document.querySelector('cuelight-cue').parentElement.localName"
    fake.eyes.wait(lambda _: fake.page.evaluate(where) == "html")


def test_a_toolbar_rendered_anew_on_each_message(desks: Desks) -> None:
    fake = desks.open("intercom", "ab12cd/99001")
    fake.see("ab12cd/99001")
    for i in range(6):
        fake.page.evaluate("(text) => desk.say(text)", f"Message {i}")
        fake.page.wait_for_timeout(60)
    fake.eyes.wait(lambda _: parent_is(fake, "ab12cd/99001"))
    assert fake.eyes.look().word != "See the toolbar"  # rendering is no offence
    fake.see("ab12cd/99001")


def test_two_windows_on_two_chats(desks: Desks) -> None:
    one = desks.open("freshdesk", "acme/17")
    worker = worker_of(desks.context)
    with desks.context.expect_page() as opened:
        worker.evaluate("(url) => chrome.windows.create({ url })", one.desk.url)
    page = opened.value
    page.wait_for_function("() => window.desk")
    two = FakePage(one.desk, page, Eyes(page))
    two.go("acme/18")
    shown = ((one, "acme/17"), (two, "acme/18"))
    for fake, key in shown:
        fake.see(key)
        wait_toolbar(desks.context, fake.page, lambda said, key=key: f"({cue_of(key)})" in said)
    window = "async (id) => (await chrome.tabs.get(id)).windowId"
    assert len({worker.evaluate(window, tab_id_of(desks.context, fake.page)) for fake, _ in shown}) == 2


def test_a_copy_of_the_desk_in_a_frame_gets_no_cue(desks: Desks) -> None:
    fake = desks.open("zendesk", "acme/311")
    fake.see("acme/311")
    fake.page.evaluate(
        """() => new Promise((done) => {
          const frame = document.createElement("iframe");
          frame.src = "/agent/tickets/313";
          frame.onload = done;
          document.body.append(frame);
        })"""
    )
    fake.page.wait_for_timeout(600)
    assert fake.eyes.look().count == 1
    assert fake.see("acme/311").count == 1
