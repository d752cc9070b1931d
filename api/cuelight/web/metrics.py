"""`GET /metrics`: what `/readyz` and the console's Health page count, as Prometheus reads it (text format 0.0.4).

Of the installation, not of one worker: the store answers for all of them, so it does not matter who is asked. How many
requests, how fast and with which status is in the log, one line each.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from datetime import datetime
from typing import Any, cast

from flask import Blueprint, Response
from flask.typing import ResponseReturnValue

from cuelight import __version__
from cuelight.core.errors import StoreUnavailable
from cuelight.core.outbox import ChannelStore, Outbox
from cuelight.web.auth import needs
from cuelight.web.operation import KEY_PROBLEMS, STORE_PROBLEMS, Answer, Operation, describe
from cuelight.web.parts import Parts, parts

bp = Blueprint("metrics", __name__)


def queue_counts(channels: ChannelStore, outbox: Outbox) -> Mapping[str, int]:
    """What waits on its way to channels, and what did not arrive. Raises `StoreUnavailable`."""
    state = outbox.state([each.channel_id for each in channels.list()])
    alerts = state.alerts
    return {
        "announcements_waiting": state.waiting,
        "alerts_waiting": alerts.waiting,
        "channels_failing": alerts.failures,
        "alerts_dead": alerts.dead,
        "alerts_lost": alerts.lost,
    }


@describe(
    Operation(
        summary="Read metrics",
        answers={200: Answer("In Prometheus' text format.", media_type="text/plain", example="cuelight_store_up 1\n")},
        problems=(*KEY_PROBLEMS, *STORE_PROBLEMS),
    )
)
@bp.get("/metrics")
@needs("metrics")
def show() -> ResponseReturnValue:
    """The store, GeoIP data, network lists, the policy in force and what waits for channels, as gauges.

    A key is looked up in the store: while that is out, the answer is a 503 as everywhere else, or `cuelight_store_up 0`
    from a worker that remembers the key.
    """
    text = "".join(_lines(parts()))
    return Response(text, content_type="text/plain; version=0.0.4; charset=utf-8")


def _lines(has: Parts) -> Iterator[str]:
    yield _gauge("info", "The version that runs.", {f'version="{__version__}"': 1})
    try:
        has.ping()
        kept, counts = has.durability().get("kept"), has.queues()
    except StoreUnavailable:
        yield _gauge("store_up", "The store answers and is ours.", {"": 0})
    else:
        yield _gauge("store_up", "The store answers and is ours.", {"": 1})
        if kept is not None:
            yield _gauge("store_durability_kept", "It is set up for the durability chosen.", {"": int(bool(kept))})
        for name, count in counts.items():
            yield _gauge(name, "As on the console's Health page.", {"": count})
    yield from _data(has)


def _data(has: Parts) -> Iterator[str]:
    geo = has.geo()
    files = cast("list[Mapping[str, Any]]", geo["files"])
    built = {f'type="{each["type"]}"': datetime.fromisoformat(each["built_at"]).timestamp() for each in files}
    yield _gauge("geo_built_timestamp_seconds", "When the GeoIP data in use was built.", built)
    yield _gauge("geo_files_refused", "GeoIP files that cannot be used.", {"": len(cast("list[str]", geo["refused"]))})
    yield _gauge("network_lists_refused", "Network lists with mistakes.", {"": len(has.networks().errors)})
    yield _gauge("policy_info", "The policy in force.", {f'version="{_escaped(has.policy().version)}"': 1})
    try:
        refused = has.policies.now.state().refused is not None
    except StoreUnavailable:
        return
    yield _gauge("policy_refused", "A published version cannot be used; the last good one goes on.", {"": int(refused)})
    age_s = round(has.policies.now.checked_s_ago(), 1)
    yield _gauge("policy_checked_age_seconds", "Since the store was last asked for the policy.", {"": age_s})


def _gauge(name: str, about: str, values: Mapping[str, float]) -> str:
    """`values` by their labels, as they stand between the braces."""
    lines = [f"# HELP cuelight_{name} {about}", f"# TYPE cuelight_{name} gauge"]
    lines += [f"cuelight_{name}{f'{{{labels}}}' if labels else ''} {value:.15g}" for labels, value in values.items()]
    return "\n".join(lines) + "\n"


def _escaped(text: str) -> str:
    return text.replace("\\", "\\\\").replace('"', '\\"').replace("\n", "\\n")
