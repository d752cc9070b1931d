"""A clock for tests."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta


class Clock:
    """Stands still until told otherwise."""

    def __init__(self, at: datetime | None = None) -> None:
        self.at = at or datetime.now(UTC)

    def __call__(self) -> datetime:
        return self.at

    def pass_by(self, **span: float) -> None:
        self.at += timedelta(**span)
