"""score(chat, history, crowd, policy, now) -> Decision. Pure: the same arguments give the same decision."""

from __future__ import annotations

from dataclasses import dataclass, replace
from datetime import datetime
from hashlib import blake2b
from math import fsum

from cuelight.core.chat import Chat, Identity, traits
from cuelight.core.crowd import Crowd, Trait
from cuelight.core.decision import Cue, Decision, Reason, WouldBe
from cuelight.core.evidence import Answer, Evidence, NotAssessed
from cuelight.core.history import History, Incident, Proof
from cuelight.core.policy import Policy
from cuelight.signals import SIGNALS, incident
from cuelight.signals.question import Question, Trusted
from cuelight.signals.trust import unreported, weigh

_TELLING = frozenset({"network", "device", "kind", "travel", "locale", "timezone", "spray", "returning"})
"""A score needs at least one of these: proof of identity alone says nothing about the contact's facts."""


def score(
    chat: Chat,
    history: History,
    crowd: Crowd,
    policy: Policy,
    now: datetime,
    *,
    step_up: Proof | None = None,
    digest: str = "",
) -> Decision:
    """Ask every signal, add up what it says, and map the sum to a score and a cue.

    `step_up` is proof an agent obtained in this chat. The points of the reasons plus the policy's prior are the
    decision's log-odds (nats), exactly: all have three decimals. Entries of the history at or after the chat's own
    time are ignored.
    """
    trusted = weigh(history.sightings, chat.at, policy.trust, but=chat.key)
    unvouched = unreported(history.sightings, chat.at, policy.trust, but=chat.key)
    case = _Case(chat, history, trusted, unvouched, crowd, policy, now, step_up)
    judged = _judge(case)
    open_incident = history.open_incident(now)
    floored = open_incident is not None and incident_applies(open_incident, chat, policy)
    # An anonymous contact or one without data has nothing a proof could be added to.
    provable = judged.cue is not Cue.GREY or judged.reasons[0].code == "chat.no_history"
    would_be = _would_be(case, judged.cue) if provable and judged.cue is not Cue.GREEN else None
    return Decision(
        decision_id=_decision_id(chat, digest, policy, now),
        key=chat.key,
        identity=chat.identity,
        cue=judged.cue,
        score=judged.score,
        log_odds=judged.log_odds,
        reasons=judged.reasons,
        not_assessed=judged.not_assessed,
        advice=_advice(judged.cue, chat, would_be, floored=floored),
        would_be=would_be,
        incident_id=open_incident.incident_id if open_incident and floored else None,
        policy_version=policy.version,
        scored_at=now,
        digest=digest,
    )


def incident_applies(open_incident: Incident, chat: Chat, policy: Policy) -> bool:
    """Whether this open incident floors this chat's cue."""
    return incident.applies_to(open_incident, chat, policy.of("incident").constants["reach_back_h"])


def trusted_traits(history: History, policy: Policy, before: datetime) -> set[Trait]:
    """Every trait of the customer's trusted sightings before `before`."""
    trusted = weigh(history.sightings, before, policy.trust)
    return {trait for t in trusted for trait in traits(t.past.sighting)}


@dataclass(frozen=True, slots=True)
class _Case:
    """Everything one judgement rests on, so that the counterfactual is the same case with one thing changed."""

    chat: Chat
    history: History
    trusted: tuple[Trusted, ...]
    unreported: tuple[Trusted, ...]
    crowd: Crowd
    policy: Policy
    now: datetime
    step_up: Proof | None

    @property
    def proven(self) -> bool:
        return self.chat.identity is Identity.VERIFIED or self.step_up is not None


@dataclass(frozen=True, slots=True)
class _Judgement:
    cue: Cue
    score: float | None
    log_odds: float
    reasons: tuple[Reason, ...]
    not_assessed: tuple[tuple[str, str], ...]


def _judge(case: _Case) -> _Judgement:
    policy = case.policy
    answers: list[Answer] = []
    for signal in SIGNALS:
        constants = policy.of(signal.name).constants
        past = case.history, case.trusted
        question = Question(case.chat, *past, case.crowd, constants, case.now, case.step_up, case.unreported)
        answers.append(signal.ask(question))
    evidence = [a for a in answers if isinstance(a, Evidence)]
    reasons = [Reason(e.code, _rounded(policy.of(e.signal).weigh(e.points)), e.params) for e in evidence]
    log_odds = _rounded(fsum([policy.prior_log_odds, *(r.points for r in reasons)]))
    value = policy.score(log_odds) if any(e.signal in _TELLING for e in evidence) else None
    cue, note = _cue(case, value, reasons)
    # Floors first, then what greys the cue, then strongest first; equal points keep the registry's order.
    reasons.sort(key=lambda r: (r.code not in policy.floors, -abs(r.points)))
    if note:
        reasons.insert(0, Reason(note, 0.0))
    unassessed = tuple((a.signal, a.why) for a in answers if isinstance(a, NotAssessed))
    return _Judgement(cue, value, log_odds, tuple(reasons), unassessed)


def _cue(case: _Case, value: float | None, reasons: list[Reason]) -> tuple[Cue, str | None]:
    """The cue, and the code of a note where it is grey for a reason of its own."""
    policy = case.policy
    floor = max((policy.floors[r.code] for r in reasons if r.code in policy.floors), key=_severity, default=None)
    note: str | None = None
    if value is None:
        cue, note = Cue.GREY, "chat.no_data"
    elif case.chat.customer is None:
        cue, note = Cue.GREY, "chat.anonymous"
    else:
        if not case.trusted and not case.unreported and not case.proven:
            # Nobody is suspect for being new: without a history only what alarms by itself counts.
            value = policy.score(fsum([policy.prior_log_odds, *_alarms(reasons)]))
        stakes = max((policy.stakes.get(ask, 0.0) for ask in case.chat.asks), default=0.0)
        cue = Cue.RED if value >= policy.red - stakes else Cue.AMBER if value >= policy.amber - stakes else Cue.GREEN
        ceiling = policy.step_up_ceiling if case.step_up else policy.verified_ceiling if case.proven else None
        cue = cue if ceiling is None else min(cue, ceiling, key=_severity)
        if cue is Cue.GREEN:
            note = _why_not_green(case)
            cue = Cue.GREY if note else Cue.GREEN
    if floor is not None and floor.severity > cue.severity:
        return floor, None
    return cue, note


def _rounded(points: float) -> float:
    """To thousandths of a nat, far below what any score shows: so that what is stored, shown and added up agrees."""
    return round(points, 3) + 0.0


def _alarms(reasons: list[Reason]) -> list[float]:
    return [r.points for r in reasons if not r.code.startswith("identity.")]


def _why_not_green(case: _Case) -> str | None:
    """Green is a promise. Without somebody to compare with, or without network data, it is not given."""
    chat = case.chat
    if chat.identity is Identity.ANONYMOUS and not case.proven:
        return "chat.anonymous"
    if chat.origin is None:
        return "chat.no_network_data"
    if not case.trusted and not case.proven:
        return "chat.no_history"
    return None


def _severity(cue: Cue) -> int:
    return cue.severity


def _would_be(case: _Case, cue: Cue) -> WouldBe | None:
    """The weakest proof that would make the cue better, found by judging again with that proof added."""
    if case.chat.customer is None or case.step_up is not None:
        return None
    options = [(replace(case, step_up=Proof.ONE_TIME_CODE), "one_time_code")]
    if case.chat.identity is not Identity.VERIFIED:
        signed_in = replace(case, chat=replace(case.chat, identity=Identity.VERIFIED))
        options.insert(0, (signed_in, "signed_in"))
    better: WouldBe | None = None
    for candidate, name in options:
        new = _judge(candidate).cue
        if new is Cue.GREEN:
            return WouldBe(new, name)
        if new is not Cue.GREY and new.severity < cue.severity and better is None:
            better = WouldBe(new, name)
    return better


def _advice(cue: Cue, chat: Chat, would_be: WouldBe | None, *, floored: bool) -> tuple[str, ...]:
    """Codes of the wording catalogue. Never knowledge questions: they failed in both directions."""
    if floored:
        return ("disclose_nothing", "incident_hand_over", "call_back")
    if cue is Cue.GREEN:
        return ("usual_care",)
    if chat.customer is None:
        return ("general_help_only", "sign_in")
    steps = ["disclose_nothing" if cue is Cue.RED else "disclose_no_personal_data"]
    if chat.identity is not Identity.VERIFIED:
        steps.append("sign_in")
    if would_be is None or would_be.if_ != "signed_in" or cue is Cue.RED:
        steps.append("one_time_code")
    if cue is Cue.RED:
        steps.append("call_back")
    return tuple(steps)


def _decision_id(chat: Chat, digest: str, policy: Policy, now: datetime) -> str:
    named = f"{chat.key}|{digest}|{policy.version}|{now.isoformat()}"
    return "d_" + blake2b(named.encode(), digest_size=12).hexdigest()
