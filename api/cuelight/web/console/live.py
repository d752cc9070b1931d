"""Live: the chats as they come, with their cues; and of one chat everything its cue rests on."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import datetime, timedelta

from flask import request
from flask.typing import ResponseReturnValue

from cuelight.archive import Listed, Wanted
from cuelight.core.chat import Chat, ChatKey, Identity, NetworkKind
from cuelight.core.decision import Cue, Decision
from cuelight.core.errors import InvalidInput, NotFound
from cuelight.core.history import Outcome
from cuelight.core.judging import judge, signal_of
from cuelight.core.situation import CUSTOMERS
from cuelight.web.console import charts
from cuelight.web.console.customers import device, place
from cuelight.web.console.shell import Page, as_csv, wants_csv
from cuelight.web.parts import parts
from cuelight.web.render_details import view

page = Page("live", "Live", "Watch", reads="live.read")

SHOWN, SAVED = 50, 5_000
_SPANS = {"hour": timedelta(hours=1), "day": timedelta(days=1), "week": timedelta(days=7), "month": timedelta(days=31)}
_FILTERS: dict[str, tuple[str, ...]] = {
    "cue": tuple(Cue),
    "network": tuple(NetworkKind),
    "customer": CUSTOMERS,
    "identity": tuple(Identity),
    "outcome": (*Outcome, "none"),
    "since": tuple(_SPANS),
}
WORDS = {
    "none": "not known yet",
    "known": "known customer",
    "new": "no history",
    "unproven": "never proven",
    "anonymous": "anonymous",
    "hour": "last hour",
    "day": "last 24 hours",
    "week": "last 7 days",
    "month": "last 31 days",
}


@page.get()
def show() -> ResponseReturnValue:
    """Newest first; `after` goes on behind the chat a page ended with."""
    has, now = parts(), parts().clock()
    chosen = {name: _choice(name) for name in _FILTERS}
    desk = request.args.get("desk", "")
    wanted = _wanted(chosen, desk, now)
    if wants_csv():
        return as_csv("chats", _HEADS, map(_row, has.archive.listed(wanted, SAVED)))
    found = has.archive.listed(wanted, SHOWN + 1)
    last = found[SHOWN - 1] if len(found) > SHOWN else None
    status = has.archive.status()
    has.replays.warm()
    return page.render(
        "live.html",
        chats=found[:SHOWN],
        chosen={**chosen, "desk": desk},
        filters=_FILTERS,
        words=WORDS,
        desks=sorted({name for name, _ in has.archive.desks()}),
        after=f"{int(last.at.timestamp())}-{last.place}" if last else None,
        paged="after" in request.args,
        status=status,
        late=status.is_late(now),
        age_s=status.age_s(now),
        narrowed=any(chosen.values()) or bool(desk),
    )


@page.get("/<desk>/<account>/<path:chat_id>")
def one(desk: str, account: str, chat_id: str) -> ResponseReturnValue:
    """Why a chat has its cue: points by signal, usual against now, the facts, what could not be told, under which
    policy and with which data."""
    has, key = parts(), ChatKey(desk, account, chat_id)
    seen = has.corridor.cue(key)
    if seen.stored is None or seen.decision is None:
        raise NotFound("nobody sent facts for this chat, or its decision is no longer kept")
    made, chat = seen.decision, seen.stored.chat
    words = has.wording
    details = view(has.casebook.details(key), has.notice_pages.notices.about(seen.stored), words, 90, None)
    if wants_csv() and request.args.get("table") == "contacts":
        heads = ("at", "desk", "cue", "outcome", "given_out")
        rows = [(c.at, c.desk, c.cue, c.outcome, " ".join(c.disclosed)) for c in has.casebook.details(key).contacts]
        return as_csv(f"contacts-{chat_id}", heads, rows)
    if wants_csv():
        return as_csv(f"chat-{chat_id}", ("code", "points"), ((r.code, r.points) for r in made.reasons))
    return page.render(
        "live_chat.html",
        title=f"Chat {chat_id}",
        key=key,
        chat=chat,
        made=made,
        seen=seen,
        outcome=seen.stored.outcome,
        details=details,
        policy=has.policy(),
        floors=[(r.code, has.policy().floors[r.code]) for r in made.reasons if r.code in has.policy().floors],
        stakes=max((has.policy().stakes.get(ask, 0.0) for ask in chat.asks), default=0.0),
        bars=_bars(made),
        prior=_prior(made),
        texts={r.code: words.reason(r.code, r.params) for r in made.reasons},
        notes=[words.reason(r.code, r.params) for r in made.reasons if r.code.startswith("chat.")],
        unassessed=[words.why_not(signal, why) for signal, why in made.not_assessed],
        advice=[words.advise(code) for code in made.advice],
        would_be=words.would(made.would_be.cue.value, made.would_be.if_) if made.would_be else None,
        facts=_facts(chat),
        first=_first(made),
        geo=has.geo(),
        words=words,
        signal_of=signal_of,
    )


def _bars(made: Decision) -> tuple[charts.Points, ...]:
    return charts.points([(r.code, r.points) for r in made.reasons if not r.code.startswith("chat.")])


def _prior(made: Decision) -> float:
    """Where the chat started: log-odds less the points of all reasons."""
    return round(made.log_odds - sum(r.points for r in made.reasons), 3)


def _first(made: Decision) -> Mapping[str, object] | None:
    """What was decided before anything was found out, where that was something else."""
    if made.first is None:
        return None
    judged = judge(made.first.basis, parts().policy())
    codes = [code for code, _ in made.first.basis.findings]
    reasons = sorted(zip(codes, judged.points, strict=True), key=lambda r: -abs(r[1]))
    return {"cue": made.first.cue, "bars": charts.points([(code, points / 1000) for code, points in reasons])}


def _facts(chat: Chat) -> list[tuple[str, str]]:
    """What was scored, as far as it may be read: no address, no fingerprint, they are hashes here."""
    consistency, origin = chat.consistency, chat.origin
    told = [
        ("Identity", chat.identity.value),
        ("Network and place", place(chat.sighting) or "not known"),
        ("Device", device(chat.device) or "not known"),
    ]
    if origin is not None and origin.accuracy_radius_km is not None:
        told.append(("Place known to", f"{origin.accuracy_radius_km:.0f} km"))
    if chat.device is not None:
        names = ", ".join(name.replace("_", " ") for name, _ in chat.device.components)
        told.append(("Compared of the device", names or "nothing but its software"))
    if consistency.clock_gap_h is not None:
        told.append(
            ("Clock against place", "fits" if consistency.clock_gap_h < 1 else f"{consistency.clock_gap_h:g} h off")
        )
    if consistency.language_fits is not None:
        told.append(("Language against country", "fits" if consistency.language_fits else "another one"))
    if consistency.hints_agree is not None:
        told.append(("Browser's own story", "agrees" if consistency.hints_agree else "contradicts itself"))
    if chat.asks:
        told.append(("Asks for", ", ".join(ask.value.replace("_", " ") for ask in chat.asks)))
    if chat.unsigned:
        told.append(("Told by nobody we know", ", ".join(sorted(chat.unsigned))))
    return told


def _choice(name: str) -> str:
    value = request.args.get(name, "")
    if value and value not in _FILTERS[name]:
        raise InvalidInput(name, f"use one of {', '.join(_FILTERS[name])}")
    return value


def _wanted(chosen: Mapping[str, str], desk: str, now: datetime) -> Wanted:
    outcome = chosen["outcome"]
    return Wanted(
        cue=Cue(chosen["cue"]) if chosen["cue"] else None,
        network=NetworkKind(chosen["network"]) if chosen["network"] else None,
        customer=chosen["customer"] or None,
        identity=Identity(chosen["identity"]) if chosen["identity"] else None,
        outcome=Outcome(outcome) if outcome and outcome != "none" else None,
        unsettled=outcome == "none",
        desk=desk or None,
        since=now - _SPANS[chosen["since"]] if chosen["since"] else None,
        before=_after(),
    )


def _after() -> tuple[int, int] | None:
    at_s, _, number = request.args.get("after", "").partition("-")
    return (int(at_s), int(number)) if at_s.isdecimal() and number.isdecimal() and len(at_s + number) < 30 else None


_HEADS = (
    *("at", "desk", "account", "chat_id", "cue", "first_cue", "score", "identity", "network", "customer"),
    *("outcome", "outcome_after_s", "incident_id", "disclosed", "policy_version"),
)


def _row(chat: Listed) -> tuple[object, ...]:
    after = chat.outcome_after
    return (
        *(chat.at, chat.key.desk, chat.key.account, chat.key.chat_id, chat.cue.value, chat.first_cue.value, chat.score),
        *(chat.identity.value, chat.network.value if chat.network else None, chat.customer),
        *(chat.outcome.value if chat.outcome else None, int(after.total_seconds()) if after else None),
        *(chat.incident_id, " ".join(kind.value for kind in chat.disclosed), chat.policy_version),
    )
