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
    """Trusted sightings strictly before `before`, newest first, leaving out the chat `but` itself.

    `trust` holds a weight per proof, `half_life_d`, `risk_half_nats` (log-odds at which a proven sighting's
    weight is halved), and for chats merely unreported `unreported`, `unreported_after_d`,
    `unreported_below_nats`: they count a little, once old enough, if they looked safe at the time.
    """
    admitted = _admit([s for s in sightings if s.at < before and s.chat != but], before, trust)
    weighed = []
    for past in admitted:
        age_d = (before - past.at).total_seconds() / 86_400
        weight = _proof_weight(past, trust) * 0.5 ** (age_d / trust["half_life_d"])
        if weight > _NEGLIGIBLE:
            weighed.append(Trusted(past, min(1.0, weight)))
    return tuple(weighed)


def _admit(sightings: Sequence[PastSighting], before: datetime, trust: Mapping[str, float]) -> list[PastSighting]:
    """Leave out reported and unproven entries, and on each day every new device and new place but the first.

    A burst of sign-ins by somebody who got in once can so teach one device and one place a day, no more.
    """
    known_devices: set[str] = set()
    known_places: set[str] = set()
    day = None
    new_devices = new_places = 0
    admitted: list[PastSighting] = []
    for past in sorted(sightings, key=lambda s: s.at):
        if past.reported or not _counts(past, before, trust):
            continue
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


def _counts(past: PastSighting, before: datetime, trust: Mapping[str, float]) -> bool:
    if past.proof is not Proof.NONE:
        return True
    old_enough = past.at <= before - timedelta(days=trust["unreported_after_d"])
    looked_safe = past.log_odds is not None and past.log_odds < trust["unreported_below_nats"]
    return trust["unreported"] > 0 and old_enough and looked_safe and not past.failed_step_up


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
