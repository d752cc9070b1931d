"""What every `PolicyStore` and `ShadowStore` promises. There is one book in a store: tests go on from its state."""

from __future__ import annotations

import secrets
from concurrent.futures import ThreadPoolExecutor
from dataclasses import replace
from datetime import date

import pytest
from tests.stores import world

from cuelight.core import announcing, policy_book
from cuelight.core.decision import Cue
from cuelight.core.errors import PolicyInvalid
from cuelight.core.policy_book import PolicyBook, PolicyDocument, Publication, Request, Shadowing
from cuelight.core.shadow import LINES_KEPT, ShadowLine
from cuelight.stores import Stores, keys

BASE = Publication("installed-1", "0" * 64, world.at(), "installed")


def document(**more: object) -> PolicyDocument:
    version = f"v{secrets.token_hex(6)}"
    return PolicyDocument(
        version, {"version": version, "thresholds": {"amber": 40.5}, **more}, "Zoë", "why 💬", world.at()
    )


def published(of: PolicyDocument) -> Publication:
    return Publication(of.version, of.digest, world.at(1), "Sam (key 1)", "note", approved_by="Kim (key 2)")


def test_a_book_and_its_versions_come_back_exactly(stores: Stores) -> None:
    kept, made = stores.policies, document(extra=[1, None, {"": 2e-05}])
    before = kept.book()
    after = policy_book.publish(before, published(made), BASE)
    after = policy_book.ask(after, Request("v-other", "Sam", world.at(2), "please"))
    after = replace(after, shadow=Shadowing("v-shadow", "1" * 64, "Kim", world.at(3)))
    assert kept.change(before, after, add=[made], announce=[announcing.about_policy(after.stack[-1])])
    assert (kept.book(), kept.revision()) == (after, after.revision)
    assert kept.get(made.version) == made
    assert kept.get("never") is None
    head = next(head for head in kept.heads() if head.version == made.version)
    assert (head.author, head.note, head.created_at) == (made.author, made.note, made.created_at)
    told = [taken.alert for taken in stores.outbox.take(10_000)]
    assert [alert.body for alert in told if alert.body.get("policy_version") == made.version] == [
        {"policy_version": made.version, "rolled_back": False}
    ]


def test_of_many_changes_of_one_book_one_is_made_and_nothing_of_the_others(stores: Stores) -> None:
    kept = stores.policies
    before = kept.book()
    wanted = [document() for _ in range(8)]

    def go(made: PolicyDocument) -> bool:
        after = policy_book.publish(before, published(made), BASE)
        return kept.change(before, after, add=[made], announce=[announcing.about_policy(after.stack[-1])])

    with ThreadPoolExecutor(8) as pool:
        done = list(pool.map(go, wanted))
    assert done.count(True) == 1
    won = wanted[done.index(True)]
    assert kept.book().live == published(won)
    assert [made.version for made in wanted if kept.get(made.version)] == [won.version]
    told = {alert.body.get("policy_version") for alert in (taken.alert for taken in stores.outbox.take(10_000))}
    assert told & {made.version for made in wanted} == {won.version}


def test_a_version_never_changes_and_goes_when_it_is_dropped(stores: Stores) -> None:
    kept, made = stores.policies, document()
    before = kept.book()
    first = policy_book.changed(before)
    assert kept.change(before, first, add=[made])
    again = policy_book.changed(first)
    assert kept.change(first, again, add=[replace(made, document={"version": made.version}, author="Mallory")])
    assert kept.get(made.version) == made
    assert kept.change(again, policy_book.changed(again), drop=[made.version])
    assert kept.get(made.version) is None
    assert made.version not in {head.version for head in kept.heads()}


def test_what_somebody_else_wrote_is_no_policy(redis_stores: Stores) -> None:
    link, kept, made = redis_stores.link, redis_stores.policies, document()
    assert link is not None
    before = kept.book()
    assert kept.change(before, policy_book.changed(before), add=[made])
    for garbage in (b"{", b"[]", b'{"version": 1}', b'"x"'):
        link.call("HSET", keys.POLICY_DOCUMENTS, made.version, garbage)
        with pytest.raises(PolicyInvalid):
            kept.get(made.version)
    good = link.call("HGET", keys.POLICY_BOOK, "=")
    for garbage in (b"{", b"[]", b'{"revision": "x"}'):
        link.call("HSET", keys.POLICY_BOOK, "=", garbage)
        with pytest.raises(PolicyInvalid):
            kept.book()
    link.call("HSET", keys.POLICY_BOOK, "=", good)
    assert isinstance(kept.book(), PolicyBook)


def line(hours: float, chat_id: str | None = None) -> ShadowLine:
    key = world.chat(None, chat_id=chat_id).key
    return ShadowLine(world.at(hours), key, Cue.AMBER, Cue.GREEN, ("travel.far",), (), ("network.new_provider",))


def test_a_comparison_adds_up_and_keeps_the_newest_lines(stores: Stores) -> None:
    version, day = f"v{secrets.token_hex(6)}", date(2026, 11, 23)
    first, second = line(1), line(2)
    counts = {(day, Cue.AMBER, Cue.GREEN): 2, (day, Cue.GREY, Cue.GREY): 5}
    stores.shadows.add(version, counts, [first, second])
    stores.shadows.add(version, {(day, Cue.AMBER, Cue.GREEN): 1}, [])
    stores.shadows.add("another", counts, [line(3)])
    report = stores.shadows.report(version)
    assert report.counts == {(day, Cue.AMBER, Cue.GREEN): 3, (day, Cue.GREY, Cue.GREY): 5}
    assert (report.decisions, report.differing) == (8, 3)
    assert list(report.lines) == [second, first]
    many = [line(number) for number in range(LINES_KEPT + 20)]
    stores.shadows.add(version, {}, many)
    assert list(stores.shadows.report(version).lines) == many[: -LINES_KEPT - 1 : -1]


def test_a_forgotten_chat_leaves_no_line_and_gets_none(stores: Stores) -> None:
    version = f"v{secrets.token_hex(6)}"
    gone, stays = line(1), line(2)
    stores.shadows.add(version, {}, [gone, stays, replace(gone, at=world.at(3))])
    assert stores.shadows.forget([gone.chat]) == 2
    stores.shadows.add(version, {}, [gone])
    assert list(stores.shadows.report(version).lines) == [stays]
    assert stores.shadows.forget([]) == 0


def test_a_comparison_is_kept_as_long_as_decisions(redis_stores: Stores) -> None:
    link = redis_stores.link
    assert link is not None
    redis_stores.shadows.add("v", {(date(2026, 11, 23), Cue.RED, Cue.RED): 1}, [line(1)])
    for name in (keys.SHADOW_COUNTS, keys.SHADOW_LINES):
        assert link.call("TTL", name) == pytest.approx(keys.CHAT_TTL_S, abs=30)
    assert link.call("TTL", keys.POLICY_BOOK) < 0
