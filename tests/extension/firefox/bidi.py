"""A real Firefox over WebDriver BiDi: its own socket, no driver in between."""

from __future__ import annotations

import itertools
import json
import re
import shutil
import subprocess
import tempfile
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

from tests.extension.browser import NOTHING, Seen
from websocket import WebSocket, WebSocketTimeoutException, create_connection

NAMES = ("firefox-esr", "firefox")
READY_S = 90
UUID = "5c9c2f7a-6a44-4a0e-9d3a-3c1f0c1e7a11"
"""The extension's address in this profile, set beforehand so that tests can open its pages."""
EXTENSION_ID = "extension@cuelight.invalid"
PREFERENCES: dict[str, object] = {
    "extensions.webextensions.uuids": json.dumps({EXTENSION_ID: UUID}),
    "extensions.webextensions.keepUuidOnUninstall": True,
    "extensions.webextensions.keepStorageOnUninstall": True,
    "extensions.originControls.grantByDefault": True,
    # Under a driver it is 0, and Firefox asks without a pause whether a tab behind is unloaded: a core for nothing.
    "browser.tabs.remote.unloadDelayMs": 500,
    "browser.shell.checkDefaultBrowser": False,
    "browser.startup.page": 0,
    "datareporting.policy.dataSubmissionEnabled": False,
    "toolkit.telemetry.enabled": False,
    "app.update.enabled": False,
    "extensions.update.enabled": False,
    "extensions.getAddons.cache.enabled": False,
    "browser.safebrowsing.downloads.remote.enabled": False,
    "network.captive-portal-service.enabled": False,
    "network.connectivity-service.enabled": False,
    "services.settings.server": "http://127.0.0.1:9/",
    "remote.active-protocols": 1,
}


def firefox_path() -> str:
    found = next((path for name in NAMES if (path := shutil.which(name))), None)
    assert found, "Firefox is needed: apt-get install firefox-esr"
    return found


class Firefox:
    """One session. `send` waits for the answer to its own command; events in between are dropped."""

    def __init__(self, socket: WebSocket, extension: Path) -> None:
        self.socket = socket
        self.extension = extension
        self.numbers = itertools.count(1)

    def send(self, method: str, **params: Any) -> dict[str, Any]:
        number = next(self.numbers)
        self.socket.send(json.dumps({"id": number, "method": method, "params": params}))
        while True:
            answer = json.loads(self.socket.recv())
            if answer.get("id") != number:
                continue
            if answer["type"] == "error":
                raise AssertionError(f"{method}: {answer['error']}: {answer['message']}")
            result: dict[str, Any] = answer["result"]
            return result

    def install(self) -> None:
        self.send("webExtension.install", extensionData={"type": "path", "path": str(self.extension)})

    def install_anew(self) -> None:
        """What a company's policy says is read when the extension starts. Its stores are kept."""
        self.open()  # the extension's own pages close with it, and a browser without a page would end
        self.send("webExtension.uninstall", extension=EXTENSION_ID)
        self.install()

    def open(self, url: str = "about:blank") -> Tab:
        tab = Tab(self, self.send("browsingContext.create", type="tab")["context"])
        if url != "about:blank":
            tab.go(url)
        return tab

    def page(self, path: str) -> Tab:
        """A page of the extension, in a tab of its own."""
        return self.open(f"moz-extension://{UUID}/{path}")


class Tab:
    """A tab; `eval` runs in the page (or the extension's page) and answers with plain values."""

    def __init__(self, firefox: Firefox, context: str) -> None:
        self.firefox = firefox
        self.context = context

    def go(self, url: str) -> None:
        self.firefox.send("browsingContext.navigate", context=self.context, url=url, wait="complete")

    def front(self) -> None:
        self.firefox.send("browsingContext.activate", context=self.context)

    def close(self) -> None:
        self.firefox.send("browsingContext.close", context=self.context)

    def eval(self, expression: str) -> Any:
        """The value of an expression, or of the promise it is, as JSON carries it."""
        answer = self.firefox.send(
            "script.evaluate",
            expression=f"Promise.resolve({expression}).then((value) => JSON.stringify(value) ?? 'null')",
            target={"context": self.context},
            awaitPromise=True,
        )
        if answer["type"] == "exception":
            raise AssertionError(answer["exceptionDetails"]["text"])
        return json.loads(answer["result"]["value"])

    def press(self, key: str) -> None:
        """A key pressed and let go, as from a keyboard."""
        keys = [{"type": kind, "value": key} for kind in ("keyDown", "keyUp")]
        source = {"type": "key", "id": "keyboard", "actions": keys}
        self.firefox.send("input.performActions", context=self.context, actions=[source])

    def picture(self) -> bytes:
        from base64 import b64decode

        shot = self.firefox.send("browsingContext.captureScreenshot", context=self.context, origin="document")
        return b64decode(shot["data"])

    def wait(self, wanted: Callable[[], Any], within_s: float = 10.0) -> Any:
        """Asks until `wanted` answers with something; that."""
        until = time.monotonic() + within_s
        while True:
            if found := wanted():
                return found
            if time.monotonic() > until:
                raise AssertionError(f"not within {within_s} s; last seen: {self.look()}")
            time.sleep(0.03)

    def look(self) -> Seen:
        """The cue on the page, read through the debugger, which sees closed shadow roots."""
        answer = self.firefox.send(
            "script.evaluate",
            expression="[...document.querySelectorAll('cuelight-cue')]",
            target={"context": self.context},
            awaitPromise=False,
            serializationOptions={"includeShadowTree": "all", "maxDomDepth": 20},
        )
        hosts = answer["result"].get("value", [])
        if not hosts:
            return NOTHING
        parts: dict[str, dict[str, Any]] = {}
        for node in _walk(hosts[0]):
            name = node.get("attributes", {}).get("class", "").split(" ")[0]
            parts.setdefault(name, node)
        found = {name: _text(parts[name]).strip() for name in ("word", "tip", "spoken") if name in parts}
        return Seen(
            state=parts["cue"]["attributes"].get("data-state") if "cue" in parts else None,
            drawn_by=hosts[0]["value"]["attributes"].get("data-drawn-by", ""),
            count=len(hosts),
            **found,
        )

    def see(self, state: str | None, within_s: float = 10.0) -> Seen:
        found: Seen = self.wait(lambda: seen if (seen := self.look()).state == state else None, within_s)
        return found


def _walk(node: dict[str, Any]) -> Iterator[dict[str, Any]]:
    value = node.get("value") or {}
    yield value
    shadow = value.get("shadowRoot")
    for child in [*(value.get("children") or []), *([shadow] if shadow else [])]:
        yield from _walk(child)


def _text(value: dict[str, Any]) -> str:
    if said := value.get("attributes", {}).get("data-say"):
        return str(said)
    if value.get("nodeType") == 3:
        return str(value.get("nodeValue", ""))
    if said := (value.get("attributes") or {}).get("data-say"):
        return str(said)  # drawn by the style sheet
    return "".join(_text(child.get("value") or {}) for child in value.get("children") or [])


@contextmanager
def running_firefox(extension: Path, home: Path) -> Iterator[Firefox]:
    """Firefox with the extension, its profile and its home in folders of their own."""
    profile = Path(tempfile.mkdtemp(prefix="cueff"))
    lines = [f"user_pref({json.dumps(name)}, {json.dumps(value)});" for name, value in PREFERENCES.items()]
    (profile / "user.js").write_text("\n".join(lines))
    # The last one lets the debugger open pages of extensions.
    options = ("--headless", "--no-remote", "--remote-debugging-port", "0", "--remote-allow-system-access")
    command = [firefox_path(), *options, "--profile", str(profile)]
    log = (profile / "log").open("w+b")
    process = subprocess.Popen(command, stdout=log, stderr=log, env=_environment(home))
    socket = None
    try:
        socket = create_connection(_address(process, profile / "log"), suppress_origin=True, timeout=60)
        firefox = Firefox(socket, extension)
        firefox.send("session.new", capabilities={})
        firefox.install()
        yield firefox
    finally:
        if socket is not None:
            try:
                Firefox(socket, extension).send("browser.close")
            except (AssertionError, OSError, WebSocketTimeoutException):
                """It goes below."""
        process.terminate()
        try:
            process.wait(15)
        except subprocess.TimeoutExpired:
            process.kill()
            process.wait()
        log.close()
        shutil.rmtree(profile, ignore_errors=True)


def _environment(home: Path) -> dict[str, str]:
    import os

    return {**os.environ, "HOME": str(home), "MOZ_HEADLESS": "1", "MOZ_CRASHREPORTER_DISABLE": "1"}


def _address(process: subprocess.Popen[bytes], log: Path) -> str:
    deadline = time.monotonic() + READY_S
    while time.monotonic() < deadline:
        if found := re.search(r"WebDriver BiDi listening on (ws://\S+)", log.read_text("utf-8", "replace")):
            return f"{found[1]}/session"
        if process.poll() is not None:
            break
        time.sleep(0.05)
    raise AssertionError(f"Firefox did not start: {log.read_text('utf-8', 'replace')[-2000:]}")
