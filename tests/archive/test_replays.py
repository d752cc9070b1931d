"""The month is read in the background: who cannot wait is told so, or goes on with what was read before."""

from __future__ import annotations

import threading
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field, replace
from pathlib import Path

import pytest
from tests.signals.builders import POLICY
from tests.stores import world

from cuelight import replays
from cuelight.archive import Archive, Writer, open_writer
from cuelight.core.chat import Identity
from cuelight.core.decision import Reason
from cuelight.core.errors import NotFound, StoreUnavailable
from cuelight.core.journal import Filed
from cuelight.core.ports import StoredChat
from cuelight.core.situation import Situation
from cuelight.replays import Replays, StillReading
from cuelight.wiring.archive import layout_of_signals

LAYOUT = layout_of_signals()
LONG_S = 30.0


@dataclass(slots=True)
class Gated(Archive):
    """One that is read once the gate is open, and not at all while it is broken."""

    gate: threading.Event = field(default_factory=threading.Event)
    broken: bool = False
    readings: int = 0

    def replayable(self, limit: int) -> Sequence[bytes]:
        self.readings += 1
        assert self.gate.wait(LONG_S)
        if self.broken:
            raise StoreUnavailable("the archive cannot be used")
        return Archive.replayable(self, limit)


@pytest.fixture
def writer(tmp_path: Path) -> Iterator[Writer]:
    with open_writer(tmp_path / "archive.db", LAYOUT) as opened:
        assert opened is not None
        yield opened


@pytest.fixture
def archive(writer: Writer, tmp_path: Path) -> Gated:
    filed(writer, 3)
    return Gated(tmp_path / "archive.db", LAYOUT)


def filed(writer: Writer, chats: int) -> None:
    """So many more chats that can be judged again."""
    found = []
    for _ in range(chats):
        chat = world.chat(world.customer())
        known = Situation(Identity.CLAIMED, named=True, origin=True, trusted=True, unreported=False)
        reasons = (Reason("network.new_country", 2.0, {"country": "NL"}),)
        decision = replace(world.decision(chat), reasons=reasons, situation=known)
        found.append(Filed(StoredChat(chat, decision), None))
    writer.apply(found)


def test_who_cannot_wait_is_told_and_the_reading_goes_on(archive: Gated) -> None:
    has = Replays(archive, lambda: POLICY)
    has.warm()
    has.warm()
    for _ in range(3):
        with pytest.raises(StillReading):
            has.report(within_s=0.0)
    archive.gate.set()
    assert has.report().effect.chats == 3
    assert has.report(within_s=0.0).effect.chats == 3
    has.warm()
    assert archive.readings == 1


def test_what_was_read_before_serves_while_it_is_read_anew(
    archive: Gated, writer: Writer, monkeypatch: pytest.MonkeyPatch
) -> None:
    has = Replays(archive, lambda: POLICY)
    archive.gate.set()
    assert len(has.columns()) == 3
    filed(writer, 2)
    assert len(has.columns()) == 3, "who moves a slider keeps what they see"
    monkeypatch.setattr(replays, "_FRESH_S", -1.0)
    archive.gate.clear()
    assert [len(has.columns(within_s=0.0)) for _ in range(3)] == [3, 3, 3]
    archive.gate.set()
    assert len(has.columns()) == 5
    assert archive.readings == 2


def test_a_reading_that_failed_is_told_and_tried_again_later(archive: Gated, monkeypatch: pytest.MonkeyPatch) -> None:
    has = Replays(archive, lambda: POLICY)
    archive.broken = True
    archive.gate.set()
    for _ in range(2):
        with pytest.raises(StoreUnavailable):
            has.columns()
    assert archive.readings == 1, "not at once"
    archive.broken = False
    monkeypatch.setattr(replays, "_FRESH_S", -1.0)
    assert len(has.columns()) == 3


def test_a_policy_nobody_knows_yet_keeps_no_month_from_being_read(archive: Gated) -> None:
    known: list[StoreUnavailable] = [StoreUnavailable("not known yet")]

    def live() -> object:
        if known:
            raise known[0]
        return POLICY

    has = Replays(archive, live)  # type: ignore[arg-type]  # what it answers is a policy, once it answers
    archive.gate.set()
    with pytest.raises(StoreUnavailable, match="not known yet"):
        has.report()
    assert len(has.columns()) == 3
    known.clear()
    assert has.report(within_s=0.0).effect.chats == 3


def test_without_an_archive_nothing_is_waited_for(tmp_path: Path) -> None:
    has = Replays(Archive(tmp_path / "none.db", LAYOUT), lambda: POLICY)
    has.warm()
    with pytest.raises(NotFound):
        has.report(within_s=0.0)
