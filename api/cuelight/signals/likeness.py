"""How much likelier a device is if it is a known one that drifted, than if it were a stranger's.

Equal parts count by their rarity in the crowd, changed ones by how seldom such things change. Versions go
forward, not back. The equal model of two devices is worth the model's rarity, however many parts say so: parts
of one model are not independent.
"""

from __future__ import annotations

import math
from collections.abc import Mapping

from cuelight.core.chat import Device, Software, device_model
from cuelight.core.crowd import Crowd
from cuelight.signals.locale import SETTINGS

COMPONENTS = (
    "screen",
    "pixel_ratio",
    "color_depth",
    "platform",
    "cores",
    "memory",
    "touch",
    "gpu",
    "canvas",
    "audio",
    "fonts",
)
CONSTANTS = (
    *(f"change_{name}" for name in COMPONENTS),
    "change_other",
    "change_os",
    "change_form",
    "change_browser",
    "version_back",
    "version_jump",
    "parts_temper",
    "bound_nats",
)


def log_likeness(now: Device, known: Device, crowd: Crowd, c: Mapping[str, float]) -> float:
    """log P(now | `known`, drifted) - log P(now | somebody's device), in nats, within +-`bound_nats`."""
    hardware = _components(now, known, crowd, c)
    model = device_model(now)
    if model is not None and model == device_model(known):
        hardware = -math.log(crowd.share("model", model))
        hardware += c["parts_temper"] * _os_version(now.os, known.os, c)
    else:
        hardware += _family("os", now.os, known.os, crowd, c["change_os"])
        hardware += _os_version(now.os, known.os, c)
        if now.form and known.form and now.form != known.form:
            hardware += math.log(c["change_form"])
        hardware *= c["parts_temper"]
    browser = _family("browser", now.browser, known.browser, crowd, c["change_browser"])
    browser += _browser_version(now.browser, known.browser, crowd, c)
    total = hardware + c["parts_temper"] * browser
    return min(c["bound_nats"], max(-c["bound_nats"], total))


def _components(now: Device, known: Device, crowd: Crowd, c: Mapping[str, float]) -> float:
    """Hardware and rendering; parts only one side has say nothing, and what a person sets is `locale`'s to judge."""
    before = dict(known.components)
    hardware = 0.0
    for name, token in now.components:
        if name not in before or name in SETTINGS:
            continue
        change = c.get(f"change_{name}", c["change_other"])
        share = crowd.share(f"c.{name}", token)
        hardware += math.log((1.0 - change) / share + change) if before[name] == token else math.log(change)
    return hardware


def _family(name: str, now: Software | None, known: Software | None, crowd: Crowd, change: float) -> float:
    if now is None or known is None:
        return 0.0
    if now.family == known.family:
        return math.log((1.0 - change) / crowd.share(name, now.family) + change)
    return math.log(change)


def _os_version(now: Software | None, known: Software | None, c: Mapping[str, float]) -> float:
    """Systems are updated, not downgraded."""
    if now is None or known is None or now.family != known.family or not now.version or not known.version:
        return 0.0
    return math.log(c["version_back"]) if now.version[:2] < known.version[:2] else 0.0


def _browser_version(now: Software | None, known: Software | None, crowd: Crowd, c: Mapping[str, float]) -> float:
    """Browsers update themselves every few weeks: forward is no news, back is, equal is worth its rarity."""
    if now is None or known is None or now.family != known.family or not now.version or not known.version:
        return 0.0
    if now.version[0] == known.version[0]:
        family = crowd.share("browser", now.family)
        version = crowd.share("browser_version", f"{now.family} {now.major}")
        return min(1.5, max(0.0, math.log(family / version)))
    return math.log(c["version_back"]) if now.version[0] < known.version[0] else math.log(c["version_jump"])
