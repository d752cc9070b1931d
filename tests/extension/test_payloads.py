"""Five hundred hostile texts through every door: names, messages, ids, addresses, the API's own texts. None runs."""

from __future__ import annotations

import json
import re
from typing import Any

from playwright.sync_api import Page
from tests.extension.browser import extension_url, tab_id_of
from tests.extension.conftest import Desks
from tests.extension.cue_server import body_for
from tests.extension.payloads import COUNT, COUNT_HITS, PAYLOADS, batches
from tests.extension.test_pace import page
from tests.extension.watcher import Watcher, world_of

__all__ = ["page"]

FACES = """async (payloads) => {
  const pause = () => new Promise((done) => { // a task later: timers are slowed down, messages are not
    const { port1, port2 } = new MessageChannel();
    port1.onmessage = done;
    port2.postMessage(0);
  });
  for (const [i, text] of payloads.entries()) {
    const [pane, tab] = [document.querySelector("[data-ticket-id]"), document.querySelector("[data-entity-id]")];
    pane.querySelector("h1").textContent = text;
    pane.querySelector(".message").textContent = text;
    pane.setAttribute("data-ticket-id", text);
    tab.setAttribute("data-entity-id", text);
    pane.querySelector(".composer").textContent = text;
    pane.querySelector(".composer").dispatchEvent(new InputEvent("input", { bubbles: true, composed: true }));
    if (i % 10 === 0) { // browsers stop pages that do this all the time
      document.title = text;
      history.replaceState(null, "", "/agent/tickets/" + encodeURIComponent(text.slice(0, 300).toWellFormed()));
      await pause();
      history.replaceState(null, "", "/agent/tickets/311#" + encodeURIComponent(text.slice(0, 300).toWellFormed()));
    }
    await pause();
  }
  return window.hits;
}"""
LOCATE = """(texts) => {
  const urls = [{ path: "/agent/{chat_id}" }, { path: "/{**}", hash: "{chat_id}" }];
  const desk = { desk: "zendesk", account: "a", urls };
  return texts.flatMap((text) => ["/agent/", "/x#"].map((door) => {
    try {
      return CuelightContent.desk.locate(desk, new URL("https://acme.zendesk.com" + door + text))?.chat_id ?? null;
    } catch {
      return null; // no address at all
    }
  }));
}"""
SAFE = re.compile(r"(?!\.{1,2}$)[A-Za-z0-9._:@+~-]{1,128}")


def test_through_names_messages_ids_and_addresses(desks: Desks) -> None:
    fake = desks.open("zendesk", path="/agent/tickets/311?without-policy")  # so that whatever could run, would
    fake.page.evaluate(f"() => {{ {COUNT_HITS} }}")
    fake.page.evaluate("() => desk.rebuild()")
    before = set(desks.server.asked)
    assert fake.page.evaluate(FACES, list(PAYLOADS)) == []
    asked = set(desks.server.asked) - before
    assert [each for each in asked if not re.fullmatch(r"[0-9]{1,128}", each)] == []
    world = Watcher(fake.eyes.session, world_of(fake.page, fake.eyes.session))
    found = world.evaluate(f"({LOCATE})({json.dumps(PAYLOADS)})")
    assert len(found) == 2 * COUNT
    assert [each for each in found if each is not None and not SAFE.fullmatch(each)] == []
    fake.page.evaluate("() => { history.replaceState(null, '', '/agent/tickets/312'); desk.turn(); desk.rebuild() }")
    fake.see("acme/312")  # and it still works


def hostile_body(texts: tuple[str, ...], key: str, chat: dict[str, str]) -> dict[str, Any]:
    def lines(**more: Any) -> list[dict[str, Any]]:
        return [{"code": text[:90] or "x", "text": text[:400], **more} for text in texts]

    first = texts[0][:400]
    return {
        **body_for(key, "red"),
        "chat": chat,
        "reasons": lines(points=2.5, params={first[:40]: first}),
        "advice": lines(),
        "not_assessed": lines(why=first),
        "would_be": {"cue": "green", "if": first[:100], "text": first},
        "incident": {"incident_id": first[:100], "opened_at": first[:100], "ends_at": first[:100]},
        "outcome": {"outcome": "impersonation", "method": first[:30], "at": first[:100], "by": first[:100]},
    }


def test_through_the_apis_texts_on_the_page(page: Page) -> None:
    """Drawn by the page, so that whatever ran would be seen, with the card open all the time."""
    page.evaluate(f"() => {{ {COUNT_HITS} }}")
    page.evaluate("() => roots[0].querySelector('.chip').focus()")
    page.keyboard.press("Enter")
    page.wait_for_function("() => roots[0].querySelector('.card').matches(':popover-open')")
    look = """() => [roots[0].querySelector(".tip").dataset.say,
      roots[0].querySelectorAll(".card ul:first-of-type li").length,
      [...new Set([...roots[0].querySelectorAll("*")].map((each) => each.localName))]]"""
    shown = 0
    for texts in batches(8):
        body = hostile_body(texts, "x", {})
        body.pop("chat")
        page.evaluate("(body) => { settings.body = body }", body)
        page.clock.run_for(1100)  # the next answer
        tip, lines, names = page.evaluate(look)
        assert tip == texts[0][:400]
        assert set(names) <= {"div", "button", "span", "svg", "path", "h2", "ul", "li", "p", "style"}
        shown += lines
    assert shown == COUNT
    assert page.evaluate("() => window.hits") == []


def test_through_the_apis_texts_in_the_panel(desks: Desks) -> None:
    fake = desks.open("crisp")
    key = fake.chats[0]
    account, chat_id = key.split("/")
    chat = {"desk": "crisp", "account": account, "chat_id": chat_id}
    panel = desks.context.new_page()
    problems: list[str] = []
    panel.on("dialog", lambda dialog: (problems.append(dialog.message), dialog.dismiss()))
    panel.on("console", lambda message: problems.append(message.text) if "Refused" in message.text else None)
    panel.on("pageerror", lambda error: problems.append(str(error)))
    panel.add_init_script(COUNT_HITS)
    fake.go(key)
    fake.eyes.wait(lambda seen: seen.state not in (None, "loading"), 10)
    panel.goto(extension_url(desks.context, f"panel/panel.html?tab={tab_id_of(desks.context, fake.page)}"))
    for number, texts in enumerate(batches(39)):
        mark = f"Batch {number} of texts."
        body = hostile_body(texts, key, chat)
        body["reasons"].insert(0, {"code": "first", "points": 9.0, "text": mark})
        desks.server.bodies[key] = body
        panel.get_by_text(mark).first.wait_for(timeout=15_000)
        made = "() => document.querySelectorAll('img, iframe, object, embed, base, style, audio, video, math').length"
        assert panel.evaluate(made) == 0
    assert panel.evaluate("() => window.hits") == []
    assert problems == []
