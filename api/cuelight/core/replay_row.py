"""One recorded decision as bytes of a fixed width, so that a hundred thousand of them are arrays at once."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime
from hashlib import blake2b
from struct import Struct

from cuelight.core.chat import NetworkKind
from cuelight.core.decision import Cue
from cuelight.core.history import Outcome
from cuelight.core.judging import signal_of
from cuelight.core.situation import Basis, Situation

CUES, KINDS, OUTCOMES = tuple(Cue), tuple(NetworkKind), tuple(Outcome)
NONE = 255
"""In place of a network kind or an outcome: there is none."""
HEAD = "<IHBBB"
"""Time (s), situation, cue as it was, network kind, outcome; then a code for each signal and then their points."""


@dataclass(frozen=True, slots=True)
class Judged:
    """What a row holds: when, on what the cue rested, what the agent saw, and what came of it."""

    at: datetime
    basis: Basis
    cue: Cue
    network: NetworkKind | None = None
    outcome: Outcome | None = None


@dataclass(frozen=True, slots=True)
class Layout:
    """`codes`: every signal, in order, with every finding it can give. A signal gives at most one at a time."""

    codes: Mapping[str, Sequence[str]]
    _struct: Struct = field(init=False, compare=False)
    _place: Mapping[str, tuple[int, int]] = field(init=False, compare=False)

    def __post_init__(self) -> None:
        places = {
            code: (place, number)
            for place, codes in enumerate(self.codes.values())
            for number, code in enumerate(codes, 1)
        }
        object.__setattr__(self, "_struct", Struct(f"{HEAD}{len(self.codes)}B{len(self.codes)}i"))
        object.__setattr__(self, "_place", places)

    @property
    def signals(self) -> tuple[str, ...]:
        return tuple(self.codes)

    @property
    def name(self) -> str:
        """Of the same name are rows that mean the same."""
        told = ";".join(f"{signal}:{','.join(codes)}" for signal, codes in self.codes.items())
        return blake2b(f"1|{told}".encode(), digest_size=8).hexdigest()

    @property
    def width(self) -> int:
        return self._struct.size

    def pack(self, judged: Judged) -> bytes | None:
        """None for findings this version does not know: they cannot be judged again."""
        codes, points = [0] * len(self.codes), [0] * len(self.codes)
        for code, raw in judged.basis.findings:
            if code not in self._place:
                return None
            place, codes[place] = self._place[code]
            points[place] = raw
        return self._struct.pack(
            int(judged.at.timestamp()),
            judged.basis.situation.bits,
            CUES.index(judged.cue),
            NONE if judged.network is None else KINDS.index(judged.network),
            NONE if judged.outcome is None else OUTCOMES.index(judged.outcome),
            *codes,
            *points,
        )

    def basis(self, row: bytes) -> Basis:
        """What the row's cue rested on, its findings in the order of the signals."""
        _, bits, _, _, _, *rest = self._struct.unpack(row)
        size = len(self.codes)
        findings = [
            (codes[number - 1], raw)
            for codes, number, raw in zip(self.codes.values(), rest[:size], rest[size:], strict=True)
            if number
        ]
        return Basis(tuple(findings), Situation.of_bits(bits))


def layout(signals: Sequence[tuple[str, Sequence[str]]]) -> Layout:
    """Raises `ValueError` for a signal whose findings do not bear its name or are too many."""
    for name, codes in signals:
        if len(codes) > 254 or any(signal_of(code) != name for code in codes):
            raise ValueError(f"{name}: findings begin with the signal's name, and are fewer than 255")
    return Layout({name: tuple(codes) for name, codes in signals})
