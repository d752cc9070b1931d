"""What a signal is, and what it is asked: the chat, the history it may trust, the crowd, its own constants."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from datetime import datetime

from cuelight.core.chat import Chat
from cuelight.core.crowd import Crowd
from cuelight.core.evidence import Answer
from cuelight.core.history import History, PastSighting, Proof


@dataclass(frozen=True, slots=True)
class Trusted:
    """A past sighting and what it is worth for this chat, 0 < weight <= 1."""

    past: PastSighting
    weight: float


@dataclass(frozen=True, slots=True)
class Question:
    """One chat to be judged. `trusted` is newest first and holds only proven sightings before the chat.

    `unreported`: chats nobody vouched for or objected to, at a small weight (see `signals.trust.unreported`). They
    tell what is usual, never what is the customer's own: only a signal of habits reads `known`.
    `constants` are the asked signal's own, from the policy. `step_up` is the proof an agent has obtained in
    this chat, if any. `now` is when the question is asked; the chat's own time is `chat.at`.
    """

    chat: Chat
    history: History
    trusted: tuple[Trusted, ...]
    crowd: Crowd
    constants: Mapping[str, float]
    now: datetime
    step_up: Proof | None = None
    unreported: tuple[Trusted, ...] = ()

    @property
    def known(self) -> tuple[Trusted, ...]:
        """Everything that tells what is usual: `trusted`, and `unreported` after it."""
        return self.trusted + self.unreported

    def constant(self, name: str) -> float:
        return self.constants[name]

    def earlier_chats(self) -> tuple[PastSighting, ...]:
        """Past entries of other chats before this one, trusted or not, newest first."""
        at, key = self.chat.at, self.chat.key
        return tuple(p for p in self.history.sightings if p.chat not in (None, key) and p.at < at)


@dataclass(frozen=True, slots=True)
class Signal:
    """An entry of the shelf. `codes` lists every finding it can give (each needs a text in the wording
    catalogue), `whys` every reason for not assessing, `constants` the names it reads from the policy."""

    name: str
    ask: Callable[[Question], Answer]
    codes: tuple[str, ...]
    whys: tuple[str, ...] = ()
    constants: tuple[str, ...] = ()
