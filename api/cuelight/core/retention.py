"""How long what we know is kept. Counted from the last write of a key, by the store's clock."""

from __future__ import annotations

from dataclasses import dataclass

DAY_S = 86_400
FACTS_BACK_D = 90
"""Sightings and account events are taken this far back, so a tombstone has to stand as long."""


@dataclass(frozen=True, slots=True)
class Retention:
    """Life times in days: a history since its customer was last seen, decisions, webhook ids, audit entries, alerts
    that were not delivered (and the log of those that were)."""

    history_d: int = 90
    decisions_d: int = 30
    webhook_ids_d: int = 7
    audit_d: int = 400
    alerts_d: int = 30

    @property
    def history_s(self) -> int:
        return self.history_d * DAY_S

    @property
    def decisions_s(self) -> int:
        return self.decisions_d * DAY_S

    @property
    def webhook_ids_s(self) -> int:
        return self.webhook_ids_d * DAY_S

    @property
    def alerts_s(self) -> int:
        return self.alerts_d * DAY_S

    @property
    def tombstone_s(self) -> int:
        """As long as facts from before an erasure could still be sent, and a day for clocks that differ."""
        return (max(self.history_d, FACTS_BACK_D) + 1) * DAY_S
