"""`python -m bench.cue`: prints the figures and writes `results/summary.json`."""

from __future__ import annotations

import json
from pathlib import Path

from bench.cue.bench import run

GOALS = {"median_ms": 75, "p95_ms": 200, "main_thread_share": 0.05}


def main() -> None:
    found = run()
    target = Path(__file__).parent / "results" / "summary.json"
    target.write_text(json.dumps(found, indent=2) + "\n")
    cue, bare, busy, guard = found["cuelight"], found["bare"], found["busy_page"], found["guard"]
    print(f"Opening a chat to the painted cue, {cue['openings']} openings each, local API:")
    print(f"  {'':24}{'median':>9}{'p95':>9}{'worst':>9}")
    for name, row in (("Cuelight", cue), ("one fetch, one word", bare)):
        print(f"  {name:24}{row['median_ms']:7.1f}ms{row['p95_ms']:7.1f}ms{row['worst_ms']:7.1f}ms")
    print(f"  {'ratio':24}{found['ratio']['median_ms']:8.2f}x{found['ratio']['p95_ms']:8.2f}x")
    print(f"  goal: median {GOALS['median_ms']} ms or less, p95 {GOALS['p95_ms']} ms or less")
    print(
        f"{busy['mutations_per_s']} mutations a second: {busy['main_thread_share']:.1%} of the main thread (goal 5 %)"
    )
    print(f"Disclosure guard, a message of 5,000 characters: {guard['median_ms']} ms, p95 {guard['p95_ms']} ms")


if __name__ == "__main__":
    main()
