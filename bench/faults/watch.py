"""Agents and a backend that go on asking while something breaks, and what they may be told meanwhile.

Every answer is one of: right (the cue that is right with all data there), refused (503, which agents see as grey),
or wrong: a cue from missing data.
"""

from __future__ import annotations

import itertools
import math
import random
import threading
import time
from collections.abc import Callable, Iterable
from contextlib import AbstractContextManager
from dataclasses import dataclass
from typing import Self

import orjson

from bench.faults import contacts
from bench.faults.api import PATIENCE_S, Api, patiently
from bench.faults.http import Connection, Unanswered
from bench.faults.result import Promise
from cuelight.core.chat import ChatKey

_CUSTOMERS = 12
"""Of each kind; enough to have some in every part of a Cluster."""
_BLOCK = contacts.CHATS_A_CUSTOMER
WARNED = [16 * _BLOCK * index for index in range(_CUSTOMERS)]
SETTLED = [16 * _BLOCK * index + _BLOCK for index in range(_CUSTOMERS)]
CALLS = frozenset({"cue", "score"})
RIGHT = {"warned": "red", "settled": "green"}
_PAUSE_S = 0.01


@dataclass(frozen=True, slots=True)
class Seen:
    """One question and its answer; `status` None: no answer."""

    call: str
    right: str
    sent_s: float
    took_s: float
    status: int | None
    cue: str | None

    @property
    def done_s(self) -> float:
        return self.sent_s + self.took_s

    @property
    def answered(self) -> bool:
        return self.status == 200


@dataclass(frozen=True, slots=True)
class Score:
    """An acknowledged decision of a chat that was scored while watching."""

    chat_id: str
    decision_id: str
    acknowledged_s: float


class Watch(AbstractContextManager["Watch"]):
    """`prepare` teaches the customers it asks about; then ask, in the background, from entry to exit."""

    def __init__(self, api: Api, *, threads: int = 4) -> None:
        self._api = api
        self._threads = [threading.Thread(target=self._ask, args=(seed,)) for seed in range(threads)]
        self._over = threading.Event()
        self._numbers = itertools.count()
        self.seen: list[Seen] = []
        self.scores: list[Score] = []

    @staticmethod
    def prepare(api: Api) -> None:
        api.prepare(SETTLED[-1] + 1)
        connection = api.connection(30.0)
        for number in (*WARNED, *SETTLED):
            api.sure(connection, "/score", orjson.dumps(contacts.chat(number)))
        connection.close()

    def __enter__(self) -> Self:
        for thread in self._threads:
            thread.start()
        return self

    def __exit__(self, *_: object) -> None:
        self.end()

    def end(self) -> None:
        self._over.set()
        for thread in self._threads:
            thread.join()

    def _ask(self, seed: int) -> None:
        rng = random.Random(seed)
        connection = self._api.connection(PATIENCE_S)  # what is too slow is judged, not given up
        while not self._over.wait(_PAUSE_S):
            kind = rng.choice(("warned", "settled"))
            number = rng.choice(WARNED if kind == "warned" else SETTLED)
            if rng.random() < 0.5:
                self._note("cue", kind, connection, f"/cues/api/default/n-{number}", None)
            else:
                facts = {**contacts.chat(number), "chat_id": f"w-{next(self._numbers)}"}
                self._note("score", kind, connection, "/score", facts)

    def _note(self, call: str, kind: str, connection: Connection, path: str, facts: dict[str, object] | None) -> None:
        sent_s = time.monotonic()
        try:
            answer = connection.get(path) if facts is None else connection.post(path, orjson.dumps(facts))
        except Unanswered:
            answer = None
        done_s = time.monotonic()
        status, cue = (answer.status, answer.body.get("cue")) if answer else (None, None)
        self.seen.append(Seen(call, RIGHT[kind], sent_s, done_s - sent_s, status, cue))
        if facts is not None and answer is not None and status == 200:
            self.scores.append(Score(str(facts["chat_id"]), answer.body["decision_id"], done_s))

    def through(
        self, begin: Callable[[], object], end: Callable[[], object], seconds: float, out: frozenset[str]
    ) -> tuple[float, float]:
        """Bring a fault about, let it last, and end it: from when to when it lasted. Waits, on a busy machine longer
        than `seconds`, until each call was answered before and after, and those in `out` were refused in between."""
        self.settle()
        begin()
        time.sleep(0.05)  # until what was under way is through
        from_s = time.monotonic()
        time.sleep(seconds)
        self._await(out, from_s, answered=False)
        to_s = time.monotonic()
        end()
        self._await(CALLS, to_s, answered=True)
        time.sleep(seconds)
        return from_s, to_s

    def settle(self) -> None:
        """Wait until each call is answered."""
        self._await(CALLS, time.monotonic(), answered=True)

    def _await(self, calls: frozenset[str], since_s: float, *, answered: bool) -> None:
        deadline = time.monotonic() + PATIENCE_S
        while time.monotonic() < deadline:
            seen = [one for one in list(self.seen)[-5000:] if one.sent_s > since_s and one.answered == answered]
            if calls <= {one.call for one in seen}:
                return
            time.sleep(0.05)
        raise AssertionError(f"not every call was {'answered' if answered else 'refused'}: {sorted(calls)}")

    def lost(self) -> list[Score]:
        """Which of the acknowledged scores are not in the store, or not as they were answered."""
        service = self._api.service()
        gone = []
        for score in self.scores:
            key = ChatKey("api", "default", score.chat_id)
            found = patiently(lambda k=key: service.stores.customers.find(k))
            if found is None or found.decision.decision_id != score.decision_id:
                gone.append(score)
        service.close()
        return gone


@dataclass(frozen=True, slots=True)
class Limits:
    """What is promised of the answers. `out`: calls to be refused while it lasts; `up`: calls to be answered.

    `loss_s`: how long before the fault a lost decision may have been acknowledged, with asynchronous replication.
    """

    refused_s: float = 0.5
    back_s: float = 2.0
    loss_s: float = 1.0
    out: frozenset[str] = frozenset()
    up: frozenset[str] = frozenset()


def judge(promise: Promise, seen: Iterable[Seen], from_s: float, to_s: float, limits: Limits) -> None:
    """Note what was answered while the fault lasted (`from_s` to `to_s`) and after it."""
    seen = list(seen)
    during = [one for one in seen if from_s < one.sent_s < to_s]
    refused = [one for one in during if not one.answered]
    promise.note(asked=len(seen), refused=len([one for one in seen if not one.answered]))
    wrong = [one for one in seen if one.answered and one.cue != one.right]
    promise.at_most("green_from_missing_data", len([one for one in wrong if one.cue == "green"]), 0)
    promise.at_most("wrong_cues", len(wrong), 0)
    promise.at_most("other_errors", len([one for one in seen if one.status not in (200, 503)]), 0)
    promise.at_most("slowest_refusal_s", max((one.took_s for one in refused), default=0.0), limits.refused_s)
    if limits.out:
        # Sent after it began and answered before it ended: nobody could have known.
        told = [one for one in during if one.call in limits.out and one.answered and one.done_s < to_s]
        promise.at_most("answered_while_out", len(told), 0)
        promise.at_least("refused_while_out", len([one for one in refused if one.call in limits.out]), 1)
    if limits.up:
        promise.at_most("refused_while_up", len([one for one in refused if one.call in limits.up]), 0)
    after = [one for one in seen if one.sent_s > to_s]
    promise.at_least("answered_after", len([one for one in after if one.answered]), 1)
    back = [min((o.done_s for o in after if o.answered and o.call == call), default=math.inf) for call in CALLS]
    promise.at_most("back_s", max(back) - to_s, limits.back_s)
