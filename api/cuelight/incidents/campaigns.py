"""Campaigns: one contact that goes from customer to customer. Noticed with the chat that makes it so many.

The crowd remembers who bore a trait by a hash of a hash, and no chats: so what is announced has the number of
customers, since when, and the one chat that made it enough. It is written among that customer's announcements, and an
erasure takes it along.
"""

from __future__ import annotations

from collections.abc import Callable
from datetime import datetime

import structlog

from cuelight.core import announcing
from cuelight.core.chat import Chat, traits
from cuelight.core.crowd import Trait
from cuelight.core.decision import Decision
from cuelight.core.errors import StoreUnavailable
from cuelight.core.outbox import Outbox
from cuelight.core.policy import Policy
from cuelight.core.ports import CrowdStore

_log = structlog.get_logger("cuelight")

_GROUPS = {"spray.device": "model", "spray.network": "prefix"}
"""By which trait the chats of one campaign are put together: for a network the widest that the signal watches."""


class Campaigns:
    """Told of every decision; announces what looks like a campaign, of one trait once a day. Best effort."""

    def __init__(
        self, crowd: CrowdStore, outbox: Outbox, policy: Callable[[], Policy], clock: Callable[[], datetime]
    ) -> None:
        self._crowd = crowd
        self._outbox = outbox
        self._policy = policy
        self._clock = clock

    def decided(self, chat: Chat, decision: Decision) -> None:
        spray = next((r for r in decision.reasons if r.code in _GROUPS), None)
        least = self._policy().of("spray").constants["campaign_customers"]
        if spray is None or chat.customer is None or _customers(spray.params.get("customers")) < least:
            return
        group = self._group(chat, _GROUPS[spray.code])
        now = self._clock()
        if group is None or not self._crowd.first_today(group):
            return
        stats = self._crowd.read(chat.customer, [group], now).of(*group)
        many = max(_customers(spray.params.get("customers")), stats.others_7d + 1)
        what = "device" if group[0] == "model" else "network"
        try:
            told = announcing.about_campaign(what, many, stats.since or chat.at, now, chat.key, decision.policy_version)
            self._outbox.announce(told, chat.customer)
        except StoreUnavailable as error:
            _log.warning("campaign_not_announced", why=str(error))

    @staticmethod
    def _group(chat: Chat, name: str) -> Trait | None:
        found = dict(traits(chat.sighting))
        value = found.get(name) or found.get("address")
        return None if value is None else (name if name in found else "address", value)


def _customers(others: object) -> int:
    """Those the signal counted, and the chat's own."""
    return int(others) + 1 if isinstance(others, int | float) else 0
