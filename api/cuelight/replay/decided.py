"""Recorded decisions under another policy, all at once. Pure; equal to `core.judging` to the last bit.

Sums are of whole thousandths, products are the same products of the same doubles, and what turns log-odds into a score
is the policy's own function, asked once for every value that occurs: so nothing rests on two libraries' exponentials.
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from functools import cached_property, lru_cache

import numpy as np
from numpy.typing import NDArray

from cuelight.core.decision import Cue
from cuelight.core.judging import TELLING, UNPROVEN, Frame, frame
from cuelight.core.policy import Policy, thousandths
from cuelight.core.replay_row import CUES, Layout
from cuelight.core.situation import Situation

RED, AMBER, GREEN, GREY = (CUES.index(cue) for cue in (Cue.RED, Cue.AMBER, Cue.GREEN, Cue.GREY))
SEVERITY = np.array([cue.severity for cue in CUES], np.int8)
_NO_CEILING = 3
_SPAN = 200_000
"""Thousandths of a nat to either side that scores are remembered for; far more than evidence ever adds up to."""
_CUE_OF = np.array([GREEN, AMBER, RED], np.uint8)
"""The cue of a severity, where it is a floor's or a ceiling's."""

Bools = NDArray[np.bool_]
Cues = NDArray[np.uint8]


@dataclass(frozen=True)
class Columns:
    """Decisions as arrays: `ids` names them, `rows` holds them as `Layout.pack` made them."""

    layout: Layout
    ids: NDArray[np.int64]
    rows: NDArray[np.void]

    @classmethod
    def read(cls, layout: Layout, records: Iterable[bytes]) -> Columns:
        """Of each decision its place, eight bytes with the highest first, and its row; any number in one piece."""
        found = np.frombuffer(b"".join(records), np.dtype([("id", ">i8"), ("row", dtype(layout))]))
        return cls(layout, found["id"].astype(np.int64), np.ascontiguousarray(found["row"]))

    def __len__(self) -> int:
        return len(self.rows)

    def of(self, name: str) -> NDArray[np.uint8]:
        found: NDArray[np.uint8] = self.rows[name]
        return found

    @cached_property
    def codes(self) -> NDArray[np.uint8]:
        """One line a signal: which finding, 0 for none."""
        return np.ascontiguousarray(self.rows["codes"].T)

    @cached_property
    def raw(self) -> NDArray[np.int32]:
        return np.ascontiguousarray(self.rows["raw"].T)

    @cached_property
    def situations(self) -> tuple[list[Situation], NDArray[np.int64]]:
        """Those that occur, and which of them each decision was made in."""
        found, place = np.unique(self.rows["situation"], return_inverse=True)
        return [Situation.of_bits(int(bits)) for bits in found], place

    def in_situation(self, which: Sequence[bool]) -> Bools:
        """The decisions made in these of the situations that occur."""
        found: Bools = np.array(which, bool)[self.situations[1]] if which else np.zeros(len(self), bool)
        return found


def dtype(layout: Layout) -> np.dtype[np.void]:
    size = len(layout.codes)
    return np.dtype(
        [
            ("at_s", "<u4"),
            ("situation", "<u2"),
            ("cue", "u1"),
            ("network", "u1"),
            ("outcome", "u1"),
            ("codes", "u1", (size,)),
            ("raw", "<i4", (size,)),
        ]
    )


@dataclass(frozen=True, slots=True)
class Rejudged:
    """`log_odds` in thousandths of a nat; `score` is not a number where nothing could be assessed; `judged_by` is the
    score that thresholds were compared with (without a history, being unproven is left out of it); `cue` by its place
    in `CUES`."""

    log_odds: NDArray[np.int64]
    score: NDArray[np.float64]
    judged_by: NDArray[np.float64]
    cue: Cues


def rejudge(columns: Columns, policy: Policy) -> Rejudged:
    """What this policy would have said about every decision."""
    log_odds = np.full(len(columns), thousandths(policy.prior_log_odds), np.int64)
    unproven = np.zeros(len(columns), np.int64)
    told = np.zeros(len(columns), bool)
    floor = np.zeros(len(columns), np.int8)
    for place, (signal, codes) in enumerate(columns.layout.codes.items()):
        present = columns.codes[place] > 0
        points = _weighed(columns.raw[place], present, policy, signal)
        log_odds += points
        if signal == UNPROVEN:
            unproven = points
        if signal in TELLING:
            told |= present
        floors = [0, *(policy.floors[code].severity if code in policy.floors else 0 for code in codes)]
        if any(floors):
            floor = np.maximum(floor, np.array(floors, np.int8)[columns.codes[place]])
    score = np.where(told, _scores(policy, log_odds), np.nan)
    situations, _ = columns.situations
    frames = [frame(situation, policy) for situation in situations]
    alone = columns.in_situation([framed.alarms_only for framed in frames]) & told
    judged_by = score.copy()
    judged_by[alone] = _scores(policy, (log_odds - unproven)[alone])
    cue = _cues(columns, frames, judged_by)
    return Rejudged(log_odds, score, judged_by, np.where(floor > SEVERITY[cue], _CUE_OF[floor], cue))


def _weighed(raw: NDArray[np.int32], present: Bools, policy: Policy, signal: str) -> NDArray[np.int64]:
    own = policy.of(signal)
    # Halves go to the even one, as `round` does.
    points = raw.astype(np.int64) if own.weight == 1 else np.rint(own.weight * raw).astype(np.int64)
    bounded: NDArray[np.int64] = np.clip(points, thousandths(own.min_points), thousandths(own.max_points))
    return bounded * present


def _scores(policy: Policy, log_odds: NDArray[np.int64]) -> NDArray[np.float64]:
    if not len(log_odds):
        return np.zeros(0)
    if max(-int(log_odds.min()), int(log_odds.max())) > _SPAN:
        found, place = np.unique(log_odds, return_inverse=True)
        return np.array([policy.score(int(value) / 1000) for value in found])[place]
    table = _table(policy.scale_nats)
    scores: NDArray[np.float64] = table[log_odds + _SPAN]
    if (unknown := np.isnan(scores)).any():
        for value in np.unique(log_odds[unknown]):
            table[value + _SPAN] = policy.score(int(value) / 1000)
        scores = table[log_odds + _SPAN]
    return scores


@lru_cache(maxsize=8)
def _table(scale_nats: float) -> NDArray[np.float64]:
    """What `Policy.score` said of log-odds so far: it asks the policy for nothing but the scale. Threads may fill it at
    once, for they write the same."""
    return np.full(2 * _SPAN + 1, np.nan)


def _cues(columns: Columns, frames: Sequence[Frame], value: NDArray[np.float64]) -> Cues:
    if not frames:
        return np.zeros(0, np.uint8)
    place = columns.situations[1]
    severity = (value >= np.array([framed.amber for framed in frames])[place]).astype(np.int8)
    severity[value >= np.array([framed.red for framed in frames])[place]] = 2
    ceilings = [_NO_CEILING if framed.ceiling is None else framed.ceiling.severity for framed in frames]
    severity = np.minimum(severity, np.array(ceilings, np.int8)[place])
    cue = _CUE_OF[severity]
    cue[(severity == 0) & columns.in_situation([framed.not_green is not None for framed in frames])] = GREY
    cue[np.isnan(value) | ~columns.in_situation([framed.named for framed in frames])] = GREY
    return cue
