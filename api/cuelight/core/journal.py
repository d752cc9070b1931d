"""What changed in the store, for who keeps a copy: the archive of decisions."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from typing import Protocol

from cuelight.core.chat import ChatKey
from cuelight.core.disclosure import Kind
from cuelight.core.ports import StoredChat


@dataclass(frozen=True, slots=True)
class Filed:
    """A recorded chat as a copy is made of it. `owner` is a hash of the customer's token, None where nobody is claimed;
    `disclosed`: what was given out in this chat and not taken back; `team`: the one that did so first, "" if none is
    known."""

    stored: StoredChat
    owner: bytes | None
    disclosed: frozenset[Kind] = frozenset()
    team: str = ""


@dataclass(frozen=True, slots=True)
class Changes:
    """What the journal held from one place to another: chats to be read again, and owners that were erased.

    `more`: there is more to be read at once. `place` is where to go on.
    """

    chats: Sequence[ChatKey]
    erased: Sequence[bytes]
    place: str
    more: bool


class Journal(Protocol):
    """Raises `StoreUnavailable` if the store cannot answer."""

    def epoch(self) -> str:
        """Says which store this is: another one has other places."""
        ...

    def end(self) -> str:
        """The place behind everything that has changed so far."""
        ...

    def read(self, place: str, limit: int) -> Changes | None:
        """What changed since; None where that is no longer known, so everything has to be read again."""
        ...

    def look(self, chats: Sequence[ChatKey]) -> tuple[Sequence[Filed], Sequence[ChatKey], int]:
        """These chats as they are now, those of them that are gone, and how many cannot be read."""
        ...

    def everything(self) -> Iterator[tuple[Sequence[Filed], int]]:
        """All recorded chats, part by part, each with the number of those that cannot be read."""
        ...
