"""What is announced of decisions and incidents. Bodies hold nothing that reasons may not hold."""

from __future__ import annotations

from datetime import datetime
from hashlib import blake2b

from cuelight.core.chat import ChatKey
from cuelight.core.decision import Cue, Decision
from cuelight.core.history import Incident
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


def incident_id(key: ChatKey, now: datetime) -> str:
    """The id of an incident that opens now, over this chat."""
    return "i_" + blake2b(f"{key}|{now.isoformat()}".encode(), digest_size=9).hexdigest()
