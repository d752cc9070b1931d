"""Watches a closed shadow root from the content script's own world: no state between two looks goes unseen."""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path
from typing import Any

from playwright.sync_api import CDPSession, Page
from tests.extension.browser import attributes_of, walk

WATCH = (Path(__file__).parent / "watch.js").read_text().split("\n", 2)[2]


@dataclass(frozen=True, slots=True)
class Watcher:
    """`read()`: what was seen so far. `wrong` holds every coloured state that was not the open chat's."""

    session: CDPSession
    world: int

    def evaluate(self, expression: str) -> Any:
        """In the content script's world."""
        asked = {"expression": expression, "contextId": self.world, "awaitPromise": True, "returnByValue": True}
        answer = self.session.send("Runtime.evaluate", asked)
        assert "exceptionDetails" not in answer, answer
        return answer["result"].get("value")

    def read(self) -> dict[str, Any]:
        found: dict[str, Any] = self.evaluate("cueWatch")
        return found

    def nodes(self) -> int:
        """DOM nodes alive in the page after a collection."""
        self.session.send("HeapProfiler.collectGarbage")
        self.session.send("HeapProfiler.collectGarbage")
        return int(self.session.send("Memory.getDOMCounters")["nodes"])


def world_of(page: Page, session: CDPSession, name: str = "Cuelight") -> int:
    """The content script's own world in a page, which bears its extension's name."""
    worlds: list[int] = []

    def found(event: dict[str, Any]) -> None:
        context = event["context"]
        if context["name"] == name:
            worlds.append(context["id"])

    session.on("Runtime.executionContextCreated", found)
    session.send("Runtime.enable")
    for _ in range(100):
        if worlds:
            return worlds[0]
        page.wait_for_timeout(20)
    raise AssertionError("the content script does not run here")


def watch(page: Page) -> Watcher:
    """Starts to watch; a cue must stand on the page already."""
    session = page.context.new_cdp_session(page)
    world = world_of(page, session)
    tree = session.send("DOM.getDocument", {"depth": -1, "pierce": True})["root"]
    host = next(node for node in walk(tree) if node.get("localName") == "cuelight-cue")
    assert attributes_of(host)["data-drawn-by"] == "extension"
    node = {"backendNodeId": host["shadowRoots"][0]["backendNodeId"], "executionContextId": world}
    root = session.send("DOM.resolveNode", node)["object"]["objectId"]
    session.send("Runtime.callFunctionOn", {"objectId": root, "functionDeclaration": WATCH})
    return Watcher(session, world)
