"""`python -m bench.console`: how long the console takes, with a month of decisions behind it.

A real application over a real embedded store, pages asked through every layer as a browser asks them, one after the
other. The archive is filled by its own writer with the chats of the sample month, which went through the corridor,
each many times over with its points moved a little; 100,000 for the replay, 1,000,000 for the pages.
"""

from __future__ import annotations

import argparse
import json
import platform
import time
from collections.abc import Callable
from functools import partial
from pathlib import Path
from statistics import median
from typing import Any

from bench.console.desk import Desk, filled

HERE = Path(__file__).parent
REPLAY_GOAL_MS, PAGE_GOAL_MS = 2_000.0, 200.0
PAGES = {
    "overview": "/console/overview",
    "live": "/console/live",
    "live, red": "/console/live?cue=red",
    "live, rare": "/console/live?cue=green&network=tor&outcome=impersonation",
    "live, one desk in a week": "/console/live?desk=zendesk&since=week",
    "live, older": "/console/live?after={after}",
    "one chat": "/console/live/{chat}",
    "tune": "/console/tune",
    "incidents": "/console/incidents",
    "lists": "/console/lists",
    "customers": "/console/customers",
    "policies": "/console/policies",
    "channels": "/console/channels",
    "desks": "/console/desks",
    "agents and keys": "/console/access",
    "audit log": "/console/audit",
    "health": "/console/health",
}


READ_MEANWHILE = ("overview", "live", "tune", "health")
"""Pages that are also asked for while the month is read for Tune, in the background of the same process."""


def timed(call: Callable[[], object], rounds: int, before: Callable[[], object] = lambda: None) -> dict[str, float]:
    """Milliseconds: the first, the median and the slowest of the others. `before` each of them is not counted."""
    took = []
    for _ in range(rounds + 1):
        before()
        started = time.perf_counter()
        call()
        took.append(1e3 * (time.perf_counter() - started))
    return {"first": took[0], "median": median(took[1:]), "slowest": max(took[1:])}


def measure_replay(desk: Desk, rounds: int) -> dict[str, Any]:
    """Moving a threshold, a weight, and both with everything read anew, to the page."""
    weights = {f"weight.{name}": "1.1" for name in ("network", "device", "locale", "kind")}
    return {
        "a threshold moved": timed(lambda: desk.effect(amber="38"), rounds),
        "four weights moved": timed(lambda: desk.effect(**weights), rounds),
        "read anew": timed(lambda: desk.effect(amber="38"), max(3, rounds // 4), desk.forget),
    }


def main() -> None:
    parser = argparse.ArgumentParser(prog="python -m bench.console", description=__doc__)
    parser.add_argument("--replayed", type=int, default=100_000, help="decisions to replay")
    parser.add_argument("--stored", type=int, default=1_000_000, help="decisions behind the pages")
    parser.add_argument("--rounds", type=int, default=12)
    parser.add_argument("--out", type=Path, default=HERE / "results.json")
    args = parser.parse_args()
    with filled(args.replayed) as desk:
        replay = measure_replay(desk, args.rounds)
        replay_bytes = desk.archive_bytes()
    with filled(args.stored) as desk:
        around = {"after": desk.middle(), "chat": desk.chat()}
        paths = {name: path.format(**around) for name, path in PAGES.items()}
        pages = {name: timed(partial(desk.get, path), args.rounds) for name, path in paths.items()}
        few = max(3, args.rounds // 4)
        meanwhile = {name: timed(partial(desk.get, paths[name]), few, desk.begin_to_read) for name in READ_MEANWHILE}
        moved = timed(lambda: desk.effect(amber="38"), few)
        anew = timed(lambda: desk.effect(amber="38"), few, desk.forget)
        stored_bytes, filled_s = desk.archive_bytes(), desk.filled_s
    result = {
        "machine": f"{platform.machine()}, Python {platform.python_version()}",
        "replayed": args.replayed,
        "stored": args.stored,
        "replay_ms": replay,
        "replay_of_stored_ms": moved,
        "replay_of_stored_anew_ms": anew,
        "pages_ms": pages,
        "pages_while_reading_ms": meanwhile,
        "archive_bytes": {str(args.replayed): replay_bytes, str(args.stored): stored_bytes},
        "filled_s": filled_s,
        "goals_ms": {"replay": REPLAY_GOAL_MS, "page": PAGE_GOAL_MS},
    }
    args.out.write_text(json.dumps(result, indent=1) + "\n", "utf-8")
    show(result)
    late = [name for name, took in [*pages.items(), *meanwhile.items()] if slowest(took) > PAGE_GOAL_MS]
    late += [name for name, took in replay.items() if slowest(took) > REPLAY_GOAL_MS]
    if late:
        print(f"beyond the goal: {', '.join(late)}")
    raise SystemExit(1 if late else 0)


def slowest(took: dict[str, float]) -> float:
    return max(took["first"], took["slowest"])


def show(result: dict[str, Any]) -> None:
    print(f"milliseconds at the server{'':22}{'first':>8}{'median':>8}{'slowest':>9}{'goal':>7}")
    print(f"{result['replayed']:,} decisions replayed, to the page")
    for name, took in result["replay_ms"].items():
        line(name, took, REPLAY_GOAL_MS)
    print(f"pages with {result['stored']:,} decisions stored")
    for name, took in result["pages_ms"].items():
        line(name, took, PAGE_GOAL_MS)
    print("  the same, while the month is read in the background")
    for name, took in result["pages_while_reading_ms"].items():
        line(name, took, PAGE_GOAL_MS)
    line("(a threshold moved, newest 250,000)", result["replay_of_stored_ms"], None)
    line("(the same read anew, to the page)", result["replay_of_stored_anew_ms"], None)
    sizes = ", ".join(f"{int(n):,}: {size / 1e6:.0f} MB" for n, size in result["archive_bytes"].items())
    print(f"archive of {sizes}")


def line(name: str, took: dict[str, float], goal: float | None) -> None:
    told = f"{goal:.0f}" if goal else ""
    print(f"  {name:44}{took['first']:>8.0f}{took['median']:>8.0f}{took['slowest']:>9.0f}{told:>9}")


if __name__ == "__main__":
    main()
