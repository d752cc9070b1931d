"""A decision: score, cue, reasons, advice, and the policy version that made it."""

from __future__ import annotations

from dataclasses import dataclass, field
from datetime import datetime
from enum import StrEnum

from cuelight.core.chat import ChatKey, Identity
from cuelight.core.situation import Basis, Situation

NOTES = "chat."
"""How the codes of notes begin: why a cue is grey. They are no findings of a signal."""


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
    """One weighted piece of evidence: its points are what it added to the log-odds, after weight and bounds.

    `raw` is what it came with before them, in thousandths of a nat; None where that is the same.
    """

    code: str
    points: float
    params: dict[str, str | int | float | bool] = field(default_factory=dict)
    raw: int | None = None


@dataclass(frozen=True, slots=True)
class WouldBe:
    """The counterfactual: the cue this chat would have with that proof added (`signed_in`, `one_time_code`)."""

    cue: Cue
    if_: str


@dataclass(frozen=True, slots=True)
class First:
    """What was decided before anything was found out about the chat, where it was decided again since.

    Afterwards a report, a proof or an incident speaks along: whether a policy would have caught an impersonation can
    only be asked of what was known before.
    """

    cue: Cue
    basis: Basis


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
    situation: Situation | None = None
    """None for decisions of older versions, which did not keep it: they cannot be replayed."""
    first: First | None = None

    @property
    def basis(self) -> Basis | None:
        """What this decision rests on. The order of its findings is that of the reasons, which changes no cue."""
        if self.situation is None:
            return None
        findings = [
            (reason.code, round(reason.points * 1000) if reason.raw is None else reason.raw)
            for reason in self.reasons
            if not reason.code.startswith(NOTES)
        ]
        return Basis(tuple(findings), self.situation)

    def as_first(self) -> First | None:
        """What to keep as `First` when this decision is about to be made again with what was found out."""
        if self.first is not None or self.basis is None:
            return self.first
        return First(self.cue, self.basis)
