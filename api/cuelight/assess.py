"""The corridor: locate -> recall -> score -> record -> announce. One path for the API, the demo and replay."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from contextlib import suppress
from dataclasses import dataclass, replace
from datetime import datetime, timedelta

from cuelight.core import announcing, joining, proving
from cuelight.core.chat import Chat, ChatKey, Sighting, Token, traits
from cuelight.core.crowd import Crowd, Trait
from cuelight.core.decision import Cue, Decision, Reason
from cuelight.core.errors import Conflict, Erased, InvalidInput, NotFound, StoreUnavailable
from cuelight.core.facts import ChatFacts, ContactFacts
from cuelight.core.history import (
    AccountEvent,
    AccountEventKind,
    History,
    Incident,
    Outcome,
    PastSighting,
    Proof,
)
from cuelight.core.policy import Policy
from cuelight.core.ports import (
    Announcement,
    CrowdStore,
    CustomerStore,
    Locator,
    OutcomeRecord,
    Recall,
    StoredChat,
)
from cuelight.scoring import incident_applies, score, trusted_traits

_CROWD_TRAITS_OF_CONTACTS = frozenset({"address", "prefix", "model", "fingerprint"})
"""Only these can show one contact behind several customers; a country or a browser cannot."""

_LOOK_BACK = timedelta(days=30)
"""No agent still looks at an older chat, and most decisions are gone by then."""

_LOOK_BACK_CHATS = 32
"""The newest are re-scored when an incident opens; each costs two round trips, and an agent waits for the answer.
When it closes, twice as many: chats that came in between must not push out those that were re-scored before."""

_TRIES = 8
"""How often one message may be overtaken by others about its chat; each time one of those was recorded."""

_UNDO = timedelta(minutes=10)
"""How long an agent may take back `impersonation` alone; after that, closing the incident is the way."""


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
        watch: Callable[[Chat, History, Crowd], None] = lambda *_: None,
    ) -> None:
        """`watch` is told of every question before it is scored: calibration learns from it."""
        self._watch = watch
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
        new = self._locator.chat(facts)
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
        decision = self._decide(chat, history, digest, step_up=proof)
        entry = proving.entry(chat, proof, decision) if chat.customer is not None else None
        announce = announcing.about_decision(decision, earlier.decision if earlier else None)
        try:
            recorded = self._customers.record(chat, decision, entry, announce, mark=recall.mark)
        except Conflict:
            return None
        if recorded.decision_id == decision.decision_id:
            self._tell_crowd(chat, entry, history)
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
        if self._is_of_a_past_incident(stored, history):
            self._rescore(stored, history)
            stored = self._customers.find(key) or stored
        return self._view(stored, history)

    def outcome(self, key: ChatKey, outcome: Outcome, method: Proof | None, by: str) -> CueView:
        """Record what an agent found out, learn or un-learn from it, and answer with the new cue.

        `genuine` needs a step-up method; with `unknown` a method means it was tried and failed. Errors:
        `NotFound` for a chat nobody sent facts for, `InvalidInput` for a method that does not fit.
        """
        proving.check_method(outcome, method)
        stored = self._customers.find(key)
        if stored is None:
            raise NotFound("no facts were ever sent for this chat; send POST /score first")
        now = self._clock()
        history = self._history(stored.chat.customer)
        incident, announcements = self._incident_after(stored, history, outcome, now)
        if outcome is Outcome.GENUINE and stored.chat.unsigned and stored.chat.customer is not None:
            # What nobody vouched for must not be taught along with what the agent has proven.
            risk = proving.risk_seen(stored.decision)
            vouched = PastSighting(joining.signed_sighting(stored.chat), Proof.NONE, key, risk)
            self._customers.record(stored.chat, stored.decision, vouched, replace=True)
        self._customers.settle(
            key,
            stored.chat.customer,
            OutcomeRecord(outcome, now, by, method),
            proof=proving.proof_after(stored.chat, outcome, method),
            reported=outcome is Outcome.IMPERSONATION,
            failed_step_up=outcome is Outcome.UNKNOWN and method is not None,
            incident=incident,
            announce=announcements,
        )
        self._crowd_outcome(stored.chat, outcome, history, now)
        self._look_back(stored, incident, now)
        return self.cue(key)

    def observe(self, customer_id: str, sightings: Sequence[tuple[ContactFacts, Proof]]) -> int:
        """Learn from the company's own sign-ins. Returns how many were new."""
        customer = self._locator.customer(customer_id)
        entries = [PastSighting(self._locator.sighting(facts), proof) for facts, proof in sightings]
        history = self._customers.history(customer)
        added = self._customers.observe(customer, entries)
        if added:
            policy = self._policy()
            known = trusted_traits(history, policy, max(e.at for e in entries) + timedelta(seconds=1))
            for entry in entries:
                new = [t for t in traits(entry.sighting) if t not in known]
                self._crowd.learn(new)
                known.update(new)
        return added

    def account_event(self, customer_id: str, kind: AccountEventKind, at: datetime, ip: str | None) -> None:
        """Note something that happened to the account (contact details changed, failed sign-in ...)."""
        origin = self._locator.sighting(ContactFacts(at=at, ip=ip)).origin
        event = AccountEvent(kind, at, origin.address if origin else None)
        self._customers.note(self._locator.customer(customer_id), event)

    # -- the parts of the corridor -------------------------------------------------------------------

    def _decide(self, chat: Chat, history: History, digest: str, *, step_up: Proof | None) -> Decision:
        policy, now = self._policy(), self._clock()
        crowd = self._crowd.read(chat.customer, traits(chat.sighting), now)
        crowd = replace(crowd, prior=policy.crowd_prior, prior_weight=policy.crowd_prior_weight)
        self._watch(chat, history, crowd)
        return score(chat, history, crowd, policy, now, step_up=step_up, digest=digest)

    def _history(self, customer: Token | None) -> History:
        return History() if customer is None else self._customers.history(customer)

    def _view(self, stored: StoredChat, history: History) -> CueView:
        now = self._clock()
        incident = history.open_incident(now)
        decision = stored.decision
        if incident and decision.cue is not Cue.RED and incident_applies(incident, stored.chat, self._policy()):
            # Opened since this chat was scored: the floor holds at once, before any re-scoring.
            reasons = (Reason("incident.open", 0.0, {}), *decision.reasons)
            decision = replace(decision, cue=Cue.RED, reasons=reasons, incident_id=incident.incident_id)
        return CueView(stored.chat.key, decision.cue, stored, decision, incident)

    def _is_of_a_past_incident(self, stored: StoredChat, history: History) -> bool:
        """Whether an incident that is over floors this decision: the chat was out of reach when it was closed."""
        floored_by, now = stored.decision.incident_id, self._clock()
        return floored_by is not None and not any(
            i.incident_id == floored_by and i.is_open(now) for i in history.incidents
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

    def _incident_after(
        self, stored: StoredChat, history: History, outcome: Outcome, now: datetime
    ) -> tuple[Incident | None, list[Announcement]]:
        """The customer's incident as this outcome leaves it (None: untouched), and what to announce."""
        key = stored.chat.key
        if stored.chat.customer is None:
            return None, []
        if outcome is Outcome.IMPERSONATION:
            ends_at = now + timedelta(days=self._policy().incident_days)
            current = history.open_incident(now)
            if current is None:
                fresh = Incident(announcing.incident_id(key, now), now, ends_at, (key,))
                return fresh, [announcing.about_incident("incident.opened", fresh, now)]
            chats = current.chats if key in current.chats else (*current.chats, key)
            return replace(current, chats=chats, ends_at=max(current.ends_at, ends_at)), []
        mine = next((i for i in history.incidents if key in i.chats and i.closed_at is None), None)
        if mine is None or stored.outcome is None or stored.outcome.outcome is not Outcome.IMPERSONATION:
            return None, []
        if now - stored.outcome.at > _UNDO:
            raise InvalidInput("outcome", "impersonation can be taken back for 10 minutes; close the incident instead")
        rest = tuple(k for k in mine.chats if k != key)
        left = replace(mine, chats=rest, closed_at=None if rest else now)
        return left, [] if rest else [announcing.about_incident("incident.closed", left, now)]

    def _look_back(self, settled: StoredChat, incident: Incident | None, now: datetime) -> None:
        """Re-score what this outcome throws a new light on: the chat itself, and after a change of incident the
        customer's other recent chats ("the one on 3 March was probably the same contact"), newest first.

        Older ones are not forgotten: an open incident floors whatever is read, and what a past one floored is
        re-scored when it is read.
        """
        customer = settled.chat.customer
        again = self._customers.find(settled.chat.key)
        affected: list[StoredChat] = [again] if again else []
        if incident is not None and customer is not None:
            limit = _LOOK_BACK_CHATS if incident.closed_at is None else 2 * _LOOK_BACK_CHATS
            recent = self._customers.recent(customer, now - _LOOK_BACK, limit)
            affected += [s for s in recent if s.chat.key != settled.chat.key]
        history = self._history(customer)
        for stored in affected:
            self._rescore(stored, history)

    def _rescore(self, stored: StoredChat, history: History) -> None:
        old = stored.decision
        new = self._decide(stored.chat, history, old.digest, step_up=proving.proven_by(stored))
        if (new.cue, new.log_odds, new.incident_id) != (old.cue, old.log_odds, old.incident_id):
            with suppress(Erased):  # the customer was, a moment ago: there is no cue to correct any more
                self._customers.record(stored.chat, new, None, announcing.about_decision(new, old), replace=True)


def _contact_traits(sighting: Sighting) -> list[Trait]:
    return [t for t in traits(sighting) if t[0] in _CROWD_TRAITS_OF_CONTACTS]
