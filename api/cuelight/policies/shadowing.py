"""Runs a draft silently beside the live policy, and keeps what it would have said.

Told of every question and its decision; it asks the draft in a thread of its own, so no score waits or fails for it.
While no draft runs, the cost is one look at an attribute. Best effort: what comes faster than it can be asked is left
out and counted in the log.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable, Sequence
from dataclasses import dataclass, replace
from queue import Empty, Full, Queue
from threading import Lock, Thread
from time import monotonic, sleep

import structlog

from cuelight.core.chat import Chat
from cuelight.core.crowd import Crowd
from cuelight.core.decision import Decision, Reason
from cuelight.core.errors import CuelightError
from cuelight.core.history import History, Proof
from cuelight.core.policy import Policy
from cuelight.core.shadow import Crossing, ShadowLine, ShadowStore
from cuelight.core.snooze import SNOOZED
from cuelight.scoring import score

_log = structlog.get_logger("cuelight.policy")

_WAITING = 1000
_TOGETHER = 200
_GATHER_S = 0.5
"""Comparisons of half a second are written in one call."""


@dataclass(frozen=True, slots=True)
class _Question:
    draft: Policy
    chat: Chat
    history: History
    crowd: Crowd
    decision: Decision
    step_up: Proof | None


class Shadow:
    """One for each process. `draft`: the policy that runs beside, or None."""

    def __init__(self, draft: Callable[[], Policy | None], store: ShadowStore) -> None:
        self._draft = draft
        self._store = store
        self._waiting: Queue[_Question] = Queue(_WAITING)
        self._thread: Thread | None = None
        self._lock = Lock()
        self._left_out = 0

    def __call__(
        self, chat: Chat, history: History, crowd: Crowd, decision: Decision, step_up: Proof | None, again: bool
    ) -> None:
        """Called by the corridor with every decision it makes. One that is made again after an outcome is left out:
        compared is what agents are told while they chat."""
        draft = self._draft()
        if draft is None or again:
            return
        try:
            self._waiting.put_nowait(_Question(draft, chat, history, crowd, decision, step_up))
        except Full:
            self._left_out += 1
        if self._thread is None:
            self._start()

    def settle(self, within_s: float) -> bool:
        """Wait until everything asked so far is kept; False if it takes longer."""
        until_s = monotonic() + within_s
        while self._waiting.unfinished_tasks:
            if monotonic() > until_s:
                return False
            sleep(0.01)
        return True

    def _start(self) -> None:
        with self._lock:
            if self._thread is None:
                self._thread = Thread(target=self._run, name="shadow", daemon=True)
                self._thread.start()

    def _run(self) -> None:
        while True:
            batch = [self._waiting.get()]
            sleep(_GATHER_S)
            try:
                while len(batch) < _TOGETHER:
                    batch.append(self._waiting.get_nowait())
            except Empty:
                pass
            try:
                self._keep(batch)
            except Exception as error:
                # A draft nobody has published yet may trip over anything; the class tells, the values may be personal.
                _log.warning("shadow_failed", error=type(error).__name__, chats=len(batch))
            finally:
                for _ in batch:
                    self._waiting.task_done()

    def _keep(self, batch: Sequence[_Question]) -> None:
        left_out, self._left_out = self._left_out, 0
        if left_out:
            _log.warning("shadow_left_out", chats=left_out)
        for version in dict.fromkeys(question.draft.version for question in batch):
            counts: Counter[Crossing] = Counter()
            lines = []
            for question in batch:
                if question.draft.version == version:
                    asked = _ask(question)
                    live = question.decision
                    counts[live.scored_at.date(), live.cue, asked.cue] += 1
                    if asked.cue is not live.cue:
                        lines.append(_line(live, asked))
            try:
                self._store.add(version, counts, lines)
            except CuelightError as error:
                _log.warning("shadow_not_kept", error=error.code, chats=sum(counts.values()))


def _ask(question: _Question) -> Decision:
    draft, made = question.draft, question.decision
    crowd = replace(question.crowd, prior=draft.crowd_prior, prior_weight=draft.crowd_prior_weight)
    past = question.chat, question.history, crowd, draft
    off = {signal for signal, why in made.not_assessed if why == SNOOZED}
    return score(*past, made.scored_at, step_up=question.step_up, digest=made.digest, snoozed=off)


def _line(live: Decision, shadow: Decision) -> ShadowLine:
    old, new = _points(live.reasons), _points(shadow.reasons)
    return ShadowLine(
        live.scored_at,
        live.key,
        live.cue,
        shadow.cue,
        gained=tuple(code for code in new if code not in old),
        lost=tuple(code for code in old if code not in new),
        moved=tuple(code for code in new if code in old and new[code] != old[code]),
    )


def _points(reasons: Sequence[Reason]) -> dict[str, float]:
    return {reason.code: reason.points for reason in reasons}
