"""The case of an incident, read for repair: every contact, its cue, who saw it, what came of it, what was given out,
what was un-learnt, and which earlier chats were probably the same contact.

Nothing of it is kept for its own sake: it is put together from what is there, so it gets shorter as that ends
(decisions after 30 days, the rest after 90), and an erased customer has none.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass, field
from datetime import datetime, timedelta

from cuelight.core.chat import ChatKey, Sighting, Token, traits
from cuelight.core.crowd import Trait
from cuelight.core.decision import Cue
from cuelight.core.disclosure import Disclosure
from cuelight.core.history import History, Outcome, PastSighting, Proof
from cuelight.core.incident import Incident
from cuelight.core.incident_store import View
from cuelight.core.notice import OWNER, Notice, NoticeStore, State, name_of
from cuelight.core.policy import Policy
from cuelight.core.ports import CustomerStore, StoredChat
from cuelight.scoring import trusted_traits
from cuelight.signals.kind import GROUPS, SHARED_BY_MANY

REACH = timedelta(days=90)
"""How far before its opening an incident's case begins: as far as anything of it is kept."""

CONTACTS_SHOWN = 100
"""The newest; a customer with more has them in the export."""

_LIKE = {"address": "connection", "prefix": "network", "model": "device"}


@dataclass(frozen=True, slots=True)
class Moment:
    """One line of a timeline. `what`: a step of the incident, or `contact`, `seen`, `outcome`, `disclosed`, `unlearnt`,
    `notice`, `answered`, `ended`. `params` hold codes and coarse facts, nothing personal."""

    at: datetime
    what: str
    chat: ChatKey | None = None
    by: str = ""
    params: Mapping[str, str | float | bool | None] = field(default_factory=dict)


@dataclass(frozen=True, slots=True)
class Likely:
    """A chat nobody reported that was probably the same contact; `alike`: `connection`, `network`, `device`."""

    chat: ChatKey
    at: datetime
    cue: Cue | None
    alike: tuple[str, ...]
    before: bool


@dataclass(frozen=True, slots=True)
class Case:
    """An incident with all of its timeline, oldest first, and what looking back found, newest first."""

    incident: Incident
    moments: tuple[Moment, ...]
    likely: tuple[Likely, ...]
    locked: bool = False


@dataclass(frozen=True, slots=True)
class _Contact:
    key: ChatKey
    sighting: Sighting
    past: PastSighting | None
    stored: StoredChat | None

    @property
    def cue(self) -> Cue | None:
        return self.stored.decision.cue if self.stored else None

    @property
    def genuine(self) -> bool:
        if self.stored and self.stored.outcome:
            return self.stored.outcome.outcome is Outcome.GENUINE
        return self.past is not None and self.past.proof.is_step_up


class Cases:
    """Reads cases. Raises `StoreUnavailable` rather than show half of one."""

    def __init__(
        self,
        customers: CustomerStore,
        notices: NoticeStore,
        policy: Callable[[], Policy],
        clock: Callable[[], datetime],
    ) -> None:
        self._customers = customers
        self._notices = notices
        self._policy = policy
        self._clock = clock

    def read(self, customer: Token, incident: Incident) -> Case:
        now, since = self._clock(), incident.opened_at - REACH
        until = min(incident.closed_at or incident.ends_at, now)
        history = self._customers.history(customer)
        recent = self._customers.recent(customer, since, CONTACTS_SHOWN)
        contacts = [c for c in _contacts(history, recent) if since <= c.sighting.at <= until]
        chats = {contact.key for contact in contacts}
        known = trusted_traits(history, self._policy(), now)
        likely = _likely(incident, contacts, known)
        moments = [
            *_steps(incident, now),
            *(m for contact in contacts for m in _of_contact(contact, incident, likely)),
            *_disclosed(self._customers.ledger(customer, ChatKey("", "", "")), chats),
            *_seen(self._customers.views(customer), chats),
            *_asked(self._notices.several([name_of(key) for key in sorted(chats)])),
        ]
        moments.sort(key=lambda moment: moment.at)
        return Case(incident, tuple(moments), likely, history.lock is not None)


def _contacts(history: History, recent: Iterable[StoredChat]) -> list[_Contact]:
    """Newest first."""
    found = {
        past.chat: _Contact(past.chat, past.sighting, past, None) for past in history.sightings if past.chat is not None
    }
    for stored in recent:
        key = stored.chat.key
        past = found[key].past if key in found else None
        found[key] = _Contact(key, stored.chat.sighting, past, stored)
    return sorted(found.values(), key=lambda c: c.sighting.at, reverse=True)[:CONTACTS_SHOWN]


def _likely(incident: Incident, contacts: list[_Contact], owners: set[Trait]) -> tuple[Likely, ...]:
    """What the owner has used is no mark, and an address that thousands share is none either."""
    marks = {t for c in contacts if c.key in incident.chats for t in _watched(c.sighting)} - owners
    found = []
    for contact in contacts:
        alike = tuple(_LIKE[name] for name, value in _watched(contact.sighting) if (name, value) in marks)
        if alike and contact.key not in incident.chats and not contact.genuine:
            at = contact.sighting.at
            found.append(Likely(contact.key, at, contact.cue, tuple(dict.fromkeys(alike)), at < incident.opened_at))
    return tuple(found)


def _watched(sighting: Sighting) -> list[Trait]:
    shared = sighting.origin is not None and GROUPS.get(sighting.origin.kind) in SHARED_BY_MANY
    names = {"model"} if shared else set(_LIKE)
    return [trait for trait in traits(sighting) if trait[0] in names][::-1]


def _steps(incident: Incident, now: datetime) -> list[Moment]:
    found = [
        Moment(s.at, s.kind.value, by=s.by, params={"reason": s.reason or None, "ends_at": _text(s.ends_at)})
        for s in incident.steps
    ]
    if not incident.steps:
        found.append(Moment(incident.opened_at, "opened", params={"reason": None, "ends_at": _text(incident.ends_at)}))
        if incident.closed_at is not None:
            found.append(Moment(incident.closed_at, "closed", params={"reason": None, "ends_at": None}))
    if incident.closed_at is None and incident.ends_at <= now:
        found.append(Moment(incident.ends_at, "ended"))
    return found


def _of_contact(contact: _Contact, incident: Incident, likely: tuple[Likely, ...]) -> list[Moment]:
    key, origin, stored = contact.key, contact.sighting.origin, contact.stored
    reported = key in incident.chats
    relation = "reported" if reported else "likely" if any(key == one.chat for one in likely) else "other"
    params: dict[str, str | float | bool | None] = {
        "cue": contact.cue.value if contact.cue else None,
        "score": stored.decision.score if stored else None,
        "reason": stored.decision.reasons[0].code if stored and stored.decision.reasons else None,
        "identity": stored.chat.identity.value if stored else None,
        "country": origin.country if origin else None,
        "network": origin.kind.value if origin else None,
        "relation": relation,
    }
    found = [Moment(contact.sighting.at, "contact", key, params=params)]
    outcome = stored.outcome if stored else None
    if outcome is not None:
        method = outcome.method.value if outcome.method else None
        said: dict[str, str | float | bool | None] = {"outcome": outcome.outcome.value, "method": method}
        found.append(Moment(outcome.at, "outcome", key, outcome.by, said))
    if contact.past is not None and contact.past.reported:
        # Its entry stays and weighs nothing; with proof it would have taught what the impostor uses.
        taught = contact.past.proof is not Proof.NONE
        at = outcome.at if outcome is not None else incident.opened_at
        found.append(Moment(at, "unlearnt", key, params={"had_proof": taught}))
    return found


def _disclosed(ledger: Iterable[Disclosure], chats: set[ChatKey]) -> list[Moment]:
    return [
        Moment(line.at, "disclosed", line.chat, line.by, {"kind": line.kind.value, "mistaken": line.mistaken})
        for line in ledger
        if line.chat in chats
    ]


def _seen(views: Iterable[View], chats: set[ChatKey]) -> list[Moment]:
    return [Moment(v.at, "seen", v.key, v.by, {"cue": v.cue.value}) for v in views if v.key in chats]


def _asked(notices: Iterable[Notice]) -> list[Moment]:
    """Whether the owner was asked about a contact, and what they said."""
    found = []
    for notice in notices:
        if notice.state is State.SENT and notice.sent_at is not None:
            found.append(Moment(notice.sent_at, "notice", notice.key))
            if notice.answer is not None and notice.answered_at is not None:
                said = {"answer": notice.answer.value}
                found.append(Moment(notice.answered_at, "answered", notice.key, OWNER, said))
    return found


def _text(at: datetime | None) -> str | None:
    return None if at is None else at.isoformat(timespec="milliseconds").replace("+00:00", "Z")
