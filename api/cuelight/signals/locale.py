"""The device's clock zone and languages, against what this customer's devices are set to.

People take their settings along to a new phone, so these tell an owner's new device from a stranger's. Fires where the
device tells them and known sightings have them. Silent without. A new clock zone that fits the place is the
journey's doing and counts for nothing here. Known false alarm: a borrowed computer abroad.
"""

from __future__ import annotations

from cuelight.core.evidence import Evidence, NotAssessed
from cuelight.signals.ladder import habit, stay
from cuelight.signals.ladder import points as step
from cuelight.signals.question import Question, Signal

SETTINGS = ("timezone", "languages")


def ask(q: Question) -> Evidence | NotAssessed:
    """The sum over both settings; each is bounded as every step of the ladder is."""
    now = {name: value for name in SETTINGS if (value := q.chat.sighting.component(name)) is not None}
    if not now:
        return NotAssessed("locale", "no_fingerprint")
    points, new, compared = 0.0, [], 0
    for name, value in now.items():
        known = habit(_seen(q, name))
        if known.total == 0:
            continue
        compared += 1
        share = known.of(value) / known.total
        if not share:
            if name == "timezone" and _fits_the_place(q):
                continue
            new.append(name)
        staying = stay(known, q.constant(f"{name}_novelty"), q.constant("strength"), q.constant("memory"))
        points += step(share, staying, q.crowd.share(f"c.{name}", value), q.constant(f"{name}_imitation"))
    if not compared:
        return NotAssessed("locale", "no_history" if not q.known else "no_comparable_device")
    if not new:
        return Evidence("locale.known", points)
    return Evidence("locale.new" if len(new) == len(SETTINGS) else f"locale.new_{new[0]}", points)


def _seen(q: Question, name: str) -> list[tuple[str, float]]:
    told = ((t.past.sighting.component(name), t.weight) for t in q.known)
    return [(value, weight) for value, weight in told if value is not None]


def _fits_the_place(q: Question) -> bool:
    gap_h = q.chat.consistency.clock_gap_h
    return gap_h is not None and gap_h < q.constant("least_gap_h")


SIGNAL = Signal(
    "locale",
    ask,
    codes=("locale.known", "locale.new_timezone", "locale.new_languages", "locale.new"),
    whys=("no_fingerprint", "no_history", "no_comparable_device"),
    constants=(
        *(f"{name}_novelty" for name in SETTINGS),
        *(f"{name}_imitation" for name in SETTINGS),
        *("strength", "memory", "least_gap_h"),
    ),
)
