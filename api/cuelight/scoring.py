"""score(chat, history, crowd, policy, now) -> Decision. Pure: the same arguments give the same decision.

In two halves: `_ask` puts the question to every signal, `core.judging` makes a score and a cue of what they say. A
replay of a recorded decision is the second half alone.
"""

from __future__ import annotations

from collections.abc import Collection
from dataclasses import dataclass, replace
from datetime import datetime
from hashlib import blake2b

from cuelight.core.chat import Chat, Identity, traits
from cuelight.core.crowd import Crowd, Trait
from cuelight.core.decision import Cue, Decision, Reason, WouldBe
from cuelight.core.evidence import Answer, Evidence, NotAssessed
from cuelight.core.history import History, Incident, Proof
from cuelight.core.judging import Judgement, judge
from cuelight.core.policy import Policy, thousandths
from cuelight.core.situation import Basis, Situation
from cuelight.core.snooze import SNOOZED
from cuelight.signals import SIGNALS, incident, lock
from cuelight.signals.question import Question, Trusted
from cuelight.signals.trust import unreported, weigh

LOCKED_ADVICE = ("nothing_until_signed_in", "sign_in")


def score(
    chat: Chat,
    history: History,
    crowd: Crowd,
    policy: Policy,
    now: datetime,
    *,
    step_up: Proof | None = None,
    digest: str = "",
    snoozed: Collection[str] = (),
) -> Decision:
    """Ask every signal, add up what it says, and map the sum to a score and a cue.

    `step_up` is proof an agent obtained in this chat; `snoozed` names signals to set aside, though no floor. The points
    of the reasons plus the policy's prior are the decision's log-odds (nats), exactly: all have three decimals. Entries
    of the history at or after the chat's own time are ignored.
    """
    trusted = weigh(history.sightings, chat.at, policy.trust, but=chat.key)
    unvouched = unreported(history.sightings, chat.at, policy.trust, but=chat.key)
    case = _Case(chat, history, trusted, unvouched, crowd, policy, now, step_up, snoozed)
    answers = _ask(case)
    basis = _basis(case, answers)
    judged = judge(basis, policy)
    open_incident = history.open_incident(now)
    floored = open_incident is not None and incident_applies(open_incident, chat, policy)
    # An anonymous contact or one without data has nothing a proof could be added to.
    provable = judged.cue is not Cue.GREY or judged.note == "chat.no_history"
    would_be = _would_be(case, judged.cue) if provable and judged.cue is not Cue.GREEN else None
    return Decision(
        decision_id=_decision_id(chat, digest, policy, now),
        key=chat.key,
        identity=chat.identity,
        cue=judged.cue,
        score=judged.score,
        log_odds=judged.log_odds / 1000,
        reasons=_reasons(answers, basis, judged, policy),
        not_assessed=tuple((a.signal, a.why) for a in answers if isinstance(a, NotAssessed)),
        advice=_advice(judged.cue, chat, would_be, floored=floored, locked=lock.holds(history, chat.identity, step_up)),
        would_be=would_be,
        incident_id=open_incident.incident_id if open_incident and floored else None,
        policy_version=policy.version,
        scored_at=now,
        digest=digest,
        situation=basis.situation,
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
    snoozed: Collection[str] = ()


def _ask(case: _Case) -> list[Answer]:
    """What every signal says, in the order of the registry."""
    answers: list[Answer] = []
    for signal in SIGNALS:
        constants = case.policy.of(signal.name).constants
        past = case.history, case.trusted
        question = Question(case.chat, *past, case.crowd, constants, case.now, case.step_up, case.unreported)
        answer = signal.ask(question)
        if signal.name in case.snoozed and isinstance(answer, Evidence) and answer.code not in case.policy.floors:
            answer = NotAssessed(signal.name, SNOOZED)
        answers.append(answer)
    return answers


def _basis(case: _Case, answers: list[Answer]) -> Basis:
    chat = case.chat
    situation = Situation(
        chat.identity,
        named=chat.customer is not None,
        origin=chat.origin is not None,
        trusted=bool(case.trusted),
        unreported=bool(case.unreported),
        step_up=case.step_up is not None,
        asks=frozenset(chat.asks),
    )
    return Basis(tuple((a.code, thousandths(a.points)) for a in answers if isinstance(a, Evidence)), situation)


def _reasons(answers: list[Answer], basis: Basis, judged: Judgement, policy: Policy) -> tuple[Reason, ...]:
    """Floors first, then what greys the cue, then strongest first; equal points keep the registry's order."""
    evidence = [a for a in answers if isinstance(a, Evidence)]
    reasons = [
        Reason(e.code, points / 1000, e.params, None if raw == points else raw)
        for e, (_, raw), points in zip(evidence, basis.findings, judged.points, strict=True)
    ]
    reasons.sort(key=lambda r: (r.code not in policy.floors, -abs(r.points)))
    if judged.note:
        reasons.insert(0, Reason(judged.note, 0.0))
    return tuple(reasons)


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
        new = judge(_basis(candidate, _ask(candidate)), candidate.policy).cue
        if new is Cue.GREEN:
            return WouldBe(new, name)
        if new is not Cue.GREY and new.severity < cue.severity and better is None:
            better = WouldBe(new, name)
    return better


def _advice(cue: Cue, chat: Chat, would_be: WouldBe | None, *, floored: bool, locked: bool) -> tuple[str, ...]:
    """Codes of the wording catalogue. Never knowledge questions: they failed in both directions."""
    if floored:
        return ("disclose_nothing", "incident_hand_over", "call_back")
    if locked:
        return LOCKED_ADVICE
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
