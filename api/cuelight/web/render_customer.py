"""Everything kept about a customer as JSON that a person can read: for the API and for the command."""

from __future__ import annotations

from cuelight.core.chat import Chat, Device, Origin, Sighting
from cuelight.core.decision import Decision
from cuelight.core.disclosure import Disclosure
from cuelight.core.erasure import Erasure, Rewrite
from cuelight.core.history import Incident, Lock, PastSighting
from cuelight.core.notice import Notice
from cuelight.core.ports import StoredChat
from cuelight.core.retention import Retention
from cuelight.customers.dossier import Kept
from cuelight.web.render import Json, instant

NOT_KEPT = (
    "The customer's id, IP addresses, address prefixes, fingerprint ids and components: only as keyed hashes, listed "
    "by name under `hashed`. Whoever has a value and the installation's key can check it; nobody can read it back.",
    "User agents: only the families and versions shown.",
    "Places: only a cell of half a degree, about 55 km.",
    "Names, e-mail addresses, phone numbers, and anything written in a chat.",
    "Crowd statistics count values of all customers together and refer to nobody; who contacted a desk lately is "
    "remembered there for up to nine days by a hash of a hash.",
    "The server's log: no line of it refers to a customer.",
)
"""What a person who asks what is kept should know is not."""

TOLD = {
    Rewrite.STARTED: "The append-only file is being rewritten; when that is done, nothing erased is left in it.",
    Rewrite.BUSY: "An earlier rewrite of the append-only file is under way and may still hold what was erased: send "
    "the same request again when it is over.",
    Rewrite.REFUSED: "The store's server does not let Cuelight rewrite its append-only file: it holds what was erased "
    "until the server rewrites it by itself, or somebody runs BGREWRITEAOF.",
    Rewrite.NONE: "The store keeps no append-only file.",
}


def export(customer_id: str, kept: Kept, retention: Retention) -> Json:
    """`GET /customers/{id}`."""
    found = kept.history
    return {
        "customer_id": customer_id,
        "sightings": [_past(p, trust) for p, trust in zip(found.sightings, kept.trust, strict=True)],
        "chats": [_stored(stored) for stored in kept.chats],
        "incidents": [_incident(incident) for incident in found.incidents],
        "account_events": [
            {"kind": e.kind.value, "at": instant(e.at), "hashed": ["address"] if e.address else []}
            for e in found.events
        ],
        "disclosures": [_disclosure(line) for line in kept.disclosures],
        "lock": _lock(found.lock),
        "views": [
            {"chat": str(view.key), "by": view.by, "at": instant(view.at), "cue": view.cue.value} for view in kept.views
        ],
        "snoozes": [
            {"signal": s.signal, "at": instant(s.at), "until": instant(s.until), "by": s.by, "reason": s.reason}
            for s in kept.snoozes
        ],
        "notices": [_notice(notice) for notice in kept.notices],
        "kept_for": {
            "history_days": retention.history_d,
            "decisions_days": retention.decisions_d,
        },
        "not_kept": list(NOT_KEPT),
    }  # fmt: skip


def _notice(notice: Notice) -> Json:
    return {
        "chat": str(notice.key),
        "state": notice.state.value,
        "made_at": instant(notice.made_at),
        "sent_at": instant(notice.sent_at) if notice.sent_at else None,
        "answer": notice.answer.value if notice.answer else None,
        "answered_at": instant(notice.answered_at) if notice.answered_at else None,
    }


def erased(done: Erasure, rewrite: Rewrite) -> Json:
    """`DELETE /customers/{id}`."""
    return {
        "erased": {
            "sightings": done.sightings,
            "chats": done.chats,
            "incidents": done.incidents,
            "account_events": done.account_events,
            "disclosures": done.disclosures,
            "announcements": done.announcements,
        },
        "append_only_file": {"state": rewrite.value, "text": TOLD[rewrite]},
    }


def _lock(lock: Lock | None) -> Json | None:
    return None if lock is None else {"at": instant(lock.at), "by": lock.by, "ends_at": instant(lock.ends_at)}


def _past(past: PastSighting, trust: float) -> Json:
    return {
        **_sighting(past.sighting),
        "chat": str(past.chat) if past.chat else None,
        "proof": past.proof.value,
        "trust": round(trust, 3),
        "log_odds": past.log_odds,
        "reported": past.reported,
        "failed_step_up": past.failed_step_up,
    }


def _sighting(seen: Sighting) -> Json:
    return {
        "at": instant(seen.at),
        "network": _network(seen.origin) if seen.origin else None,
        "device": _device(seen.device) if seen.device else None,
        "hashed": _hashed(seen),
    }


def _network(origin: Origin) -> Json:
    cell = origin.cell
    return {
        "country": origin.country,
        "asn": origin.asn,
        "kind": origin.kind.value,
        "cell": {"latitude_deg": cell.latitude_deg, "longitude_deg": cell.longitude_deg} if cell else None,
        "accuracy_radius_km": origin.accuracy_radius_km,
    }


def _device(device: Device) -> Json:
    software = {
        name: f"{found.family} {'.'.join(map(str, found.version))}".strip() if found else None
        for name, found in (("os", device.os), ("browser", device.browser))
    }
    return {**software, "form": device.form}


def _hashed(seen: Sighting) -> list[str]:
    """Which values there is a keyed hash of, by name."""
    names = []
    if seen.origin:
        names += ["address", *(["prefixes"] if seen.origin.prefixes else [])]
    if seen.device:
        names += ["fingerprint"] if seen.device.fingerprint else []
        names += [name for name, _ in seen.device.components]
    return names


def _stored(stored: StoredChat) -> Json:
    outcome = stored.outcome
    return {
        **_chat(stored.chat),
        "decision": _decision(stored.decision),
        "outcome": outcome and {
            "outcome": outcome.outcome.value,
            "method": outcome.method.value if outcome.method else None,
            "at": instant(outcome.at),
            "by": outcome.by,
        },
    }  # fmt: skip


def _chat(chat: Chat) -> Json:
    seen = chat.consistency
    return {
        "chat": str(chat.key),
        **_sighting(chat.sighting),
        "identity": chat.identity.value,
        "asks": [ask.value for ask in chat.asks],
        "consistency": {
            "clock_gap_h": seen.clock_gap_h,
            "language_fits": seen.language_fits,
            "hints_agree": seen.hints_agree,
            "odd": list(seen.odd),
        },
        "unavailable": dict(chat.unavailable),
    }


def _decision(made: Decision) -> Json:
    return {
        "decision_id": made.decision_id,
        "cue": made.cue.value,
        "score": made.score,
        "reasons": [{"code": r.code, "points": round(r.points, 2), "params": dict(r.params)} for r in made.reasons],
        "policy_version": made.policy_version,
        "scored_at": instant(made.scored_at),
    }


def _incident(incident: Incident) -> Json:
    return {
        "incident_id": incident.incident_id,
        "opened_at": instant(incident.opened_at),
        "ends_at": instant(incident.ends_at),
        "closed_at": instant(incident.closed_at) if incident.closed_at else None,
        "chats": [str(key) for key in incident.chats],
        "opened_by": incident.opened_by.value,
        "steps": [
            {
                "what": step.kind.value,
                "at": instant(step.at),
                "by": step.by,
                "reason": step.reason or None,
                "ends_at": instant(step.ends_at) if step.ends_at else None,
            }
            for step in incident.steps
        ],
    }


def _disclosure(line: Disclosure) -> Json:
    return {
        "chat": str(line.chat),
        "kind": line.kind.value,
        "at": instant(line.at),
        "by": line.by,
        "mistaken": line.mistaken,
    }
