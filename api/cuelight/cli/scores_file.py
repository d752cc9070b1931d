"""The `--scores` file: one JSON object a chat, full precision, for people's own analyses and for the benches."""

from __future__ import annotations

from collections.abc import Iterable
from pathlib import Path

import orjson

from cuelight.replay import Replayed


def write(path: Path, replayed: Iterable[Replayed]) -> None:
    """`log_odds` (nats) is always a number, for grey chats too; `score` may be null."""
    with path.open("wb") as file:
        for chat in replayed:
            decision = chat.decision
            row = {
                "chat_id": chat.facts.key.chat_id,
                "desk": chat.facts.key.desk,
                "account": chat.facts.key.account,
                "score": decision.score,
                "log_odds": decision.log_odds,
                "cue": decision.cue.value,
                "reasons": [{"code": r.code, "points": r.points} for r in decision.reasons],
                "not_assessed": [{"code": signal, "why": why} for signal, why in decision.not_assessed],
            }
            file.write(orjson.dumps(row) + b"\n")
