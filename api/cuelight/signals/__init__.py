"""The shelf of signals: one pure question per file, and the ordered registry.

To add one: write `signals/<name>.py` with a `SIGNAL`, add it here, give its constants in `data/policy.json` and
its texts in `data/wording/en.json`. The contract tests then hold it to the rest.
"""

from __future__ import annotations

from cuelight.signals import (
    account,
    device,
    disguise,
    identity,
    incident,
    kind,
    language,
    locale,
    lock,
    network,
    returning,
    serial,
    spray,
    timezone,
    travel,
)
from cuelight.signals.question import Signal

SIGNALS: tuple[Signal, ...] = (
    incident.SIGNAL,
    lock.SIGNAL,
    identity.SIGNAL,
    kind.SIGNAL,
    network.SIGNAL,
    travel.SIGNAL,
    device.SIGNAL,
    locale.SIGNAL,
    timezone.SIGNAL,
    language.SIGNAL,
    disguise.SIGNAL,
    returning.SIGNAL,
    serial.SIGNAL,
    spray.SIGNAL,
    account.SIGNAL,
)
"""In the order in which reasons of equal points are shown."""
