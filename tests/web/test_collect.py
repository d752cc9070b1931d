"""`POST /collect` over the real application and store: who may send, what it may say, and what it never learns."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace
from datetime import timedelta
from ipaddress import IPv4Address
from typing import Any

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from tests.conftest import ABROAD_IP, CHROME_ON_MAC, FIREFOX_ON_LINUX, HOME_IP, Api, at_home, fresh, now
from tests.web.collector_page import ORIGIN, Page
from tests.web.desk_line import empty
from tests.web.test_fuzz import MANY, ODD, ODD_TEXT
from werkzeug.test import TestResponse

from cuelight.app import Service
from cuelight.core.chat import Identity
from cuelight.core.facts import ContactFacts


@pytest.fixture
def page(service: Service) -> Page:
    return Page(service)


def refused(answer: TestResponse, code: str = "collect_refused", status: int = 403) -> bool:
    assert (answer.status_code, answer.get_json(force=True)["code"]) == (status, code), answer.text
    return True


def test_facts_of_a_browser_reach_the_chat_as_nobodys_word(page: Page) -> None:
    answer = page.send(client_hints={"sec-ch-ua-platform": '"macOS"', "sec-ch-ua-platform-version": '"15.1.0"'})
    assert empty(answer, 204)
    assert answer.headers["Access-Control-Allow-Origin"] == ORIGIN
    assert "Access-Control-Allow-Credentials" not in answer.headers
    stored = page.stored()
    assert stored is not None
    chat = stored.chat
    assert (chat.customer, chat.identity) == (None, Identity.ANONYMOUS)
    home = page.service.locator.sighting(ContactFacts(at=now(), ip=HOME_IP))
    assert chat.origin == home.origin
    assert chat.device is not None
    assert chat.device.os is not None
    assert (chat.device.os.family, chat.device.os.version) == ("Mac OS X", (15, 1, 0))
    assert [name for name, _ in chat.device.components] == ["cores", "languages", "screen", "timezone"]
    assert chat.unsigned >= {"origin", "software", "c.screen"}


def test_the_answer_is_the_same_for_every_chat(page: Page, api: Api) -> None:
    """Known or not, about somebody or nobody, red or green: nothing to learn from it."""
    api.score(chat_id="known", desk="helpdesk", account=page.account, **at_home(api.settled_customer()))
    answers = [page.send(chat_id=chat_id) for chat_id in ("known", "unknown", "unknown")]
    assert all(empty(answer, 204) for answer in answers)
    odd = {"X-Request-Id"}
    assert len({tuple(sorted((n, v) for n, v in a.headers.items() if n not in odd)) for a in answers}) == 1


@pytest.mark.parametrize(
    "wrong",
    [
        lambda page: page.send(key="pk_" + "0" * 24),
        lambda page: page.send(headers={"Origin": ""}),
        lambda page: page.send(headers={"Origin": "null"}),
        lambda page: page.send(headers={"Origin": "https://evil.example"}),
        lambda page: page.send(headers={"Origin": ORIGIN + ".evil.example"}),
        lambda page: page.send(headers={"Origin": ORIGIN.replace("https", "http")}),
        lambda page: page.send(desk="zendesk"),
        lambda page: page.send(account="other"),
    ],
    ids=["key", "no origin", "null", "another", "longer", "http", "desk", "account"],
)
def test_another_key_origin_desk_or_account_is_refused_in_one_way(
    page: Page, wrong: Callable[[Page], TestResponse]
) -> None:
    answer = wrong(page)
    assert refused(answer)
    assert "Access-Control-Allow-Origin" not in answer.headers
    assert "collectors list" in answer.get_json(force=True)["detail"]
    assert page.stored() is None


def test_only_pages_with_a_key_hear_a_yes_before_they_send(page: Page) -> None:
    yes = page.preflight()
    assert empty(yes, 204)
    assert yes.headers["Access-Control-Allow-Origin"] == ORIGIN
    assert yes.headers["Access-Control-Allow-Methods"] == "POST"
    assert yes.headers["Access-Control-Allow-Headers"] == "Content-Type"
    for origin in ("https://evil.example", "null"):
        no = page.preflight(origin)
        assert no.status_code == 204
        assert not [name for name, _ in no.headers if name.startswith("Access-Control")]
    assert {answer.headers["Vary"] for answer in (yes, no)} == {"Origin"}


def test_a_removed_key_is_refused(service: Service) -> None:
    page = Page(service)
    service.stores.collectors.remove(page.collector.key)
    assert refused(page.send())


def test_the_address_is_the_connections_whatever_a_header_says(page: Page) -> None:
    spoofed = {"X-Forwarded-For": ABROAD_IP, "Forwarded": f"for={ABROAD_IP}", "X-Real-IP": ABROAD_IP}
    assert empty(page.send(headers=spoofed), 204)
    stored = page.stored()
    assert stored is not None
    assert stored.chat.origin == page.service.locator.sighting(ContactFacts(at=now(), ip=HOME_IP)).origin


@pytest.mark.parametrize(
    "body",
    [
        {"chat_id": "a b"}, {"chat_id": ...}, {"key": "pk_x"}, {"key": ...}, {"token": 5}, {"token": "x" * 5000},
        {"components": {"screen": {"a": 1}}}, {"components": {"a b": "x"}}, {"address": HOME_IP},
        {"customer_id": "u-1"}, {"identity": "verified"}, {"client_hints": {"cookie": "x"}},
    ],
    ids=lambda body: next(iter(body)),
)  # fmt: skip
def test_what_is_no_message_is_refused_by_name(page: Page, body: dict[str, Any]) -> None:
    assert refused(page.send(**body), "invalid_input", 422)
    assert page.stored() is None


# -- who is proven ---------------------------------------------------------------------------------------------


def identity(page: Page) -> tuple[Identity, str | None, bool]:
    """How far it is proven, for whom, and whether the device is vouched for."""
    stored = page.stored()
    assert stored is not None
    return stored.chat.identity, stored.chat.customer, "c.screen" not in stored.chat.unsigned


def test_a_token_bound_to_the_chat_proves_the_customer_and_vouches_for_the_device(page: Page) -> None:
    customer_id = fresh("u")
    assert empty(page.send(token=page.token(customer_id, chat_id="7431")), 204)
    assert identity(page) == (Identity.VERIFIED, page.service.locator.customer(customer_id), True)


def test_a_token_that_is_not_bound_proves_the_customer_only(page: Page) -> None:
    customer_id = fresh("u")
    assert empty(page.send(token=page.token(customer_id)), 204)
    assert identity(page) == (Identity.VERIFIED, page.service.locator.customer(customer_id), False)
    customer = page.service.locator.customer(customer_id)
    learnt = [entry for entry in page.service.stores.customers.history(customer).sightings if entry.sighting.device]
    assert not [entry for entry in learnt if entry.sighting.component("screen")], "its owner may be in another's chat"


def test_a_device_somebody_planted_beforehand_never_gets_into_anothers_history(page: Page, api: Api) -> None:
    """An impostor with an account of their own, who guesses the next chat's id and sends their own good token."""
    victim, impostor = fresh("victim"), fresh("impostor")
    screen = {"components": {"screen": "1366x768"}}
    assert empty(page.send(token=page.token(impostor), ip=ABROAD_IP, **screen), 204)
    known = {"customer_id": victim, "identity": "verified", "ip": HOME_IP, "user_agent": CHROME_ON_MAC}
    api.score(chat_id="7431", desk="helpdesk", account=page.account, **known)
    assert identity(page)[:2] == (Identity.VERIFIED, page.service.locator.customer(victim))
    [entry] = page.service.stores.customers.history(page.service.locator.customer(victim)).sightings
    assert entry.sighting.component("screen") is None


def test_signed_in_as_oneself_nobody_chats_as_somebody_else(page: Page, api: Api) -> None:
    """The desk names the victim; the impostor's own token must not turn the chat into one about the impostor."""
    victim, impostor = api.settled_customer("victim"), api.settled_customer("impostor")
    api.score(chat_id="7431", desk="helpdesk", account=page.account, customer_id=victim)
    assert empty(page.send(token=page.token(impostor), ip=HOME_IP), 204)
    assert identity(page)[:2] == (Identity.CLAIMED, page.service.locator.customer(victim))
    # The other way round, and also if the company itself names somebody else later: the last word is the company's.
    assert empty(page.send(token=page.token(impostor, chat_id="7431")), 204)
    assert identity(page)[:2] == (Identity.VERIFIED, page.service.locator.customer(impostor))
    api.score(chat_id="7431", desk="helpdesk", account=page.account, customer_id=victim)
    assert identity(page)[:2] == (Identity.CLAIMED, page.service.locator.customer(victim))


def test_signing_in_while_the_chat_is_open_makes_it_greener(page: Page, api: Api) -> None:
    customer_id = api.settled_customer()
    api.score(chat_id="7431", desk="helpdesk", account=page.account, customer_id=customer_id)
    page.send(ip=ABROAD_IP, headers={"User-Agent": FIREFOX_ON_LINUX})
    before = api.cue("7431", "helpdesk", page.account)
    page.send(ip=ABROAD_IP, headers={"User-Agent": FIREFOX_ON_LINUX}, token=page.token(customer_id, chat_id="7431"))
    after = api.cue("7431", "helpdesk", page.account)
    assert after["score"] < before["score"]
    assert "identity.not_signed_in" in {reason["code"] for reason in before["reasons"]}
    assert "identity.not_signed_in" not in {reason["code"] for reason in after["reasons"]}


@pytest.mark.parametrize(
    "odd",
    [
        {"secret": "another-secret-of-somebody-else-entirely"},
        {"aud": "cuelight:pk_" + "0" * 24},
        {"exp": int(now().timestamp()) + 7200},
        {"chat_id": "another-chat"},
        {"sub": "u\u202e1"},
    ],
    ids=["secret", "audience", "long", "another chat's", "name"],
)
def test_a_token_that_is_not_good_leaves_the_facts_as_they_are(
    page: Page, odd: dict[str, Any], capfd: pytest.CaptureFixture[str]
) -> None:
    token = page.token(**{"customer_id": fresh("u"), **odd}) if "sub" not in odd else page.token("x", **odd)
    assert empty(page.send(token=token), 204)
    assert identity(page) == (Identity.ANONYMOUS, None, False)
    logged = capfd.readouterr()
    assert "identity_token_refused" in logged.out + logged.err
    assert token.split(".")[1] not in logged.out + logged.err


def test_what_is_vouched_for_is_not_replaced_by_a_later_word_of_nobodys(page: Page) -> None:
    customer_id = fresh("u")
    page.send(token=page.token(customer_id, chat_id="7431"))
    before = page.stored()
    page.send(ip=ABROAD_IP, headers={"User-Agent": FIREFOX_ON_LINUX}, components={"screen": "800x600", "gpu": "x"})
    after = page.stored()
    assert before is not None
    assert after is not None
    assert after.chat.identity is Identity.VERIFIED
    assert after.chat.origin == before.chat.origin
    assert after.chat.sighting.component("screen") == before.chat.sighting.component("screen")
    assert after.chat.sighting.component("gpu") is not None, "a gap is filled"
    assert after.chat.unsigned == {"c.gpu"}


def test_a_repeated_message_changes_nothing(page: Page) -> None:
    token = page.token(fresh("u"))
    page.send(token=token)
    before = page.stored()
    page.send(token=token)
    assert page.stored() == before


def test_an_erased_customer_stays_erased(page: Page, service: Service) -> None:
    customer_id = fresh("u")
    early = page.token(customer_id, iat=int(now().timestamp()) - 60)
    service.stores.customers.erase(service.locator.customer(customer_id), now() + timedelta(seconds=5))
    assert empty(page.send(token=early), 204)
    assert identity(page)[1] is None


def test_a_secret_that_was_replaced_proves_for_a_week_longer(page: Page, service: Service) -> None:
    [first] = page.collector.token_keys
    replaced = replace(first, kid="k2", value="the-next-secret-the-shop-shares-with-us", added_at=now())
    service.stores.collectors.put(replace(page.collector, token_keys=(replaced, first)))
    page.send(token=page.token(fresh("u"), chat_id="7431"))
    assert identity(page)[0] is Identity.VERIFIED
    late = Page(service)
    replaced = replace(replaced, added_at=now() - timedelta(days=8))
    service.stores.collectors.put(replace(late.collector, token_keys=(replaced, first)))
    late.send(token=late.token(fresh("u"), chat_id="7431"))
    assert identity(late)[0] is Identity.ANONYMOUS


FIELDS = ("key", "chat_id", "desk", "account", "token", "client_hints", "components", "ip")


@settings(max_examples=max(60, MANY // 5), deadline=None, suppress_health_check=list(HealthCheck))
@given(st.lists(st.tuples(st.sampled_from(FIELDS), ODD), max_size=3), st.integers(1, 2**32 - 1), ODD_TEXT)
def test_whatever_is_sent_with_a_good_key_is_taken_or_refused(
    page: Page, odd: list[tuple[str, Any]], ip: int, agent: str
) -> None:
    """Any values in any fields, from any address, of any browser."""
    said = {"User-Agent": agent.encode("latin-1", "replace").decode("latin-1").replace("\r", "").replace("\n", "")}
    answer = page.send({**page.body(), **dict(odd)}, ip=str(IPv4Address(ip)), headers=said)
    assert answer.status_code in (204, 400, 403, 413, 422), answer.text
    assert answer.content_type == "application/problem+json" or empty(answer, 204)
