"""Every page of the console in a real browser: axe finds nothing, the content policy is kept, a phone is wide enough.

Pages come from the console's own registry: a new one is looked at without a line here.
"""

from __future__ import annotations

import re
import shutil
import tempfile
from base64 import b32decode
from collections.abc import Callable, Iterator
from contextlib import closing
from dataclasses import dataclass, replace
from datetime import UTC, datetime
from pathlib import Path
from threading import Thread

import pytest
from axe_playwright_python.sync_playwright import Axe
from playwright.sync_api import Browser, Page, Playwright, expect
from tests.conftest import CHROME_ON_MAC, settings_for
from tests.extension.browser import QUIET, chromium_path
from tests.unhurried import nobody_waits, unhurried
from tests.web.demo import places
from werkzeug.serving import make_server

from cuelight.app import Service, open_service
from cuelight.channels.new import new_channel
from cuelight.core import operators, totp
from cuelight.core.chat import ChatKey, Identity
from cuelight.core.facts import ChatFacts, ContactFacts
from cuelight.core.operators import Operator
from cuelight.core.roles import Role
from cuelight.desks import BY_NAME
from cuelight.desks.new import new_hook
from cuelight.web import enrol
from cuelight.web.console import PAGES
from cuelight.web.console.proving import hashed
from cuelight.web.console.sign_in import link_of, new_token

WATCH = """window.refused = [];
document.addEventListener("securitypolicyviolation", (e) => {
  window.refused.push(`${e.violatedDirective} ${e.blockedURI}`);
});"""
FIRST = datetime(2026, 1, 1, tzinfo=UTC)
expect.set_options(timeout=30_000)


@dataclass
class Served:
    """A demonstration with something on every page, and the ids of what it has."""

    service: Service
    url: str
    channel: str
    invitation: str

    def link(self, name: str) -> str:
        """A one-time link for this operator."""
        store = self.service.stores.operators
        before = store.read(name)
        assert before is not None
        after, token = link_of(before, datetime.now(UTC))
        assert store.change(before, after)
        return f"{self.url}/console/enter/{token}"


@pytest.fixture(scope="module")
def served() -> Iterator[Served]:
    made = Path(tempfile.mkdtemp(prefix="cue"))
    settings = settings_for(made, demo=True, geo_dir=places.write(made / "geo"))
    with unhurried(), closing(nobody_waits(open_service(settings))) as service:
        stores, now = service.stores, datetime.now(UTC)
        admin = Operator("zoe", frozenset({Role.ADMIN}), FIRST, FIRST, hashed("four words are good"), demo=True)
        stores.operators.add(admin)
        token, digest = new_token()
        stores.operators.add(operators.invited(replace(admin, name="max", password=None), digest, now))
        for name in ("Sam", "Robin"):
            enrol.invite(stores.enrolments, name, now)
        channel = new_channel("webhook", "https://siem.invalid/x", now, name="SIEM")
        stores.channels.add(channel)
        stores.hooks.put(new_hook(BY_NAME["chatwoot"], "1", "https://cue.example.com", {}, None, now))
        server = make_server("127.0.0.1", 0, service.app, threaded=True)
        thread = Thread(target=server.serve_forever, daemon=True)
        thread.start()
        yield Served(service, f"http://127.0.0.1:{server.server_port}", channel.channel_id, token)
        server.shutdown()
        thread.join()
    shutil.rmtree(made, ignore_errors=True)


@pytest.fixture(scope="module")
def chromium(driver: Playwright) -> Iterator[Browser]:
    browser = driver.chromium.launch(executable_path=chromium_path(), args=list(QUIET))
    yield browser
    browser.close()


@pytest.fixture(scope="module")
def state(served: Served, chromium: Browser) -> object:
    """Cookies of one who signed in by the one-time link: by its button, as people do."""
    context = chromium.new_context()
    page = context.new_page()
    page.goto(served.link("zoe"))
    page.get_by_role("button", name="Sign in").click()
    page.get_by_role("navigation", name="Pages of the console").wait_for()
    kept = context.storage_state()
    context.close()
    return kept


def looked_up(page: Page, served: Served) -> None:
    page.goto(f"{served.url}/console/customers")
    page.get_by_label("Customer's id").fill("u-1001")
    page.get_by_role("button", name="Look up").click()
    page.get_by_role("heading", name="What is usual").wait_for()
    for question in ("Erase", "Lock"):
        page.locator("summary", has_text=question).click()


def verified(page: Page, served: Served) -> None:
    page.goto(f"{served.url}/console/audit")
    page.get_by_role("button", name="Verify the log").click()
    page.get_by_role("heading", name="The log is whole").wait_for()


def a_draft(page: Page, served: Served) -> None:
    """A draft somebody asks to publish, with what it would have done, and the shadow it runs as."""
    policies = served.service.policies
    patch = {"thresholds": {"amber": 1.0}, "advice": {"en": {"call_back": "Ring the number in the file."}}}
    version = policies.draft(policies.based_on("live", patch), "sam", "stricter").version
    policies.publish(version, "sam", ask=True)
    policies.start_shadow(version, "sam")
    policies.now.look_again()
    policies.now.live()
    facts = ContactFacts(at=datetime.now(UTC), ip="192.0.2.1", user_agent=CHROME_ON_MAC)
    served.service.corridor.score(ChatFacts(ChatKey("api", "default", version), Identity.CLAIMED, facts, "u-1001"))
    assert served.service.shadow.settle(30)
    page.goto(f"{served.url}/console/policies/{version}")
    page.locator("#effect section").wait_for()
    for question in ("Approve and publish", "Decline"):
        page.locator("summary", has_text=question).click()


STEPS: dict[str, Callable[[Page, Served], None]] = {
    "a customer": looked_up,
    "the log verified": verified,
    "a draft": a_draft,
    "the shadow": lambda page, served: page.goto(f"{served.url}/console/policies/shadow") and None,
    "a policy that is none": lambda page, served: (
        page.goto(f"{served.url}/console/policies/new") and None,
        page.get_by_label("The document").fill('{"thresholds": {"amber": 9, "red": 3}}'),
        page.get_by_role("button", name="Check and keep").click(),
        expect(page.locator("#wrong")).to_be_visible(),
    )[0],
    "the menu": lambda page, served: (
        page.goto(f"{served.url}/console/health") and None,
        page.locator("details.who summary").click(),
        expect(page.get_by_role("button", name="Sign out")).to_be_visible(),
    )[0],
    "one channel": lambda page, served: page.goto(f"{served.url}/console/channels/{served.channel}") and None,
    "new channel": lambda page, served: page.goto(f"{served.url}/console/channels/new/email") and None,
    "new desk": lambda page, served: page.goto(f"{served.url}/console/desks/new/zendesk") and None,
    "one collector": lambda page, served: (
        page.goto(f"{served.url}/console/collectors") and None,
        page.locator("td a").first.click(),
        expect(page.get_by_role("heading", name="On the page")).to_be_visible(),
        page.locator("summary", has_text="New secret").click(),
        page.locator("summary", has_text="Use a key").click(),
    )[0],
    "no such page": lambda page, served: page.goto(f"{served.url}/console/nothing-here") and None,
}


def plain_pages() -> list[str]:
    """Every page that needs nothing but its address."""
    return [r.path for page in PAGES for r in page.routes if r.method == "GET" and "<" not in r.path]


def check(page: Page, name: str) -> list[str]:
    """What is wrong with what stands on the screen."""
    found = Axe().run(page)
    wrong = [f"{name}: {found.generate_report()}"] if found.violations_count else []
    wrong += [f"{name}: refused {each}" for each in page.evaluate("window.refused")]
    if page.evaluate("document.documentElement.scrollWidth > document.documentElement.clientWidth"):
        wrong.append(f"{name}: wider than the window")
    return wrong


@pytest.mark.parametrize(("theme", "width"), [("light", 1280), ("dark", 390)])
@pytest.mark.timeout(240)
def test_every_page_is_in_order(served: Served, chromium: Browser, state: object, theme: str, width: int) -> None:
    context = chromium.new_context(
        storage_state=state,  # type: ignore[arg-type]  # as Playwright itself gave it
        color_scheme=theme,  # type: ignore[arg-type]  # one of its words
        viewport={"width": width, "height": 900},
    )
    context.add_init_script(WATCH)
    page = context.new_page()
    wrong: list[str] = []
    page.on("pageerror", lambda error: wrong.append(f"{page.url}: {error}"))
    page.on("response", lambda r: wrong.append(f"{r.url}: {r.status}") if r.status >= 500 else None)
    for path in plain_pages():
        page.goto(served.url + path)
        wrong += check(page, path)
    for name, step in STEPS.items():
        step(page, served)
        wrong += check(page, name)
    stranger = chromium.new_context(color_scheme=theme, viewport={"width": width, "height": 900})  # type: ignore[arg-type]  # as above
    stranger.add_init_script(WATCH)
    alone = stranger.new_page()
    for path in ("/console/sign-in", f"/console/invitation/{served.invitation}", "/console/enter/spent"):
        alone.goto(served.url + path)
        wrong += check(alone, path)
    stranger.close()
    context.close()
    assert not wrong, "\n".join(wrong)


def test_everything_can_be_done_without_scripts_and_again_by_keyboard(
    served: Served, chromium: Browser, state: object
) -> None:
    context = chromium.new_context(storage_state=state, java_script_enabled=False)  # type: ignore[arg-type]  # as above
    page = context.new_page()
    page.goto(f"{served.url}/console/access")
    page.get_by_label("Agent's name").fill("Kim")
    page.get_by_role("button", name="Invite").click()
    expect(page.locator(".secret")).to_contain_text("-")
    expect(page.locator("td time").first).to_contain_text("UTC")
    row = page.get_by_role("row").filter(has_text="Kim")
    row.locator("summary").click()
    row.get_by_role("button", name="Sign this browser out").click()
    expect(page.get_by_role("status")).to_contain_text("The browser of Kim is signed out")
    context.close()
    context = chromium.new_context(storage_state=state, timezone_id="Asia/Singapore", locale="en-GB")  # type: ignore[arg-type]  # as above
    page = context.new_page()
    page.goto(f"{served.url}/console/audit")
    page.keyboard.press("Tab")
    expect(page.get_by_role("link", name="Skip to the content")).to_be_focused()
    page.keyboard.press("Enter")
    expect(page.locator("#main")).to_be_focused()
    when = page.locator("td time").first
    expect(when).not_to_contain_text("UTC")
    expect(when).to_have_attribute("title", re.compile("UTC$"))
    context.close()


def test_a_new_operator_sets_up_signs_in_and_looks_a_customer_up(served: Served, chromium: Browser) -> None:
    """From the link that `cuelight operators add` prints to the first look-up, told in the audit log."""
    store = served.service.stores.operators
    before = store.read("max")
    assert before is not None
    token, digest = new_token()
    assert store.change(before, operators.invited(before, digest, datetime.now(UTC)))
    context = chromium.new_context()
    page = context.new_page()
    page.goto(f"{served.url}/console/invitation/{token}")
    expect(page.locator(".qr-frame svg")).to_be_in_viewport()
    box = page.locator(".qr-frame svg path").bounding_box()
    assert box is not None
    assert min(box["width"], box["height"]) > 100, "something is drawn"
    text = page.locator(".secret").inner_text().replace(" ", "")
    secret = b32decode(text + "=" * (-len(text) % 8))
    step = totp.step_at(datetime.now(UTC))
    page.get_by_label("New password").fill("four words are good")
    page.get_by_label("The same again").fill("four words are good")
    page.get_by_label("Code it shows now").fill(totp.code_at(secret, step))
    page.get_by_role("button", name="Set up and sign in").click()
    page.get_by_role("navigation", name="Pages of the console").wait_for()
    page.locator("details.who summary").click()
    page.get_by_role("button", name="Sign out").click()

    expect(page.get_by_role("heading", level=1)).to_contain_text("Sign in")
    page.get_by_label("Name").fill("max")
    page.get_by_label("Password").fill("four words are good")
    # The next code: one works once. On a slow machine its time has come by now.
    following = max(step + 1, totp.step_at(datetime.now(UTC)))
    page.get_by_label("Code of your authenticator").fill(totp.code_at(secret, following))
    page.get_by_role("button", name="Sign in").click()
    page.get_by_role("link", name="Customers").click()
    expect(page.get_by_role("heading", level=1)).to_have_text("Customers")
    looked_up(page, served)
    target = served.service.dossier.target("u-1001")
    newest = served.service.stores.audit.read(limit=5)
    assert ("max", "customer.look_up", target) in [(each.by, each.action, each.target) for each in newest]
    page.get_by_role("link", name="Audit log").click()
    expect(page.get_by_role("heading", level=1)).to_have_text("Audit log")
    expect(page.locator("tbody tr").first.locator("td").nth(3)).to_have_text("customer.look_up")
    context.close()
