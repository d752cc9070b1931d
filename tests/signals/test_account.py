"""When the owner signs in elsewhere while a chat goes on, the next question about that chat hears of it."""

from __future__ import annotations

from dataclasses import replace
from datetime import timedelta

import pytest
from tests.signals.builders import NOW, USUAL, by_name, chat, history, question

from cuelight.core.evidence import Answer, Evidence, NotAssessed
from cuelight.core.history import AccountEvent, AccountEventKind

SOON = AccountEvent(AccountEventKind.SIGNED_IN, NOW + timedelta(minutes=5), "elsewhere.address")


def asked(event: AccountEvent, minutes: float) -> Answer:
    told = history(*USUAL.sightings, events=(event,))
    return by_name("account").ask(question(by_name("account"), chat(), told, now=NOW + timedelta(minutes=minutes)))


def test_it_is_not_known_before_it_happens_and_told_once_it_has() -> None:
    assert asked(SOON, 0) == NotAssessed("account", "no_account_events")
    answer = asked(SOON, 6)
    assert isinstance(answer, Evidence)
    assert answer.code == "account.owner_elsewhere"


@pytest.mark.parametrize("minutes", [31, 600])
def test_hours_later_it_says_nothing_about_that_chat(minutes: int) -> None:
    assert asked(replace(SOON, at=NOW + timedelta(minutes=minutes)), minutes + 1) is None


def test_what_was_changed_during_the_chat_may_be_the_agents_own_doing() -> None:
    changed = replace(SOON, kind=AccountEventKind.CONTACT_CHANGED)
    assert asked(changed, 6) == NotAssessed("account", "no_account_events")
