"""Real Chromium with the extension really loaded, and eyes for its closed shadow root."""

from __future__ import annotations

import json
import shutil
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Any, TypeVar

from playwright.sync_api import BrowserContext, Page, Playwright, Worker, expect

EXTENSION = Path(__file__).resolve().parents[2] / "extension"
QUIET = (
    "--no-sandbox",
    "--disable-background-networking",
    "--disable-component-update",
    "--disable-sync",
    "--disable-quic",
    "--no-first-run",
)
T = TypeVar("T")

expect.set_options(timeout=10_000)  # five seconds, Playwright's own, are little on a machine that is busy


def chromium_path() -> str | None:
    """The browser on PATH; None lets Playwright use its own."""
    for name in ("chromium", "chromium-browser", "google-chrome"):
        if found := shutil.which(name):
            return found
    return None


@dataclass(frozen=True, slots=True)
class Seen:
    """What stands on the screen: `state` is None where there is no cue at all."""

    state: str | None
    word: str = ""
    tip: str = ""
    spoken: str = ""
    mark: str = ""
    drawn_by: str = ""
    count: int = 0


NOTHING = Seen(None)


def copy_allowed(folder: Path, hosts: list[str], messages: dict[str, str] | None = None) -> Path:
    """The extension as it stands after the agent has allowed it these hosts and notifications, with other words if
    `messages` are given.

    Nobody can press a browser's own permission button in a test; the manifest's list has the same effect.
    """
    ignored = shutil.ignore_patterns("dev", "*.d.ts", "jsconfig.json")
    made = Path(shutil.copytree(EXTENSION, folder / "extension", ignore=ignored))
    manifest = json.loads((made / "manifest.json").read_text())
    manifest["host_permissions"] += hosts
    manifest["permissions"] += manifest.pop("optional_permissions")
    (made / "manifest.json").write_text(json.dumps(manifest))
    if messages:
        words = made / "_locales" / "en" / "messages.json"
        told = json.loads(words.read_text()) | {key: {"message": text} for key, text in messages.items()}
        words.write_text(json.dumps(told))
    return made


@contextmanager
def with_extension(
    driver: Playwright, profile: Path, *, extension: Path = EXTENSION, **options: Any
) -> Iterator[BrowserContext]:
    """A browser with the extension. Its pages open without being asked for only at the very first start."""
    context = driver.chromium.launch_persistent_context(
        str(profile),
        executable_path=chromium_path(),
        args=[*QUIET, f"--disable-extensions-except={extension}", f"--load-extension={extension}"],
        **options,
    )
    try:
        yield context
    finally:
        context.close()


def worker_of(context: BrowserContext) -> Worker:
    return context.service_workers[0] if context.service_workers else context.wait_for_event("serviceworker")


def configure(context: BrowserContext, **settings: Any) -> None:
    """Settings as the options page writes them; the key goes where that page puts it."""
    worker = worker_of(context)
    key = settings.pop("key", None)
    worker.evaluate("(settings) => chrome.storage.local.set(settings)", settings)
    if key is not None:
        worker.evaluate("(key) => chrome.storage.session.set({ key })", key)


def extension_url(context: BrowserContext, path: str) -> str:
    """A page of the extension."""
    return f"{worker_of(context).url.split('/background/')[0]}/{path}"


def tab_id_of(context: BrowserContext, page: Page) -> int:
    """Extensions learn of a new address a little after the page has it."""
    query = """async (url) => {
      for (let tries = 0; tries < 200; tries += 1) {
        const tab = (await chrome.tabs.query({})).find((each) => each.url === url);
        if (tab) return tab.id;
        await new Promise((done) => setTimeout(done, 50));
      }
      throw new Error("no tab shows this page");
    }"""
    return int(worker_of(context).evaluate(query, page.url))


def toolbar(context: BrowserContext, page: Page) -> str:
    """The toolbar icon's tooltip for a page's tab, "" while the browser does not know the page's address yet.

    It is drawn on its own, a little after the page: what it should say is waited for, with `wait_toolbar`.
    """
    query = """async (url) => {
      const tab = (await chrome.tabs.query({})).find((each) => each.url === url);
      return tab ? chrome.action.getTitle({ tabId: tab.id }) : "";
    }"""
    return str(worker_of(context).evaluate(query, page.url))


def wait_toolbar(context: BrowserContext, page: Page, wanted: Callable[[str], bool], within_s: float = 10.0) -> str:
    """What the tooltip says, once it says what is wanted."""
    until = time.monotonic() + within_s
    while not wanted(said := toolbar(context, page)):
        assert time.monotonic() < until, f"not said within {within_s} s; last said: {said!r}"
        page.wait_for_timeout(25)
    return said


def attributes_of(node: dict[str, Any]) -> dict[str, str]:
    flat = node.get("attributes", [])
    return dict(zip(flat[::2], flat[1::2], strict=True))


def text_within(node: dict[str, Any]) -> str:
    if node.get("nodeType") == 3:
        return str(node.get("nodeValue", ""))
    if said := attributes_of(node).get("data-say"):
        return said
    return "".join(text_within(child) for child in node.get("children", []))


def walk(node: dict[str, Any]) -> Iterator[dict[str, Any]]:
    yield node
    for child in (*node.get("children", ()), *node.get("shadowRoots", ())):
        yield from walk(child)


def picker_of(page: Page) -> str:
    """What the picker's bar shows, read through the debugger; "" where there is none."""
    session = page.context.new_cdp_session(page)
    try:
        tree = session.send("DOM.getDocument", {"depth": -1, "pierce": True})["root"]
    finally:
        session.detach()
    hosts = [node for node in walk(tree) if node.get("localName") == "cuelight-pick"]
    bars = [node for host in hosts for node in walk(host) if attributes_of(node).get("class", "").startswith("bar")]
    return text_within(bars[0]) if bars else ""


class Eyes:
    """Reads cues through the browser's debugger, which sees closed shadow roots; a page cannot."""

    def __init__(self, page: Page) -> None:
        self.page = page
        self.session = page.context.new_cdp_session(page)

    def look(self) -> Seen:
        """What stands there now. What should come is waited for; what must not be there may be looked for at once."""
        tree = self.session.send("DOM.getDocument", {"depth": -1, "pierce": True})["root"]
        hosts = [node for node in walk(tree) if node.get("localName") == "cuelight-cue"]
        if not hosts:
            return NOTHING
        parts = {
            attributes_of(node).get("class", "").split(" ")[0]: node
            for node in walk(hosts[0])
            if node.get("nodeType") == 1
        }
        found = {name: text_within(parts[name]).strip() for name in ("word", "tip", "spoken", "mark") if name in parts}
        return Seen(
            state=attributes_of(parts["cue"]).get("data-state") if "cue" in parts else None,
            drawn_by=attributes_of(hosts[0]).get("data-drawn-by", ""),
            count=len(hosts),
            **found,
        )

    def note(self) -> str:
        """What the disclosure guard's warning says; "" where there is none."""
        tree = self.session.send("DOM.getDocument", {"depth": -1, "pierce": True})["root"]
        hosts = [node for node in walk(tree) if node.get("localName") == "cuelight-note"]
        said = [
            text_within(node) for host in hosts for node in walk(host) if attributes_of(node).get("class") == "body"
        ]
        return said[0] if said else ""

    def wait(self, wanted: Callable[[Seen], bool], within_s: float = 10.0) -> tuple[Seen, float]:
        """Looks until `wanted` holds; returns what was seen and after how many seconds."""
        begun = time.monotonic()
        while True:
            seen = self.look()
            took_s = time.monotonic() - begun
            if wanted(seen):
                return seen, took_s
            if took_s > within_s:
                raise AssertionError(f"not seen within {within_s} s; last seen: {seen}")
            self.page.wait_for_timeout(25)

    def wait_state(self, state: str | None, within_s: float = 10.0) -> Seen:
        return self.wait(lambda seen: seen.state == state, within_s)[0]
