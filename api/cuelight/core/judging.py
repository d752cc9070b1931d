"""judge(basis, policy) -> score and cue. Pure; live scoring and replays both end here.

All points are whole thousandths of a nat, so sums are exact in any order and a replay that computes with arrays gets
the same numbers to the last bit.
"""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass

from cuelight.core.chat import Identity
from cuelight.core.decision import Cue
from cuelight.core.policy import Policy, thousandths
from cuelight.core.situation import Basis, Situation

TELLING = frozenset({"network", "device", "kind", "travel", "locale", "timezone", "spray", "returning"})
"""A score needs at least one of these: proof of identity alone says nothing about the contact's facts."""

UNPROVEN = "identity"
"""The signal that counts for nothing where nobody is known yet: nobody is suspect for being new."""


@dataclass(frozen=True, slots=True)
class Judgement:
    """`points` (thousandths) belong to the findings one by one, after weight and bounds. `note` is the code of the
    reason why a cue is grey, where it is grey for a reason of its own."""

    cue: Cue
    score: float | None
    log_odds: int
    points: tuple[int, ...]
    note: str | None


def signal_of(code: str) -> str:
    return code.partition(".")[0]


@dataclass(frozen=True, slots=True)
class Frame:
    """What a policy does with a score in one situation, so that replays work it out once for all chats alike.

    `red` and `amber` are thresholds, `ceiling` the worst cue without a floor. `alarms_only`: being unproven does not
    count towards the cue. `not_green` is the code of the reason why green cannot be given.
    """

    red: float
    amber: float
    ceiling: Cue | None
    named: bool
    alarms_only: bool
    not_green: str | None


def frame(situation: Situation, policy: Policy) -> Frame:
    stakes = max((policy.stakes.get(ask, 0.0) for ask in situation.asks), default=0.0)
    return Frame(
        red=policy.red - stakes,
        amber=policy.amber - stakes,
        ceiling=policy.step_up_ceiling if situation.step_up else policy.verified_ceiling if situation.proven else None,
        named=situation.named,
        # Nobody is suspect for being new: without a history only what alarms by itself counts.
        alarms_only=not (situation.trusted or situation.unreported or situation.proven),
        not_green=_why_not_green(situation),
    )


def judge(basis: Basis, policy: Policy) -> Judgement:
    """What a policy makes of evidence in a situation."""
    findings, framed = basis.findings, frame(basis.situation, policy)
    points = tuple(policy.of(signal_of(code)).weigh_thousandths(raw) for code, raw in findings)
    log_odds = thousandths(policy.prior_log_odds) + sum(points)
    told = any(signal_of(code) in TELLING for code, _ in findings)
    score = policy.score(log_odds / 1000) if told else None
    cue, note = Cue.GREY, None
    if score is None:
        note = "chat.no_data"
    elif not framed.named:
        note = "chat.anonymous"
    else:
        value = score
        if framed.alarms_only:
            unproven = sum(p for (code, _), p in zip(findings, points, strict=True) if signal_of(code) == UNPROVEN)
            value = policy.score((log_odds - unproven) / 1000)
        cue, note = _cue(value, framed)
    floor = _worst(policy.floors[code] for code, _ in findings if code in policy.floors)
    if floor is not None and floor.severity > cue.severity:
        cue, note = floor, None
    return Judgement(cue, score, log_odds, points, note)


def _cue(value: float, framed: Frame) -> tuple[Cue, str | None]:
    cue = Cue.RED if value >= framed.red else Cue.AMBER if value >= framed.amber else Cue.GREEN
    if framed.ceiling is not None and framed.ceiling.severity < cue.severity:
        cue = framed.ceiling
    if cue is Cue.GREEN and framed.not_green:
        return Cue.GREY, framed.not_green
    return cue, None


def _why_not_green(situation: Situation) -> str | None:
    """Green is a promise. Without somebody to compare with, or without network data, it is not given."""
    if situation.identity is Identity.ANONYMOUS and not situation.proven:
        return "chat.anonymous"
    if not situation.origin:
        return "chat.no_network_data"
    if not situation.trusted and not situation.proven:
        return "chat.no_history"
    return None


def _worst(cues: Iterable[Cue]) -> Cue | None:
    return max(cues, key=lambda cue: cue.severity, default=None)
