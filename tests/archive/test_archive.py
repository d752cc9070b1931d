"""The archive has what the store has, within a moment; it can be read anew at any time, and forgets who was erased."""

from __future__ import annotations

from contextlib import closing
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from pathlib import Path

import numpy as np
import pytest
from tests.archive.desk import LAYOUT, Desk, decided, journal_of
from tests.signals.builders import POLICY
from tests.stores import world

from cuelight.archive import Archive, Follower, Wanted, open_writer, reader, schema
from cuelight.archive.reader import BEHIND_S
from cuelight.core.chat import Identity, NetworkKind
from cuelight.core.decision import Cue
from cuelight.core.disclosure import Disclosure, Kind
from cuelight.core.errors import StoreUnavailable
from cuelight.core.history import Outcome, Proof
from cuelight.core.replay_row import layout
from cuelight.replay.decided import Columns
from cuelight.replay.effect import effect


def test_it_follows_what_happens(desk: Desk) -> None:
    before = desk.record(world.chat(world.customer()))
    desk.catch_up()
    assert desk.cues() == {before.key.chat_id: Cue.AMBER}
    who = world.customer()
    chat = desk.record(world.chat(who, 1), decided(world.chat(who), Cue.GREEN))
    desk.settle(chat, Outcome.IMPERSONATION)
    told = Disclosure(chat.key, Kind.ADDRESS, world.at(1), "Sam", team="billing")
    desk.stores.customers.ledger(who, chat.key, [told])
    again = replace(decided(chat, Cue.RED), first=decided(chat, Cue.GREEN).as_first())
    desk.stores.customers.record(chat, again, None, replace=True)
    caught_up = datetime.now(UTC)
    desk.catch_up()
    found = desk.archive.listed(Wanted(cue=Cue.RED), 10)
    assert [one.key for one in found] == [chat.key]
    one = found[0]
    assert (one.first_cue, one.outcome, one.outcome_after) == (Cue.GREEN, Outcome.IMPERSONATION, timedelta(minutes=5))
    assert (one.network, one.customer, one.disclosed) == (NetworkKind.CONSUMER, "known", (Kind.ADDRESS,))
    assert one.replayable
    # Sums say the same as the rows, after changes, too.
    told = {(day.cue, day.outcome, day.chats, day.disclosed) for day in desk.archive.days(world.at(-1))}
    assert told == {(Cue.AMBER, None, 1, 0), (Cue.GREEN, Outcome.IMPERSONATION, 1, 1)}
    status = desk.archive.status()
    assert (status.state, status.chats, status.unreplayable, status.unreadable) == ("current", 2, 0, 0)
    assert status.current_at is not None
    assert caught_up <= status.current_at
    assert not status.is_late(status.current_at + timedelta(seconds=BEHIND_S))
    assert status.is_late(status.current_at + timedelta(seconds=BEHIND_S + 1))


def test_what_was_given_out_is_counted_by_team(desk: Desk) -> None:
    """By the team that did so first, and by the cue its agent saw; a slip that was taken back is none."""
    spoken = {"billing": 2, "returns": 1, "": 1}
    for team, chats in spoken.items():
        for _ in range(chats):
            who = world.customer()
            chat = desk.record(world.chat(who), decided(world.chat(who), Cue.RED))
            first = Disclosure(chat.key, Kind.ADDRESS, world.at(1), "Sam", team=team)
            later = Disclosure(chat.key, Kind.PHONE, world.at(2), "Kim", team="another")
            desk.stores.customers.ledger(who, chat.key, [first, later])
    who = world.customer()
    for cue, mistaken in ((Cue.GREEN, False), (Cue.RED, True)):
        chat = desk.record(world.chat(who), decided(world.chat(who), cue))
        lines = [Disclosure(chat.key, Kind.ADDRESS, world.at(1), "Sam", team="billing")]
        lines += [replace(lines[0], at=world.at(1.1), mistaken=True)] if mistaken else []
        desk.stores.customers.ledger(who, chat.key, lines)
    desk.catch_up()
    assert list(desk.archive.given_out(world.at(-1), Cue.RED)) == [("billing", 2), ("", 1), ("returns", 1)]
    assert list(desk.archive.given_out(world.at(-1), Cue.GREEN)) == [("billing", 1)]
    assert list(desk.archive.given_out(world.at(9), Cue.RED)) == []


def test_lists_are_narrowed_and_go_on(desk: Desk) -> None:
    chats = [desk.record(world.chat(world.customer(), hour)) for hour in range(5)]
    desk.settle(chats[0], Outcome.GENUINE, Proof.CALL_BACK)
    desk.catch_up()
    newest = desk.archive.listed(Wanted(), 2)
    assert [one.key for one in newest] == [chats[4].key, chats[3].key]
    last = newest[-1]
    rest = desk.archive.listed(Wanted(before=(int(last.at.timestamp()), last.place)), 10)
    assert [one.key for one in rest] == [chat.key for chat in reversed(chats[:3])]
    narrowed = {
        "cue": Wanted(cue=Cue.RED),
        "network": Wanted(network=NetworkKind.TOR),
        "customer": Wanted(customer="new"),
        "identity": Wanted(identity=Identity.VERIFIED),
        "desk": Wanted(desk="intercom"),
    }
    assert {name: len(desk.archive.listed(wanted, 9)) for name, wanted in narrowed.items()} == dict.fromkeys(
        narrowed, 0
    )
    assert [one.key for one in desk.archive.listed(Wanted(outcome=Outcome.GENUINE), 9)] == [chats[0].key]
    assert len(desk.archive.listed(Wanted(unsettled=True, since=world.at(2)), 9)) == 3
    assert desk.archive.median_delay_s(Outcome.GENUINE) == 300
    assert desk.archive.median_delay_s(Outcome.UNKNOWN) is None
    assert desk.archive.desks() == [("zendesk", "acme")]


def test_reading_anew_finds_what_was_missed_and_drops_what_is_gone(desk: Desk) -> None:
    kept, gone = (desk.record(world.chat(world.customer())) for _ in range(2))
    desk.catch_up()
    link = desk.stores.link
    assert link is not None
    # As if they had happened on a Cluster whose journal was out of reach.
    link.call("DEL", *link.client.keys("cl:v:*"), *link.client.keys(b"cl:c:*" + gone.key.chat_id.encode()))
    late = desk.record(world.chat(world.customer()))
    link.call("DEL", *link.client.keys("cl:v:*"))
    desk.catch_up()
    assert set(desk.cues()) == {kept.key.chat_id, late.key.chat_id}


def test_what_was_erased_is_gone_from_the_file(desk: Desk) -> None:
    who = world.customer()
    canaries = [desk.record(world.chat(who, chat_id=f"canary-{n}")) for n in range(3)]
    other = desk.record(world.chat(world.customer()))
    desk.catch_up()
    assert len(desk.cues()) == 4
    desk.stores.customers.erase(who, world.at(5))
    desk.catch_up()
    assert desk.cues() == {other.key.chat_id: Cue.AMBER}
    files = [file for file in desk.path.parent.iterdir() if file.is_file()]
    assert desk.path in files
    assert not [file.name for file in files if b"canary-" in file.read_bytes() or who.encode() in file.read_bytes()]
    assert len(canaries) == 3


def test_what_is_replayed_is_the_newest_first_and_each_at_its_place(
    desk: Desk, monkeypatch: pytest.MonkeyPatch
) -> None:
    chats = [desk.record(world.chat(world.customer(), hours / 4), decided(world.chat(None))) for hours in range(-9, 9)]
    desk.catch_up()
    newest = [chat.key for chat in reversed(chats)]
    for together in (1, 3, 5_000):
        monkeypatch.setattr(reader, "_THOUSANDS", together)
        for limit in (1, 5, 18, 100):
            columns = Columns.read(LAYOUT, desk.archive.replayable(limit))
            found = desk.archive.at_places([int(place) for place in columns.ids])
            assert [found[int(place)].key for place in columns.ids] == newest[:limit]
            times = [int(found[int(place)].at.timestamp()) for place in columns.ids]
            assert [int(at_s) for at_s in columns.rows["at_s"]] == times


def test_old_chats_leave(desk: Desk) -> None:
    desk.record(world.chat(world.customer(), -24 * 40))
    desk.record(world.chat(world.customer()))
    desk.catch_up()
    assert desk.writer.sweep(world.at(-24 * 30)) == 1
    assert len(desk.cues()) == 1
    assert [day.chats for day in desk.archive.days(world.at(-24 * 60))] == [1]


def test_what_cannot_be_replayed_or_read_is_told(desk: Desk) -> None:
    old = desk.record(world.chat(world.customer()), world.decision(world.chat(None)))
    damaged = desk.record(world.chat(world.customer()))
    link = desk.stores.link
    assert link is not None
    name = next(iter(link.client.keys(b"cl:c:*" + damaged.key.chat_id.encode())))
    link.call("SET", name, link.call("GET", name)[:40])
    desk.catch_up()
    status = desk.archive.status()
    assert (status.chats, status.unreplayable, status.unreadable) == (1, 1, 1)
    assert [one.replayable for one in desk.archive.listed(Wanted(), 9)] == [False]
    assert not desk.archive.replayable(10)
    assert list(desk.cues()) == [old.key.chat_id]


def test_one_process_writes_and_others_wait(desk: Desk) -> None:
    with open_writer(desk.path, LAYOUT) as second:
        assert second is None


def test_another_versions_file_is_read_anew(desk: Desk, tmp_path: Path) -> None:
    chat = desk.record(world.chat(world.customer()))
    path = tmp_path / "other.db"
    other = layout([("network", ("network.new_country",)), ("novel", ("novel.finding",))])
    with open_writer(path, other) as writer:
        assert writer is not None
        Follower(journal_of(desk.stores), writer, timedelta(days=3650), lambda: datetime.now(UTC)).step()
    assert Archive(path, LAYOUT).status().state == "other"
    with open_writer(path, LAYOUT) as writer:
        assert writer is not None
        follower = Follower(journal_of(desk.stores), writer, timedelta(days=3650), lambda: datetime.now(UTC))
        while follower.step():
            pass
    assert [one.key for one in Archive(path, LAYOUT).listed(Wanted(), 9)] == [chat.key]
    with closing(schema.connect(path)) as db:
        db.execute("PRAGMA user_version=99")
    assert Archive(path, LAYOUT).status().state == "missing"
    with closing(schema.connect(path)) as db:
        assert schema.version(db) == schema.VERSION


def test_no_file_and_a_damaged_one_are_told(tmp_path: Path) -> None:
    archive = Archive(tmp_path / "archive.db", LAYOUT)
    assert archive.status().state == "missing"
    assert archive.listed(Wanted(), 10) == []
    damaged = tmp_path / "damaged.db"
    damaged.write_bytes(b"no database" * 100)
    with pytest.raises(StoreUnavailable, match="archive"):
        Archive(damaged, LAYOUT).status()


def test_a_draft_is_judged_by_what_was_known_when_the_chat_came(desk: Desk) -> None:
    """An impersonation that got green and was reported since is red now; no draft may take the credit for that."""
    chat = world.chat(world.customer())
    first = decided(chat, Cue.GREEN, raw=-2_000)
    desk.record(chat, first)
    desk.settle(chat, Outcome.IMPERSONATION)
    found_out = replace(decided(chat, Cue.RED), first=first.as_first())
    desk.stores.customers.record(chat, found_out, None, replace=True)
    for _ in range(20):
        desk.record(world.chat(world.customer()), decided(chat, Cue.GREEN, raw=-3_000))
    desk.catch_up()
    columns = Columns.read(LAYOUT, desk.archive.replayable(1000))
    same = effect(columns, POLICY, POLICY)
    assert (same.chats, same.changed, same.impersonations.warned.now) == (21, 0, 0)
    sharp = effect(columns, POLICY, replace(POLICY, version="sharp", amber=5.0, red=15.0))
    assert (sharp.impersonations.warned.then, sharp.impersonations.gained) == (1, 1)
    assert sharp.changes[0].outcome is Outcome.IMPERSONATION
    blunt = effect(columns, replace(POLICY, version="sharp", amber=5.0, red=15.0), POLICY)
    assert (blunt.impersonations.lost, blunt.impersonations.green) == (1, 1)
    listed = desk.archive.at_places([change.place for change in sharp.changes])
    assert listed[sharp.changes[0].place].key == chat.key
    assert sum(sharp.total.then) == 21
    assert (sharp.reds_by_incident.now, sharp.reds_by_incident.then) == (0, 0)
    assert np.isclose(sharp.total.per_100(Cue.GREEN)[0], 100.0)
