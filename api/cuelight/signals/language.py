"""The device's languages against the country of its address.

Fires when both are known, silent without either. Not a judgement of anyone's language: it is compared with the
place, and counts for nothing where this customer's trusted device had the same languages there. Known false alarm:
people abroad.
"""

from __future__ import annotations

from cuelight.core.evidence import Evidence, NotAssessed
from cuelight.signals.question import Question, Signal
from cuelight.signals.timezone import seen_before


def ask(q: Question) -> Evidence | NotAssessed:
    """Weak evidence by design: many legitimate contacts travel or live abroad."""
    fits, origin = q.chat.consistency.language_fits, q.chat.origin
    if fits is None or origin is None:
        missing = q.chat.unavailable
        return NotAssessed("language", missing.get("ip") or missing.get("geo") or "no_languages")
    if fits:
        return Evidence("language.fits", q.constant("fits_points"))
    if seen_before(q, "languages"):
        return Evidence("language.usual", 0.0)
    points = q.constant("hidden_points" if origin.kind.hides_origin else "misfit_points")
    return Evidence("language.misfit", points)


SIGNAL = Signal(
    "language",
    ask,
    codes=("language.fits", "language.usual", "language.misfit"),
    whys=("no_ip", "ip_not_public", "no_geo_data", "not_in_geo_data", "no_languages"),
    constants=("fits_points", "misfit_points", "hidden_points"),
)
