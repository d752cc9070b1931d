"""What the geography's licence asks to show wherever its results are shown."""

from __future__ import annotations

import re


def linked(attribution: object) -> list[tuple[str, str | None]]:
    """The text cut into (text, link) pieces: its addresses become links."""
    if not isinstance(attribution, str):
        return []
    pieces = re.split(r"(https://[\w./-]+\w)", attribution)
    return [(piece, piece if piece.startswith("https://") else None) for piece in pieces if piece]
