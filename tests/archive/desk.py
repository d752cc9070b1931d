"""A store of its own, and the archive that follows it."""

from __future__ import annotations

from dataclasses import dataclass, replace
from datetime import timedelta
from pathlib import Path

from tests.stores import world

from cuelight.archive import Archive, Follower, Wanted, Writer
from cuelight.core.chat import Chat, Identity
from cuelight.core.decision import Cue, Decision, Reason
from cuelight.core.history import Outcome, Proof
from cuelight.core.ports import OutcomeRecord
from cuelight.core.situation import Situation
from cuelight.stores import Stores
from cuelight.wiring.archive import layout_of_signals

LAYOUT = layout_of_signals()
KNOWN = Situation(Identity.CLAIMED, named=True, origin=True, trusted=True, unreported=False)


@dataclass(frozen=True)
class Desk:
    """A store of its own, and its archive."""

    stores: Stores
    path: Path
    follower: Follower
    archive: Archive
    writer: Writer

    def record(self, chat: Chat, decision: Decision | None = None) -> Chat:
        self.stores.customers.record(chat, decision or decided(chat), world.entry(chat))
        return chat

    def catch_up(self) -> None:
        for _ in range(100):
            if not self.follower.step():
                return
        raise AssertionError("the journal has no end")

    def settle(self, chat: Chat, outcome: Outcome, method: Proof | None = None) -> None:
        self.stores.customers.settle(
            chat.key,
            chat.customer,
            OutcomeRecord(outcome, chat.at + timedelta(minutes=5), "Sam", method),
            proof=Proof.NONE,
            reported=outcome is Outcome.IMPERSONATION,
            failed_step_up=False,
            incident=None,
        )

    def cues(self) -> dict[str, Cue]:
        return {one.key.chat_id: one.cue for one in self.archive.listed(Wanted(), 1000)}


def decided(chat: Chat, cue: Cue = Cue.AMBER, raw: int = 2_000) -> Decision:
    reasons = (Reason("network.new_country", raw / 1000, {"country": "NL"}),)
    return replace(world.decision(chat, cue), reasons=reasons, situation=KNOWN)


def journal_of(stores: Stores):
    assert stores.journal is not None
    return stores.journal
