"""`GET /cues/{desk}/{account}/{chat_id}`: what the agent may see of a chat now."""

from __future__ import annotations

from hashlib import blake2b

import orjson
from flask import Blueprint, Response, jsonify, request
from flask.typing import ResponseReturnValue

from cuelight.web import body, examples, render
from cuelight.web.answers import CueAnswer
from cuelight.web.auth import agent_or, needs
from cuelight.web.operation import KEY_PROBLEMS, STORE_PROBLEMS, Answer, Operation, describe
from cuelight.web.parts import parts

bp = Blueprint("cues", __name__)


@describe(
    Operation(
        summary="Read a chat's cue",
        answers={
            200: Answer("The cue. A chat nobody sent facts for is grey.", CueAnswer, examples.CUE),
            304: Answer("Unchanged since the `If-None-Match` given; its life time starts anew."),
        },
        problems=(*KEY_PROBLEMS, "invalid_input", *STORE_PROBLEMS),
        etag=True,
    )
)
@bp.get("/cues/<desk>/<account>/<chat_id>")
@needs("cue")
def show(desk: str, account: str, chat_id: str) -> ResponseReturnValue:
    """The cue of a chat with its reasons and advice, as an agent may see it.

    Always answers for a well-formed name: a chat nobody sent facts for is grey with the reason
    `chat.no_contact_data`. `ttl_s` counts from arrival, on a monotonic clock; after it, show grey. The `ETag`
    changes with everything but the life time.
    """
    key = body.chat_key(desk, account, chat_id)
    has = parts()
    seen = has.corridor.cue(key)
    has.viewing.seen(seen, agent_or(""))
    shown = render.view(seen, has.wording, has.policy().version, has.clock())
    etag = entity_tag(shown)
    answer = Response(status=304) if request.if_none_match.contains_weak(etag) else jsonify(shown)
    answer.set_etag(etag)
    return answer


def entity_tag(shown: render.Json) -> str:
    """Names what an answer says, whenever it is said."""
    lasting = {name: value for name, value in shown.items() if name != "expires_at"}
    return blake2b(orjson.dumps(lasting, option=orjson.OPT_SORT_KEYS), digest_size=12).hexdigest()
