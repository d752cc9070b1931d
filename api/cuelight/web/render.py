"""Decisions and cues as the JSON that docs/wire.md promises: nothing personal goes in, so none comes out."""

from __future__ import annotations

from datetime import datetime, timedelta

from cuelight.assess import CueView
from cuelight.core.chat import ChatKey
from cuelight.core.decision import Decision
from cuelight.core.history import Incident
from cuelight.core.ports import OutcomeRecord
from cuelight.web.wording import Wording

TTL_S = 60
"""How long an agent may be shown an answer before asking again (DESIGN §7)."""

NO_CONTACT_DATA = "chat.no_contact_data"
"""The one reason of a chat nobody sent facts for."""

UNKNOWN_ADVICE = ("general_help_only", "sign_in")
"""What to do about such a chat: the same as about any contact nobody vouches for."""

Json = dict[str, object]


def instant(at: datetime) -> str:
    """RFC 3339 in UTC with a `Z`, to the millisecond."""
    return at.isoformat(timespec="milliseconds").replace("+00:00", "Z")


def decision(made: Decision, wording: Wording, now: datetime) -> Json:
    """`POST /score`'s answer."""
    incident = {"incident_id": made.incident_id} if made.incident_id else None
    return {**_core(made, wording), "incident": incident, **_life(now)}


def view(seen: CueView, wording: Wording, policy_version: str, now: datetime) -> Json:
    """`GET /cues/…`'s answer, and that of a new outcome."""
    made = seen.decision
    core = _core(made, wording) if made else _unknown(seen, wording, policy_version)
    outcome = seen.stored.outcome if seen.stored else None
    return {**core, "incident": _incident(seen.incident), "outcome": _outcome(outcome), **_life(now)}


def _core(made: Decision, wording: Wording) -> Json:
    would = made.would_be
    return {
        "chat": _chat(made.key),
        "decision_id": made.decision_id,
        "cue": made.cue.value,
        "score": made.score,
        "reasons": [
            {
                "code": reason.code,
                "points": round(reason.points, 2),
                "params": reason.params,
                "text": wording.reason(reason.code, reason.params),
            }
            for reason in made.reasons
        ],
        "not_assessed": [
            {"code": signal, "why": why, "text": wording.why_not(signal, why)} for signal, why in made.not_assessed
        ],
        "advice": [{"code": code, "text": wording.advise(code)} for code in made.advice],
        "would_be": would and {
            "cue": would.cue.value, "if": would.if_, "text": wording.would(would.cue.value, would.if_)
        },
        "policy_version": made.policy_version,
        "scored_at": instant(made.scored_at),
    }  # fmt: skip


def _unknown(seen: CueView, wording: Wording, policy_version: str) -> Json:
    reason = {"code": NO_CONTACT_DATA, "points": 0.0, "params": {}, "text": wording.reason(NO_CONTACT_DATA, {})}
    return {
        "chat": _chat(seen.key),
        "decision_id": None,
        "cue": seen.cue.value,
        "score": None,
        "reasons": [reason],
        "not_assessed": [],
        "advice": [{"code": code, "text": wording.advise(code)} for code in UNKNOWN_ADVICE],
        "would_be": None,
        "policy_version": policy_version,
        "scored_at": None,
    }


def _chat(key: ChatKey) -> Json:
    return {"desk": key.desk, "account": key.account, "chat_id": key.chat_id}


def _incident(incident: Incident | None) -> Json | None:
    if incident is None:
        return None
    return {
        "incident_id": incident.incident_id,
        "opened_at": instant(incident.opened_at),
        "ends_at": instant(incident.ends_at),
    }


def _outcome(record: OutcomeRecord | None) -> Json | None:
    if record is None:
        return None
    method = record.method.value if record.method else None
    return {"outcome": record.outcome.value, "method": method, "at": instant(record.at), "by": record.by}


def _life(now: datetime) -> Json:
    return {"expires_at": instant(now + timedelta(seconds=TTL_S)), "ttl_s": TTL_S}
