"""`python -m bench.detection COMMAND`: simulate a year, or run the whole bench."""

from __future__ import annotations

import argparse
import time
from pathlib import Path

from bench.detection.simulate import simulate, write


def main() -> None:
    parser = argparse.ArgumentParser(prog="python -m bench.detection", description=__doc__)
    commands = parser.add_subparsers(dest="command", required=True)
    one = commands.add_parser("simulate", help="write one seed's records, truth and network lists")
    one.add_argument("--seed", type=int, required=True)
    one.add_argument("--out", type=Path, required=True)
    one.add_argument("--impostors", type=float, default=0.05, help="share of impostors among all chats")
    one.add_argument("--customers", type=int, default=None)
    args = parser.parse_args()
    started = time.perf_counter()
    simulation = simulate(args.seed, impostor_share=args.impostors, customers=args.customers)
    write(simulation, args.out)
    chats = len(simulation.truth)
    print(f"{len(simulation.records)} records, {chats} chats in {time.perf_counter() - started:.1f} s: {args.out}")


if __name__ == "__main__":
    main()
