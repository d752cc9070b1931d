"""Compares a device's clock with a place where the two came in separate messages: only a token is left of the zone."""

from __future__ import annotations

from dataclasses import replace
from functools import lru_cache
from typing import Final
from zoneinfo import available_timezones

from cuelight.core.chat import Chat, Token
from cuelight.sense.tokens import Tokens
from cuelight.sense.zones import clock_gap_h, zones_of

_ZONES: Final = "timezone"


def compare(chat: Chat, tokens: Tokens) -> Chat:
    """The chat with its clock gap, where nobody has worked that out yet and both zone and place are known.

    There are 600 time zones: whoever holds the key can tell which one a token stands for, and nobody else can.
    Languages have no such short list, so their fit stays unknown.
    """
    token, origin = chat.sighting.component(_ZONES), chat.origin
    if token is None or origin is None or origin.country is None or chat.consistency.clock_gap_h is not None:
        return chat
    zone = _zones(tokens).get(token)
    if zone is None:
        return chat
    gap_h = clock_gap_h(zone, zones_of(origin.country, origin.cell), chat.at)
    return replace(chat, consistency=replace(chat.consistency, clock_gap_h=gap_h))


@lru_cache(maxsize=4)
def _zones(tokens: Tokens) -> dict[Token, str]:
    return {tokens.of_component(_ZONES, name): name for name in available_timezones()}
