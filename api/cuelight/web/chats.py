"""`POST /chats/{desk}/{account}/{chat_id}/outcome`: what the agent found out."""

from __future__ import annotations

from flask import Blueprint, jsonify
from flask.typing import ResponseReturnValue

from cuelight.web import auth, body, examples, render
from cuelight.web.answers import CueAnswer
from cuelight.web.auth import needs
from cuelight.web.models import OutcomeRequest
from cuelight.web.operation import BODY_PROBLEMS, KEY_PROBLEMS, STORE_PROBLEMS, Answer, Operation, describe
from cuelight.web.parts import parts

bp = Blueprint("chats", __name__)


@describe(
    Operation(
        summary="Record what the agent found out",
        request=OutcomeRequest,
        examples=examples.OUTCOMES,
        answers={200: Answer("The chat's new cue.", CueAnswer, examples.CUE)},
        problems=(*BODY_PROBLEMS, *KEY_PROBLEMS, "not_found", "conflict", *STORE_PROBLEMS),
    )
)
@bp.post("/chats/<desk>/<account>/<chat_id>/outcome")
@needs("outcome")
def outcome(desk: str, account: str, chat_id: str) -> ResponseReturnValue:
    """Record an outcome, learn or un-learn from it, and answer with the chat's new cue.

    `genuine` needs the step-up `method` that proved it, and teaches the history. `impersonation` takes none; it
    opens or extends the customer's incident and un-learns what the chat taught. `unknown` with a method means the
    proof was asked for and not given. A later outcome replaces an earlier one; repeating one changes nothing.
    """
    key = body.chat_key(desk, account, chat_id)
    wire = body.read(OutcomeRequest)
    has = parts()
    seen = has.corridor.outcome(key, wire.outcome, wire.method, auth.agent_or(wire.by))
    return jsonify(render.view(seen, has.wording, has.policy().version, has.clock()))
