"""What a draft would have done to recorded chats, in the agents' terms. Pure: arrays in, figures out.

Now is what the live policy makes of the recorded evidence, then is what the draft makes of the same. Both are of what
was known when the chat came: before a report, a proof or an incident spoke along.
"""

from __future__ import annotations

from collections.abc import Callable
from datetime import UTC, datetime

import numpy as np
from numpy.typing import NDArray

from cuelight.core.chat import Identity
from cuelight.core.history import Outcome
from cuelight.core.judging import judge
from cuelight.core.policy import Policy
from cuelight.core.replay_row import CUES, KINDS, NONE, OUTCOMES
from cuelight.core.situation import CUSTOMERS
from cuelight.replay.compared import Change, Effect, Known, Pair, Tally
from cuelight.replay.decided import AMBER, GREEN, RED, SEVERITY, Bools, Columns, Cues, Rejudged, rejudge

BINS = 100
"""Of scores, one point each."""
MOST_CHANGED = 100


def effect(
    columns: Columns, live: Policy, draft: Policy, most: int = MOST_CHANGED, now: Rejudged | None = None
) -> Effect:
    """Both policies over the same decisions, compared. `now` is what `live` makes of them, where that is known."""
    now = rejudge(columns, live) if now is None else now
    then = now if draft is live else rejudge(columns, draft)
    outcome = columns.of("outcome")
    impostors = outcome == OUTCOMES.index(Outcome.IMPERSONATION)
    verified = columns.in_situation([s.identity is Identity.VERIFIED for s in columns.situations[0]])
    legit = ((outcome == OUTCOMES.index(Outcome.GENUINE)) | verified) & ~impostors
    networks = columns.of("network")
    kinds = np.array([CUSTOMERS.index(s.customer) for s in columns.situations[0]] or [0])
    customers = kinds[columns.situations[1]]
    at_s = columns.rows["at_s"]
    changed = np.flatnonzero(now.cue != then.cue)
    hist = _histogram(then.judged_by)
    rest = ~impostors
    return Effect(
        len(columns),
        _time(at_s.min()) if len(columns) else None,
        _time(at_s.max()) if len(columns) else None,
        _tally("all", now.cue, then.cue),
        tuple(
            _tally(name, now.cue[mine], then.cue[mine])
            for place, name in enumerate(CUSTOMERS)
            if (mine := customers == place).any()
        ),
        tuple(
            _tally("no address" if place == NONE else KINDS[place].value, now.cue[mine], then.cue[mine])
            for place in (*range(len(KINDS)), NONE)
            if (mine := networks == place).any()
        ),
        _known(now.cue[impostors], then.cue[impostors]),
        _known(now.cue[legit], then.cue[legit]),
        _share(RED, now.cue[rest], then.cue[rest]),
        _by_incident(columns, rest, now.cue, then.cue),
        _share(AMBER, now.cue[rest], then.cue[rest]),
        hist(np.ones(len(columns), bool)),
        hist(impostors),
        hist(legit),
        len(changed),
        _changes(columns, live, draft, _worst_first(changed, now.cue, then.cue, impostors, legit, at_s)[:most]),
        unjudged(live, draft),
    )


def unjudged(live: Policy, draft: Policy) -> tuple[str, ...]:
    """What differs between two policies and works before there is evidence, or only on later incidents: a replay of
    recorded evidence does not see it. Shadow does."""
    found = [
        f"signals.{name}.constants.{constant}"
        for name in sorted(draft.signals)
        for constant in sorted(draft.of(name).constants)
        if draft.of(name).constants[constant] != live.of(name).constants.get(constant)
    ]
    found += [f"trust.{name}" for name in sorted(draft.trust) if draft.trust[name] != live.trust.get(name)]
    for name in ("incident_days", "crowd_prior", "crowd_prior_weight"):
        if getattr(live, name) != getattr(draft, name):
            found.append(name)
    return tuple(found)


def _tally(name: str, now: Cues, then: Cues) -> Tally:
    size = len(CUES)
    return Tally(name, _counts(now, size), _counts(then, size))


def _counts(values: NDArray[np.uint8] | NDArray[np.int64], size: int) -> tuple[int, ...]:
    return tuple(int(count) for count in np.bincount(values, minlength=size)[:size])


def _known(now: Cues, then: Cues) -> Known:
    warned_now, warned_then = SEVERITY[now] > 0, SEVERITY[then] > 0
    return Known(
        len(now),
        Pair(int(warned_now.sum()), int(warned_then.sum())),
        Pair(int((now == RED).sum()), int((then == RED).sum())),
        int((warned_now & ~warned_then).sum()),
        int((~warned_now & warned_then).sum()),
        int(((now != GREEN) & (then == GREEN)).sum()),
    )


def _by_incident(columns: Columns, rest: Bools, now: Cues, then: Cues) -> Pair:
    if "incident" not in columns.layout.codes:
        return Pair(0, 0)
    mine = rest & (columns.codes[columns.layout.signals.index("incident")] > 0)
    return Pair(int((now[mine] == RED).sum()), int((then[mine] == RED).sum()))


def _share(cue: int, now: Cues, then: Cues) -> tuple[float, float]:
    if not len(now):
        return 0.0, 0.0
    return 100.0 * float((now == cue).mean()), 100.0 * float((then == cue).mean())


def _histogram(scores: NDArray[np.float64]) -> Callable[[Bools], tuple[int, ...]]:
    told = ~np.isnan(scores)
    bins = np.minimum(np.nan_to_num(scores), BINS - 1).astype(np.int64)
    return lambda which: _counts(bins[which & told], BINS)


def _worst_first(
    changed: NDArray[np.int64], now: Cues, then: Cues, impostors: Bools, legit: Bools, at_s: NDArray[np.uint32]
) -> NDArray[np.int64]:
    """Impersonations no longer warned of, then the other ones, then legit chats newly bothered, then larger steps, then
    newer chats."""
    step = SEVERITY[then[changed]].astype(np.int64) - SEVERITY[now[changed]]
    missed = impostors[changed] & ((step < 0) | (then[changed] == GREEN))
    bothered = legit[changed] & (step > 0)
    newest, found_out = -at_s[changed].astype(np.int64), impostors[changed]
    order = np.lexsort((newest, -np.abs(step), ~bothered, ~found_out, ~missed))
    found: NDArray[np.int64] = changed[order]
    return found


def _changes(columns: Columns, live: Policy, draft: Policy, places: NDArray[np.int64]) -> tuple[Change, ...]:
    found = []
    for place in places:
        row = columns.rows[place]
        basis = columns.layout.basis(row.tobytes())
        now, then = judge(basis, live), judge(basis, draft)
        codes = [code for code, _ in basis.findings]
        reasons = [(c, a / 1000, b / 1000) for c, a, b in zip(codes, now.points, then.points, strict=True)]
        reasons.sort(key=lambda r: (-abs(r[2] - r[1]), -abs(r[2])))
        outcome = int(row["outcome"])
        found.append(
            Change(
                int(columns.ids[place]),
                _time(row["at_s"]),
                now.cue,
                then.cue,
                now.score,
                then.score,
                None if outcome == NONE else OUTCOMES[outcome],
                tuple(reasons),
            )
        )
    return tuple(found)


def _time(at_s: np.uint32) -> datetime:
    return datetime.fromtimestamp(int(at_s), UTC)
