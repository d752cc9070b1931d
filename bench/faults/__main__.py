"""`python -m bench.faults`: every fault, one after the other; a table, and `faults.json`. `--only NAME` for some."""

from __future__ import annotations

import argparse
import sys
import tempfile
import time
from collections.abc import Callable
from functools import partial
from pathlib import Path

from bench.faults import damage, embedded, outage, power, result, space, takeover, workers
from bench.faults.api import ROOT
from bench.faults.result import Result
from bench.faults.watch import Limits

Say = Callable[[str], None]


def at_site(fault: Callable[..., Result], **more: object) -> Callable[[Path, Say], Result]:
    """Such a fault at a site of its own."""

    def run(room: Path, _: Say) -> Result:
        with outage.site(room) as here:
            return fault(here, **more)

    return run


FAULTS: dict[str, Callable[[Path, Say], Result]] = {
    "workers-killed": workers.kill_workers,
    "store-killed": embedded.kill_store,
    "store-killed-syncing": embedded.kill_while_syncing,
    "power-standard": power.cut_power,
    "power-strict": partial(power.cut_power, durability="strict"),
    "down": at_site(outage.down),
    "hung": at_site(outage.hung),
    "slow-50": at_site(outage.slow, delay_s=0.05, limits=outage.UP),
    "slow-150": at_site(outage.slow, delay_s=0.15, limits=Limits()),
    "slow-200": at_site(outage.slow, delay_s=0.2),
    "slow-1000": at_site(outage.slow, delay_s=1.0),
    "out-of-memory": space.out_of_memory,
    "disk-full": space.disk_full,
    "disk-full-killed": partial(space.disk_full, killed=True),
    "read-only": space.read_only,
    "emptied": at_site(damage.emptied),
    "tail-cut": damage.tail_cut,
    "tail-flipped": damage.tail_flipped,
    "cluster-failover": takeover.cluster_failover,
    "cluster-failover-strict": partial(takeover.cluster_failover, durability="strict"),
    "cluster-partition": takeover.cluster_partition,
    "cluster-majority": takeover.cluster_majority_lost,
    "sentinel-failover": takeover.sentinel_failover,
    "sentinel-failover-strict": partial(takeover.sentinel_failover, durability="strict"),
    "sentinel-partition": takeover.sentinel_partition,
}


def run(name: str) -> Result:
    """One fault in a folder of its own; what keeps it from being tried at all breaks its promise, too."""
    started = time.monotonic()

    def say(text: str) -> None:
        print(f"    {time.monotonic() - started:5.0f} s  {text}", flush=True)

    with tempfile.TemporaryDirectory(prefix="cf", ignore_cleanup_errors=True) as room:
        try:
            found = FAULTS[name](Path(room), say)
        except Exception as error:
            print(f"    failed: {error!r}", flush=True)
            found = Result(name, "to be tried", 0, 0, {}, (f"not tried: {type(error).__name__}",))
    say(
        f"tried {found.tried:,}, lost {found.lost:,}; "
        + ("kept" if found.kept else "BROKEN: " + "; ".join(found.broken))
    )
    return found


def main() -> int:
    parser = argparse.ArgumentParser(prog="python -m bench.faults", description=__doc__)
    parser.add_argument("--only", nargs="+", metavar="NAME", choices=FAULTS, default=list(FAULTS))
    parser.add_argument("--out", type=Path, default=ROOT / "faults.json")
    chosen = parser.parse_args()
    started = time.monotonic()
    results = []
    for number, name in enumerate(chosen.only, 1):
        print(f"[{number}/{len(chosen.only)}] {name}", flush=True)
        results.append(run(name))
        result.write(results, chosen.out)
    print("\n" + result.table(results))
    broken = sum(not found.kept for found in results)
    print(f"\n{len(results)} faults in {time.monotonic() - started:.0f} s, {broken} promises broken; see {chosen.out}")
    return 1 if broken else 0


if __name__ == "__main__":
    sys.exit(main())
