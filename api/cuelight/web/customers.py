"""`GET` and `DELETE /customers/{customer_id}`: what is kept about a customer, and its erasure."""

from __future__ import annotations

import structlog
from flask import Blueprint, g, jsonify
from flask.typing import ResponseReturnValue

from cuelight.core.erasure import Rewrite
from cuelight.web import body, render_customer
from cuelight.web.answers_customers import ERASED, KEPT, CustomerAnswer, ErasureAnswer
from cuelight.web.auth import needs
from cuelight.web.operation import KEY_PROBLEMS, STORE_PROBLEMS, Answer, Operation, describe
from cuelight.web.parts import parts
from cuelight.web.problems import Problem

bp = Blueprint("customers", __name__)
_log = structlog.get_logger("cuelight.web")


@describe(
    Operation(
        summary="Everything kept about a customer",
        answers={200: Answer("What is kept, and what is not.", CustomerAnswer, KEPT)},
        problems=(*KEY_PROBLEMS, "invalid_input", "not_found", *STORE_PROBLEMS),
    )
)
@bp.get("/customers/<path:customer_id>")
@needs("privacy")
def export(customer_id: str) -> ResponseReturnValue:
    """Sightings with the weight each has now, chats with their decisions and outcomes, incidents, account events and
    disclosures: coarse facts in clear, and the names of those of which only a keyed hash is kept.

    The id is all of the path behind `/customers/`, percent-encoded, and compared exactly. Of an unknown customer there
    is nothing to hand out: 404, which also shows a typing mistake.
    """
    wanted = body.customer_id(customer_id)
    has = parts()
    has.audit.append(by=f"key:{g.key_id}", action="customer.export", target=has.dossier.target(wanted))
    kept = has.dossier.export(wanted)
    if not kept.anything:
        raise Problem("not_found", "Nothing is kept about this customer. Ids are compared exactly, also in case.")
    return jsonify(render_customer.export(wanted, kept, has.retention))


@describe(
    Operation(
        summary="Erase a customer",
        answers={200: Answer("What was erased.", ErasureAnswer, ERASED)},
        problems=(*KEY_PROBLEMS, "bad_request", "invalid_input", *STORE_PROBLEMS),
    )
)
@bp.delete("/customers/<path:customer_id>")
@needs("privacy")
def erase(customer_id: str) -> ResponseReturnValue:
    """Erase history, chats, incidents, account events, disclosures and announcements of a customer, for good.

    A tombstone stays for as long as facts from before could arrive: they are refused (409, `POST /score`) or left
    out (`POST /sightings`, `POST /events`), so that nothing comes back by itself. What is told of a later time
    starts a new history. Repeating the call does no harm; for an unknown customer all counts are zero.
    """
    wanted = body.customer_id(customer_id)
    body.check_idempotency_key()
    dossier = parts().dossier
    parts().audit.append(by=f"key:{g.key_id}", action="customer.erase", target=dossier.target(wanted))
    done = dossier.erase(wanted)
    rewrite = dossier.rewrite()
    if rewrite in (Rewrite.BUSY, Rewrite.REFUSED):
        _log.warning("append_only_file_holds_erased_values", state=rewrite.value)
    return jsonify(render_customer.erased(done, rewrite))
