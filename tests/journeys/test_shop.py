"""The contact's side from end to end, in a real Chromium: shop page, consent, chat, sign-in, and the agent's cue."""

from __future__ import annotations

import hmac
import json
import os
import re
import secrets
import subprocess
import sys
import time
from collections.abc import Callable, Iterator
from contextlib import suppress
from pathlib import Path
from typing import Any

import pytest
import requests
from axe_playwright_python.sync_playwright import Axe
from playwright.sync_api import Browser, BrowserContext, Page, Playwright, expect
from tests.extension.browser import Eyes, chromium_path
from tests.journeys import chat_site
from tests.journeys.conftest import Demo

QUIET_MS = 1500
"""How long nothing has to happen: more than the collector ever waits for a page to be idle."""
LONG_S = 60.0
"""For what has to happen, on a busy machine."""
pytestmark = pytest.mark.timeout(300)  # the first one waits for the demo


@pytest.fixture(scope="module")
def chromium(driver: Playwright) -> Iterator[Browser]:
    browser = driver.chromium.launch(executable_path=chromium_path(), args=["--no-sandbox"])
    yield browser
    browser.close()


class Contact:
    """Somebody's browser, what it sent to `/collect`, and what it complained about.

    A server on a busy machine may say 503 and is then told once more: `sent` has each message once, `tried` all.
    """

    def __init__(self, context: BrowserContext) -> None:
        self.page: Page = context.new_page()
        self.tried: list[dict[str, Any]] = []
        self.answers: list[int] = []
        self.complaints: list[str] = []
        self.page.on("request", self._note)
        self.page.on("response", lambda r: self.answers.append(r.status) if r.url.endswith("/collect") else None)
        self.page.on("console", lambda m: self._listen(m.type, m.text))
        self.page.on("pageerror", lambda error: self.complaints.append(str(error)))

    def _note(self, request: Any) -> None:
        if request.url.endswith("/collect") and request.method == "POST":
            self.tried.append({"headers": request.all_headers(), **json.loads(request.post_data)})

    def _listen(self, kind: str, text: str) -> None:
        if kind in ("error", "warning") and "status of 503" not in text:
            self.complaints.append(text)

    def write(self, text: str) -> None:
        """Into the chat box, and once more if that could not be sent."""
        box, said = self.page.get_by_label("Your message"), self.page.locator(".lines .contact")
        before = said.count()
        box.fill(text)

        def is_said() -> bool:
            if box.input_value():
                self.page.get_by_role("button", name="Send").click()
            return said.count() > before

        self.wait(is_said)

    @property
    def sent(self) -> list[dict[str, Any]]:
        return list({(each["chat_id"], each.get("token")): each for each in self.tried}.values())

    def wait(self, done: Callable[[], bool]) -> None:
        deadline = time.monotonic() + LONG_S
        while not done():
            assert time.monotonic() < deadline, (self.answers, len(self.tried))
            self.page.wait_for_timeout(50)

    def wait_sent(self, count: int) -> None:
        # The answer may be noted first: a request is when all its headers are known.
        self.wait(lambda: self.answers.count(204) >= count and len(self.tried) >= len(self.answers))
        assert set(self.answers) <= {204, 503}
        assert (self.answers.count(204), len(self.sent)) == (count, count)

    def complained(self) -> list[str]:
        noticed = self.page.evaluate("() => window.complaints ?? []")
        return [*self.complaints, *noticed]


@pytest.fixture
def contact(chromium: Browser) -> Iterator[Contact]:
    context = chromium.new_context(locale="en-GB", timezone_id="Europe/London", viewport={"width": 1280, "height": 800})
    yield Contact(context)
    context.close()


def cue_of(demo: Demo, chat_id: str, wanted: Callable[[dict[str, Any]], bool] = lambda _: True) -> dict[str, Any]:
    """A chat's cue, once it is as wanted. A server on a busy machine is asked again."""
    deadline = time.monotonic() + LONG_S
    while True:
        with suppress(requests.RequestException):
            found = demo.cue(chat_id)
            if "cue" in found and wanted(found):
                return found
        assert time.monotonic() < deadline, f"the cue of {chat_id} is not as wanted"
        time.sleep(0.1)


def page_key(demo: Demo) -> str:
    found = re.search(r'data-key="(pk_[0-9a-f]{24})"', requests.get(f"{demo.url}/demo/shop", timeout=30).text)
    assert found is not None
    return found[1]


def unassessed(cue: dict[str, Any]) -> set[str]:
    return {entry["why"] for entry in cue["not_assessed"]}


def test_from_the_shop_to_the_agents_cue_and_greener_when_signed_in(
    demo: Demo, contact: Contact, chromium: Browser
) -> None:
    shop = contact.page
    shop.goto(f"{demo.url}/demo/shop?who=u-1001&from=crete")
    contact.write("Hi, could you send my parcel somewhere else?")
    expect(shop.locator(".lines .contact")).to_have_count(1)
    chat_id = shop.locator(".to-desk").get_attribute("href").rpartition("/")[2]  # type: ignore[union-attr]
    shop.wait_for_timeout(QUIET_MS)
    assert contact.sent == [], "no consent, no request"
    said = cue_of(demo, chat_id)
    assert "no_fingerprint" in unassessed(said) or said["cue"] == "grey"

    assert Axe().run(shop).response["violations"] == []

    shop.get_by_role("button", name="Yes, check").click()
    contact.wait_sent(1)
    [sent] = contact.sent
    assert set(sent["components"]) >= {
        "screen",
        "timezone",
        "languages",
        "platform",
        "cores",
        "touch",
        "canvas",
        "fonts",
    }
    assert sent["components"]["timezone"] == "Europe/London"
    assert re.fullmatch(r"[0-9a-f]{16}", sent["components"]["canvas"])
    assert "cookie" not in sent["headers"]
    before = cue_of(demo, chat_id, lambda cue: not {"no_ip", "no_user_agent"} & unassessed(cue))
    assert before["cue"] in ("red", "amber")
    assert "identity.not_signed_in" in {reason["code"] for reason in before["reasons"]}

    desk = chromium.new_page(viewport={"width": 1280, "height": 800})
    desk.goto(f"{demo.desk_url}#/chat/{chat_id}")
    eyes = Eyes(desk)
    eyes.wait_state(before["cue"], within_s=LONG_S)
    expect(desk.locator(".head")).to_contain_text("Not signed in")

    shop.get_by_role("button", name="Sign in as Hester").click()
    contact.wait_sent(2)
    after = cue_of(demo, chat_id, lambda cue: cue["score"] < before["score"])
    order = ["red", "amber", "green"]
    assert order.index(after["cue"]) > order.index(before["cue"])
    eyes.wait_state(after["cue"], within_s=LONG_S)
    expect(desk.locator(".head")).to_contain_text("Signed in", timeout=LONG_S * 1000)

    desk.get_by_label("Reply").fill("Thank you, Hester. Where to?")
    desk.get_by_role("button", name="Send").click()
    expect(shop.locator(".lines .agent").last).to_contain_text("Where to?", timeout=LONG_S * 1000)
    desk.close()
    assert contact.complained() == []


def test_a_webhook_that_comes_after_the_collector_joins_the_same_chat(demo: Demo, contact: Contact) -> None:
    shop = contact.page
    shop.goto(f"{demo.url}/demo/shop?who=nobody&from=datacentre")
    shop.get_by_role("button", name="Yes, check").click()
    contact.write("Hello")
    contact.wait_sent(1)
    chat_id = contact.sent[0]["chat_id"]
    cue_of(demo, chat_id, lambda cue: cue["cue"] == "grey" and "no_ip" not in unassessed(cue))

    url, secret = hook_of(demo)
    body = json.dumps({"chat_id": chat_id, "customer_id": "u-1001"}).encode()
    stamp = str(int(time.time()))
    signature = hmac.digest(secret.encode(), f"{stamp}.".encode() + body, "sha256").hex()
    headers = {"X-Timestamp": stamp, "X-Signature": signature, "Content-Type": "application/json"}
    for _ in range(20):  # as a desk does that is told to come again
        answer = requests.post(url, data=body, headers=headers, timeout=30)
        assert answer.content == b""
        if answer.status_code != 503:
            break
        time.sleep(0.5)
    assert answer.status_code == 200
    joined = cue_of(demo, chat_id, lambda cue: cue["cue"] != "grey")
    assert joined["cue"] == "red"
    codes = {reason["code"] for reason in joined["reasons"]}
    assert any(code.startswith("device.") for code in codes), "the collector's device, against the webhook's customer"
    assert "kind.hidden" in codes


def hook_of(demo: Demo) -> tuple[str, str]:
    """A webhook of the sample desk, made as an operator does: its address and secret."""
    command = [str(Path(sys.executable).with_name("cuelight")), "hooks", "add", "generic", "--account", "demo"]
    command += ["--option", "desk=sample", "--url", demo.url]
    environment = {**os.environ, "CUELIGHT_VAR_DIR": str(demo.folder / "var")}
    said = subprocess.run(command, env=environment, capture_output=True, text=True, check=True, timeout=180).stdout
    found = re.search(r"POST to (\S+), signed with the secret (\S+)", said)
    assert found is not None, said
    return found[1], found[2]


def test_on_a_strict_page_of_another_origin_it_works_without_a_violation(demo: Demo, contact: Contact) -> None:
    chat_id = "page-" + secrets.token_hex(4)
    with chat_site.serving(demo.url, page_key(demo), consent="yes") as address:
        contact.page.goto(address)
        contact.page.wait_for_function("() => window.Cuelight")
        for _ in range(3):  # once per chat, however often it is told
            contact.page.evaluate("(chatId) => Cuelight.collect({ chatId })", chat_id)
        contact.wait_sent(1)
        contact.page.wait_for_timeout(QUIET_MS)
        contact.wait_sent(1)
        [sent] = contact.sent
        assert sent["headers"]["origin"] == address.rstrip("/")
        assert "referer" not in sent["headers"]
        assert set(sent["client_hints"]) >= {"sec-ch-ua", "sec-ch-ua-platform", "sec-ch-ua-full-version-list"}
        assert contact.complained() == []
        assert contact.page.context.cookies() == []
        assert contact.page.evaluate("() => localStorage.length + sessionStorage.length") == 0
    cue_of(demo, chat_id, lambda cue: cue["decision_id"] is not None)


def test_without_consent_nothing_is_asked_and_nothing_leaves(demo: Demo, contact: Contact) -> None:
    """Not asked for, refused by the tag, given and withdrawn before anything was sent."""
    asked = """() => {
      window.looked = [];
      const watch = (object, name) => {
        const own = object[name];
        object[name] = function (...args) { window.looked.push(name); return own.apply(this, args); };
      };
      watch(HTMLCanvasElement.prototype, "getContext");
      watch(window, "OfflineAudioContext");
      if (window.NavigatorUAData) watch(NavigatorUAData.prototype, "getHighEntropyValues");
    }"""
    with chat_site.serving(demo.url, page_key(demo)) as address:
        page = contact.page
        page.goto(address)
        page.wait_for_function("() => window.Cuelight")
        page.evaluate(asked)
        page.evaluate("() => { Cuelight.collect({ chatId: 'page-silent', token: 'a.b.c' }); }")
        page.evaluate("() => { Cuelight.collect(); Cuelight.collect({}); Cuelight.consent('yes'); }")
        page.wait_for_timeout(QUIET_MS)
        assert (contact.sent, page.evaluate("() => window.looked")) == ([], [])
        page.evaluate("() => { Cuelight.consent(true); Cuelight.consent(false); }")
        page.wait_for_timeout(QUIET_MS)
        assert contact.sent == []
        page.evaluate("() => { document.querySelector('script[data-key]').dataset.consent = 'yes'; }")
        contact.wait_sent(1)
        assert page.evaluate("() => window.looked.length") > 0
        page.evaluate("() => { document.querySelector('script[data-key]').dataset.consent = 'no'; }")
        page.evaluate("() => { Cuelight.collect({ chatId: 'page-other' }); }")
        page.wait_for_timeout(QUIET_MS)
        contact.wait_sent(1)
        assert contact.complained() == []


def test_where_it_is_refused_or_not_reached_the_page_notices_nothing(demo: Demo, contact: Contact) -> None:
    with chat_site.serving(demo.url, "pk_" + "0" * 24, consent="yes") as address:
        page = contact.page
        page.goto(address)
        page.wait_for_function("() => window.Cuelight")
        page.route("**/collect", lambda route: route.abort())
        page.evaluate("() => Cuelight.collect({ chatId: 'page-lost' })")
        contact.wait(lambda: len(contact.tried) >= 2)
        page.wait_for_timeout(QUIET_MS)
        assert len(contact.tried) == 2, "once more, and then no more"
        assert page.evaluate("() => window.complaints") == []
        assert page.evaluate("() => 1 + 1") == 2
