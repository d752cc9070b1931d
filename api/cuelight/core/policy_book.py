"""Policies as versions: documents that never change, which of them is live, and how that changes. All steps PURE.

Until something is published, the file that is installed is live. What was live before lies on a stack: rolling back
takes the top off, so that doing it twice goes further back and never to what was just found bad.
"""

from __future__ import annotations

import json
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import datetime
from enum import StrEnum
from hashlib import sha256
from typing import Any, Protocol

from cuelight.core.errors import Conflict, NotFound, SecondPersonNeeded
from cuelight.core.ports import Announcement

INSTALLED_BY = "installed"
"""The author of the policy file that came with Cuelight, or that the operator put there."""

KEPT = 500
"""Versions kept. One more, and the oldest draft nobody needs goes; else the oldest that is not live."""

STACK_KEPT, LOG_KEPT, REQUESTS_KEPT = 50, 100, 20


class State(StrEnum):
    """`available`: the installed file, where something else is live that was published."""

    DRAFT = "draft"
    LIVE = "live"
    PAST = "past"
    AVAILABLE = "available"


@dataclass(frozen=True, slots=True)
class PolicyDocument:
    """One version as written, for good. `document` is parsed JSON as `policy_file` reads it."""

    version: str
    document: Mapping[str, Any]
    author: str
    note: str
    created_at: datetime

    @property
    def digest(self) -> str:
        return digest(self.document)


@dataclass(frozen=True, slots=True)
class PolicyHead:
    """A version without its document, for lists."""

    version: str
    author: str
    note: str
    created_at: datetime


@dataclass(frozen=True, slots=True)
class Publication:
    """A version went live. `digest` is that of its document: what is read later must be what was published."""

    version: str
    digest: str
    at: datetime
    by: str
    note: str = ""
    approved_by: str | None = None
    rolled_back: bool = False


@dataclass(frozen=True, slots=True)
class Request:
    """Somebody asks a second person to publish a version."""

    version: str
    by: str
    at: datetime
    note: str = ""


@dataclass(frozen=True, slots=True)
class Shadowing:
    """A version that runs beside the live one, without an effect."""

    version: str
    digest: str
    by: str
    at: datetime


@dataclass(frozen=True, slots=True)
class PolicyBook:
    """What is live, and what may be. `revision` counts every change. `stack`: what rolling back goes back through,
    the live one last; empty while nothing was published. `log`: all publications, newest first."""

    revision: int = 0
    stack: tuple[Publication, ...] = ()
    log: tuple[Publication, ...] = ()
    requests: tuple[Request, ...] = ()
    shadow: Shadowing | None = None

    @property
    def live(self) -> Publication | None:
        return self.stack[-1] if self.stack else None

    def last(self, version: str) -> Publication | None:
        """When a version went live last."""
        return next((one for one in self.log if one.version == version), None)

    def request(self, version: str) -> Request | None:
        return next((one for one in self.requests if one.version == version), None)

    def state(self, version: str) -> State:
        if self.live is not None and self.live.version == version:
            return State.LIVE
        used = any(one.version == version for one in (*self.stack, *self.log))
        return State.PAST if used else State.DRAFT


@dataclass(frozen=True, slots=True)
class PolicyVersion:
    """A version and what became of it. `document` is None in lists."""

    version: str
    author: str
    note: str
    created_at: datetime
    state: State
    published: Publication | None = None
    request: Request | None = None
    document: Mapping[str, Any] | None = None


def digest(document: Mapping[str, Any]) -> str:
    """Names a document by what it says, however it is spelled (order, spaces)."""
    text = json.dumps(document, sort_keys=True, separators=(",", ":"), ensure_ascii=False)
    return sha256(text.encode("utf-8", "surrogatepass")).hexdigest()


def changed(book: PolicyBook) -> PolicyBook:
    """The same, counted as a change: a draft was added."""
    return replace(book, revision=book.revision + 1)


def publish(book: PolicyBook, new: Publication, base: Publication) -> PolicyBook:
    """`new` is live. `base` is the installed policy, which was live as long as nothing was published."""
    stack = (*(book.stack or (base,)), new)[-STACK_KEPT:]
    log = (new, *(book.log or (base,)))[:LOG_KEPT]
    # What was asked for was asked for in view of what was live then.
    return replace(changed(book), stack=stack, log=log, requests=(), shadow=_other(book.shadow, new.version))


def ask(book: PolicyBook, request: Request) -> PolicyBook:
    """Somebody wants a version published; who asked first stays."""
    if book.request(request.version) is not None:
        return book
    return replace(changed(book), requests=(request, *book.requests)[:REQUESTS_KEPT])


def take_back(book: PolicyBook, version: str) -> PolicyBook:
    """The request is no more. Raises `Conflict` where there is none."""
    if book.request(version) is None:
        raise Conflict("nobody asks for this version to be published")
    return replace(changed(book), requests=tuple(one for one in book.requests if one.version != version))


def approvable(book: PolicyBook, version: str, by: str) -> Request:
    """The request this person may approve. Raises `Conflict`."""
    asked = book.request(version)
    if asked is None:
        raise Conflict("nobody asks for this version to be published, or another was published since: ask again")
    if asked.by == by:
        raise SecondPersonNeeded("who asks for a version to be published cannot approve it: a second person has to")
    return asked


def roll_back(book: PolicyBook, live: str | None, by: str, at: datetime, note: str) -> PolicyBook:
    """The version before the live one is live again. `live` is what the caller thinks is; None: whatever is. Raises
    `Conflict` where it is not, or nothing was live before."""
    if live is not None and (book.live is None or book.live.version != live):
        raise Conflict("another version is live by now: look again before you roll back")
    if len(book.stack) < 2:
        raise Conflict("there is nothing to roll back to: no other version was live before this one")
    before = book.stack[-2]
    again = Publication(before.version, before.digest, at, by, note, rolled_back=True)
    stack = (*book.stack[:-2], again)
    log = (again, *book.log)[:LOG_KEPT]
    return replace(changed(book), stack=stack, log=log, requests=(), shadow=_other(book.shadow, again.version))


def start_shadow(book: PolicyBook, shadow: Shadowing) -> PolicyBook:
    """Raises `Conflict` for what is live: it would be compared with itself."""
    if book.state(shadow.version) is State.LIVE:
        raise Conflict("this version is live: only another one can run beside it")
    return replace(changed(book), shadow=shadow)


def stop_shadow(book: PolicyBook) -> PolicyBook:
    return replace(changed(book), shadow=None) if book.shadow is not None else book


def surplus(book: PolicyBook, heads: Sequence[PolicyHead]) -> tuple[str, ...]:
    """The versions that go so that one more may come; see `KEPT`."""
    if len(heads) < KEPT:
        return ()
    needed = {one.version for one in book.stack} | {one.version for one in book.requests}
    needed |= {book.shadow.version} if book.shadow else set()
    free = [head for head in sorted(heads, key=lambda h: h.created_at) if head.version not in needed]
    free.sort(key=lambda head: book.state(head.version) is not State.DRAFT)
    return tuple(head.version for head in free[: len(heads) - KEPT + 1])


def _other(shadow: Shadowing | None, live: str) -> Shadowing | None:
    return None if shadow is not None and shadow.version == live else shadow


class PolicyStore(Protocol):
    """Versions and the book of them. Every call raises `StoreUnavailable` if the store cannot answer for certain."""

    def revision(self) -> int:
        """The book's revision alone: small, for asking often."""
        ...

    def book(self) -> PolicyBook: ...

    def change(
        self,
        before: PolicyBook,
        after: PolicyBook,
        *,
        add: Sequence[PolicyDocument] = (),
        drop: Sequence[str] = (),
        announce: Sequence[Announcement] = (),
    ) -> bool:
        """Atomically: replace the book, if it is still as it was read, keep and drop versions, announce. False, and
        nothing done, if the book is another by now. A version that is kept already stays as it is."""
        ...

    def get(self, version: str) -> PolicyDocument | None: ...

    def heads(self) -> Sequence[PolicyHead]:
        """All versions, newest first."""
        ...


def found(document: PolicyDocument | None) -> PolicyDocument:
    """Raises `NotFound` for none."""
    if document is None:
        raise NotFound("there is no policy of this version; the list shows all there are")
    return document
