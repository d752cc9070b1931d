"""The corridor: locate -> recall -> score -> record -> announce. One path for the API, the demo and replay."""

from __future__ import annotations

from collections.abc import Callable, Collection, Sequence
from dataclasses import dataclass, replace
from datetime import datetime, timedelta

from cuelight.core import announcing, joining, naming, proving
from cuelight.core.chat import Chat, ChatKey, Sighting, Token, traits
from cuelight.core.crowd import Trait
from cuelight.core.decision import Cue, Decision, Reason
from cuelight.core.errors import Conflict, NotFound, StoreUnavailable
from cuelight.core.facts import ChatFacts, ContactFacts
from cuelight.core.history import (
    EMPTY,
    AccountEvent,
    AccountEventKind,
    History,
    Incident,
    Outcome,
    PastSighting,
    Proof,
)
from cuelight.core.incident import Opener, OpenReason
from cuelight.core.policy import Policy
from cuelight.core.ports import CrowdStore, CustomerStore, Locator, OutcomeRecord, Recall, StoredChat
from cuelight.core.reporting import after_outcome
from cuelight.deciding import LOOK_BACK_CHATS, Decider, Watch
from cuelight.scoring import LOCKED_ADVICE, incident_applies, trusted_traits
from cuelight.signals import lock

_CROWD_TRAITS_OF_CONTACTS = frozenset({"address", "prefix", "model", "fingerprint"})
"""Only these can show one contact behind several customers; a country or a browser cannot."""

_GOING_ON = 8
"""Chats of one customer that may be going on when they sign in."""

_STILL_OPEN = timedelta(hours=24)
"""How long an agent may have a chat before them that nothing new was said about."""

_TRIES = 8
"""How often one message may be overtaken by others about its chat; each time one of those was recorded."""


@dataclass(frozen=True, slots=True)
class CueView:
    """What an agent may see of a chat now. `decision` is None (and the cue grey) for a chat nobody sent facts for.

    `incident` is the customer's open incident, if any; it floors the cue even if it opened after scoring.
    """

    key: ChatKey
    cue: Cue
    stored: StoredChat | None = None
    decision: Decision | None = None
    incident: Incident | None = None


class Corridor:
    """Wires the ports to the pure parts. Raises `StoreUnavailable` rather than guess about a customer."""

    def __init__(
        self,
        locator: Locator,
        customers: CustomerStore,
        crowd: CrowdStore,
        policy: Callable[[], Policy],
        clock: Callable[[], datetime],
        watch: Watch = lambda *_: None,
        decided: Callable[[Chat, Decision], None] = lambda *_: None,
        snoozed: Callable[[Chat], Collection[str]] = lambda _: (),
        live_since: Callable[[], datetime | None] = lambda: None,
    ) -> None:
        """`watch` is told of every question and its decision: calibration learns from it, a shadow answers it, too.
        `decided` is told of every decision that a message led to, once it is recorded; `snoozed` names the signals to
        set aside for a chat; `live_since` tells when the policy was published."""
        self._decided = decided
        self._live_since = live_since
        self.decider = Decider(customers, crowd, policy, clock, watch, snoozed)
        self._locator = locator
        self._customers = customers
        self._crowd = crowd
        self._policy = policy
        self._clock = clock

    def score(self, facts: ChatFacts) -> Decision:
        """Join a message's facts to what is known of the chat, score it, and keep the decision.

        Messages may come from anywhere (`POST /score`, a desk's webhook, the collector) and in any order; see
        `core.joining`. One that says nothing new gives the recorded decision back.
        """
        new = naming.noted(self._locator.chat(facts), facts.named_by)
        if not facts.signed:
            new = joining.unsigned(new)
        for _ in range(_TRIES):
            recall = self._customers.recall(new)
            if (made := self._join(new, recall, facts.occurred_at_given)) is not None:
                return made
        raise StoreUnavailable("too many messages about one chat at once")

    def _join(self, new: Chat, recall: Recall, timed: bool) -> Decision | None:
        """The decision with these facts joined; None if another message came in between."""
        earlier, history = recall.earlier, recall.history
        chat = new
        if earlier is not None:
            chat = self._locator.compare(joining.join(earlier.chat, new))
            if joining.adds_nothing(earlier.chat, chat, timed=timed):
                return earlier.decision
        if chat.customer != new.customer:
            history = self._history(chat.customer)
        digest = joining.digest(chat, timed=timed)
        # Proof an agent obtained is about the customer of that time, and does not move to another.
        proof = proving.proven_by(earlier) if earlier and earlier.chat.customer == chat.customer else None
        decision = self.decider.decide(chat, history, digest, step_up=proof)
        if earlier and earlier.chat.customer == chat.customer and (earlier.outcome or earlier.decision.first):
            decision = replace(decision, first=earlier.decision.as_first())
        entry = proving.entry(chat, proof, decision) if chat.customer is not None else None
        announce = announcing.about_decision(decision, earlier.decision if earlier else None)
        try:
            recorded = self._customers.record(chat, decision, entry, announce, mark=recall.mark)
        except Conflict:
            return None
        if recorded.decision_id == decision.decision_id:
            self._tell_crowd(chat, entry, history)
            self._decided(chat, decision)
            if earlier and proving.reported(earlier) and earlier.chat.customer is None and chat.customer is not None:
                # Reported before anybody knew whose account it was about.
                by = earlier.outcome.by if earlier.outcome else ""
                return self.outcome(chat.key, Outcome.IMPERSONATION, None, by).decision or recorded
        return recorded if recorded.digest == digest else None

    def cue(self, key: ChatKey) -> CueView:
        """The chat's cue now. Unknown chats are grey: no contact data."""
        stored = self._customers.find(key)
        if stored is None:
            return CueView(key, Cue.GREY)
        history = self._history(stored.chat.customer)
        if self._is_of_a_past_incident(stored, history) or self._is_of_a_past_policy(stored):
            self.decider.again(stored, history)
            stored = self._customers.find(key) or stored
        return self._view(stored, history)

    def outcome(
        self,
        key: ChatKey,
        outcome: Outcome,
        method: Proof | None,
        by: str,
        *,
        opener: Opener = Opener.AGENT,
        reason: OpenReason = OpenReason.IMPERSONATION,
    ) -> CueView:
        """Record what was found out, learn or un-learn from it, and answer with the new cue.

        `genuine` needs a step-up method; with `unknown` a method means it was tried and failed. `opener` and `reason`
        go into the incident that `impersonation` opens. Errors: `NotFound` for a chat nobody sent facts for,
        `InvalidInput` for a method that does not fit.
        """
        proving.check_method(outcome, method)
        for _ in range(_TRIES):
            stored = self._customers.find(key)
            if stored is None:
                raise NotFound("no facts were ever sent for this chat; send POST /score first")
            now = self._clock()
            history, days = self._history(stored.chat.customer), self._policy().incident_days
            change = after_outcome(stored, history, outcome, now, by, days, opener=opener, reason=reason)
            if outcome is Outcome.GENUINE and stored.chat.unsigned and stored.chat.customer is not None:
                # What nobody vouched for must not be taught along with what the agent has proven.
                risk = proving.risk_seen(stored.decision)
                vouched = PastSighting(joining.signed_sighting(stored.chat), Proof.NONE, key, risk)
                self._customers.record(stored.chat, stored.decision, vouched, replace=True)
            try:
                self._customers.settle(
                    key,
                    stored.chat.customer,
                    OutcomeRecord(outcome, now, by, method),
                    proof=proving.proof_after(stored.chat, outcome, method),
                    reported=outcome is Outcome.IMPERSONATION,
                    failed_step_up=outcome is Outcome.UNKNOWN and method is not None,
                    incident=change.after if change else None,
                    announce=change.announce if change else (),
                    was=change.before if change else None,
                    first=change is not None and change.before is None,
                )
            except Conflict:  # the incident was changed meanwhile: think again
                continue
            self._crowd_outcome(stored.chat, outcome, history, now)
            self.decider.settled(key)
            if change is not None and stored.chat.customer is not None:
                limit = LOOK_BACK_CHATS if change.after.closed_at is None else 2 * LOOK_BACK_CHATS
                self.decider.look_back(stored.chat.customer, limit=limit, but=key)
            return self.cue(key)
        raise StoreUnavailable("too many changes of one incident at once")

    def observe(self, customer_id: str, sightings: Sequence[tuple[ContactFacts, Proof]]) -> int:
        """Learn from the company's own sign-ins. Returns how many were new."""
        customer = self._locator.customer(customer_id)
        entries = [PastSighting(self._locator.sighting(facts), proof) for facts, proof in sightings]
        history = self._customers.history(customer)
        added = self._customers.observe(customer, entries)
        if added:
            policy = self._policy()
            latest = max(e.at for e in (*history.sightings, *entries))  # they may come newest first
            known = trusted_traits(history, policy, latest + timedelta(seconds=1))
            for entry in entries:
                new = [t for t in traits(entry.sighting) if t not in known]
                self._crowd.learn(new)
                known.update(new)
        return added

    def account_event(self, customer_id: str, kind: AccountEventKind, at: datetime, ip: str | None) -> bool:
        """Note something that happened to the account (contact details changed, failed sign-in ...). False if it was
        noted before. A sign-in tells where the owner is, so the chats of the last minutes are scored again."""
        origin = self._locator.sighting(ContactFacts(at=at, ip=ip)).origin
        event = AccountEvent(kind, at, origin.address if origin else None)
        customer = self._locator.customer(customer_id)
        added = self._customers.note(customer, event)
        if added and kind is AccountEventKind.SIGNED_IN:
            span = timedelta(minutes=self._policy().of("account").constants["active_min"])
            if at >= self._clock() - span:
                self.decider.look_back(customer, span=2 * span, limit=_GOING_ON)
        return added

    # -- the parts of the corridor -------------------------------------------------------------------

    def _history(self, customer: Token | None) -> History:
        return EMPTY if customer is None else self._customers.history(customer)

    def _view(self, stored: StoredChat, history: History) -> CueView:
        """Floors hold at once, before any re-scoring."""
        incident = history.open_incident(self._clock())
        decision = stored.decision
        if lock.holds(history, stored.chat.identity, proving.proven_by(stored)) and not _says(decision, lock.LOCKED):
            cue = decision.cue if decision.cue is Cue.RED else Cue.AMBER
            reasons = (Reason(lock.LOCKED, 0.0), *decision.reasons)
            decision = replace(decision, cue=cue, reasons=reasons, advice=LOCKED_ADVICE)
        if incident and decision.cue is not Cue.RED and incident_applies(incident, stored.chat, self._policy()):
            reasons = (Reason("incident.open", 0.0), *decision.reasons)
            decision = replace(decision, cue=Cue.RED, reasons=reasons, incident_id=incident.incident_id)
        return CueView(stored.chat.key, decision.cue, stored, decision, incident)

    def _is_of_a_past_incident(self, stored: StoredChat, history: History) -> bool:
        """Whether an incident that is over floors this decision: the chat was out of reach when it was closed."""
        floored_by, now = stored.decision.incident_id, self._clock()
        return floored_by is not None and not any(
            i.incident_id == floored_by and i.is_open(now) for i in history.incidents
        )

    def _is_of_a_past_policy(self, stored: StoredChat) -> bool:
        """Whether the chat may still go on, and was decided before the live policy was: an agent who has it open sees
        the new one's cue. What another version decided later is left alone: that process knows of a newer one."""
        made, since = stored.decision, self._live_since()
        return (
            since is not None
            and made.scored_at < since
            and made.policy_version != self._policy().version
            and self._clock() - made.scored_at < _STILL_OPEN
        )

    def _tell_crowd(self, chat: Chat, entry: PastSighting | None, history: History) -> None:
        if chat.customer is None or entry is None:
            return
        if entry.proof is Proof.NONE:
            self._crowd.contact(chat.customer, _contact_traits(chat.sighting), chat.at)
        else:
            known = trusted_traits(history, self._policy(), chat.at)
            self._crowd.learn([t for t in traits(chat.sighting) if t not in known])

    def _crowd_outcome(self, chat: Chat, outcome: Outcome, history: History, now: datetime) -> None:
        known = trusted_traits(history, self._policy(), now)
        if outcome is Outcome.IMPERSONATION:
            # The owner's own address or device must never be marked, however wrong the report.
            marks = [t for t in _contact_traits(chat.sighting) if t not in known]
            self._crowd.report(marks, chat.key, now)
            return
        self._crowd.withdraw(_contact_traits(chat.sighting), chat.key)
        if outcome is Outcome.GENUINE and chat.customer is not None:
            self._crowd.learn([t for t in traits(chat.sighting) if t not in known])


def _says(decision: Decision, code: str) -> bool:
    return any(reason.code == code for reason in decision.reasons)


def _contact_traits(sighting: Sighting) -> list[Trait]:
    return [t for t in traits(sighting) if t[0] in _CROWD_TRAITS_OF_CONTACTS]
