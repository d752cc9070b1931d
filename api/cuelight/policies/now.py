"""The policy in force in this process.

It is looked up in the store at most every two seconds, and only when somebody asks for it: every process has switched
within that time, without a thread and without a round trip in most scores.
"""

from __future__ import annotations

from dataclasses import dataclass, field, replace
from datetime import datetime
from threading import Lock
from time import monotonic

import structlog

from cuelight.core.errors import PolicyInvalid, StoreUnavailable
from cuelight.core.policy import Policy
from cuelight.core.policy_book import PolicyBook, PolicyDocument, PolicyStore
from cuelight.policies.reading import read_document

_log = structlog.get_logger("cuelight.policy")

LOOK_S = 2.0
LATE_S = 4.0
"""Who asks while another looks goes on with what is known; after a quiet time, too long known, everybody waits."""


@dataclass(frozen=True, slots=True)
class InForce:
    """`since` is None for the installed file. `refused`: why the version that should be live is not."""

    policy: Policy
    revision: int = 0
    since: datetime | None = None
    shadow: Policy | None = None
    refused: str | None = None


@dataclass(slots=True)
class _Look:
    """What the last look found. `wanted` counts who asked for another; `told`: the failure already logged."""

    found: InForce | None = None
    at_s: float = float("-inf")
    wanted: int = 0
    told: str = ""
    lock: Lock = field(default_factory=Lock)


class PolicyNow:
    """Follows the store. What cannot be used is refused, logged once, and the last good policy stays."""

    def __init__(self, store: PolicyStore, installed: PolicyDocument) -> None:
        """`installed` is in force until something is published."""
        self._store = store
        self._installed = installed
        self._base = InForce(read_document(installed.document))
        self._look = _Look()

    def live(self) -> Policy:
        return self.state().policy

    def live_since(self) -> datetime | None:
        """When it was published; None for the installed file."""
        return self.state().since

    def shadow(self) -> Policy | None:
        """The draft that runs beside it, as of the last look: asked with every score, so it never looks itself."""
        found = self._look.found
        return found.shadow if found else None

    def state(self) -> InForce:
        """Raises `StoreUnavailable` only if the store has not answered once: then nobody knows what was published."""
        look = self._look
        age_s = monotonic() - look.at_s
        if age_s > LOOK_S and look.lock.acquire(blocking=age_s > LATE_S):
            try:
                if monotonic() - look.at_s > LOOK_S:
                    self._see()
            finally:
                look.lock.release()
        if look.found is None:
            raise StoreUnavailable("the policy in force is not known yet")
        return look.found

    def checked_s_ago(self) -> float:
        """How long ago the store was asked last."""
        return max(0.0, monotonic() - self._look.at_s)

    def _see(self) -> None:
        look = self._look
        wanted = look.wanted
        try:
            revision = self._store.revision()
            known = look.found
            if known is None or known.refused or known.revision != revision:
                look.found = self._read(known)
            look.told = look.told if look.found and look.found.refused else ""
        except StoreUnavailable:
            self._tell("store_unavailable", "policy_not_looked_up", why="the store does not answer; the last one stays")
            if look.found is None:
                raise
        # What was changed while this look was under way, it may have missed.
        look.at_s = monotonic() if look.wanted == wanted else float("-inf")

    def _read(self, known: InForce | None) -> InForce:
        """The live version, else the last good one: the one this process has, or the newest of those before."""
        try:
            book = self._store.book()
        except PolicyInvalid as error:
            self._refuse("(book)", error)
            return replace(known or self._base, refused=str(error))
        if book.live is None:
            return replace(self._base, revision=book.revision, shadow=self._shadow(book))
        refused: PolicyInvalid | None = None
        for published in reversed(book.stack):
            try:
                policy = self.load(published.version, published.digest)
            except PolicyInvalid as error:
                if refused is None:
                    refused = error
                    self._refuse(published.version, error)
                if known is not None:
                    break
                continue
            return InForce(policy, book.revision, published.at, self._shadow(book), str(refused) if refused else None)
        return replace(known or self._base, revision=book.revision, shadow=self._shadow(book), refused=str(refused))

    def _shadow(self, book: PolicyBook) -> Policy | None:
        if book.shadow is None:
            return None
        try:
            return self.load(book.shadow.version, book.shadow.digest)
        except PolicyInvalid as error:
            self._refuse(book.shadow.version, error)
            return None

    def load(self, version: str, digest: str) -> Policy:
        """A kept version, checked anew. Raises `PolicyInvalid`."""
        kept = self.kept(version)
        if kept is None:
            raise PolicyInvalid("document: is not in the store")
        if kept.digest != digest:
            raise PolicyInvalid("document: is not what was published; somebody changed it in the store")
        return read_document(kept.document)

    def _refuse(self, version: str, error: PolicyInvalid) -> None:
        self._tell(f"{version} {error}", "policy_refused", version=version, field=error.field, problem=error.problem)

    def _tell(self, what: str, event: str, **more: str) -> None:
        """Once for each failure: a line every two seconds would bury the others."""
        if self._look.told != what:
            self._look.told = what
            _log.error(event, **more)

    def kept(self, version: str) -> PolicyDocument | None:
        """A version as the store has it, or as it is installed."""
        kept = self._store.get(version)
        return self._installed if kept is None and version == self._installed.version else kept

    def look_again(self) -> None:
        """Something was changed here: do not wait for the next look."""
        self._look.wanted += 1
        self._look.at_s = float("-inf")
