"""From replayed chats to what a security team wants to know. Pure: figures in, figures out."""

from __future__ import annotations

from collections import Counter, defaultdict
from collections.abc import Iterable, Sequence
from dataclasses import dataclass, field

from cuelight.core.decision import Cue
from cuelight.replay.run import Replayed

LEGIT = "legit"
"""The one label with a meaning: any other names a kind of impostor. Chats without a label are counted only."""

BINS = 50


@dataclass(slots=True)
class Group:
    """Cues of one group of chats, and their scores as a histogram of `BINS` equal bins over 0-100."""

    cues: Counter[Cue] = field(default_factory=Counter)
    scores: list[int] = field(default_factory=lambda: [0] * BINS)

    def add(self, chat: Replayed) -> None:
        self.cues[chat.decision.cue] += 1
        if chat.decision.score is not None:
            self.scores[min(BINS - 1, int(chat.decision.score / (100 / BINS)))] += 1

    @property
    def chats(self) -> int:
        return sum(self.cues.values())

    def per_100(self, cue: Cue) -> float:
        return 100.0 * self.cues[cue] / self.chats if self.chats else 0.0


@dataclass(frozen=True, slots=True)
class Mistake:
    """A labelled chat whose cue misleads, as an agent would meet it."""

    chat: str
    at: str
    label: str
    cue: Cue
    score: float | None
    reasons: tuple[str, ...]


@dataclass(frozen=True, slots=True)
class Report:
    """`by_customer` and `by_network` count legit chats only (all chats, if none is labelled)."""

    policy_version: str
    total: Group
    by_label: dict[str, Group]
    by_customer: dict[str, Group]
    by_network: dict[str, Group]
    reasons: dict[Cue, list[tuple[str, int]]]
    false_alarms: tuple[Mistake, ...]
    missed: tuple[Mistake, ...]


def build(chats: Sequence[Replayed], policy_version: str, worst: int = 10) -> Report:
    """Tables and the `worst` mistakes of either sort."""
    total = Group()
    by_label: defaultdict[str, Group] = defaultdict(Group)
    by_customer: defaultdict[str, Group] = defaultdict(Group)
    by_network: defaultdict[str, Group] = defaultdict(Group)
    reasons: defaultdict[Cue, Counter[str]] = defaultdict(Counter)
    labelled = any(c.label == LEGIT for c in chats)
    for chat in chats:
        total.add(chat)
        by_label[chat.label or "(no label)"].add(chat)
        reasons[chat.decision.cue].update(r.code for r in chat.decision.reasons if r.points > 0)
        if not labelled or chat.label == LEGIT:
            by_customer[_customer_kind(chat)].add(chat)
            by_network[chat.network_kind.value if chat.network_kind else "no address"].add(chat)
    alarms = [c for c in chats if c.label == LEGIT and c.decision.cue in (Cue.RED, Cue.AMBER)]
    missed = [c for c in chats if c.label not in (None, LEGIT) and c.decision.cue in (Cue.GREEN, Cue.GREY)]
    return Report(
        policy_version,
        total,
        _sorted(by_label),
        _sorted(by_customer),
        _sorted(by_network),
        {cue: counted.most_common(8) for cue, counted in reasons.items()},
        _mistakes(sorted(alarms, key=lambda c: -c.decision.log_odds)[:worst]),
        _mistakes(sorted(missed, key=lambda c: c.decision.log_odds)[:worst]),
    )


def _customer_kind(chat: Replayed) -> str:
    if chat.facts.customer_id is None:
        return "anonymous"
    if chat.earlier == 0:
        return "first contact"
    return "1-4 earlier" if chat.earlier < 5 else "5 or more earlier"


def _sorted(groups: dict[str, Group]) -> dict[str, Group]:
    return dict(sorted(groups.items()))


def _mistakes(chats: Iterable[Replayed]) -> tuple[Mistake, ...]:
    return tuple(
        Mistake(
            str(c.facts.key),
            c.facts.contact.at.isoformat(timespec="minutes"),
            c.label or "",
            c.decision.cue,
            c.decision.score,
            tuple(f"{r.code} {r.points:+.1f}" for r in c.decision.reasons[:4]),
        )
        for c in chats
    )
