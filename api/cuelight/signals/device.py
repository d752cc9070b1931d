"""The device, against each trusted device of this customer: the same, the same after an update, or another?

Fires with a device and trusted sightings that have one. Silent without. A browser update is not a new device; an
equal popular phone is worth little, for many people have it. Known false alarm: a new phone.
"""

from __future__ import annotations

import math

from cuelight.core.chat import Device, device_model
from cuelight.core.evidence import Evidence, NotAssessed, Param
from cuelight.signals.ladder import habit, stay
from cuelight.signals.likeness import CONSTANTS, log_likeness
from cuelight.signals.question import Question, Signal


def ask(q: Question) -> Evidence | NotAssessed:
    """Mixture over the trusted devices, and a new one with a probability that falls as the history grows."""
    device = q.chat.device
    if device is None:
        return NotAssessed("device", q.chat.unavailable.get("user_agent", "no_user_agent"))
    seen = [(t.past.sighting.device, t.weight) for t in q.known]
    weights: dict[Device, float] = {}
    for known, weight in seen:
        if known is not None:
            weights[known] = weights.get(known, 0.0) + weight
    if not weights:
        return NotAssessed("device", "no_history" if not q.known else "no_comparable_device")
    likeness = {known: log_likeness(device, known, q.crowd, q.constants) for known in weights}
    models = habit((device_model(d) or d.browser, weight) for d, weight in seen if d is not None)
    staying = stay(models, q.constant("novelty"), q.constant("strength"), q.constant("memory"))
    mean = sum(weight * math.exp(likeness[known]) for known, weight in weights.items()) / models.total
    imitation = q.constant("imitation")
    # The crowd's density is in the likeness already: what is left is the customer's over the crowd's.
    points = math.log(imitation + (1.0 - imitation) / (staying * mean + (1.0 - staying)))
    best = max(weights, key=lambda known: likeness[known])
    return Evidence(f"device.{_finding(device, best, likeness[best])}", points, _params(device))


def _finding(device: Device, best: Device, likeness: float) -> str:
    if likeness <= 0:
        return "new"
    same_model = device_model(device) == device_model(best)
    if same_model and device.browser == best.browser:
        return "known"
    return "updated" if same_model else "similar"


def _params(device: Device) -> dict[str, Param]:
    params: dict[str, Param] = {}
    if device.form:
        params["form"] = device.form
    if device.os:
        params["os"] = device.os.family
    if device.browser:
        params["browser"] = device.browser.family
    return params


SIGNAL = Signal(
    "device",
    ask,
    codes=("device.known", "device.updated", "device.similar", "device.new"),
    whys=("no_user_agent", "no_history", "no_comparable_device"),
    constants=("novelty", "strength", "memory", "imitation", *CONSTANTS),
)
