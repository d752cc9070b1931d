"""A decision: score, cue, reasons, advice, and the policy version that made it."""

from __future__ import annotations

from dataclasses import dataclass, field
from datetime import datetime
from enum import StrEnum

from cuelight.core.chat import ChatKey, Identity


class Cue(StrEnum):
    """What the agent sees. Grey is not a fourth grade of risk: it means no cue, treat as unverified."""

    RED = "red"
    AMBER = "amber"
    GREEN = "green"
    GREY = "grey"

    @property
    def severity(self) -> int:
        """For comparing red, amber and green; grey sorts with green's alarm-free end but is never 'safe'."""
        return {"grey": 0, "green": 0, "amber": 1, "red": 2}[self.value]


@dataclass(frozen=True, slots=True)
class Reason:
    """One weighted piece of evidence: its points are what it added to the log-odds, after weight and bounds."""

    code: str
    points: float
    params: dict[str, str | int | float | bool] = field(default_factory=dict)


@dataclass(frozen=True, slots=True)
class WouldBe:
    """The counterfactual: the cue this chat would have with that proof added (`signed_in`, `one_time_code`)."""

    cue: Cue
    if_: str


@dataclass(frozen=True, slots=True)
class Decision:
    """What was decided about a chat, once.

    `log_odds` (nats) is the policy's prior plus the points of all reasons, exactly; `score` (0-100, one
    decimal) is its image, None where nothing at all could be assessed. `reasons` come strongest first.
    `advice` holds codes of the wording catalogue. `digest` names the facts that were scored.
    """

    decision_id: str
    key: ChatKey
    identity: Identity
    cue: Cue
    score: float | None
    log_odds: float
    reasons: tuple[Reason, ...]
    not_assessed: tuple[tuple[str, str], ...]
    advice: tuple[str, ...]
    would_be: WouldBe | None
    incident_id: str | None
    policy_version: str
    scored_at: datetime
    digest: str
