"""`POST /score`: a chat in, a decision out."""

from __future__ import annotations

from flask import Blueprint, jsonify
from flask.typing import ResponseReturnValue

from cuelight.core.notice import NoticeTo
from cuelight.web import body, examples, render
from cuelight.web.answers import DecisionAnswer
from cuelight.web.auth import needs
from cuelight.web.facts import chat_facts
from cuelight.web.models import ScoreRequest
from cuelight.web.operation import BODY_PROBLEMS, KEY_PROBLEMS, STORE_PROBLEMS, Answer, Operation, describe
from cuelight.web.parts import parts

bp = Blueprint("score", __name__)


@describe(
    Operation(
        summary="Score a chat and record the decision",
        request=ScoreRequest,
        examples=examples.SCORE_REQUESTS,
        answers={200: Answer("The decision, now on record.", DecisionAnswer, examples.DECISION)},
        problems=(*BODY_PROBLEMS, *KEY_PROBLEMS, *STORE_PROBLEMS),
    )
)
@bp.post("/score")
@needs("score")
def create() -> ResponseReturnValue:
    """Compare a chat's contact with the customer's own history, and keep the decision.

    The same chat with the same facts returns the same decision, so a request may be repeated safely; new facts
    score the chat again. Only `chat_id` is required: an absent fact becomes *not assessed*, never safe. The chat
    teaches the history nothing; only proof does. `notice` says where a "was this you?" mail about this chat may go.
    """
    has = parts()
    wire = body.read(ScoreRequest)
    now = has.clock()
    made = has.corridor.score(chat_facts(wire, now, has.max_age))
    if wire.notice is not None:
        to = NoticeTo(wire.notice.email, wire.notice.ref, wire.notice.locale or "")
        has.notice_pages.offers.give(made.key, to)
    return jsonify(render.decision(made, has.wording, has.clock()))
