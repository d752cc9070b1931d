"""`GET /policies/{version}/replay` and `POST /replays`: what a policy would have done to the recorded decisions."""

from __future__ import annotations

from datetime import datetime
from typing import Any

from flask import Blueprint, jsonify, request
from flask.typing import ResponseReturnValue
from pydantic import Field

from cuelight.core.decision import Cue
from cuelight.core.history import Outcome
from cuelight.core.replay_row import CUES
from cuelight.policies.reading import MAX_BYTES, read_document
from cuelight.replay.compared import Known, Pair, Tally
from cuelight.replays import Report
from cuelight.web import body
from cuelight.web.answers import ChatName, Points, Shape
from cuelight.web.auth import needs
from cuelight.web.models import Wire
from cuelight.web.models_policies import Version
from cuelight.web.operation import BODY_PROBLEMS, KEY_PROBLEMS, STORE_PROBLEMS, Answer, Operation, describe
from cuelight.web.parts import parts
from cuelight.web.render import instant

bp = Blueprint("replays", __name__)

_MOST = 500
_DEFAULT = 100


class TallyShape(Shape):
    """Chats of a group by cue, under the live policy (`now`) and under the version (`then`)."""

    name: str
    now: dict[Cue, int]
    then: dict[Cue, int]


class PairShape(Shape):
    now: float
    then: float


class KnownShape(Shape):
    """Chats of which somebody found out what they were. `warned`: amber or red. `lost`: warned now and not then;
    `gained`: the other way round; `green`: not green now, green then."""

    chats: int
    warned: PairShape
    red: PairShape
    lost: int
    gained: int
    green: int


class PointsShape(Shape):
    code: str
    now: Points
    then: Points


class ChangedChat(Shape):
    """A chat that would get another cue, with its reasons, those that differ first."""

    chat: ChatName | None = Field(description="Null: it has left the archive meanwhile.")
    at: datetime
    now: Cue
    then: Cue
    score_now: float | None
    score_then: float | None
    outcome: Outcome | None
    reasons: list[PointsShape]


class ReplayAnswer(Shape):
    """What a version would have done, in the agents' terms."""

    live: str
    draft: str
    chats: int
    since: datetime | None
    until: datetime | None
    left_out: int = Field(description="Decisions recorded without what a replay needs, or beyond the newest 250,000.")
    total: TallyShape
    by_customer: list[TallyShape]
    by_network: list[TallyShape]
    impersonations: KnownShape
    legit: KnownShape
    red_per_100: PairShape = Field(description="Of chats that were no impersonation.")
    amber_per_100: PairShape
    over_budget: bool = Field(description="More reds than people bear: 0.5 per 100.")
    changed: int
    changes: list[ChangedChat]
    unjudged: list[str] = Field(description="What the version changes that recorded evidence cannot tell: see shadow.")


_TALLY = {"name": "all", "now": {"green": 96, "amber": 3, "red": 1, "grey": 0}}
_KNOWN = {"chats": 4, "warned": {"now": 3, "then": 4}, "red": {"now": 2, "then": 2}, "lost": 0, "gained": 1, "green": 0}
_EXAMPLE: dict[str, object] = {
    "live": "2026-11-24.4",
    "draft": "2026-11-24.5",
    "chats": 100,
    "since": "2026-10-25T09:00:00.000Z",
    "until": "2026-11-24T09:00:00.000Z",
    "left_out": 0,
    "total": {**_TALLY, "then": {"green": 94, "amber": 5, "red": 1, "grey": 0}},
    "by_customer": [],
    "by_network": [],
    "impersonations": _KNOWN,
    "legit": {**_KNOWN, "gained": 0},
    "red_per_100": {"now": 0.2, "then": 0.2},
    "amber_per_100": {"now": 2.9, "then": 4.9},
    "over_budget": False,
    "changed": 2,
    "changes": [
        {
            "chat": {"desk": "zendesk", "account": "acme", "chat_id": "7431"},
            "at": "2026-11-23T12:00:00.000Z",
            "now": "green",
            "then": "amber",
            "score_now": 38.2,
            "score_then": 41.7,
            "outcome": "impersonation",
            "reasons": [{"code": "network.new_provider", "now": 1.2, "then": 1.55}],
        }
    ],
    "unjudged": [],
}


@describe(
    Operation(
        summary="Replay a version on recorded decisions",
        answers={200: Answer("What it would have done to the last month.", ReplayAnswer, _EXAMPLE)},
        problems=(*KEY_PROBLEMS, "invalid_input", "policy_invalid", "not_found", *STORE_PROBLEMS),
    )
)
@bp.get("/policies/<version>/replay")
@needs("policy")
def show(version: str) -> ResponseReturnValue:
    """Judge every recorded decision again, under the live policy and under this version, from the evidence that was
    found then, as it was before anything was found out about the chat. Exact for weights, bounds, thresholds, stakes,
    floors and ceilings; what else the version changes is named in `unjudged`.

    Up to 100 chats that would get another cue are listed, the gravest first (`?chats=`, at most 500). 404 also where no
    decision is archived yet: `cuelight worker` does that.
    """
    has = parts()
    made = has.policies.read(version)
    most = min(max(request.args.get("chats", _DEFAULT, type=int), 0), _MOST)
    report = has.replays.report(read_document(made.document), most)
    return jsonify({"live": has.policy().version, "draft": made.version, **shown(report)})


class ReplayRequest(Wire):
    """A policy that need not be kept as a version."""

    document: dict[str, Any] = Field(
        description="The policy, as `policy.schema.json` describes it; with `base` only what is to change of that one."
    )
    base: Version | None = Field(None, description="The version to change; `live` and `installed` name one, too.")
    chats: int = Field(_DEFAULT, ge=0, le=_MOST, description="How many of the chats that change are listed.")


@describe(
    Operation(
        summary="Replay a policy that is not kept",
        request=ReplayRequest,
        examples={"a threshold": {"base": "live", "document": {"thresholds": {"amber": 45.0}}}},
        answers={200: Answer("What it would have done to the last month.", ReplayAnswer, _EXAMPLE)},
        problems=(*BODY_PROBLEMS, *KEY_PROBLEMS, "policy_invalid", "not_found", *STORE_PROBLEMS),
    )
)
@bp.post("/replays")
@needs("policy")
def create() -> ResponseReturnValue:
    """As `GET /policies/{version}/replay`, for a document that was sent: to try many before one is kept. Nothing is
    kept of it. With `base`, `document` holds only what is to change of that version (a JSON merge patch, RFC 7396)."""
    wire = body.read(ReplayRequest, MAX_BYTES)
    has = parts()
    document = wire.document if wire.base is None else has.policies.based_on(wire.base, wire.document)
    report = has.replays.report(read_document({"version": "draft", **document}), wire.chats)
    return jsonify({"live": has.policy().version, "draft": "draft", **shown(report)})


def shown(report: Report) -> dict[str, object]:
    """The figures as JSON, also for the command."""
    found = report.effect
    return {
        "chats": found.chats,
        "since": instant(found.since) if found.since else None,
        "until": instant(found.until) if found.until else None,
        "left_out": report.left_out,
        "total": _tally(found.total),
        "by_customer": [_tally(one) for one in found.by_customer],
        "by_network": [_tally(one) for one in found.by_network],
        "impersonations": _known(found.impersonations),
        "legit": _known(found.legit),
        "red_per_100": _share(found.red_per_100),
        "amber_per_100": _share(found.amber_per_100),
        "over_budget": found.over_budget,
        "changed": found.changed,
        "changes": [
            {
                "chat": _chat(report, change.place),
                "at": instant(change.at),
                "now": change.now.value,
                "then": change.then.value,
                "score_now": change.score_now,
                "score_then": change.score_then,
                "outcome": change.outcome.value if change.outcome else None,
                "reasons": [{"code": code, "now": now, "then": then} for code, now, then in change.reasons],
            }
            for change in found.changes
        ],
        "unjudged": list(found.unjudged),
    }


def _chat(report: Report, place: int) -> dict[str, str] | None:
    listed = report.chats.get(place)
    if listed is None:
        return None
    key = listed.key
    return {"desk": key.desk, "account": key.account, "chat_id": key.chat_id}


def _tally(one: Tally) -> dict[str, object]:
    names = [cue.value for cue in CUES]
    return {
        "name": one.name,
        "now": dict(zip(names, one.now, strict=True)),
        "then": dict(zip(names, one.then, strict=True)),
    }


def _known(one: Known) -> dict[str, object]:
    return {
        "chats": one.chats,
        "warned": _pair(one.warned),
        "red": _pair(one.red),
        "lost": one.lost,
        "gained": one.gained,
        "green": one.green,
    }


def _pair(one: Pair) -> dict[str, int]:
    return {"now": one.now, "then": one.then}


def _share(pair: tuple[float, float]) -> dict[str, float]:
    return {"now": round(pair[0], 3), "then": round(pair[1], 3)}
