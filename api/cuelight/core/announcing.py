"""What is announced of decisions and incidents. Bodies hold nothing that reasons may not hold."""

from __future__ import annotations

from datetime import datetime

from cuelight.core.chat import ChatKey
from cuelight.core.decision import Cue, Decision
from cuelight.core.history import Incident
from cuelight.core.policy_book import Publication
from cuelight.core.ports import Announcement


def about_decision(new: Decision, old: Decision | None = None) -> tuple[Announcement, ...]:
    """A cue that is red now and was not before."""
    if new.cue is not Cue.RED or (old is not None and old.cue is Cue.RED):
        return ()
    body: dict[str, object] = {
        "desk": new.key.desk,
        "account": new.key.account,
        "chat_id": new.key.chat_id,
        "decision_id": new.decision_id,
        "cue": new.cue.value,
        "reasons": [{"code": reason.code, "params": dict(reason.params)} for reason in new.reasons[:3]],
        "policy_version": new.policy_version,
    }
    return (Announcement("cue.red", new.scored_at, body),)


def about_incident(kind: str, incident: Incident, now: datetime) -> Announcement:
    """`kind`: `incident.opened` or `incident.closed`."""
    chats = [str(key) for key in incident.chats]
    return Announcement(kind, now, {"incident_id": incident.incident_id, "chats": chats})


def about_campaign(
    what: str, customers: int, since: datetime, now: datetime, key: ChatKey, policy_version: str
) -> Announcement:
    """The same device or network over many customers. Neither trait nor customer is named, only the newest chat."""
    body: dict[str, object] = {
        "what": what,
        "customers": customers,
        "since": since.isoformat(),
        "until": now.isoformat(),
        "chats": [str(key)],
        "policy_version": policy_version,
    }
    return Announcement("campaign.suspected", now, body)


def about_policy(published: Publication) -> Announcement:
    """A version went live, for the first time or again."""
    body: dict[str, object] = {"policy_version": published.version, "rolled_back": published.rolled_back}
    return Announcement("policy.published", published.at, body)


def about_notice(kind: str, key: ChatKey, now: datetime, incident_id: str | None = None) -> Announcement:
    """`kind`: `notice.due` (the company's mailer is to send one) or `notice.denied` (it was not the customer). Where a
    notice goes, and its link, are looked up when the alert is delivered, and are nowhere in it."""
    body: dict[str, object] = {"desk": key.desk, "account": key.account, "chat_id": key.chat_id}
    return Announcement(kind, now, body if incident_id is None else body | {"incident_id": incident_id})
