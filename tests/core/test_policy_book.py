"""What may become of a version, and what rolling back goes back to."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta

import pytest

from cuelight.core import policy_book
from cuelight.core.errors import Conflict, SecondPersonNeeded
from cuelight.core.policy_book import KEPT, PolicyBook, PolicyHead, Publication, Request, Shadowing, State

NOW = datetime(2026, 11, 24, 9, tzinfo=UTC)
BASE = Publication("base", "d0", NOW, "installed")


def went_live(book: PolicyBook, *versions: str) -> PolicyBook:
    for version in versions:
        book = policy_book.publish(book, Publication(version, f"d-{version}", NOW, "Sam"), BASE)
    return book


def live(book: PolicyBook) -> str | None:
    return book.live.version if book.live else None


def test_rolling_back_twice_goes_further_back_and_not_to_what_was_found_bad() -> None:
    book = went_live(PolicyBook(), "a", "b")
    once = policy_book.roll_back(book, "b", "Kim", NOW, "too many reds")
    assert (live(once), once.state("b"), once.log[0].rolled_back) == ("a", State.PAST, True)
    twice = policy_book.roll_back(once, None, "Kim", NOW, "")
    assert live(twice) == "base"
    with pytest.raises(Conflict):
        policy_book.roll_back(twice, None, "Kim", NOW, "")
    assert live(policy_book.roll_back(went_live(once, "c"), None, "Kim", NOW, "")) == "a"


def test_rolling_back_from_a_version_that_is_not_live_any_more_does_nothing() -> None:
    with pytest.raises(Conflict):
        policy_book.roll_back(went_live(PolicyBook(), "a", "b"), "a", "Kim", NOW, "")
    with pytest.raises(Conflict):
        policy_book.roll_back(PolicyBook(), None, "Kim", NOW, "")


def test_who_asks_cannot_approve_and_what_was_asked_ends_with_the_next_publication() -> None:
    book = policy_book.ask(went_live(PolicyBook(), "a"), Request("b", "Sam", NOW))
    assert policy_book.ask(book, Request("b", "Kim", NOW)) == book
    with pytest.raises(SecondPersonNeeded):
        policy_book.approvable(book, "b", "Sam")
    assert policy_book.approvable(book, "b", "Kim").by == "Sam"
    with pytest.raises(Conflict):
        policy_book.approvable(went_live(book, "c"), "b", "Kim")
    with pytest.raises(Conflict):
        policy_book.approvable(policy_book.take_back(book, "b"), "b", "Kim")


def test_a_shadow_ends_when_it_goes_live() -> None:
    book = policy_book.start_shadow(went_live(PolicyBook(), "a"), Shadowing("b", "d", "Sam", NOW))
    assert went_live(book, "c").shadow == book.shadow
    assert went_live(book, "b").shadow is None
    with pytest.raises(Conflict):
        policy_book.start_shadow(book, Shadowing("a", "d", "Sam", NOW))


def test_the_oldest_draft_nobody_needs_makes_room() -> None:
    heads = [PolicyHead(f"v{n}", "Sam", "", NOW + timedelta(minutes=n)) for n in range(KEPT)]
    book = policy_book.ask(went_live(PolicyBook(), "v0"), Request("v1", "Sam", NOW))
    assert policy_book.surplus(book, heads[1:]) == ()
    assert policy_book.surplus(book, heads) == ("v2",)
    assert policy_book.surplus(policy_book.start_shadow(book, Shadowing("v2", "d", "S", NOW)), heads) == ("v3",)
    every = tuple(Publication(head.version, "d", NOW, "Sam") for head in heads)
    assert policy_book.surplus(PolicyBook(stack=every[-1:], log=every), heads) == ("v0",)


def test_a_digest_names_what_a_document_says() -> None:
    assert policy_book.digest({"a": 1, "b": {"c": 2}}) == policy_book.digest({"b": {"c": 2}, "a": 1})
    assert policy_book.digest({"a": 1}) != policy_book.digest({"a": 2})
