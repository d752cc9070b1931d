"""What a cue rests on besides the evidence, and both together: enough to judge a chat again, exactly."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TypeAlias

from cuelight.core.chat import Ask, Identity

Finding: TypeAlias = tuple[str, int]
"""A finding's code and its points before weight and bounds, in whole thousandths of a nat."""

_IDENTITIES, _ASKS = tuple(Identity), tuple(Ask)
CLAIMED_FOR, ORIGIN, TRUSTED, UNREPORTED, STEP_UP = 4, 8, 16, 32, 64
"""Bits of a situation behind the two of its identity; the asks come behind these."""
ASKS_FROM = 7
LIMIT = 1 << (ASKS_FROM + len(_ASKS))

CUSTOMERS = ("anonymous", "new", "unproven", "known")
"""How well a claimed customer may be known."""


@dataclass(frozen=True, slots=True)
class Situation:
    """The few facts a policy asks for when it turns a score into a cue.

    `named`: some customer is claimed. `origin`: the network is known. `trusted`: there is a sighting in the history
    that proof vouches for; `unreported`: one that counts because nobody objected. `step_up`: an agent obtained proof.
    """

    identity: Identity
    named: bool
    origin: bool
    trusted: bool
    unreported: bool
    step_up: bool = False
    asks: frozenset[Ask] = frozenset()

    @property
    def proven(self) -> bool:
        return self.identity is Identity.VERIFIED or self.step_up

    @property
    def customer(self) -> str:
        """Which of `CUSTOMERS` this is."""
        if not self.named:
            return "anonymous"
        return "known" if self.trusted else "unproven" if self.unreported else "new"

    @property
    def bits(self) -> int:
        """As one number below `LIMIT`, which stores keep and replays compute with."""
        return (
            _IDENTITIES.index(self.identity)
            | (CLAIMED_FOR if self.named else 0)
            | (ORIGIN if self.origin else 0)
            | (TRUSTED if self.trusted else 0)
            | (UNREPORTED if self.unreported else 0)
            | (STEP_UP if self.step_up else 0)
            | sum(1 << (ASKS_FROM + place) for place, ask in enumerate(_ASKS) if ask in self.asks)
        )

    @classmethod
    def of_bits(cls, bits: int) -> Situation:
        """Raises `ValueError` for a number that is none."""
        if not 0 <= bits < LIMIT or bits & 3 >= len(_IDENTITIES):
            raise ValueError("no situation has this number")
        asks = frozenset(ask for place, ask in enumerate(_ASKS) if bits >> (ASKS_FROM + place) & 1)
        return cls(
            _IDENTITIES[bits & 3],
            named=bool(bits & CLAIMED_FOR),
            origin=bool(bits & ORIGIN),
            trusted=bool(bits & TRUSTED),
            unreported=bool(bits & UNREPORTED),
            step_up=bool(bits & STEP_UP),
            asks=asks,
        )


@dataclass(frozen=True, slots=True)
class Basis:
    """Everything one judgement rests on but the policy: findings in the order of the registry, and the situation."""

    findings: tuple[Finding, ...]
    situation: Situation
