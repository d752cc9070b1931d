"""`python -m bench.faults.store VAR DURABILITY`: an embedded server in a process of its own, until its input ends."""

from __future__ import annotations

import sys
from pathlib import Path
from typing import cast

from cuelight.stores.embedded import Durability, EmbeddedServer

if __name__ == "__main__":
    with EmbeddedServer(Path(sys.argv[1]), cast(Durability, sys.argv[2])) as server:
        print(server.url, flush=True)
        sys.stdin.read()
