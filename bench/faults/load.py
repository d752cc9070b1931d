"""Load: processes that score chat after chat over kept-alive connections and write down what was acknowledged.

Run as a module it is one such process; `Load` starts several and reads their ledgers. A request that was not
answered, or with 503, is sent again, the same bytes, until it is answered or the load is stopped.
"""

from __future__ import annotations

import json
import os
import subprocess
import sys
import threading
import time
from dataclasses import dataclass
from pathlib import Path
from typing import IO, Self

import orjson

from bench.faults import contacts
from bench.faults.api import PATIENCE_S, ROOT, Api
from bench.faults.http import Connection, Unanswered

_PAUSE_S = 0.02
_RECONNECT_EVERY = 100
"""Chats a connection: kept alive for ever, all would end up with the worker that was never killed."""


@dataclass(frozen=True, slots=True)
class Acknowledged:
    """A decision as its caller got it. Times are of the machine's monotonic clock; `tries` counts the answer's."""

    number: int
    decision_id: str
    cue: str
    sent_s: float
    acknowledged_s: float
    tries: int


class Load:
    """Chats `first` to `last`, shared out among processes with some threads each; stopped early by `stop`."""

    def __init__(self, api: Api, first: int, last: int, *, processes: int = 2, threads: int = 8) -> None:
        self._api = api
        self._chats = (first, last)
        self._shape = (processes, threads)
        self._processes: list[subprocess.Popen[bytes]] = []
        self._ledgers: list[Path] = []
        self._read: list[IO[bytes]] = []
        self.acknowledged: list[Acknowledged] = []
        self.refused = 0

    def __enter__(self) -> Self:
        count, threads = self._shape
        for index in range(count):
            ledger = self._api.room / f"ledger-{time.monotonic_ns()}"
            ledger.touch()
            order = {
                "port": self._api.port, "token": self._api.token, "ledger": str(ledger), "threads": threads,
                "first": self._chats[0], "last": self._chats[1], "index": index, "of": count,
            }  # fmt: skip
            process = subprocess.Popen(
                [sys.executable, "-m", "bench.faults.load", json.dumps(order)],
                stdin=subprocess.PIPE,
                cwd=ROOT,
                env={"PYTHONPATH": f"{ROOT}:{ROOT / 'api'}"},
            )
            self._processes.append(process)
            self._ledgers.append(ledger)
            self._read.append(ledger.open("rb"))
        return self

    def __exit__(self, *_: object) -> None:
        for process in self._processes:
            if process.poll() is None:
                process.kill()
            process.wait()
        for ledger in self._read:
            ledger.close()

    def poll(self) -> int:
        """Read on in the ledgers; how many are acknowledged so far."""
        for ledger in self._read:
            for line in ledger:
                if not line.endswith(b"\n"):  # still being written
                    ledger.seek(-len(line), os.SEEK_CUR)
                    break
                number, decision_id, cue, sent_s, acknowledged_s, tries = orjson.loads(line)
                self.refused += tries - 1
                if decision_id is not None:
                    self.acknowledged.append(Acknowledged(number, decision_id, cue, sent_s, acknowledged_s, tries))
        return len(self.acknowledged)

    def running(self) -> bool:
        for process in self._processes:
            if process.poll() not in (None, 0):
                raise AssertionError("a load process failed; see above")
        return any(process.poll() is None for process in self._processes)

    def await_acknowledged(self, count: int) -> None:
        deadline = time.monotonic() + PATIENCE_S
        while self.poll() < count and self.running():
            if time.monotonic() > deadline:
                raise AssertionError(f"{self.poll()} of {count} acknowledged in {PATIENCE_S:.0f} s")
            time.sleep(0.05)

    def stop(self) -> list[Acknowledged]:
        """End it: no new chats, none tried again. All that was acknowledged."""
        for process in self._processes:
            if process.stdin is not None:
                process.stdin.close()
        for process in self._processes:
            process.wait(PATIENCE_S)
        self.running()
        self.poll()
        return self.acknowledged


class _Sender:
    """The threads of one load process."""

    def __init__(self, order: dict[str, object]) -> None:
        self._port, self._token = int(str(order["port"])), str(order["token"])
        span = range(int(str(order["first"])), int(str(order["last"])))
        # Every n-th chat: so all processes are at the same customers at the same time.
        self._numbers = iter(span[int(str(order["index"])) :: int(str(order["of"]))])
        self._ledger = Path(str(order["ledger"])).open("ab", buffering=0)  # noqa: SIM115 - as long as the process
        self._lock = threading.Lock()
        self._stopped = threading.Event()

    def run(self, threads: int) -> None:
        threading.Thread(target=self._await_stop, daemon=True).start()
        workers = [threading.Thread(target=self._work) for _ in range(threads)]
        for worker in workers:
            worker.start()
        for worker in workers:
            worker.join()

    def _await_stop(self) -> None:
        while os.read(0, 1):  # not through `sys.stdin`: its lock would still be held when the process ends
            pass
        self._stopped.set()

    def _work(self) -> None:
        connection = Connection(self._port, self._token)
        scored = 0
        while not self._stopped.is_set():
            with self._lock:
                number = next(self._numbers, None)
            if number is None:
                break
            self._score(connection, number)
            if (scored := scored + 1) % _RECONNECT_EVERY == 0:
                connection.close()
        connection.close()

    def _score(self, connection: Connection, number: int) -> None:
        body = orjson.dumps(contacts.chat(number))
        tries = 0
        while True:
            tries += 1
            sent_s = time.monotonic()
            try:
                answer = connection.post("/score", body)
            except Unanswered:
                answer = None
            if answer is not None and answer.status == 200:
                return self._write(
                    [number, answer.body["decision_id"], answer.body["cue"], sent_s, time.monotonic(), tries]
                )
            if answer is not None and answer.status != 503:
                raise AssertionError((answer.status, answer.body))
            if self._stopped.is_set():
                return self._write([number, None, None, sent_s, None, tries + 1])
            time.sleep(_PAUSE_S)

    def _write(self, line: list[object]) -> None:
        self._ledger.write(orjson.dumps(line) + b"\n")


if __name__ == "__main__":
    _order = json.loads(sys.argv[1])
    _Sender(_order).run(_order["threads"])
