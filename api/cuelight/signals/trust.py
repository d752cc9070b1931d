"""How much each past sighting counts: proof, age, the risk seen at the time, and at most one novelty a day.

Decided when a history is read, not when it is written, so that un-learning an entry is exact (leave it out and
everything that hung on it falls with it) and a policy change needs no migration.
"""

from __future__ import annotations

import math
from collections.abc import Mapping, Sequence
from datetime import datetime, timedelta

from cuelight.core.chat import ChatKey, Sighting, device_model
from cuelight.core.history import PastSighting, Proof
from cuelight.signals.question import Trusted

_NEGLIGIBLE = 0.02


def weigh(
    sightings: Sequence[PastSighting], before: datetime, trust: Mapping[str, float], but: ChatKey | None = None
) -> tuple[Trusted, ...]:
    """Proven sightings strictly before `before`, newest first, leaving out the chat `but` itself.

    `trust` holds a weight per proof, `half_life_d`, and `risk_half_nats` (log-odds at which a proven sighting's
    weight is halved).
    """
    return _weigh([s for s in sightings if s.proof is not Proof.NONE], before, trust, but)


def unreported(
    sightings: Sequence[PastSighting], before: datetime, trust: Mapping[str, float], but: ChatKey | None = None
) -> tuple[Trusted, ...]:
    """Chats nobody vouched for and nobody objected to, newest first: they count a little.

    Only those that weren't even amber when scored (`unreported_below_nats`), so that repeating what alarmed can
    never make it usual; only after `unreported_after_d`, the time an owner has to object; each at `unreported`,
    all together at most `unreported_most`, so that a flood says no more than a few. What shares a device or an address
    with a reported chat is that contact's, reported or not.
    """
    ripe = before - timedelta(days=trust["unreported_after_d"])
    reported = {mark for s in sightings if s.reported for mark in marks(s)}
    safe = [
        s
        for s in sightings
        if s.proof is Proof.NONE and s.at <= ripe and _looked_safe(s, trust) and not reported & marks(s)
    ]
    found: list[Trusted] = []
    left = trust["unreported_most"]
    for one in _weigh(safe, before, trust, but):
        weight = min(one.weight, left)
        if weight <= _NEGLIGIBLE:
            break
        found.append(Trusted(one.past, weight))
        left -= weight
    return tuple(found)


def _weigh(
    sightings: Sequence[PastSighting], before: datetime, trust: Mapping[str, float], but: ChatKey | None
) -> tuple[Trusted, ...]:
    weighed = []
    earlier = [s for s in sightings if s.at < before and not s.reported and (but is None or s.chat != but)]
    for past in _admit(earlier):
        age_d = (before - past.at).total_seconds() / 86_400
        weight = _proof_weight(past, trust) * 0.5 ** (age_d / trust["half_life_d"])
        if weight > _NEGLIGIBLE:
            weighed.append(Trusted(past, min(1.0, weight)))
    return tuple(weighed)


def _admit(sightings: Sequence[PastSighting]) -> list[PastSighting]:
    """Leave out on each day every new device and new place but the first.

    A burst of sign-ins by somebody who got in once can so teach one device and one place a day, no more.
    """
    known_devices: set[str] = set()
    known_places: set[str] = set()
    day = None
    new_devices = new_places = 0
    admitted: list[PastSighting] = []
    for past in sorted(sightings, key=lambda s: s.at):
        if past.at.date() != day:
            day, new_devices, new_places = past.at.date(), 0, 0
        device, place = _device(past.sighting), _place(past.sighting)
        is_new_device = device is not None and device not in known_devices
        is_new_place = place is not None and place not in known_places
        if (is_new_device and new_devices) or (is_new_place and new_places):
            continue
        new_devices += is_new_device
        new_places += is_new_place
        if device is not None:
            known_devices.add(device)
        if place is not None:
            known_places.add(place)
        admitted.append(past)
    admitted.reverse()
    return admitted


def marks(past: PastSighting) -> set[str]:
    """What makes two unproven chats the same contact's: device and address."""
    origin = past.sighting.origin
    return {mark for mark in (_device(past.sighting), origin.address if origin else None) if mark is not None}


def _looked_safe(past: PastSighting, trust: Mapping[str, float]) -> bool:
    return past.log_odds is not None and past.log_odds < trust["unreported_below_nats"] and not past.failed_step_up


def _proof_weight(past: PastSighting, trust: Mapping[str, float]) -> float:
    if past.proof is Proof.NONE:
        return trust["unreported"]
    weight = trust[past.proof]
    if past.proof is Proof.VERIFIED and past.log_odds is not None:
        # A signed-in chat that looked like a takeover teaches little; a step-up is proof in its own right.
        weight /= 1.0 + math.exp(past.log_odds - trust["risk_half_nats"])
    return weight


def _device(sighting: Sighting) -> str | None:
    device = sighting.device
    if device is None:
        return None
    return device_model(device) or "|".join(
        (device.form or "", device.os.family if device.os else "", device.browser.family if device.browser else "")
    )


def _place(sighting: Sighting) -> str | None:
    origin = sighting.origin
    if origin is None:
        return None
    if origin.asn is None and origin.country is None:
        return origin.prefixes[0] if origin.prefixes else origin.address
    return f"{origin.country}|{origin.asn}"
