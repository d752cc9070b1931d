"""The shadow asks the draft what the live policy was asked, and stays silent whatever happens to it."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

import pytest
from tests.conftest import ABROAD_IP, CHROME_ON_MAC, HOME_IP, ROOT, settings_for

from cuelight.core.chat import ChatKey, Identity
from cuelight.core.decision import Cue
from cuelight.core.errors import StoreUnavailable
from cuelight.core.facts import ChatFacts, ContactFacts
from cuelight.core.history import Outcome, Proof
from cuelight.core.policy import Policy
from cuelight.core.shadow import Crossing, ShadowLine, ShadowStore
from cuelight.policies.shadowing import Shadow
from cuelight.stores import memory_stores
from cuelight.wiring.opening import read_policy, replay_corridor

AT = datetime(2026, 3, 1, 12, tzinfo=UTC)
LIVE = read_policy(ROOT / "data" / "policy.json")
STRICT = replace(LIVE, version="strict", amber=1.0, red=2.0)


def chats(folder: Path, draft: Policy | None, store: ShadowStore, ips: Sequence[str]) -> tuple[Shadow, list[Cue]]:
    """The same customer chats from these addresses; the live policy's cues."""
    shadow = Shadow(lambda: draft, store)
    with replay_corridor(settings_for(folder), lambda: AT, watch=shadow) as (corridor, _):
        home = [
            (ContactFacts(at=AT - timedelta(days=d), ip=HOME_IP, user_agent=CHROME_ON_MAC), Proof.SIGN_IN)
            for d in (9, 3)
        ]
        corridor.observe("u", home)
        cues = [
            corridor.score(
                ChatFacts(
                    ChatKey("d", "a", f"c{number}"),
                    Identity.CLAIMED,
                    ContactFacts(at=AT, ip=ip, user_agent=CHROME_ON_MAC),
                    "u",
                )
            ).cue
            for number, ip in enumerate(ips)
        ]
        assert shadow.settle(30)
    return shadow, cues


def test_the_draft_is_asked_the_same_and_what_differs_is_kept(folder: Path) -> None:
    store = memory_stores().shadows
    _, cues = chats(folder, STRICT, store, [HOME_IP, ABROAD_IP])
    report = store.report("strict")
    assert report.decisions == 2
    assert {live for _, live, _ in report.counts} == set(cues)
    assert all(shadow is not Cue.GREEN for _, _, shadow in report.counts)
    assert all(day == AT.date() for day, _, _ in report.counts)
    assert {(line.chat.chat_id, line.live) for line in report.lines} <= {("c0", cues[0]), ("c1", cues[1])}
    assert report.differing == len(report.lines) > 0


def test_a_draft_that_weighs_the_same_differs_in_nothing(folder: Path) -> None:
    store = memory_stores().shadows
    chats(folder, replace(LIVE, version="same"), store, [HOME_IP, ABROAD_IP, HOME_IP])
    report = store.report("same")
    assert (report.decisions, report.differing, list(report.lines)) == (3, 0, [])


def test_reasons_that_differ_are_named_by_their_codes(folder: Path) -> None:
    store = memory_stores().shadows
    silent = {**LIVE.signals, "network": replace(LIVE.of("network"), weight=0.0)}
    louder = replace(LIVE, version="louder", signals=silent, amber=0.1, red=0.2)
    chats(folder, louder, store, [HOME_IP])
    (line,) = store.report("louder").lines
    assert any(code.startswith("network.") for code in (*line.moved, *line.lost))


def test_a_chat_scored_again_after_an_outcome_is_not_counted_again(folder: Path) -> None:
    store = memory_stores().shadows
    shadow = Shadow(lambda: STRICT, store)
    with replay_corridor(settings_for(folder), lambda: AT, watch=shadow) as (corridor, _):
        facts = ContactFacts(at=AT, ip=ABROAD_IP, user_agent=CHROME_ON_MAC)
        key = ChatKey("d", "a", "c")
        corridor.score(ChatFacts(key, Identity.CLAIMED, facts, "u"))
        corridor.outcome(key, Outcome.IMPERSONATION, None, "Sam")
        assert shadow.settle(30)
    assert store.report("strict").decisions == 1


def test_without_a_draft_nothing_runs(folder: Path) -> None:
    shadow, _ = chats(folder, None, memory_stores().shadows, [HOME_IP])
    assert shadow.settle(0)


class Failing:
    """A store that fails as a real one may, or worse."""

    def __init__(self, error: Exception) -> None:
        self.error = error

    def add(self, version: str, counts: Mapping[Crossing, int], lines: Sequence[ShadowLine]) -> None:
        raise self.error

    def __getattr__(self, name: str) -> Any:
        raise AttributeError(name)


@pytest.mark.parametrize(
    ("error", "told"), [(StoreUnavailable("out"), "shadow_not_kept"), (RuntimeError("as if"), "shadow_failed")]
)
def test_a_shadow_that_fails_fails_no_score(
    folder: Path, error: Exception, told: str, capsys: pytest.CaptureFixture[str]
) -> None:
    _, cues = chats(folder, STRICT, Failing(error), [HOME_IP, ABROAD_IP])
    assert len(cues) == 2
    said = capsys.readouterr().out
    assert told in said
    assert "as if" not in said
