"""What a signal answers: evidence in log-likelihood points, or why it could not tell."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import TypeAlias

Param: TypeAlias = str | int | float | bool


@dataclass(frozen=True, slots=True)
class Evidence:
    """`points` is log P(facts | impostor) - log P(facts | this customer), in nats: above zero speaks against.

    `code` is `signal.finding` and keys the wording catalogue; `params` fill its text and hold nothing personal.
    """

    code: str
    points: float
    params: dict[str, Param] = field(default_factory=dict)

    @property
    def signal(self) -> str:
        return self.code.partition(".")[0]


@dataclass(frozen=True, slots=True)
class NotAssessed:
    """The signal could not answer. Never counted as safe. `why` is a stable code (`no_ip`, `no_history` ...)."""

    signal: str
    why: str


Answer: TypeAlias = Evidence | NotAssessed | None
"""None: the question does not arise for this chat (no open incident, nothing asked for)."""
