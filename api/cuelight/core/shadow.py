"""What a draft would have decided that ran silently beside the live policy: counts, and the chats that differ."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import date, datetime
from typing import Protocol, TypeAlias

from cuelight.core.chat import ChatKey
from cuelight.core.decision import Cue

Crossing: TypeAlias = tuple[date, Cue, Cue]
"""A day (UTC), the live cue, and the shadow's."""

LINES_KEPT = 500


@dataclass(frozen=True, slots=True)
class ShadowLine:
    """A chat about which the two differ. `gained` and `lost`: codes of the reasons only the shadow has, or only the
    live policy; `moved`: of those both have, with points that differ."""

    at: datetime
    chat: ChatKey
    live: Cue
    shadow: Cue
    gained: tuple[str, ...] = ()
    lost: tuple[str, ...] = ()
    moved: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True)
class ShadowReport:
    """`lines`: the newest 500 that differ, newest first."""

    counts: Mapping[Crossing, int] = field(default_factory=dict)
    lines: Sequence[ShadowLine] = ()

    @property
    def decisions(self) -> int:
        return sum(self.counts.values())

    @property
    def differing(self) -> int:
        return sum(count for (_, live, shadow), count in self.counts.items() if live is not shadow)


class ShadowStore(Protocol):
    """Best effort in writing: what could not be kept is left out, and the caller logs it. All calls raise
    `StoreUnavailable`."""

    def add(self, version: str, counts: Mapping[Crossing, int], lines: Sequence[ShadowLine]) -> None:
        """Add to a version's comparison. Kept as long as decisions are, from the last addition."""
        ...

    def report(self, version: str) -> ShadowReport: ...

    def forget(self, chats: Iterable[ChatKey]) -> int:
        """Remove the lines about these chats, and take none about them for a while: one may be on its way. Returns how
        many there were."""
        ...
