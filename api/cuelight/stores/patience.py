"""How long anybody waits for a silent store: an agent would rather see grey now than a cue in two seconds.

One call waits as long as its client's time-out. Two things would make a whole answer wait longer: several slow calls
in a row, and a queue of questions that each wait for a store that is hung.
"""

from __future__ import annotations

import math
import threading
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager

from cuelight.core.errors import StoreUnavailable

BEGIN_S = 0.25
"""How long after a question came its last call to the store may begin; the time-out of that call comes on top. Longer
than one time-out, so that a chat is scored although the crowd, best effort, was silent; with both less than 0.5 s."""
SILENT_CALLS = 3
"""So many time-outs in a row are no hiccup."""
PROBE_EVERY_S = 0.1
"""How often a silent store is asked whether it is back; everybody else is refused at once."""

_hurry = threading.local()


def begin() -> None:
    """From now on this thread's calls belong to one question that somebody waits for, until `end`."""
    _hurry.until_s = time.monotonic() + BEGIN_S


def end() -> None:
    _hurry.until_s = math.inf


def left_s(at_most_s: float) -> float:
    """How long the question at hand may wait for something, in seconds."""
    return max(0.0, min(at_most_s, getattr(_hurry, "until_s", math.inf) - time.monotonic()))


@contextmanager
def unhurried() -> Iterator[None]:
    """For what must be done as a whole, however long: a customer of thousands of chats is moved to another hash key."""
    until_s = getattr(_hurry, "until_s", math.inf)
    _hurry.until_s = math.inf
    try:
        yield
    finally:
        _hurry.until_s = until_s


class Patience:
    """Whether a store may be asked now. One for each link; safe for threads."""

    def __init__(self, clock: Callable[[], float] = time.monotonic) -> None:
        self._clock = clock
        self._lock = threading.Lock()
        self._silent = 0
        self._probe_s = 0.0

    def check(self) -> None:
        """Raises `StoreUnavailable` if the question at hand has waited long enough, or the store is silent."""
        if self._clock() > getattr(_hurry, "until_s", math.inf):
            raise StoreUnavailable("the store is too slow to answer in time")
        if self._silent < SILENT_CALLS:
            return
        with self._lock:
            now_s = self._clock()
            if now_s < self._probe_s:
                raise StoreUnavailable("the store is silent")
            self._probe_s = now_s + PROBE_EVERY_S

    def answered(self) -> None:
        if self._silent:
            self._silent = 0

    def silent(self) -> None:
        """A call timed out."""
        with self._lock:
            self._silent += 1
            if self._silent >= SILENT_CALLS:
                self._probe_s = self._clock() + PROBE_EVERY_S
