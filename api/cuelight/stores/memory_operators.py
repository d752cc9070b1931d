"""Operators and sessions in memory: the same answers as Redis, by the same contract suite."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime
from threading import RLock

from cuelight.core.errors import Conflict
from cuelight.core.operators import ATTEMPTS_KEPT, Operator, Session, wait_s


class MemoryOperatorStore:
    """An `OperatorStore` in this process."""

    def __init__(self) -> None:
        self._operators: dict[str, Operator] = {}
        self._lock = RLock()

    def add(self, operator: Operator) -> None:
        with self._lock:
            if operator.name in self._operators:
                raise Conflict("an operator of this name exists already")
            self._operators[operator.name] = operator

    def read(self, name: str) -> Operator | None:
        return self._operators.get(name)

    def change(self, before: Operator, after: Operator) -> bool:
        with self._lock:
            if self._operators.get(before.name) != before:
                return False
            self._operators[before.name] = after
            return True

    def list(self) -> Sequence[Operator]:
        with self._lock:
            return sorted(self._operators.values(), key=lambda o: o.name)

    def remove(self, operator: Operator) -> bool:
        with self._lock:
            if self._operators.get(operator.name) != operator:
                return False
            del self._operators[operator.name]
            return True


class MemorySessionStore:
    """A `SessionStore` in this process."""

    def __init__(self) -> None:
        self._sessions: dict[str, Session] = {}
        self._attempts: dict[str, tuple[int, datetime]] = {}
        self._lock = RLock()

    def put(self, digest: str, session: Session, now: datetime) -> None:
        with self._lock:
            self._sessions = {d: s for d, s in self._sessions.items() if s.ends_at > now}
            self._sessions[digest] = session

    def get(self, digest: str) -> Session | None:
        return self._sessions.get(digest)

    def remove(self, digest: str) -> None:
        with self._lock:
            self._sessions.pop(digest, None)

    def end_all(self) -> int:
        with self._lock:
            count = len(self._sessions)
            self._sessions = {}
            return count

    def attempt(self, names: Sequence[str], now: datetime) -> float:
        with self._lock:
            kept = {name: found for name, found in self._attempts.items() if now - found[1] < ATTEMPTS_KEPT}
            self._attempts = kept
            wait = 0.0
            for name in names:
                count, last_at = kept.get(name, (0, now))
                wait = max(wait, wait_s(count) - (now - last_at).total_seconds() if count else 0.0)
            if wait <= 0:
                kept.update({name: (kept.get(name, (0, now))[0] + 1, now) for name in names})
            return max(wait, 0.0)

    def succeed(self, name: str) -> None:
        with self._lock:
            self._attempts.pop(name, None)
