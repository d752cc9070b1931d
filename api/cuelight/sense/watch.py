"""Values made from files that may change while we run: made anew aside, then swapped."""

from __future__ import annotations

import threading
import time
from collections.abc import Callable, Hashable
from typing import Final, Generic, TypeVar

T = TypeVar("T")

CHECK_EVERY_S: Final = 5.0


class Watched(Generic[T]):
    """Holds a value made by `load(previous)`; `get()` costs a clock reading until the files change.

    A change is loaded in a thread of its own, one at a time, so that no request waits for it: `get()` answers
    with the value before until the new one is whole. `load` keeps errors inside its value (what is bad must
    stay visible, and what was good must go on); if it raises all the same, the value before stays.
    """

    def __init__(
        self,
        signature: Callable[[], Hashable],
        load: Callable[[T | None], T],
        *,
        check_every_s: float = CHECK_EVERY_S,
        clock: Callable[[], float] = time.monotonic,
    ) -> None:
        self._signature = signature
        self._load = load
        self._check_every_s = check_every_s
        self._clock = clock
        self._lock = threading.Lock()
        # Before the load, so that a change while it runs is noticed afterwards.
        self._seen = signature()
        self._value = load(None)
        self._next_check = clock() + check_every_s

    def get(self) -> T:
        """The current value; at most every `check_every_s` the files are looked at, never waited for."""
        if self._clock() >= self._next_check and self._lock.acquire(blocking=False):
            try:
                self._next_check = self._clock() + self._check_every_s
                changed = self._signature() != self._seen
            finally:
                self._lock.release()
            if changed:
                threading.Thread(target=self.refresh, name="cuelight-reload", daemon=True).start()
        return self._value

    def refresh(self) -> T:
        """Load now if anything changed, in this thread, and return the value."""
        with self._lock:
            seen = self._signature()
            if seen != self._seen:
                self._seen = seen
                self._value = self._load(self._value)
            return self._value
