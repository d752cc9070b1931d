"""Enrolments in memory: the same answers as Redis, by the same contract suite."""

from __future__ import annotations

from collections.abc import Sequence
from threading import RLock

from cuelight.core.enrolment import Enrolment
from cuelight.core.errors import Conflict


class MemoryEnrolmentStore:
    """An `EnrolmentStore` in this process."""

    def __init__(self) -> None:
        self._enrolments: dict[str, Enrolment] = {}
        self._lock = RLock()

    def add(self, enrolment: Enrolment) -> None:
        with self._lock:
            if enrolment.enrolment_id in self._enrolments:
                raise Conflict("an enrolment with this id exists already")
            self._enrolments[enrolment.enrolment_id] = enrolment

    def read(self, enrolment_id: str) -> Enrolment | None:
        return self._enrolments.get(enrolment_id)

    def change(self, before: Enrolment, after: Enrolment) -> bool:
        with self._lock:
            if self._enrolments.get(before.enrolment_id) != before:
                return False
            self._enrolments[before.enrolment_id] = after
            return True

    def list(self) -> Sequence[Enrolment]:
        with self._lock:
            return sorted(self._enrolments.values(), key=lambda e: (e.invited_at, e.enrolment_id))

    def remove(self, enrolment: Enrolment) -> bool:
        with self._lock:
            if self._enrolments.get(enrolment.enrolment_id) != enrolment:
                return False
            del self._enrolments[enrolment.enrolment_id]
            return True
