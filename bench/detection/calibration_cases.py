"""Chats as scoring is asked about them, taken from a replay of calibration seeds: chat, history, crowd, time.

Captured once, so that constants can be tried on the same questions in seconds instead of replaying a year for each.
"""

from __future__ import annotations

import json
import tempfile
from dataclasses import dataclass
from datetime import datetime
from pathlib import Path
from random import Random

from bench.detection import seeds
from bench.detection.simulate import simulate, write
from cuelight.cli.records import RecordFile
from cuelight.core.chat import Chat
from cuelight.core.crowd import Crowd
from cuelight.core.history import History
from cuelight.replay import ReplayClock, run
from cuelight.replay.report import LEGIT
from cuelight.settings import Settings
from cuelight.wiring.opening import replay_corridor


@dataclass(frozen=True, slots=True)
class Case:
    """One question and its truth. `weight` makes up for legit chats left out by sampling."""

    label: str
    customer_kind: str
    chat: Chat
    history: History
    crowd: Crowd
    now: datetime
    weight: float


def capture(seed: int, settings: Settings, legit_share: float) -> list[Case]:
    """Replay one calibration seed and keep every impostor's chat and a share of the legit ones.

    Chats under an open incident are left out: the floor decides them, whatever the constants say.
    """
    seeds.check(seed, reporting=False)
    random = Random(seed)
    asked: list[tuple[Chat, History, Crowd]] = []
    cases: list[Case] = []
    clock = ReplayClock()
    with tempfile.TemporaryDirectory(prefix="cuelight-calibrate-") as name:
        folder = Path(name)
        write(simulate(seed), folder)
        with (folder / "truth.jsonl").open(encoding="utf-8") as lines:
            kinds = {row["chat_id"]: row["customer_kind"] for row in map(json.loads, lines)}
        here = settings.model_copy(update={"networks_dir": folder / "networks"})
        records = list(RecordFile(folder / "records.jsonl"))
        with replay_corridor(here, clock, watch=lambda *told: asked.append(told[:3])) as (corridor, _):
            for chat in run(records, corridor, clock, lambda *_: None):
                question, label = asked[-1], chat.label or LEGIT
                asked.clear()
                floored = question[1].open_incident(clock.now) is not None
                if floored or (label == LEGIT and random.random() > legit_share):
                    continue
                weight = 1 / legit_share if label == LEGIT else 1.0
                cases.append(Case(label, kinds[question[0].key.chat_id], *question, clock.now, weight))
    return cases
