"""`python -m bench.concurrency`: 10,000 chats of 500 customers at once, through two API processes on a 3+3 Cluster."""

from __future__ import annotations

import argparse
import json
import sys
import tempfile
from pathlib import Path

from tests.stores import servers

from bench.concurrency.run import run


def main() -> None:
    parser = argparse.ArgumentParser(prog="python -m bench.concurrency", description=__doc__)
    parser.add_argument("--customers", type=int, default=500)
    parser.add_argument("--chats", type=int, default=10_000)
    parser.add_argument("--connections", type=int, default=32)
    parser.add_argument("--out", type=Path, default=Path(__file__).parent / "results.json")
    args = parser.parse_args()
    with tempfile.TemporaryDirectory(prefix="clc") as folder, servers.cluster(Path(folder) / "cluster") as (url, _):
        result = run(url, Path(folder), args.customers, args.chats, connections=args.connections)
    args.out.write_text(json.dumps(result.as_json(), indent=1) + "\n", "utf-8")
    for name, value in result.as_json().items():
        print(f"{name.replace('_', ' '):24}{value}")
    sys.exit(0 if result.sound else 1)


if __name__ == "__main__":
    main()
