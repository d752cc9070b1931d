"""What was disclosed in a chat, and what else an agent may see of it: `…/disclosures`, `…/details`."""

from __future__ import annotations

from flask import Blueprint, Response, jsonify, request
from flask.typing import ResponseReturnValue

from cuelight.customers.casebook import LOOK_BACK
from cuelight.web import auth, body, examples, render_details
from cuelight.web.answers import DetailsAnswer, DisclosuresAnswer
from cuelight.web.auth import needs
from cuelight.web.cues import entity_tag
from cuelight.web.models import DisclosureRequest
from cuelight.web.operation import BODY_PROBLEMS, KEY_PROBLEMS, STORE_PROBLEMS, Answer, Operation, describe
from cuelight.web.parts import parts

bp = Blueprint("disclosures", __name__)


@describe(
    Operation(
        summary="Note what was disclosed",
        request=DisclosureRequest,
        examples=examples.DISCLOSURES,
        answers={200: Answer("What the chat's ledger says now.", DisclosuresAnswer, examples.DISCLOSED)},
        problems=(*BODY_PROBLEMS, *KEY_PROBLEMS, "not_found", *STORE_PROBLEMS),
    )
)
@bp.post("/chats/<desk>/<account>/<chat_id>/disclosures")
@needs("outcome")
def disclose(desk: str, account: str, chat_id: str) -> ResponseReturnValue:
    """Note what kinds of data were given out in a chat: kinds, never values.

    A kind that is noted already is not noted twice. `mistaken` takes kinds back within 10 minutes; the ledger
    keeps both lines.
    """
    key = body.chat_key(desk, account, chat_id)
    wire = body.read(DisclosureRequest)
    has = parts()
    by, team = auth.agent_or(wire.by), auth.team()
    lines = has.casebook.disclose(key, wire.kinds, by, mistaken=wire.mistaken, team=team)
    return jsonify({"chat": render_details.chat(key), "disclosures": render_details.lines(lines, has.wording)})


@describe(
    Operation(
        summary="Read a chat's background",
        answers={
            200: Answer("Usual against now, earlier contacts, disclosures.", DetailsAnswer, examples.DETAILS),
            304: Answer("Unchanged since the `If-None-Match` given."),
        },
        problems=(*KEY_PROBLEMS, "invalid_input", *STORE_PROBLEMS),
        etag=True,
    )
)
@bp.get("/cues/<desk>/<account>/<chat_id>/details")
@needs("cue")
def details(desk: str, account: str, chat_id: str) -> ResponseReturnValue:
    """What the panel shows beside the cue: coarse facts, usual against now; contacts about the same customer in
    the last 90 days (50 at most) with their cues and outcomes; what was disclosed in this chat, by whom and when;
    whether the owner was asked about it by a notice, and what they said.

    No chat ids, no addresses, nothing personal. Ask when a chat is opened and after a change, not every second.
    """
    key = body.chat_key(desk, account, chat_id)
    has = parts()
    found = has.casebook.details(key)
    notice = has.notice_pages.notices.about(found.stored)
    shown = render_details.view(found, notice, has.wording, LOOK_BACK.days, has.console_url)
    etag = entity_tag(shown)
    answer = Response(status=304) if request.if_none_match.contains_weak(etag) else jsonify(shown)
    answer.set_etag(etag)
    return answer
