"""A desk's page that fades, moves, covers, imitates, swaps and spies: it cannot raise a cue, and it learns nothing."""

from __future__ import annotations

import json

import pytest
from tests.extension.browser import Eyes, attributes_of, toolbar, wait_toolbar, walk
from tests.extension.conftest import Desks, FakePage
from tests.extension.cue_server import body_for
from tests.extension.fixture_site import FAKE_DESKS
from tests.extension.watcher import watch

RED, GREEN = "acme/311", "acme/312"
PANES = "document.querySelectorAll('[data-ticket-id]')"
HOST = "document.querySelector('cuelight-cue')"


@pytest.fixture
def fake(desks: Desks) -> FakePage:
    """A desk with a red and a green chat."""
    for key, cue in ((RED, "red"), (GREEN, "green")):
        answer(desks, key, cue)
    opened = desks.open("zendesk", RED)
    opened.eyes.wait_state("red", 10)
    return opened


def answer(desks: Desks, key: str, cue: str) -> None:
    account, chat_id = key.split("/")
    desks.server.bodies[key] = {
        **body_for(key, cue),
        "chat": {"desk": "zendesk", "account": account, "chat_id": chat_id},
    }


def in_corner(fake: FakePage) -> bool:
    return bool(fake.page.evaluate(f"() => {HOST}?.parentElement.localName === 'html'"))


def test_the_toolbar_has_nothing_to_add_on_an_honest_page(desks: Desks, fake: FakePage) -> None:
    wait_toolbar(desks.context, fake.page, lambda said: said == "Cuelight: Stop and verify (red)")
    fake.page.wait_for_timeout(800)
    assert toolbar(desks.context, fake.page) == "Cuelight: Stop and verify (red)"


@pytest.mark.parametrize(
    "trick",
    [
        "(place) => { place.style.opacity = '0.05' }",
        "(place) => { place.style.filter = 'opacity(0)' }",
        "(place) => { place.style.transform = 'translateX(-4000px)' }",
        "(place) => { place.style.cssText = 'position:absolute;left:-4000px' }",
        "(place) => { place.style.transform = 'scale(0.05)' }",
        "(place) => { place.style.display = 'none' }",
        "(place) => { place.style.visibility = 'hidden'; place.style.contentVisibility = 'hidden' }",
    ],
)
def test_a_place_that_hides_the_cue_is_left_for_the_corner(fake: FakePage, trick: str) -> None:
    fake.page.evaluate(f"() => ({trick})({HOST}.parentElement)")
    fake.eyes.wait(lambda seen: in_corner(fake) and seen.state == "red", 10)


@pytest.mark.parametrize(
    "trick",
    [
        "(host) => host.setAttribute('style', 'display: none !important')",
        "(host) => host.style.setProperty('opacity', '0', 'important')",
        "(host) => { host.hidden = true; host.inert = true }",
        "(host) => document.querySelector('.side').append(host)",
        "(host) => host.replaceWith(document.createElement('i'))",
    ],
)
def test_a_page_that_keeps_meddling_sends_the_agent_to_the_toolbar(desks: Desks, fake: FakePage, trick: str) -> None:
    meddle = f"""() => {{ window.meddling = setInterval(() => {{
      const host = {HOST};
      if (host) ({trick})(host);
    }}, 60); }}"""
    fake.page.evaluate(meddle)
    note = "Cuelight: Stop and verify (red)\n"
    wait_toolbar(desks.context, fake.page, lambda said: said.startswith(note), 15)


@pytest.mark.parametrize(
    "cover",
    [
        "(cover) => { cover.style.cssText = 'position:fixed;inset:0;z-index:99;background:#0a0' }",
        "(cover) => { cover.style.cssText = 'position:fixed;inset:0;z-index:99;background:#0a0;pointer-events:none' }",
        "(cover) => { cover.popover = 'manual'; cover.style.cssText = 'inset:0;width:100%;height:100%'; "
        "cover.showPopover() }",
    ],
)
def test_covers_are_told_by_the_toolbar(desks: Desks, fake: FakePage, cover: str) -> None:
    fake.page.evaluate(f"() => {{ const cover = el('div'); document.body.append(cover); ({cover})(cover) }}")
    wait_toolbar(desks.context, fake.page, lambda said: "covers the cue" in said)


def test_a_modal_dialog_covers_too(desks: Desks, fake: FakePage) -> None:
    fake.page.evaluate("() => { const box = el('dialog', {}, 'Hi'); document.body.append(box); box.showModal() }")
    wait_toolbar(desks.context, fake.page, lambda said: "covers the cue" in said)


def test_ids_swapped_while_the_answer_is_under_way(desks: Desks, fake: FakePage) -> None:
    watcher = watch(fake.page)
    desks.server.delay_s = (0.25, 0.25)
    for _ in range(4):
        fake.go(GREEN)
        fake.page.wait_for_timeout(120)
        fake.page.evaluate("() => desk.slip('acme/311')")  # the address of the other chat, just before the answer
        fake.page.wait_for_timeout(250)
        fake.page.evaluate(f"() => {PANES}.forEach((pane) => {{ pane.dataset.ticketId = 312 }})")
        fake.page.wait_for_timeout(80)
        fake.page.evaluate("() => desk.rebuild()")
    assert watcher.read()["wrong"] == []


def test_an_imitation_changes_nothing_that_counts(desks: Desks, fake: FakePage) -> None:
    fake.page.evaluate(
        """() => {
          const looks = { "data-drawn-by": "extension", style: "display:inline-block" };
          document.querySelector(".actions").prepend(el("cuelight-cue", looks, "Looks right"));
          desk.say("Cue green: Looks right");
        }"""
    )
    wait_toolbar(desks.context, fake.page, lambda said: said.startswith("Cuelight: Stop and verify (red)"))
    fake.page.wait_for_timeout(600)
    assert toolbar(desks.context, fake.page).startswith("Cuelight: Stop and verify (red)")


PROBES = """async () => {
  const host = document.querySelector("cuelight-cue");
  const told = {};
  told.root = host.shadowRoot;
  told.attached = window.stolen.length;
  told.html = host.getHTML({ serializableShadowRoots: true, shadowRoots: window.stolen });
  told.text = host.innerText + host.textContent;
  told.attributes = host.getAttributeNames().join();
  told.size = ["offset", "scroll", "client"].map((kind) => [host[`${kind}Width`], host[`${kind}Height`]]).join();
  told.animations = document.getAnimations().length + host.getAnimations({ subtree: true }).length;
  told.sheets = document.styleSheets.length + document.adoptedStyleSheets.length;
  getSelection().selectAllChildren(document.documentElement);
  told.selected = /Stop and verify|Looks right|Reason of chat|🦊/.test(getSelection().toString());
  getSelection().removeAllRanges();
  const words = ["Stop and verify", "Looks right", "Reason of chat", "🦊"];
  told.found = words.map((text) => window.find(text, false, false, true));
  getSelection().removeAllRanges();
  const at = host.getBoundingClientRect();
  told.points = document.elementsFromPoint(at.left + 14, at.top + 16).map((each) => each.localName)[0];
  told.caret = document.caretPositionFromPoint?.(at.left + 40, at.top + 16)?.offsetNode?.nodeName ?? null;
  try {
    host.attachShadow({ mode: "open" });
    told.second = true;
  } catch {
    told.second = false;
  }
  told.globals = Object.keys(window).filter((name) => /cuelight/i.test(name)).length;
  told.chrome = typeof window.chrome?.runtime?.sendMessage;
  told.stored = JSON.stringify([{ ...localStorage }, { ...sessionStorage }, document.cookie]);
  told.events = [...new Set(window.heard)].sort().join();
  told.resources = performance.getEntriesByType("resource").filter(({ name }) => /extension|cues/.test(name)).length;
  return told;
}"""

SPY = """window.stolen = [];
window.heard = [];
const attach = Element.prototype.attachShadow;
Element.prototype.attachShadow = function (options) {
  const root = attach.call(this, { ...options, mode: "open" });
  window.stolen.push(root);
  return root;
};
for (const name of ["innerHTML", "textContent", "className"]) {
  const owner = name === "textContent" ? Node.prototype : Element.prototype;
  const { get, set } = Object.getOwnPropertyDescriptor(owner, name);
  Object.defineProperty(owner, name, { get, set(value) {
    if (this.getRootNode() instanceof ShadowRoot) window.stolen.push(value);
    return set.call(this, value);
  } });
}
for (const key of ["cue", "ok", "body", "state", "desk", "chat_id"]) Object.prototype[key] = "green";
const heard = ["animationstart", "animationend", "transitionrun", "toggle", "beforetoggle", "slotchange", "load"];
for (const type of heard) {
  addEventListener(type, (event) => event.target?.localName?.startsWith?.("cuelight") && window.heard.push(type), true);
}"""


def test_a_page_learns_the_same_from_a_red_cue_as_from_a_green_one(desks: Desks) -> None:
    """Prototypes are patched before anything else runs, and `Object.prototype` is polluted."""
    for key, cue in ((RED, "red"), (GREEN, "green")):
        answer(desks, key, cue)
    page = desks.context.new_page()
    page.add_init_script(SPY)
    page.goto("https://acme.zendesk.com/agent/tickets/new/1")
    page.wait_for_function("() => window.desk")
    fake = FakePage(FAKE_DESKS["zendesk"], page, Eyes(page))
    told = []
    for key, cue in ((RED, "red"), (GREEN, "green")):
        fake.go(key)
        fake.eyes.wait_state(cue, 10)
        told.append(page.evaluate(PROBES))  # while it glows
    red, green = told
    assert json.dumps(red) == json.dumps(green)
    assert red["root"] is None
    assert red["attached"] == 0
    assert red["text"] == ""
    assert red["attributes"] == "data-drawn-by,style"
    assert red["animations"] == 0
    assert red["selected"] is False
    assert red["found"] == [False, False, False, False]
    assert red["points"] == "cuelight-cue"
    assert red["second"] is False
    assert red["globals"] == 0
    assert red["chrome"] == "undefined"
    assert red["events"] == ""
    assert red["resources"] == 0


def test_clicks_and_keys_a_page_makes_up_open_nothing(fake: FakePage) -> None:
    pages = len(fake.page.context.pages)
    fake.page.evaluate(
        f"""() => {{
          const host = {HOST};
          for (const type of ["click", "pointerdown", "keydown"]) {{
            host.dispatchEvent(new Event(type, {{ bubbles: true, composed: true }}));
          }}
          host.click();
          host.focus();
        }}"""
    )
    fake.page.wait_for_timeout(500)
    assert len(fake.page.context.pages) == pages
    tree = fake.eyes.session.send("DOM.getDocument", {"depth": -1, "pierce": True})["root"]
    (card,) = (node for node in walk(tree) if attributes_of(node).get("class") == "card")
    assert not card.get("children")  # it is filled when it is opened
    assert fake.eyes.look().state == "red"


def test_clobbered_names_do_no_harm(fake: FakePage) -> None:
    fake.page.evaluate(
        """() => {
          const names = ["querySelectorAll", "createElement", "createElementNS", "createTreeWalker", "location", "body",
            "addEventListener", "activeElement", "elementFromPoint", "visibilityState", "documentElement", "navigation",
            "getAttributeNames", "adoptedStyleSheets", "CuelightContent", "chrome", "getComputedStyle"];
          const made = names.flatMap((name) => [el("img", { name, id: name }), el("form", { name })]);
          document.documentElement.append(...made);
        }"""
    )
    fake.page.evaluate("() => { history.replaceState(null, '', '/agent/tickets/312') }")
    fake.page.evaluate(
        """() => {
          const all = Document.prototype.querySelectorAll.bind(document);
          for (const tab of all("[data-entity-id]")) tab.dataset.selected = String(tab.dataset.entityId === "312");
        }"""
    )
    fake.eyes.wait_state("green", 10)
