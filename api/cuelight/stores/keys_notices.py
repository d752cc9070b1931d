"""The names of notices' keys, all in one slot: a notice, where it goes and when it is due change in one step."""

from __future__ import annotations

from cuelight.core.notice import ADDRESS_KEPT
from cuelight.stores.keys import CHAT_TTL_S, hashed

TAG = "nt"
TTL_S = CHAT_TTL_S
"""Counted from the last change: an answered notice stays as long as the chat it is about."""
ADDRESS_TTL_S = int(ADDRESS_KEPT.total_seconds())
BY_TIME = f"cl:nt:{{{TAG}}}:d"
DUE_KEPT = 10_000


def notice(name: str) -> tuple[str, str, str]:
    """A notice, where it goes, and the set of those that are due: as the scripts take them."""
    return f"cl:nt:{{{TAG}}}:{name}", f"cl:nt:{{{TAG}}}:a:{name}", BY_TIME


def count(what: str) -> str:
    return f"cl:nt:{{{TAG}}}:b:{hashed(what, 16)}"
