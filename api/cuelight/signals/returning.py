"""Traits of chats that were reported as impersonation, for this customer or any other.

Fires on an equal address, prefix or device model, discounted by how many customers share it. Silent otherwise.
Known false alarm: an owner behind the same carrier address as the impostor.
"""

from __future__ import annotations

import math

from cuelight.core.chat import Chat, Sighting, traits
from cuelight.core.evidence import Answer, Evidence, NotAssessed
from cuelight.signals.kind import GROUPS, SHARED_BY_MANY
from cuelight.signals.question import Question, Signal

_WATCHED = ("address", "prefix", "model")


def ask(q: Question) -> Answer:
    """Strongest trait alone; the owner's own traits never count."""
    if q.chat.origin is None and q.chat.device is None:
        return NotAssessed("returning", "no_contact_data")
    reported = [p for p in q.history.sightings if p.reported]
    own_reported = [p.sighting for p in reported if p.chat != q.chat.key]
    # A reported chat's own marks are among the crowd's; they are no news about itself.
    itself = len(reported) - len(own_reported)
    marked = [t for t in _watched(q.chat) if q.crowd.of(*t).reported or any(t in _traits(s) for s in own_reported)]
    if not marked:
        return None
    owners = {t for trusted in q.trusted for t in _traits(trusted.past.sighting)}
    worst, worst_name, same_customer = 0.0, "", False
    for trait in marked:
        if trait in owners:
            continue
        name, value = trait
        here = sum(trait in _traits(s) for s in own_reported)
        stats = q.crowd.of(name, value)
        elsewhere = max(0, stats.reported - here - itself)
        if not here and not elsewhere:
            continue
        popularity = q.constant("discount") * math.log1p(stats.customers + stats.others_7d)
        points = q.constant(f"{name}_points") - popularity
        points += q.constant("same_customer_points") if here else 0.0
        if points > worst:
            worst, worst_name, same_customer = points, name, bool(here)
    if not worst:
        return None
    what = "device" if worst_name == "model" else "network"
    return Evidence(f"returning.{what}" if same_customer else f"returning.{what}_elsewhere", worst)


def _watched(chat: Chat) -> list[tuple[str, str]]:
    shared = chat.origin is not None and GROUPS.get(chat.origin.kind) in SHARED_BY_MANY
    return [t for t in _traits(chat.sighting) if t[0] == "model" or not shared]


def _traits(sighting: Sighting) -> list[tuple[str, str]]:
    return [t for t in traits(sighting) if t[0] in _WATCHED]


SIGNAL = Signal(
    "returning",
    ask,
    codes=("returning.device", "returning.network", "returning.device_elsewhere", "returning.network_elsewhere"),
    whys=("no_contact_data",),
    constants=("discount", "address_points", "prefix_points", "model_points", "same_customer_points"),
)
