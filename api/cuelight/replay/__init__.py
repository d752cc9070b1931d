"""Running recorded chats through a policy: the real scoring, history, learning and incident code."""

from cuelight.replay.records import AccountEventRecord, ChatRecord, OutcomeRecord, Record, SightingRecord
from cuelight.replay.run import ReplayClock, Replayed, run

__all__ = [
    "AccountEventRecord",
    "ChatRecord",
    "OutcomeRecord",
    "Record",
    "ReplayClock",
    "Replayed",
    "SightingRecord",
    "run",
]
