"""`GET /livez` and `GET /readyz`: is the process alive, and can it decide."""

from __future__ import annotations

from flask import Blueprint, jsonify
from flask.typing import ResponseReturnValue

from cuelight.core.errors import StoreUnavailable
from cuelight.web import examples
from cuelight.web.answers import LiveAnswer, ReadyAnswer
from cuelight.web.operation import Answer, Operation, describe
from cuelight.web.parts import Parts, parts
from cuelight.web.problems import store_unavailable
from cuelight.web.render import instant

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
    data in use with its date, and the policy in force: its version, how long it has been live, and when the store was
    asked last. A published version that cannot be used is told here, while the last good one goes on.

    Missing GeoIP data does not make the service unready: geography is then *not assessed*, and every decision
    says so. Without the store nothing is decided: 503, with the same `checks`, and `why` the store does not answer.
    """
    has = parts()
    checks: dict[str, object] = {"store": {"status": "ok"}, "geo": dict(has.geo())}
    try:
        checks["policy"] = _policy(has)
        has.ping()
        checks["store"] = {"status": "ok", **has.durability()}
    except StoreUnavailable as error:
        checks["store"] = {"status": "unavailable", "why": str(error)}
        raise store_unavailable({"checks": checks}) from None
    return jsonify({"status": "ready", "checks": checks})


def _policy(has: Parts) -> dict[str, object]:
    now = has.policies.now.state()
    return {
        "status": "refused" if now.refused else "ok",
        "version": now.policy.version,
        "since": instant(now.since) if now.since else None,
        "age_s": max(0, int((has.clock() - now.since).total_seconds())) if now.since else None,
        "checked_s_ago": round(has.policies.now.checked_s_ago(), 1),
        "refused": now.refused,
    }
