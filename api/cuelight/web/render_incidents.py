"""Incidents, cases and locks as JSON: chats, codes and coarse facts, and nothing that says who the customer is."""

from __future__ import annotations

from datetime import datetime

from cuelight.core.chat import ChatKey
from cuelight.core.history import Lock
from cuelight.core.incident import Incident
from cuelight.incidents.timeline import Case, Likely, Moment
from cuelight.web.render import Json, instant


def state(found: Incident, now: datetime) -> str:
    if found.closed_at is not None:
        return "closed"
    if not found.is_open(now):
        return "ended"
    return "closing" if found.close_asked else "open"


def incident(found: Incident, now: datetime) -> Json:
    asked = found.close_asked
    waits = asked is not None and found.is_open(now)
    return {
        "incident_id": found.incident_id,
        "state": state(found, now),
        "opened_at": instant(found.opened_at),
        "ends_at": instant(found.ends_at),
        "closed_at": instant(found.closed_at) if found.closed_at else None,
        "opened_by": found.opened_by.value,
        "by": found.steps[0].by if found.steps else None,
        "reason": found.reason or None,
        "close_asked": {"by": asked.by, "at": instant(asked.at), "reason": asked.reason} if asked and waits else None,
        "chats": [chat(key) for key in found.chats],
    }


def case(found: Case, now: datetime) -> Json:
    return {
        **incident(found.incident, now),
        "locked": found.locked,
        "timeline": [_moment(moment) for moment in found.moments],
        "likely": [_likely(one) for one in found.likely],
    }


def lock(found: Lock | None) -> Json:
    return {
        "locked": found is not None,
        "at": instant(found.at) if found else None,
        "by": found.by if found else None,
        "ends_at": instant(found.ends_at) if found else None,
    }


def chat(key: ChatKey) -> Json:
    return {"desk": key.desk, "account": key.account, "chat_id": key.chat_id}


def _moment(moment: Moment) -> Json:
    return {
        "at": instant(moment.at),
        "what": moment.what,
        "chat": chat(moment.chat) if moment.chat else None,
        "by": moment.by or None,
        "params": dict(moment.params),
    }


def _likely(one: Likely) -> Json:
    return {
        "chat": chat(one.chat),
        "at": instant(one.at),
        "cue": one.cue.value if one.cue else None,
        "alike": list(one.alike),
        "before": one.before,
    }
