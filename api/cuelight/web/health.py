"""`GET /livez` and `GET /readyz`: is the process alive, and can it decide."""

from __future__ import annotations

from flask import Blueprint, jsonify
from flask.typing import ResponseReturnValue

from cuelight.core.errors import StoreUnavailable
from cuelight.web import examples
from cuelight.web.answers import LiveAnswer, ReadyAnswer
from cuelight.web.operation import Answer, Operation, describe
from cuelight.web.parts import parts
from cuelight.web.problems import store_unavailable

bp = Blueprint("health", __name__)


@describe(
    Operation(
        summary="Is the process alive",
        answers={200: Answer("It is.", LiveAnswer, {"status": "live"})},
    )
)
@bp.get("/livez")
def live() -> ResponseReturnValue:
    """Depends on nothing: restart the process when this fails, and only then."""
    return jsonify({"status": "live"})


@describe(
    Operation(
        summary="Can the service decide",
        answers={200: Answer("It can.", ReadyAnswer, examples.READY)},
        problems=("store_unavailable",),
    )
)
@bp.get("/readyz")
def ready() -> ResponseReturnValue:
    """The store answers and is ours, and what becomes of decisions it acknowledged: `durability` is the profile chosen,
    `kept` whether the store is set up for it (null: it does not say), `means` tells it in plain words. Also the GeoIP
    data in use with its date, and the policy version.

    Missing GeoIP data does not make the service unready: geography is then *not assessed*, and every decision
    says so. Without the store nothing is decided: 503, with the same `checks`.
    """
    has = parts()
    checks: dict[str, object] = {
        "store": {"status": "ok"},
        "geo": dict(has.geo()),
        "policy": {"version": has.policy().version},
    }
    try:
        has.ping()
        checks["store"] = {"status": "ok", **has.durability()}
    except StoreUnavailable:
        checks["store"] = {"status": "unavailable"}
        raise store_unavailable({"checks": checks}) from None
    return jsonify({"status": "ready", "checks": checks})
