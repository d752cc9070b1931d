"""Distances on the globe."""

from __future__ import annotations

import math

from cuelight.core.chat import Cell

_EARTH_RADIUS_KM = 6371.0088
"""Mean radius (IUGG)."""


def distance_km(a: Cell, b: Cell) -> float:
    """Great-circle distance by the haversine formula, in km; the globe taken as a sphere (error < 0.6 %)."""
    lat_a, lat_b = math.radians(a.latitude_deg), math.radians(b.latitude_deg)
    half_lat = (lat_b - lat_a) / 2
    half_lon = math.radians(b.longitude_deg - a.longitude_deg) / 2
    h = math.sin(half_lat) ** 2 + math.cos(lat_a) * math.cos(lat_b) * math.sin(half_lon) ** 2
    return 2 * _EARTH_RADIUS_KM * math.asin(min(1.0, math.sqrt(h)))
