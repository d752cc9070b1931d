"""The core of the extension in a real Firefox: right cues, faults, hostile texts, the panel, enrolment, policy."""

from __future__ import annotations

import json
import random
from datetime import UTC, datetime
from pathlib import Path

import pytest
from tests.extension.browser import Seen
from tests.extension.cue_server import CHATS, CueServer, body_for, details_for
from tests.extension.firefox.bidi import EXTENSION_ID, Firefox, Tab
from tests.extension.fixture_site import serve_fixture
from tests.extension.payloads import COUNT_HITS, PAYLOADS
from tests.extension.test_hostile_desk import PROBES, SPY

from cuelight.app import Service
from cuelight.web import enrol

pytestmark = pytest.mark.timeout(240)  # the first one waits for the browser

WORDS = {"green": "Looks right", "amber": "Check first", "red": "Stop and verify", "grey": "Unverified"}


def go(desk: Tab, chat_id: str) -> None:
    desk.eval(f"desk.go({chat_id!r})")


def see_chat(desk: Tab, chat_id: str) -> Seen:
    """Waits for the cue of this very chat."""

    def found() -> Seen | None:
        seen = desk.look()
        return seen if (seen.state, seen.tip) == (CHATS[chat_id], f"Reason of chat {chat_id}.") else None

    seen: Seen = desk.wait(found)
    return seen


def see_grey(desk: Tab, says: str) -> None:
    desk.wait(lambda: (seen := desk.look()).state == "grey" and says in seen.tip)


def tab_of(control: Tab, desk: Tab) -> int:
    """The desk's tab as the extension numbers it."""
    url = desk.eval("location.href").split("#")[0]
    found = f"(all) => all.find(({{ url }}) => url.startsWith({url!r}))?.id ?? 0"
    return int(control.wait(lambda: control.eval(f"browser.tabs.query({{ url: '*://127.0.0.1/*' }}).then({found})")))


def tooltip(control: Tab, tab_id: int) -> str:
    return str(control.eval(f"browser.action.getTitle({{ tabId: {tab_id} }})"))


def test_each_chat_has_its_own_cue_on_the_page_and_in_the_toolbar(desk: Tab, set_up: Tab) -> None:
    tab_id = tab_of(set_up, desk)
    for chat_id in ("1001", "1002", "1003", "1004"):
        go(desk, chat_id)
        seen = see_chat(desk, chat_id)
        assert seen.word == WORDS[CHATS[chat_id]]
        assert (seen.drawn_by, seen.count) == ("extension", 1)
        title = f"Cuelight: {WORDS[CHATS[chat_id]]} ({CHATS[chat_id]})"
        desk.wait(lambda title=title: tooltip(set_up, tab_id).split("\n")[0] == title)
    go(desk, "")
    desk.see(None)
    desk.wait(lambda: tooltip(set_up, tab_id) == "Cuelight: no chat open in this tab")


def test_switching_shows_no_other_chats_cue(desk: Tab, cue_server: CueServer) -> None:
    cue_server.delay_s = (0.0, 0.25)
    choose = random.Random(11)
    current = ""
    for _ in range(60):
        current = choose.choice([chat_id for chat_id in CHATS if chat_id != current])
        go(desk, current)
        seen = desk.look()
        assert seen.tip == f"Reason of chat {current}." or "Reason of chat" not in seen.tip, (current, seen)
        if choose.random() < 0.25:
            see_chat(desk, current)
    see_chat(desk, current)


def test_a_server_that_stops_hangs_or_refuses_is_grey(desk: Tab, cue_server: CueServer) -> None:
    go(desk, "1001")
    desk.see("green")
    cue_server.stop()
    see_grey(desk, "cannot be reached")
    cue_server.start()
    desk.see("green", 20)
    cue_server.mode = "hang"
    see_grey(desk, "did not answer in time")
    cue_server.mode = "ok"
    desk.see("green", 20)
    cue_server.mode = "401"
    see_grey(desk, "does not accept this browser")


def test_hostile_texts_do_not_run(firefox: Firefox, desk: Tab, set_up: Tab, cue_server: CueServer) -> None:
    desk.eval(f"(() => {{ {COUNT_HITS} }})()")
    tab_id = tab_of(set_up, desk)
    panel = firefox.page(f"panel/panel.html?tab={tab_id}")
    panel.eval(f"(() => {{ {COUNT_HITS} }})()")
    lines = [{"code": "x", "points": 1.0, "params": {}, "text": text[:400] or "x"} for text in PAYLOADS]
    chat = {"desk": "sample", "account": "demo", "chat_id": "1003"}
    for start in range(0, len(lines), 40):
        part = lines[start : start + 40]
        text = part[0]["text"]
        cue_server.bodies["1003"] = body_for("1003", "red", reasons=part, advice=part, not_assessed=part)
        habit = {"fact": "country", "label": text[:60], "usual": [text[:80]], "now": text[:80], "differs": True}
        line = {"kind": "address", "text": text[:200], "at": "2026-11-23T12:00:00Z", "by": text[:120]}
        cue_server.details["1003"] = details_for(chat, habits=[habit], disclosures=[line], console_url=text[:300])
        desk.front()
        go(desk, "")
        go(desk, "1003")
        desk.wait(lambda text=text: desk.look().tip == text.strip())
        panel.wait(lambda text=text: text[:20] in panel.eval("document.body.textContent"))
    desk.eval(
        f"(async (texts) => {{ for (const text of texts) {{ document.querySelector('h1').textContent = text; "
        f"desk.claim(text); await 0; }} }})({json.dumps(list(PAYLOADS))})"
    )
    assert desk.eval("window.hits") == []
    assert panel.eval("window.hits") == []
    assert panel.eval("document.querySelectorAll('main :is(img, script, iframe, style, link)').length") == 0
    panel.close()


def test_a_page_learns_the_same_from_a_red_cue_as_from_a_green_one(
    firefox: Firefox, set_up: Tab, desk_url: str
) -> None:
    """Prototypes are patched before anything else runs, and `Object.prototype` is polluted."""
    tab = firefox.open()
    firefox.send("script.addPreloadScript", functionDeclaration=f"() => {{ {SPY} }}", contexts=[tab.context])
    tab.go(f"{desk_url}/demo/desk")
    told = []
    for chat_id in ("1003", "1001"):
        go(tab, chat_id)
        see_chat(tab, chat_id)
        told.append(tab.eval(f"({PROBES})()"))
    red, green = told
    assert red == green
    assert (red["root"], red["attached"], red["text"], red["second"]) == (None, 0, "", False)
    assert red["attributes"] == "data-drawn-by,style"
    assert red["found"] == [False, False, False, False]
    assert red["points"] == "cuelight-cue"
    assert (red["selected"], red["events"], red["resources"]) == (False, "", 0)
    tab.close()


def test_the_panel_tells_and_records(firefox: Firefox, desk: Tab, set_up: Tab, cue_server: CueServer) -> None:
    go(desk, "1002")
    desk.see("amber")
    panel = firefox.page(f"panel/panel.html?tab={tab_of(set_up, desk)}")
    panel.wait(lambda: panel.eval("document.querySelector('h1')?.textContent") == "Check first")
    assert "Reason of chat 1002." in panel.eval("document.body.innerText")
    button = "[...document.querySelectorAll('button')].find(({ textContent }) => textContent === 'One-time code')"
    panel.eval(f"void {button}.click()")
    panel.wait(lambda: "Recorded as verified: One-time code." in panel.eval("document.body.innerText"))
    assert cue_server.outcomes[-1] == {"chat_id": "1002", "outcome": "genuine", "method": "one_time_code", "by": "Sam"}
    panel.close()


def test_a_place_for_the_cue_is_chosen_with_the_keys_alone(firefox: Firefox, set_up: Tab) -> None:
    with serve_fixture("own") as origin:
        address = f"{origin}/helpdesk/accounts/7/inbox/3/chats/4711"
        page = firefox.open(address)
        options = firefox.page("options/options.html")
        options.wait(lambda: options.eval("document.querySelector('#desks li') !== null"))
        cut = f"CuelightContent.address.cut({address!r})"
        asked = f"import('/options/pick.js').then(({{ pickIn }}) => pickIn({cut}, {address!r}, null))"
        options.eval(f"void (window.picking = {asked}.then((found) => {{ window.picked = found; }}))")
        page.wait(lambda: page.eval("document.querySelector('cuelight-pick') !== null"))
        page.go(address)  # as after a sign-in: the bar comes back
        page.wait(lambda: page.eval("document.querySelector('cuelight-pick') !== null"))
        page.press("\ue007")  # Enter: choose the place,
        page.press("\ue007")  # the one proposed;
        page.wait(lambda: page.look().drawn_by == "sample")
        assert page.look().state == "grey"
        page.press("\ue007")  # use it
        picked = options.wait(lambda: options.eval("window.picked ?? null"))
        assert picked["address"] == address
        assert picked["pane"] == {"selector": "[data-conversation]", "attribute": "data-conversation"}
        assert picked["anchors"]
        page.wait(lambda: page.eval("document.querySelector('cuelight-pick, cuelight-cue') === null"))
        options.eval(f"void (window.picked = null, {asked}.then((found) => {{ window.ended = found === null; }}))")
        page.wait(lambda: page.eval("document.querySelector('cuelight-pick') !== null"))
        page.close()
        options.wait(lambda: options.eval("window.ended ?? false"))
        options.close()


def test_enrolment_with_the_real_server(
    firefox: Firefox, desk: Tab, set_up: Tab, service: Service, api_url: str
) -> None:
    code = enrol.invite(service.stores.enrolments, "Kim", datetime.now(UTC))[1]
    set_up.eval("browser.storage.session.remove('key')")
    options = firefox.page("options/options.html")
    options.wait(lambda: options.eval("document.querySelector('#desks li') !== null"))
    # The browser's own permission question cannot be answered here; loopback needs none.
    asked = json.dumps({"type": "options.enrol", "server": api_url, "code": code})
    options.eval(f"browser.storage.local.set({{ server: {api_url!r} }})")
    answer = options.eval(f"browser.runtime.sendMessage({asked})")
    assert answer["ok"], answer
    options.eval("browser.storage.session.remove('token')")  # as after each start: renewed with the kept secret
    tested = options.eval("browser.runtime.sendMessage({ type: 'options.test' })")
    assert tested["ok"], tested
    assert "secret" not in options.eval("browser.storage.local.get(null).then(JSON.stringify)")
    options.go(options.eval("location.href"))
    options.wait(lambda: "enrolled as Kim" in options.eval("document.body.innerText"))
    options.eval("browser.runtime.sendMessage({ type: 'options.sign_out' })")
    refused = options.eval("browser.runtime.sendMessage({ type: 'options.test' })")
    assert refused["reason"] == "no_server"
    options.close()


def test_a_companys_policy_wins(firefox: Firefox, set_up: Tab, home: Path, cue_server: CueServer) -> None:
    """Last: the extension is loaded anew, as it is after a start of the browser."""
    install = {"desk": "chatwoot", "match": "https://chat.example.com/*"}
    policy = {
        "name": EXTENSION_ID,
        "description": "Cuelight",
        "type": "storage",
        "data": {"server": cue_server.url, "language": "fr", "installs": [install]},
    }
    folder = home / ".mozilla" / "managed-storage"
    folder.mkdir(parents=True)
    (folder / f"{EXTENSION_ID}.json").write_text(json.dumps(policy))
    set_up.eval("browser.storage.local.set({ server: 'https://elsewhere.example.com', language: 'de' })")
    firefox.install_anew()
    options = firefox.page("options/options.html")
    options.wait(lambda: "Fixé par votre organisation." in options.eval("document.body.innerText"), 20)
    assert options.eval("document.querySelector('#address').value") == cue_server.url
    assert options.eval("document.querySelector('#address').disabled && document.querySelector('#language').disabled")
    desks = "document.querySelector('#desks').innerText"
    options.wait(lambda: "Chatwoot" in options.eval(desks))
    assert "de votre organisation" in options.eval(desks)
