"""Whose cue it is: the page's token may name another account than the desk shows beside the chat."""

from __future__ import annotations

import pytest
from tests.conftest import ABROAD_IP, Api, at_home
from tests.web.collector_page import Page

from cuelight.app import Service


@pytest.fixture
def page(service: Service) -> Page:
    return Page(service)


def seen_by_agent(page: Page, api: Api, chat_id: str = "7431") -> tuple[str, set[str]]:
    """The cue, and the findings that tell who is signed in."""
    shown = api.cue(chat_id, "helpdesk", page.account)
    return shown["cue"], {r["code"] for r in shown["reasons"] if r["code"].startswith("identity.")}


def test_where_only_the_page_names_the_customer_the_cue_says_so(page: Page, api: Api) -> None:
    """The agent may see another name beside the chat."""
    customer_id = api.settled_customer()
    page.send(token=page.token(customer_id, chat_id="7431"))
    assert seen_by_agent(page, api) == ("green", {"identity.signed_in_page"})
    api.score(chat_id="7431", desk="helpdesk", account=page.account, customer_id=customer_id)
    assert seen_by_agent(page, api) == ("green", {"identity.signed_in"})


@pytest.mark.parametrize("bound", [{}, {"chat_id": "7431"}], ids=["unbound", "bound"])
@pytest.mark.parametrize("first", ["desk", "page"])
def test_signed_in_as_another_account_than_the_desk_shows_is_never_green(
    page: Page, api: Api, bound: dict[str, str], first: str
) -> None:
    shown, own = api.settled_customer("shown"), api.settled_customer("own")
    steps = [
        lambda: api.score(chat_id="7431", desk="helpdesk", account=page.account, **at_home(shown)),
        lambda: page.send(token=page.token(own, **bound)),
    ]
    for step in steps if first == "desk" else reversed(steps):
        step()
    assert seen_by_agent(page, api) == ("amber", {"identity.other_account"})
    proven = {"outcome": "genuine", "method": "one_time_code", "by": "Kim"}
    api.post(f"/chats/helpdesk/{page.account}/7431/outcome", proven)
    assert seen_by_agent(page, api) == ("green", {"identity.step_up"})


def test_a_token_sent_by_somebody_else_takes_nothing_from_one_who_is_proven(page: Page, api: Api) -> None:
    """Chat ids can be guessed: whoever has an account of their own could make everybody amber."""
    customer_id, elsewhere = api.settled_customer(), api.settled_customer("elsewhere")
    page.send(token=page.token(elsewhere), ip=ABROAD_IP)
    api.score(chat_id="7431", desk="helpdesk", account=page.account, **at_home(customer_id, identity="verified"))
    page.send(token=page.token(elsewhere), ip=ABROAD_IP)
    assert seen_by_agent(page, api) == ("green", {"identity.signed_in"})
