"""The device's clock against the place of its address.

Fires when both are known, silent without either. A gap is worth little behind a VPN, relay or Tor, where the
exit's place is not the person's; and nothing where this customer's trusted device showed the same clock in the same
country.
Known false alarm: a laptop that keeps its home clock on a journey.
"""

from __future__ import annotations

from cuelight.core.evidence import Evidence, NotAssessed
from cuelight.signals.question import Question, Signal


def ask(q: Question) -> Evidence | NotAssessed:
    """A gap of an hour or more is a misfit: less happens at the edges of zones and in daylight saving."""
    gap_h = q.chat.consistency.clock_gap_h
    origin = q.chat.origin
    if gap_h is None or origin is None:
        missing = q.chat.unavailable
        why = missing.get("ip") or missing.get("geo") or "no_timezone"
        return NotAssessed("timezone", why)
    if gap_h < q.constant("least_gap_h"):
        hidden = origin.kind.hides_origin
        return Evidence("timezone.fits", 0.0 if hidden else q.constant("fits_points"))
    if seen_before(q, "timezone"):
        return Evidence("timezone.usual", 0.0)
    points = q.constant("hidden_points" if origin.kind.hides_origin else "misfit_points")
    return Evidence("timezone.misfit", points, {"hours": round(gap_h, 1)})


def seen_before(q: Question, component: str) -> bool:
    """A trusted device of this customer showed the same value of `component` in the same country."""
    token, origin = q.chat.sighting.component(component), q.chat.origin
    if token is None or origin is None:
        return False
    return any(
        t.past.sighting.component(component) == token
        and t.past.sighting.origin is not None
        and t.past.sighting.origin.country == origin.country
        for t in q.trusted
    )


SIGNAL = Signal(
    "timezone",
    ask,
    codes=("timezone.fits", "timezone.usual", "timezone.misfit"),
    whys=("no_ip", "ip_not_public", "no_geo_data", "not_in_geo_data", "no_timezone"),
    constants=("least_gap_h", "fits_points", "misfit_points", "hidden_points"),
)
