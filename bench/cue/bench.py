"""How long an agent waits for a cue, and what it costs the desk, in a real Chromium with the real API on loopback.

Beside it, in the same browser and by turns, a bare extension that does one fetch and draws one word (`bare/`): the
ratio says what being right costs, whatever the machine.
"""

from __future__ import annotations

import json
import shutil
import statistics
import tempfile
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from playwright.sync_api import BrowserContext, CDPSession, Page, sync_playwright
from tests.extension.browser import EXTENSION, QUIET, Eyes, chromium_path, configure, walk
from tests.extension.desk_site import serve_desk
from tests.extension.watcher import world_of
from tests.journeys.conftest import Demo
from tests.web.demo import places

HERE = Path(__file__).parent
WATCH = (HERE / "watch.js").read_text().split("\n", 2)[2]
CHATS = ("1001", "1002", "1003", "1004", "1005", "1006")
ROUNDS = 100
BLOCK = 10
"""So many openings in a row with one extension, then with the other: what changes on the machine hits both."""
BUSY = """async (seconds) => {
  const list = document.createElement("ul");
  document.body.append(list);
  const begun = performance.now();
  let changes = 0;
  for (let spent_s = 0; spent_s < seconds; spent_s = (performance.now() - begun) / 1000) {
    for (; changes < spent_s * 5000; changes += 2) {
      list.append(document.createElement("li"));
      if (list.childElementCount > 50) list.firstElementChild.remove();
    }
    await new Promise((done) => setTimeout(done, 5));
  }
  list.remove();
  return [changes, (performance.now() - begun) / 1000];
}"""


@dataclass(frozen=True, slots=True)
class Bench:
    """A page on which one of the extensions draws."""

    page: Page
    session: CDPSession
    world: int

    def painted(self) -> list[float]:
        asked = {"expression": "cueBench.painted", "contextId": self.world, "returnByValue": True}
        found: list[float] = self.session.send("Runtime.evaluate", asked)["result"]["value"]
        return found

    def open_ms(self, chat_id: str) -> float:
        """From the navigation to the painted cue."""
        self.page.evaluate("() => desk.go('')")
        self.page.wait_for_timeout(120)
        before = len(self.painted())
        begun: float = self.page.evaluate("(id) => { const t = performance.now(); desk.go(id); return t }", chat_id)
        for _ in range(1000):
            now = self.painted()
            if len(now) > before:
                return now[before] - begun
            self.page.wait_for_timeout(5)
        raise RuntimeError(f"no cue for chat {chat_id} within five seconds")


def _share(values: list[float], part: float) -> float:
    return sorted(values)[min(len(values) - 1, int(len(values) * part))]


def summary(values: list[float]) -> dict[str, float]:
    return {
        "median_ms": round(statistics.median(values), 1),
        "p95_ms": round(_share(values, 0.95), 1),
        "worst_ms": round(max(values), 1),
        "openings": len(values),
    }


def ours(context: BrowserContext, desk_url: str) -> Bench:
    page = context.new_page()
    page.goto(f"{desk_url}/demo/desk")
    session = context.new_cdp_session(page)
    world = world_of(page, session)
    page.evaluate("() => desk.go('1001')")
    Eyes(page).wait(lambda seen: seen.state not in (None, "loading"), 20)
    tree = session.send("DOM.getDocument", {"depth": -1, "pierce": True})["root"]
    host = next(node for node in walk(tree) if node.get("localName") == "cuelight-cue")
    _watch(session, world, host["shadowRoots"][0]["backendNodeId"])
    return Bench(page, session, world)


def bare(context: BrowserContext, desk_url: str, server: str, key: str) -> Bench:
    page = context.new_page()
    page.goto(f"{desk_url}/shop/desk")
    session = context.new_cdp_session(page)
    world = world_of(page, session, "Bare")
    told = json.dumps({"server": server, "key": key})
    tell = {"expression": f"chrome.runtime.sendMessage({told})", "contextId": world, "awaitPromise": True}
    session.send("Runtime.evaluate", tell)
    tree = session.send("DOM.getDocument", {"depth": -1})["root"]
    body = next(node for node in walk(tree) if node.get("localName") == "body")
    _watch(session, world, body["backendNodeId"])
    return Bench(page, session, world)


def _watch(session: CDPSession, world: int, node: int) -> None:
    found = session.send("DOM.resolveNode", {"backendNodeId": node, "executionContextId": world})["object"]["objectId"]
    session.send("Runtime.callFunctionOn", {"objectId": found, "functionDeclaration": WATCH})


def busy(bench: Bench, seconds: float) -> dict[str, float]:
    """The share of the page's main thread that the extension's own scripts take while the page never rests."""
    bench.page.bring_to_front()
    bench.page.evaluate("() => desk.go('1002')")
    bench.page.wait_for_timeout(1500)
    bench.session.send("Profiler.enable")
    bench.session.send("Profiler.setSamplingInterval", {"interval": 200})
    bench.session.send("Profiler.start")
    changes, took_s = bench.page.evaluate(BUSY, seconds)
    profile = bench.session.send("Profiler.stop")["profile"]
    ours_ids = {n["id"] for n in profile["nodes"] if n["callFrame"]["url"].startswith("chrome-extension://")}
    pairs = list(zip(profile["samples"], profile["timeDeltas"], strict=True))
    spent_us = sum(delta for sample, delta in pairs if sample in ours_ids)
    return {"mutations_per_s": round(changes / took_s), "main_thread_share": round(spent_us / 1e6 / took_s, 4)}


def judging(bench: Bench) -> dict[str, float]:
    """What one look at a long message costs the disclosure guard, whose words are read from the extension's folder."""
    languages = [json.loads(path.read_text()) for path in sorted((EXTENSION / "guard").glob("*.json"))]
    text = "Thanks for waiting, I have looked at order 1048293 and it leaves our house on Monday. " * 60
    measure = f"""(() => {{
      const guard = CuelightContent.disclosures.compile({json.dumps(languages)});
      const text = {json.dumps(text)};
      const spent = [];
      for (let i = 0; i < 300; i += 1) {{
        const begun = performance.now();
        guard.find(text + i);
        spent.push(performance.now() - begun);
      }}
      return spent;
    }})()"""
    asked = {"expression": measure, "contextId": bench.world, "returnByValue": True}
    spent: list[float] = bench.session.send("Runtime.evaluate", asked)["result"]["value"]
    return {"median_ms": round(statistics.median(spent), 2), "p95_ms": round(_share(spent, 0.95), 2)}


def run(rounds: int = ROUNDS, seconds: float = 5.0) -> dict[str, Any]:
    folder = Path(tempfile.mkdtemp(prefix="cueb"))
    places.write(folder / "geo")
    demo = Demo(folder)
    both = f"{EXTENSION},{HERE / 'bare'}"
    try:
        demo.start()
        with sync_playwright() as driver, serve_desk() as desk_url:
            context = driver.chromium.launch_persistent_context(
                str(folder / "profile"),
                executable_path=chromium_path(),
                args=[*QUIET, f"--disable-extensions-except={both}", f"--load-extension={both}"],
            )
            try:
                return _measure(context, demo, desk_url, rounds, seconds)
            finally:
                context.close()
    finally:
        demo.end()
        shutil.rmtree(folder, ignore_errors=True)


def _measure(context: BrowserContext, demo: Demo, desk_url: str, rounds: int, seconds: float) -> dict[str, Any]:
    while not any("/background/main.js" in worker.url for worker in context.service_workers):
        context.wait_for_event("serviceworker")
    configure(context, server=demo.url, key=demo.key, name="Sam", mark="*")
    benches = {"cuelight": ours(context, desk_url), "bare": bare(context, desk_url, demo.url, demo.key)}
    taken: dict[str, list[float]] = {name: [] for name in benches}
    for first in range(0, rounds, BLOCK):
        for name, bench in benches.items():
            bench.page.bring_to_front()
            for number in range(first, first + BLOCK):
                taken[name].append(bench.open_ms(CHATS[number % len(CHATS)]))
    found: dict[str, Any] = {name: summary(values) for name, values in taken.items()}
    found["ratio"] = {name: round(found["cuelight"][name] / found["bare"][name], 2) for name in ("median_ms", "p95_ms")}
    found["busy_page"] = busy(benches["cuelight"], seconds)
    found["guard"] = judging(benches["cuelight"])
    return found
