"""One device or address suddenly contacting support for several customers.

Fires when more other customers' unproven chats bore the same address, prefix or device model in the last 7 days
than its popularity predicts. Silent otherwise. Known false alarms: a shared office or campus on a busy week. From
`campaign_customers` on it is announced as a campaign (see `campaigns`), which moves no cue.
"""

from __future__ import annotations

import math

from cuelight.core.chat import traits
from cuelight.core.evidence import Answer, Evidence, NotAssessed
from cuelight.signals.kind import GROUPS, SHARED_BY_MANY
from cuelight.signals.question import Question, Signal

_WATCHED = ("address", "prefix", "model")


def ask(q: Question) -> Answer:
    """Half a Poisson log-likelihood ratio of what was seen to what was expected, the worst trait alone."""
    if q.chat.customer is None or (q.chat.origin is None and q.chat.device is None):
        return NotAssessed("spray", "no_contact_data")
    worst, worst_name, most = 0.0, "", 0
    group = GROUPS.get(q.chat.origin.kind) if q.chat.origin else None
    for name, value in traits(q.chat.sighting):
        if name not in _WATCHED or (name != "model" and group in SHARED_BY_MANY):
            continue
        seen = q.crowd.of(name, value).others_7d
        if not seen:
            continue
        popularity = q.crowd.share(name, value)
        if name != "model":
            popularity += q.constant(f"shared_{name}")
        expected = q.constant("least_expected") + q.crowd.contacts_7d * popularity
        if seen <= expected:
            continue
        surprise = seen * math.log(seen / expected) - (seen - expected)
        if surprise > worst:
            worst, worst_name, most = surprise, name, seen
    if worst < q.constant("least_surprise"):
        return None
    finding = "device" if worst_name == "model" else "network"
    return Evidence(f"spray.{finding}", q.constant("temper") * worst, {"customers": most})


SIGNAL = Signal(
    "spray",
    ask,
    codes=("spray.device", "spray.network"),
    whys=("no_contact_data",),
    constants=("least_expected", "least_surprise", "temper", "shared_address", "shared_prefix", "campaign_customers"),
)
