"""What there is of policies, and how it changes: draft, publish, approve, roll back, run beside the live one."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import datetime
from typing import Any, Protocol

from cuelight.core import announcing, policy_book
from cuelight.core.errors import Conflict, InvalidInput
from cuelight.core.policy_book import (
    PolicyBook,
    PolicyDocument,
    PolicyHead,
    PolicyStore,
    PolicyVersion,
    Publication,
    Request,
    Shadowing,
    State,
)
from cuelight.core.ports import Announcement
from cuelight.policies.now import PolicyNow
from cuelight.policies.reading import merged, read_document

_TRIES = 8
_OWN = frozenset({"version", "note"})
"""What a version does not hand on to one that is made from it."""
NOTE_CHARS = 300


@dataclass(frozen=True, slots=True)
class Overview:
    """Everything there is, newest first; `live` is the version in force here, `below` what rolling back goes to."""

    live: str
    below: str | None
    versions: Sequence[PolicyVersion]
    log: Sequence[Publication]
    shadow: Shadowing | None
    two_person: bool
    refused: str | None = None


@dataclass(frozen=True, slots=True)
class _Step:
    """A change about to be made. `action` and `note` are for the audit log."""

    action: str
    version: str
    note: str
    after: PolicyBook
    add: tuple[PolicyDocument, ...] = ()
    drop: tuple[str, ...] = ()
    announce: tuple[Announcement, ...] = ()


class Audit(Protocol):
    def append(self, *, by: str, action: str, target: str, note: str = "") -> object: ...


class Policies:
    """Versions in a store, and the one in force in this process. Raises `StoreUnavailable` where it cannot know.

    Who changes something is in the audit log before it is done; `by` is an operator or the name of an API key.
    """

    def __init__(
        self,
        store: PolicyStore,
        installed: PolicyDocument,
        audit: Audit,
        clock: Callable[[], datetime],
        two_person: Callable[[], bool] = lambda: False,
    ) -> None:
        """`installed` is in force until something is published. `two_person`: whether publishing takes two."""
        self._store = store
        self._installed = installed
        self._audit = audit
        self._clock = clock
        self._two_person = two_person
        self.now = PolicyNow(store, installed)

    # -- what there is -------------------------------------------------------------------------------

    def overview(self) -> Overview:
        book, now = self._store.book(), self.now.state()
        heads = self._store.heads()
        versions = [self._version(book, head) for head in heads]
        if all(head.version != self._installed.version for head in heads):
            versions.append(self._version(book, self._installed))
        versions.sort(key=lambda one: (one.created_at, one.version), reverse=True)
        below = book.stack[-2].version if len(book.stack) > 1 else None
        return Overview(now.policy.version, below, versions, book.log, book.shadow, self._two_person(), now.refused)

    def read(self, version: str) -> PolicyVersion:
        """A version with its document; `live` and `installed` name what they say. Raises `NotFound`."""
        book = self._store.book()
        if version == "live":
            version = self.now.state().policy.version
        kept = self.now.kept(self._installed.version if version == "installed" else version)
        made = policy_book.found(kept)
        return replace(self._version(book, made), document=made.document)

    def _version(self, book: PolicyBook, head: PolicyHead | PolicyDocument) -> PolicyVersion:
        state = book.state(head.version)
        if head.version == self._installed.version:
            if book.live is None:
                state = State.LIVE
            elif state is State.DRAFT:
                state = State.AVAILABLE
        return PolicyVersion(
            head.version,
            head.author,
            head.note,
            head.created_at,
            state,
            book.last(head.version),
            book.request(head.version),
        )

    def based_on(self, version: str, patch: Mapping[str, Any]) -> dict[str, Any]:
        """A version's document with what a patch changes of it, not yet a version. Raises `NotFound`."""
        base = {name: value for name, value in (self.read(version).document or {}).items() if name not in _OWN}
        return merged(base, patch)

    # -- what may change -----------------------------------------------------------------------------

    def draft(self, document: Mapping[str, Any], by: str, note: str) -> PolicyVersion:
        """Keep a version. Without a `version` of its own it gets the day's next. The same document again is the same
        draft. Raises `PolicyInvalid`, and `Conflict` where the name is taken by another document."""
        said = _note(note)
        name = ""

        def step(before: PolicyBook) -> _Step | None:
            nonlocal name
            heads = self._store.heads()
            name = document["version"] if "version" in document else self._name(document, heads)
            whole = {**document, "version": name}
            read_document(whole)
            made = PolicyDocument(name, whole, by, said, self._clock())
            if (kept := self.now.kept(name)) is not None:
                if kept.digest != made.digest:
                    raise Conflict("there is another policy of this version: versions never change, name the new one")
                return None
            drop = policy_book.surplus(before, heads)
            return _Step("draft", name, _seen(made, said), policy_book.changed(before), add=(made,), drop=drop)

        self._change(by, step)
        return self.read(name)

    def publish(self, version: str, by: str, note: str = "", *, ask: bool = False) -> PolicyVersion:
        """Make a version live; where publishing takes two, or with `ask`, only ask for it. What is live already stays
        as it is. Raises `NotFound`, `PolicyInvalid`, or `Conflict` where another was published in the same moment."""
        made, said, at = self._publishable(version), _note(note), self._clock()

        def step(before: PolicyBook) -> _Step | None:
            if self._is_live(before, version):
                return None
            if ask or self._two_person():
                after = policy_book.ask(before, Request(version, by, at, said))
                return _Step("request", version, _seen(made, said), after)
            return self._going_live("publish", before, made, Publication(version, made.digest, at, by, said))

        self._change(by, step)
        return self.read(version)

    def approve(self, version: str, by: str) -> PolicyVersion:
        """Publish what another person asked for. Raises as `publish` does, and `Conflict` for the same person."""
        made, at = self._publishable(version), self._clock()

        def step(before: PolicyBook) -> _Step:
            asked = policy_book.approvable(before, version, by)
            new = Publication(version, made.digest, at, asked.by, asked.note, approved_by=by)
            return self._going_live("approve", before, made, new)

        self._change(by, step)
        return self.read(version)

    def take_back(self, version: str, by: str) -> PolicyVersion:
        """Nobody asks any more for this version to be published."""
        self._change(by, lambda before: _Step("take_back", version, "", policy_book.take_back(before, version)))
        return self.read(version)

    def roll_back(self, by: str, note: str = "", live: str | None = None) -> PolicyVersion:
        """Make the version before the live one live again. One person may: it is the way out of a mistake. `live`: see
        `policy_book.roll_back`. Raises `PolicyInvalid` where that version cannot be used any more."""
        said, at = _note(note), self._clock()

        def step(before: PolicyBook) -> _Step:
            after = policy_book.roll_back(before, live, by, at, said)
            again = after.stack[-1]
            self.now.load(again.version, again.digest)
            return _Step("roll_back", again.version, said, after, announce=(announcing.about_policy(again),))

        self._change(by, step)
        return self.read("live")

    def start_shadow(self, version: str, by: str) -> PolicyVersion:
        """Run a version beside the live one from now on, instead of the one that does."""
        made, at = self._publishable(version), self._clock()

        def step(before: PolicyBook) -> _Step:
            if self._is_live(before, version):
                raise Conflict("this version is live: only another one can run beside it")
            after = policy_book.start_shadow(before, Shadowing(version, made.digest, by, at))
            return _Step("shadow", version, _seen(made, ""), after, add=(made,))

        self._change(by, step)
        return self.read(version)

    def stop_shadow(self, by: str) -> None:
        def step(before: PolicyBook) -> _Step | None:
            if before.shadow is None:
                return None
            return _Step("shadow_end", before.shadow.version, "", policy_book.stop_shadow(before))

        self._change(by, step)

    # -- how -----------------------------------------------------------------------------------------

    def _change(self, by: str, step: Callable[[PolicyBook], _Step | None]) -> None:
        """Tell the audit log, then do it; once more where somebody else changed something else meanwhile. None: there
        is nothing to do."""
        told: tuple[str, str] | None = None
        live: Publication | None = None
        for attempt in range(_TRIES):
            before = self._store.book()
            made = step(before)
            if made is None or made.after == before:
                return
            if attempt and made.action != "draft" and before.live != live:
                raise Conflict("another version was published meanwhile: look again before you change anything")
            live = before.live
            if told != (made.action, made.version):
                told = made.action, made.version
                self._audit.append(by=by, action=f"policy.{made.action}", target=f"policy/{told[1]}", note=made.note)
            if self._store.change(before, made.after, add=made.add, drop=made.drop, announce=made.announce):
                self.now.look_again()
                return
        raise Conflict("too many people change policies at once: try again")

    def _going_live(self, action: str, before: PolicyBook, made: PolicyDocument, new: Publication) -> _Step:
        old = self._installed
        after = policy_book.publish(before, new, Publication(old.version, old.digest, old.created_at, old.author))
        # What was live without being published must be there to roll back to, whatever is installed by then.
        add = (made,) if before.live else (old, made)
        note = _seen(made, new.note)
        return _Step(action, new.version, note, after, add=add, announce=(announcing.about_policy(new),))

    def _publishable(self, version: str) -> PolicyDocument:
        made = policy_book.found(self.now.kept(version))
        read_document(made.document)
        return made

    def _is_live(self, book: PolicyBook, version: str) -> bool:
        return version == (book.live.version if book.live else self._installed.version)

    def _name(self, document: Mapping[str, Any], heads: Sequence[PolicyHead]) -> str:
        """The day's next free name (`2026-11-24.5`); that of the newest version where it says the same: a draft sent
        again because its answer was lost."""
        newest = self._store.get(heads[0].version) if heads else None
        if newest is not None and {**document, "version": newest.version} == newest.document:
            return newest.version
        taken, number, day = {head.version for head in heads} | {self._installed.version}, 1, self._clock()
        while (name := f"{day:%Y-%m-%d}.{number}") in taken:
            number += 1
        return name


def _note(note: str) -> str:
    if len(note) > NOTE_CHARS:
        raise InvalidInput("note", f"must have at most {NOTE_CHARS} characters")
    return note


def _seen(made: PolicyDocument, note: str) -> str:
    """For the audit log: what exactly was meant, whatever becomes of the store."""
    return f"sha256 {made.digest} {note}".rstrip()
