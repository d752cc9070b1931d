"""The disclosure guard in every fake desk's composer: it warns while the cue is not green, and stops nobody."""

from __future__ import annotations

from typing import Any

import pytest
from tests.extension.browser import attributes_of, text_within, walk, worker_of
from tests.extension.conftest import Desks, FakePage
from tests.extension.cue_server import body_for
from tests.extension.fixture_site import FAKE_DESKS

CARD = "The card is 4242 4242 4242 4242."
NUMBER = "Paid with 4242 4242 4242 4242."
FOUND = "This looks like: card digits."


def composer(fake: FakePage, key: str) -> Any:
    """The open chat's composer, with the keyboard in it."""
    chat_id = key.split("/")[1]
    within = {"live_helper_chat": f"#CSChatMessage-{chat_id}", "zendesk": f"[data-ticket-id='{chat_id}'] .composer"}
    box = fake.page.locator(within.get(fake.desk.name, ".composer"))
    box.click()
    return box


def text_of(box: Any) -> str:
    return str(box.evaluate("(box) => box.value ?? box.textContent"))


def wait_note(fake: FakePage, says: str) -> None:
    fake.eyes.wait(lambda _: says in fake.eyes.note() if says else fake.eyes.note() == "", within_s=10)


PLACES = """() => JSON.stringify([...document.querySelectorAll(".head, .messages, .message, .composer, .list")]
  .map((each) => each.getBoundingClientRect()))"""


@pytest.mark.parametrize("name", FAKE_DESKS)
def test_a_warning_beside_every_desks_composer(desks: Desks, name: str) -> None:
    fake = desks.open(name)
    desks.server.bodies.clear()
    key = fake.chats[0]
    answer(desks, fake, key, "red")
    fake.go(key)
    fake.eyes.wait_state("red", 10)
    box = composer(fake, key)
    places = fake.page.evaluate(PLACES)
    fake.page.keyboard.type("Paid with 4242 4242 4242 ")
    assert fake.eyes.note() == ""
    fake.page.keyboard.type("4242.")
    wait_note(fake, FOUND)
    assert fake.page.evaluate(PLACES) == places  # nothing moved
    fake.page.keyboard.type(" Thanks")
    assert text_of(box) == f"{NUMBER} Thanks"  # nor was typing disturbed
    fake.page.keyboard.press("Enter")
    assert fake.page.evaluate("() => desk.sent") == [f"{NUMBER} Thanks"]  # nor sending
    wait_note(fake, "")


def answer(desks: Desks, fake: FakePage, key: str, cue: str) -> None:
    account, chat_id = key.split("/")
    chat = {"desk": fake.desk.name, "account": account, "chat_id": chat_id}
    desks.server.bodies[key] = {**body_for(key, cue), "chat": chat}


@pytest.mark.parametrize("name", ["live_helper_chat", "chatwoot"])
def test_dismissed_by_keyboard_and_not_shown_again_for_this_text(desks: Desks, name: str) -> None:
    fake = desks.open(name)
    key = fake.chats[0]
    answer(desks, fake, key, "amber")
    fake.go(key)
    fake.eyes.wait_state("amber", 10)
    box = composer(fake, key)
    fake.page.keyboard.type(CARD)
    wait_note(fake, FOUND)
    fake.page.keyboard.press("Tab")
    assert fake.page.evaluate("() => document.activeElement.localName") == "cuelight-note"
    fake.page.keyboard.press("Enter")
    wait_note(fake, "")
    assert box.evaluate("(box) => document.activeElement === box")
    fake.page.keyboard.press("End")
    fake.page.keyboard.type(" Or 4242 4242 4242 4242")
    fake.page.wait_for_timeout(700)
    assert fake.eyes.note() == ""
    fake.page.keyboard.type(" call +44 20 7946 0958")
    wait_note(fake, "a phone number")  # another kind is another matter
    fake.page.keyboard.press("Escape")
    wait_note(fake, "")
    fake.page.keyboard.press("Enter")
    fake.page.keyboard.type(CARD)
    wait_note(fake, FOUND)  # and a new message a new one


def test_nothing_on_a_green_chat_and_nothing_once_it_turns_green(desks: Desks) -> None:
    fake = desks.open("zendesk")
    key = fake.chats[0]
    answer(desks, fake, key, "green")
    fake.go(key)
    fake.eyes.wait_state("green", 10)
    composer(fake, key)
    fake.page.keyboard.type(CARD)
    fake.page.wait_for_timeout(700)
    assert fake.eyes.note() == ""
    answer(desks, fake, key, "red")
    fake.eyes.wait_state("red", 10)
    wait_note(fake, FOUND)  # the text was there before the cue turned
    answer(desks, fake, key, "green")
    fake.eyes.wait_state("green", 10)
    wait_note(fake, "")


def test_pasted_text_drafts_and_grey_without_a_server(desks: Desks) -> None:
    fake = desks.open("libredesk")
    key = fake.chats[0]
    desks.server.mode = "503"
    fake.go(key)
    fake.eyes.wait_state("grey", 10)
    composer(fake, key)
    fake.page.keyboard.insert_text("Hello,\nsam.lee@example.com is what we have")
    wait_note(fake, "an e-mail address")
    fake.go(fake.chats[1])
    wait_note(fake, "")  # another chat, another text


def test_nothing_of_the_text_is_kept_or_sent(desks: Desks) -> None:
    fake = desks.open("crisp")
    key = fake.chats[0]
    answer(desks, fake, key, "red")
    fake.go(key)
    fake.eyes.wait_state("red", 10)
    asked: list[str] = []
    fake.page.on("request", lambda request: asked.append(request.url + (request.post_data or "")))
    paths = set(desks.server.asked)
    composer(fake, key)
    fake.page.keyboard.type(CARD)
    wait_note(fake, FOUND)
    fake.page.wait_for_timeout(1200)
    areas = "async () => JSON.stringify([await chrome.storage.local.get(null), await chrome.storage.session.get(null)])"
    kept = worker_of(desks.context).evaluate(areas)
    assert "4242" not in kept
    assert [each for each in asked if "4242" in each] == []
    assert set(desks.server.asked) - paths <= {"session_5f3a01"}
    page = fake.page.evaluate("() => document.documentElement.outerHTML + JSON.stringify({ ...localStorage })")
    assert "This looks like" not in page  # the warning is out of the page's reach


def test_the_warning_is_spoken_once(desks: Desks) -> None:
    fake = desks.open("livechat")
    key = fake.chats[0]
    answer(desks, fake, key, "red")
    fake.go(key)
    fake.eyes.wait_state("red", 10)
    composer(fake, key)
    fake.page.keyboard.type(CARD)
    wait_note(fake, FOUND)
    spoken = [node for node in nodes_of(fake) if node.get("role") == "status" and "Before you send" in node["text"]]
    assert [node["text"] for node in spoken] == [
        f"Before you send. {FOUND} The cue is not green. Make sure who is asking first."
    ]
    assert fake.page.evaluate("() => document.querySelector('textarea').outerHTML").count("aria-") == 1


def nodes_of(fake: FakePage) -> list[dict[str, str]]:
    """Every element inside the closed roots, with its role and text."""
    tree = fake.eyes.session.send("DOM.getDocument", {"depth": -1, "pierce": True})["root"]
    return [{"role": attributes_of(node).get("role", ""), "text": text_within(node)} for node in walk(tree)]


def test_a_page_cannot_learn_the_cue_by_typing_itself(desks: Desks) -> None:
    fake = desks.open("livechat")
    key = fake.chats[0]
    answer(desks, fake, key, "red")
    fake.go(key)
    fake.eyes.wait_state("red", 10)
    fake.page.evaluate(
        """() => {
          const box = document.querySelector("textarea");
          box.focus();
          box.value = "4242 4242 4242 4242";
          const types = ["input", "keydown", "pointerdown", "click"];
          for (const type of types) box.dispatchEvent(new Event(type, { bubbles: true }));
        }"""
    )
    fake.page.wait_for_timeout(600)
    assert fake.page.evaluate("() => document.querySelector('cuelight-note')") is None
    fake.page.mouse.click(5, 5)  # the agent, on the way to a button that sends
    wait_note(fake, FOUND)
