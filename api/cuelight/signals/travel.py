"""Impossible travel: could this customer have come here since they were last surely somewhere else?

Fires when the speed needed is faster than an airliner, after both accuracy radii are taken off. Silent when the
journey is possible; not assessed without two places, or where an unknown radius decides the question.
Known false alarm: a wrong place in the GeoIP data.
"""

from __future__ import annotations

from cuelight.core.evidence import Answer, Evidence, NotAssessed, Param
from cuelight.core.geometry import distance_km
from cuelight.signals.question import Question, Signal


def ask(q: Question) -> Answer:
    """Needs a place on both sides; exits of VPNs, relays and Tor are not places people are."""
    origin = q.chat.origin
    if origin is None:
        return NotAssessed("travel", q.chat.unavailable.get("ip", "no_ip"))
    if origin.kind.hides_origin:
        return NotAssessed("travel", "hidden_place")
    if origin.cell is None:
        return NotAssessed("travel", q.chat.unavailable.get("geo", "no_place"))
    for t in q.trusted:
        last = t.past.sighting.origin
        if t.weight < q.constant("least_trust") or last is None or last.cell is None or last.kind.hides_origin:
            continue
        if last.address == origin.address:
            return None
        distance = distance_km(last.cell, origin.cell)
        # Both places are rounded to a grid cell about 55 km wide.
        beyond_km = distance - q.constant("cell_error_km")
        radii_km = 0.0
        for radius_km in (last.accuracy_radius_km, origin.accuracy_radius_km):
            # An unknown radius is not zero: the journey must be impossible with a generous one, too.
            radii_km += q.constant("unknown_radius_km") if radius_km is None else radius_km
        hours = max((q.chat.at - t.past.at).total_seconds() / 3600, 1 / 60)
        if (beyond_km - radii_km) / hours <= q.constant("max_speed_kmh"):
            known = last.accuracy_radius_km is not None and origin.accuracy_radius_km is not None
            doubtful = not known and beyond_km / hours > q.constant("max_speed_kmh")
            return NotAssessed("travel", "unknown_radius") if doubtful else None
        # Rounded on purpose: the reason tells the agent a magnitude, not a position.
        params: dict[str, Param] = {"distance_km": round(distance, -2), "hours": round(hours, 1)}
        return Evidence("travel.impossible", q.constant("impossible_points"), params)
    return NotAssessed("travel", "no_history" if not q.trusted else "no_place")


SIGNAL = Signal(
    "travel",
    ask,
    codes=("travel.impossible",),
    whys=(
        *("no_ip", "ip_not_public", "no_geo_data", "not_in_geo_data"),
        *("hidden_place", "no_place", "no_history", "unknown_radius"),
    ),
    constants=("least_trust", "unknown_radius_km", "cell_error_km", "max_speed_kmh", "impossible_points"),
)
