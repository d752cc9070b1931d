"""`python -m bench.memory`: bytes a customer and a decision, and time per recall and record as the store grows.

Real embedded servers, real packed values. Three servers with 1,000, 100,000 and 1,000,000 customers run side by side
and are asked in turn, so that a busy machine is as busy for each. Times begin when no server rewrites its append-only
file any more (`store.settle` tells why).
"""

from __future__ import annotations

import argparse
import json
import random
import tempfile
import time
from collections.abc import Iterator
from contextlib import ExitStack, contextmanager
from pathlib import Path
from statistics import mean
from typing import Any

from bench.memory.customers import Customer, customer
from bench.memory.store import copy_from, decided, entries, sampled_bytes, settle, used_bytes
from bench.memory.times import measure_times
from cuelight.core.policy import Policy
from cuelight.sense.tokens import Tokens
from cuelight.settings import Settings
from cuelight.stores import Stores, keys, open_stores
from cuelight.stores.embedded import EmbeddedServer
from cuelight.wiring.opening import read_policy

HERE = Path(__file__).parent
TOKENS = Tokens(bytes(range(32)))
HISTORY_GOAL, HISTORY_AIM, DECISION_GOAL, DECISION_AIM, GROWTH_GOAL = 768, 512, 512, 384, 1.15


@contextmanager
def server(folder: Path) -> Iterator[Stores]:
    with EmbeddedServer(folder) as running:
        # A bench is in no hurry: a busy machine makes it slow, not fail.
        stores = open_stores(f"{running.url}?socket_timeout=60", folder)
        try:
            yield stores
        finally:
            stores.close()


def measure_bytes(stores: Stores, people: list[Customer], policy: Policy, samples: int) -> dict[str, float]:
    """Bytes by the growth of the server's memory over all customers, and by samples of single keys."""
    chosen = random.Random(1).sample(people, min(samples, len(people)))
    start = used_bytes(stores)
    for one in people:
        stores.customers.observe(one.token, entries(one))
    histories = used_bytes(stores)
    sizes: list[int] = []
    for one in people:
        chat, decision, entry = decided(one, policy)
        stores.customers.record(chat, decision, entry)
        sizes.append(len(decision.reasons))
    recorded = used_bytes(stores)
    return {
        "history": (histories - start) / len(people),
        "history_sampled": sampled_bytes(stores, [keys.history(one.token) for one in chosen]),
        "decision_pointer_and_journal": (recorded - histories) / len(people),
        "decision_sampled": sampled_bytes(stores, [keys.chat(c.token, c.chats[-1].key) for c in chosen]),
        "pointer_sampled": sampled_bytes(stores, [keys.pointer(c.chats[-1].key) for c in chosen]),
        "reasons": mean(sizes),
    }


def main() -> None:
    parser = argparse.ArgumentParser(prog="python -m bench.memory", description=__doc__)
    parser.add_argument("--customers", type=int, default=100_000, help="how many to measure bytes over")
    parser.add_argument("--most", type=int, default=1_000_000, help="customers of the largest server")
    parser.add_argument("--rounds", type=int, default=60, help="of a hundred recalls and a hundred records a server")
    parser.add_argument("--out", type=Path, default=HERE / "results.json")
    args = parser.parse_args()
    policy = read_policy(Settings().policy)
    started = time.perf_counter()
    people = [customer(number, TOKENS) for number in range(args.customers)]
    frozen = [customer(number, TOKENS, updates=False) for number in range(min(5_000, args.customers))]
    sizes = (args.customers // 100, args.customers, args.most)
    with tempfile.TemporaryDirectory(prefix="clm") as folder, ExitStack() as stack:
        stores = [stack.enter_context(server(Path(folder) / str(size))) for size in sizes]
        with server(Path(folder) / "frozen") as still:
            unchanged = measure_bytes(still, frozen, policy, 1000)
        found = measure_bytes(stores[1], people, policy, 1000)
        tags = [one.token for one in people]
        servers = {
            size: (one, copy_from(stores[1], one, people, size))
            for size, one in zip(sizes, stores, strict=True)
            if one is not stores[1]
        }
        servers[sizes[1]] = stores[1], tags
        filled_s = time.perf_counter() - started
        for one in stores:
            settle(one)
        took = measure_times(servers, [decided(one, policy) for one in people[:500]], args.rounds)
    growth = {call: max(by_size.values()) / min(by_size.values()) for call, by_size in took.items()}
    result = {
        "customers": args.customers,
        "bytes": found,
        "bytes_without_browser_updates": unchanged,
        "microseconds": {call: {str(size): value for size, value in sorted(by.items())} for call, by in took.items()},
        "growth": growth,
        "filled_s": filled_s,
        "goals": {"history": HISTORY_GOAL, "decision": DECISION_GOAL, "growth": GROWTH_GOAL},
    }
    args.out.write_text(json.dumps(result, indent=1) + "\n", "utf-8")
    show(result)
    missed = [
        found["history"] > HISTORY_GOAL,
        found["decision_pointer_and_journal"] > DECISION_GOAL,
        any(ratio > GROWTH_GOAL for ratio in growth.values()),
    ]
    raise SystemExit(1 if any(missed) else 0)


def show(result: dict[str, Any]) -> None:
    found, still = result["bytes"], result["bytes_without_browser_updates"]
    print(f"bytes over {result['customers']:,} customers: 12 chats, 6 addresses, 3 devices of 13 components")
    print(f"{'':34}{'by memory used':>15}{'by sample':>11}{'no updates':>12}{'goal':>6}{'aim':>6}")
    rows = (
        ("history, with its key", "history", "history_sampled", HISTORY_GOAL, HISTORY_AIM),
        ("decision with its facts, with key", "", "decision_sampled", DECISION_GOAL, DECISION_AIM),
        ("pointer from the chat to it", "", "pointer_sampled", "", ""),
        ("both, and its line in the journal", "decision_pointer_and_journal", "", DECISION_GOAL, ""),
    )
    for label, used, sampled, goal, aim in rows:
        cells = [f"{found[name]:.0f}" if name else "" for name in (used, sampled)]
        print(f"{label:34}{cells[0]:>15}{cells[1]:>11}{still[used or sampled]:>12.0f}{goal:>6}{aim:>6}")
    print(f"(a decision has {found['reasons']:.1f} reasons)\n")
    print(
        f"{'microseconds':12}" + "".join(f"{int(size):>12,}" for size in result["microseconds"]["recall"]) + "   growth"
    )
    for call, by_size in result["microseconds"].items():
        print(
            f"{call:12}" + "".join(f"{value:>12.0f}" for value in by_size.values()) + f"{result['growth'][call]:>9.2f}"
        )


if __name__ == "__main__":
    main()
