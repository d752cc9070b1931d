"""`/policies`: versions of the policy; draft, publish, approve, roll back, run beside the live one."""

from __future__ import annotations

from flask import Blueprint, jsonify
from flask.typing import ResponseReturnValue

from cuelight.core.policy_book import PolicyVersion
from cuelight.policies.reading import MAX_BYTES, read_document
from cuelight.web import body, render_policies
from cuelight.web.answers_policies import (
    EXAMPLES,
    OverviewAnswer,
    PolicyAnswer,
    ShadowAnswer,
    ValidAnswer,
    WholePolicyAnswer,
)
from cuelight.web.auth import caller, needs
from cuelight.web.models_policies import DraftRequest, NoteRequest, RollbackRequest
from cuelight.web.operation import BODY_PROBLEMS, KEY_PROBLEMS, STORE_PROBLEMS, Answer, Operation, describe
from cuelight.web.parts import parts

bp = Blueprint("policies", __name__)

_READ = (*KEY_PROBLEMS, *STORE_PROBLEMS)
_CHANGE = (*BODY_PROBLEMS, "policy_invalid", "not_found", "conflict", *_READ)
_DONE = Answer("It is live.", PolicyAnswer, EXAMPLES["version"])
_ASKED = Answer("Publishing takes two: a second person has to approve.", PolicyAnswer, EXAMPLES["asked"])


@describe(
    Operation(
        summary="All versions of the policy",
        answers={200: Answer("What is live, and all versions, newest first.", OverviewAnswer, EXAMPLES["overview"])},
        problems=_READ,
    )
)
@bp.get("/policies")
@needs("policy")
def index() -> ResponseReturnValue:
    """The version in force, every version with its author and state (`draft`, `live`, `past`; `available`: the
    installed file, while a published version is live), what was published when and by whom, who asks for what to be
    published, and what runs beside the live one."""
    has = parts()
    return jsonify(render_policies.overview(has.policies.overview()))


@describe(
    Operation(
        summary="Draft a policy",
        request=DraftRequest,
        examples={"a change": {"base": "live", "document": EXAMPLES["document"], "note": "fewer ambers at night"}},
        answers={
            200: Answer(
                "It is valid; nothing was kept (`validate_only`).", ValidAnswer, {"valid": True, "changes": []}
            ),
            201: Answer("The draft is kept.", PolicyAnswer, EXAMPLES["draft"]),
        },
        problems=_CHANGE,
    )
)
@bp.post("/policies")
@needs("policy")
def create() -> ResponseReturnValue:
    """Keep a document as a new version, which never changes. Without a `version` of its own it gets the day's next.

    With `base`, `document` holds only what is to change of that version (a JSON merge patch, RFC 7396: null removes).
    The document is checked for form and meaning; what is wrong is named by its field. `validate_only` checks it, shows
    what differs from the live version, and keeps nothing. At most 64 KiB.
    """
    wire = body.read(DraftRequest, MAX_BYTES)
    policies = parts().policies
    document = wire.document if wire.base is None else policies.based_on(wire.base, wire.document)
    if wire.validate_only:
        read_document({"version": "draft", **document})
        return jsonify({"valid": True, "changes": render_policies.changes(policies.read("live"), document)})
    made = policies.draft(document, caller(), wire.note)
    return jsonify(render_policies.version(made)), 201


@describe(
    Operation(
        summary="One version of the policy",
        answers={200: Answer("The version with its document.", WholePolicyAnswer, EXAMPLES["whole"])},
        problems=(*_READ, "not_found"),
    )
)
@bp.get("/policies/<version>")
@needs("policy")
def show(version: str) -> ResponseReturnValue:
    """A version with its document, and what differs from the live one, field by field. `live` and `installed` may be
    named, too."""
    policies = parts().policies
    return jsonify(render_policies.whole(policies.read(version), policies.read("live")))


@describe(
    Operation(
        summary="Publish a version",
        request=NoteRequest,
        examples={"with a note": {"note": "seen in the shadow for a week"}},
        answers={200: _DONE, 202: _ASKED},
        problems=_CHANGE,
    )
)
@bp.post("/policies/<version>/publish")
@needs("policy")
def publish(version: str) -> ResponseReturnValue:
    """Make a version live: every process has switched within 5 seconds. Where publishing takes two people
    (`CUELIGHT_TWO_PERSON_PUBLISHING`), this only asks for it: 202."""
    wire = body.read(NoteRequest)
    return _answer(parts().policies.publish(version, caller(), wire.note))


@describe(
    Operation(
        summary="Approve a version somebody asks to publish",
        request=NoteRequest,
        examples={"nothing to add": {}},
        answers={200: _DONE},
        problems=_CHANGE,
    )
)
@bp.post("/policies/<version>/approve")
@needs("policy")
def approve(version: str) -> ResponseReturnValue:
    """Publish what another key asked for. Refused (409) for the key that asked, and where another version was published
    since: what was asked for was asked for in view of what was live then."""
    body.read(NoteRequest)
    return _answer(parts().policies.approve(version, caller()))


@describe(
    Operation(
        summary="Take back a request to publish",
        answers={200: Answer("Nobody asks for it any more.", PolicyAnswer, EXAMPLES["draft"])},
        problems=(*_READ, "bad_request", "not_found", "conflict"),
    )
)
@bp.delete("/policies/<version>/publish")
@needs("policy")
def take_back(version: str) -> ResponseReturnValue:
    """Remove a request to publish a version: by who asked, or by the second person who declines."""
    body.check_idempotency_key()
    return jsonify(render_policies.version(parts().policies.take_back(version, caller())))


@describe(
    Operation(
        summary="Roll back",
        request=RollbackRequest,
        examples={"for sure": {"live": "2026-11-24.5", "note": "too many reds at night"}},
        answers={200: Answer("The version before is live again.", PolicyAnswer, EXAMPLES["rolled_back"])},
        problems=_CHANGE,
    )
)
@bp.post("/policies/rollback")
@needs("policy")
def roll_back() -> ResponseReturnValue:
    """Make the version live again that was live before the present one. One person may, also where publishing takes
    two.

    Doing it again goes further back. With `live` (the version you want to leave) a request that comes twice, or too
    late, is refused with 409 and changes nothing.
    """
    wire = body.read(RollbackRequest)
    return _answer(parts().policies.roll_back(caller(), wire.note, wire.live))


@describe(
    Operation(
        summary="Run a version beside the live one",
        request=NoteRequest,
        examples={"nothing to add": {}},
        answers={200: Answer("It runs.", PolicyAnswer, EXAMPLES["draft"])},
        problems=_CHANGE,
    )
)
@bp.post("/policies/<version>/shadow")
@needs("policy")
def start_shadow(version: str) -> ResponseReturnValue:
    """From now on ask this version, too, silently, about every chat that is scored, instead of the version that is
    asked now. It changes no answer. `GET /policies/shadow` compares."""
    body.read(NoteRequest)
    return jsonify(render_policies.version(parts().policies.start_shadow(version, caller())))


@describe(
    Operation(
        summary="Compare the shadow with the live policy",
        answers={200: Answer("The comparison; empty while nothing runs.", ShadowAnswer, EXAMPLES["shadow"])},
        problems=_READ,
    )
)
@bp.get("/policies/shadow")
@needs("policy")
def shadow() -> ResponseReturnValue:
    """How often each cue of the live policy met each of the shadow's, by day (UTC), and the newest 500 chats about
    which they differ, with the codes of reasons only one of them has (`gained`, `lost`) or weighs otherwise
    (`moved`)."""
    has = parts()
    running = has.policies.overview().shadow
    return jsonify(render_policies.shadow(running, has.shadows.report(running.version) if running else None))


@describe(
    Operation(
        summary="End the shadow",
        answers={200: Answer("Nothing runs beside the live policy.", ShadowAnswer, EXAMPLES["no_shadow"])},
        problems=(*_READ, "bad_request", "conflict"),
    )
)
@bp.delete("/policies/shadow")
@needs("policy")
def stop_shadow() -> ResponseReturnValue:
    """Ask only the live policy again. What was compared stays for as long as decisions are kept, and is shown again
    when the same version runs again."""
    body.check_idempotency_key()
    parts().policies.stop_shadow(caller())
    return jsonify(render_policies.shadow(None, None))


def _answer(made: PolicyVersion) -> ResponseReturnValue:
    return jsonify(render_policies.version(made)), 202 if made.request is not None else 200
