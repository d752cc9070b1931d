"""`python -m bench.detection COMMAND`: simulate a year, or run the whole bench."""

from __future__ import annotations

import argparse
import time
from pathlib import Path

from bench.detection.simulate import simulate, write

ROOT = Path(__file__).resolve().parents[2]


def _simulate(args: argparse.Namespace) -> None:
    started = time.perf_counter()
    simulation = simulate(args.seed, impostor_share=args.impostors, customers=args.customers, reporting=args.reporting)
    write(simulation, args.out)
    chats, took_s = len(simulation.truth), time.perf_counter() - started
    print(f"{len(simulation.records)} records, {chats} chats in {took_s:.1f} s: {args.out}")


def _bench(args: argparse.Namespace) -> None:
    # Not above: the simulator alone needs neither numpy nor matplotlib.
    from bench.detection import bench  # noqa: PLC0415

    bench.main(
        geo_dir=args.geo,
        seeds=args.seeds,
        jobs=args.jobs,
        ablation_seeds=args.ablation_seeds,
        customers=args.customers,
        policy=args.policy,
        out=args.out,
    )


def main() -> None:
    parser = argparse.ArgumentParser(prog="python -m bench.detection", description=__doc__)
    commands = parser.add_subparsers(dest="command", required=True)
    one = commands.add_parser("simulate", help="write one seed's records, truth and network lists")
    one.add_argument("--seed", type=int, required=True)
    one.add_argument("--out", type=Path, required=True)
    one.add_argument("--impostors", type=float, default=0.05, help="share of impostors among all chats")
    one.add_argument("--customers", type=int, default=None)
    one.add_argument("--reporting", action="store_true", help="a report seed, to look at what was reported on")
    one.set_defaults(run=_simulate)
    whole = commands.add_parser("bench", help="report seeds through every scorer; writes docs/detection.md")
    whole.add_argument("--geo", type=Path, default=ROOT / "var" / "geo", help="folder of GeoIP databases")
    whole.add_argument("--seeds", type=int, default=5)
    whole.add_argument("--jobs", type=int, default=2)
    whole.add_argument("--ablation-seeds", type=int, default=2, help="0: leave the ablation out")
    whole.add_argument("--customers", type=int, default=None, help="fewer customers a seed, for a quick look")
    whole.add_argument("--policy", type=Path, default=None, help="a policy other than the default")
    whole.add_argument("--out", type=Path, default=None, help="write everything here and leave docs/ alone")
    whole.set_defaults(run=_bench)
    args = parser.parse_args()
    args.run(args)


if __name__ == "__main__":
    main()
