"""`/enrolments`: an agent's browser signs in by a one-time code, renews its token, signs out."""

from __future__ import annotations

from flask import Blueprint, Response, g, jsonify
from flask.typing import ResponseReturnValue

from cuelight.core.enrolment import TOKEN_LIFE, Enrolment
from cuelight.web import body, enrol, examples, render
from cuelight.web.answers import EnrolmentAnswer
from cuelight.web.auth import needs
from cuelight.web.models import EnrolmentRequest, RenewalRequest
from cuelight.web.operation import BODY_PROBLEMS, KEY_PROBLEMS, STORE_PROBLEMS, Answer, Operation, describe
from cuelight.web.parts import parts
from cuelight.web.problems import Problem

bp = Blueprint("enrolments", __name__)

_ANSWER = {200: Answer("The token, shown once.", EnrolmentAnswer, examples.ENROLMENT)}


@describe(
    Operation(
        summary="Enrol a browser",
        request=EnrolmentRequest,
        examples=examples.ENROLMENTS,
        answers=_ANSWER,
        problems=(*BODY_PROBLEMS, "enrolment_refused", *STORE_PROBLEMS),
    )
)
@bp.post("/enrolments")
def create() -> ResponseReturnValue:
    """Exchange a one-time code for a token that lives 12 hours and may read cues and record outcomes.

    No key is needed: the code is one. `secret` is made by the browser (256 random bits) and buys the next token.
    The same code with the same secret again is answered again, so a lost answer costs no new code.
    """
    wire = body.read(EnrolmentRequest)
    has = parts()
    made, token = enrol.enrol(has.enrolments, wire.code, wire.secret, has.clock())
    return _shown(made, token)


@describe(
    Operation(
        summary="Renew an enrolled browser's token",
        request=RenewalRequest,
        examples=examples.RENEWALS,
        answers=_ANSWER,
        problems=(*BODY_PROBLEMS, "enrolment_refused", *STORE_PROBLEMS),
    )
)
@bp.post("/enrolments/<enrolment_id>/token")
def renew(enrolment_id: str) -> ResponseReturnValue:
    """Exchange the secret for a new token; `next` replaces the secret.

    The same two secrets again are answered again. A secret that was replaced before, with any other `next`, is
    a copy in strange hands: the enrolment ends.
    """
    wire = body.read(RenewalRequest)
    has = parts()
    made, token = enrol.renewed(has.enrolments, _named(enrolment_id), wire.secret, wire.next, has.clock())
    return _shown(made, token)


@describe(
    Operation(
        summary="Sign an enrolled browser out",
        answers={204: Answer("Its token and secret are good for nothing any more.")},
        problems=(*KEY_PROBLEMS, *STORE_PROBLEMS),
    )
)
@bp.delete("/enrolments/<enrolment_id>")
@needs("cue")
def remove(enrolment_id: str) -> ResponseReturnValue:
    """End the enrolment whose own token is sent; no other key can."""
    has = parts()
    if g.key_id != _named(enrolment_id) or "agent" not in g:
        raise Problem("missing_scope", "An enrolment is ended by its own token, or by `cuelight agents revoke`.")
    enrol.ended(has.enrolments, enrolment_id, has.clock(), "signed_out")
    has.keyring.forget()
    return Response(status=204)


def _named(enrolment_id: str) -> str:
    return enrolment_id if len(enrolment_id) <= 32 else ""  # an id of ours has six characters; none is empty


def _shown(made: Enrolment, token: str) -> Response:
    assert made.token_until is not None
    return jsonify(
        {
            "enrolment_id": made.enrolment_id,
            "name": made.name,
            "token": token,
            "expires_at": render.instant(made.token_until),
            "ttl_s": int(TOKEN_LIFE.total_seconds()),
        }
    )
