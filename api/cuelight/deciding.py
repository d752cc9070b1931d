"""Decides about chats: asks the crowd, scores, and scores again what something throws a new light on."""

from __future__ import annotations

from collections.abc import Callable, Collection
from contextlib import suppress
from dataclasses import replace
from datetime import datetime, timedelta
from typing import ParamSpec

from cuelight.core import announcing, proving
from cuelight.core.chat import Chat, ChatKey, Token, traits
from cuelight.core.crowd import Crowd
from cuelight.core.decision import Decision
from cuelight.core.errors import Erased
from cuelight.core.history import EMPTY, History, Proof
from cuelight.core.policy import Policy
from cuelight.core.ports import CrowdStore, CustomerStore, StoredChat
from cuelight.scoring import score

LOOK_BACK = timedelta(days=30)
"""No agent still looks at an older chat, and most decisions are gone by then."""

LOOK_BACK_CHATS = 32
"""The newest are re-scored when an incident opens; each costs two round trips, and an agent waits for the answer.
When it closes, twice as many: chats that came in between must not push out those that were re-scored before."""

Watch = Callable[[Chat, History, Crowd, Decision, Proof | None, bool], None]
"""Told of every question with the decision made, the proof an agent had obtained, and whether it was asked again
because something throws a new light on the chat; it may not change anything."""


P = ParamSpec("P")


def all_of(*listeners: Callable[P, None]) -> Callable[P, None]:
    """Tells one after the other."""

    def told(*args: P.args, **kwargs: P.kwargs) -> None:
        for each in listeners:
            each(*args, **kwargs)

    return told


class Decider:
    """One question to the crowd and one to the policy for every decision."""

    def __init__(
        self,
        customers: CustomerStore,
        crowd: CrowdStore,
        policy: Callable[[], Policy],
        clock: Callable[[], datetime],
        watch: Watch,
        snoozed: Callable[[Chat], Collection[str]] = lambda _: (),
    ) -> None:
        self._customers = customers
        self._crowd = crowd
        self._policy = policy
        self._clock = clock
        self._watch = watch
        self._snoozed = snoozed

    def decide(
        self, chat: Chat, history: History, digest: str, *, step_up: Proof | None, again: bool = False
    ) -> Decision:
        policy, now = self._policy(), self._clock()
        crowd = self._crowd.read(chat.customer, traits(chat.sighting), now)
        crowd = replace(crowd, prior=policy.crowd_prior, prior_weight=policy.crowd_prior_weight)
        off = self._snoozed(chat)
        decision = score(chat, history, crowd, policy, now, step_up=step_up, digest=digest, snoozed=off)
        self._watch(chat, history, crowd, decision, step_up, again)
        return decision

    def again(self, stored: StoredChat, history: History) -> None:
        """Score a recorded chat as of now, and record that if it differs, if only by another policy's name."""
        old = stored.decision
        new = self.decide(stored.chat, history, old.digest, step_up=proving.proven_by(stored), again=True)
        if _differs(new, old):
            new = replace(new, first=old.as_first())
            with suppress(Erased):  # the customer was, a moment ago: there is no cue to correct any more
                self._customers.record(stored.chat, new, None, announcing.about_decision(new, old), replace=True)

    def settled(self, key: ChatKey) -> None:
        """Score the chat an outcome was just recorded for."""
        stored = self._customers.find(key)
        if stored is not None:
            self.again(stored, self._history(stored.chat.customer))

    def look_back(
        self,
        customer: Token,
        *,
        span: timedelta = LOOK_BACK,
        limit: int = LOOK_BACK_CHATS,
        but: ChatKey | None = None,
    ) -> None:
        """Score the customer's recent chats again, newest first ("the one on 3 March was probably the same contact").

        Older ones are not forgotten: an open incident floors whatever is read, and what a past one floored is
        re-scored when it is read.
        """
        recent = self._customers.recent(customer, self._clock() - span, limit)
        history = self._history(customer)
        for stored in recent:
            if stored.chat.key != but:
                self.again(stored, history)

    def _history(self, customer: Token | None) -> History:
        return EMPTY if customer is None else self._customers.history(customer)


def _differs(new: Decision, old: Decision) -> bool:
    def told(made: Decision) -> tuple[object, ...]:
        codes = [reason.code for reason in made.reasons]
        return made.cue, made.log_odds, made.incident_id, made.policy_version, codes

    return told(new) != told(old)
