"""What one fault did: decisions tried, survived and lost, and whether the promise about it was kept."""

from __future__ import annotations

import json
from collections.abc import Sequence
from dataclasses import asdict, dataclass, field
from pathlib import Path

Figure = int | float | str


@dataclass(frozen=True)
class Result:
    """`tried` were acknowledged; `lost` of them are gone, changed or half there. `broken` says how the promise was."""

    fault: str
    promise: str
    tried: int
    lost: int
    figures: dict[str, Figure] = field(default_factory=dict)
    broken: tuple[str, ...] = ()

    @property
    def survived(self) -> int:
        return self.tried - self.lost

    @property
    def kept(self) -> bool:
        return not self.broken


class Promise:
    """Collects what was found and what of it breaks the promise."""

    def __init__(self, text: str) -> None:
        self.text = text
        self.figures: dict[str, Figure] = {}
        self.broken: list[str] = []

    def at_most(self, name: str, value: float, limit: float) -> None:
        """Note a figure; above the limit the promise is broken."""
        self.figures[name] = round(value, 3) if isinstance(value, float) else value
        if value > limit:
            self.broken.append(f"{name} {self.figures[name]} > {limit}")

    def at_least(self, name: str, value: float, limit: float) -> None:
        self.figures[name] = round(value, 3) if isinstance(value, float) else value
        if value < limit:
            self.broken.append(f"{name} {self.figures[name]} < {limit}")

    def note(self, **figures: Figure) -> None:
        self.figures.update({n: round(v, 3) if isinstance(v, float) else v for n, v in figures.items()})

    def result(self, fault: str, tried: int, lost: int) -> Result:
        return Result(fault, self.text, tried, lost, self.figures, tuple(self.broken))


def _short(value: Figure) -> str:
    return f"{value:,}" if isinstance(value, int) else f"{value:.2f}" if isinstance(value, float) else value


_IN_JSON_ONLY = frozenset({"acknowledged", "answered_after", "refused_while_out", "lost"})


def table(results: Sequence[Result]) -> str:
    """Markdown: one row a fault; figures that are zero are left out."""
    rows = ["| fault | promise | tried | survived | lost | figures | kept |", "|---|---|---:|---:|---:|---|---|"]
    for r in results:
        told = {name: value for name, value in r.figures.items() if value and name not in _IN_JSON_ONLY}
        figures = ", ".join(f"{name.replace('_', ' ')} {_short(value)}" for name, value in told.items())
        kept = "yes" if r.kept else "**no**: " + "; ".join(r.broken)
        rows.append(f"| {r.fault} | {r.promise} | {r.tried:,} | {r.survived:,} | {r.lost:,} | {figures} | {kept} |")
    return "\n".join(rows)


def write(results: Sequence[Result], path: Path) -> None:
    rows = [{**asdict(r), "survived": r.survived, "kept": r.kept} for r in results]
    path.write_text(json.dumps(rows, indent=2, ensure_ascii=False) + "\n", "utf-8")
