"""`POST /score`: what it decides on, what it repeats, what it never learns."""

from __future__ import annotations

from datetime import timedelta

import pytest
from tests.conftest import Api, as_impostor, at_home, fresh, now, stamp

from cuelight.web import examples


def test_a_chat_without_facts_is_grey(api: Api) -> None:
    decision = api.score(chat_id=fresh("c"))
    assert (decision["cue"], decision["score"]) == ("grey", None)
    assert decision["reasons"][0]["code"].startswith("chat.")
    assert decision["reasons"][0]["text"].endswith("treat as unverified.")


def test_the_customer_as_always_is_green_and_an_impostor_red(api: Api) -> None:
    customer_id = api.settled_customer()
    assert api.score(chat_id=fresh("c"), **at_home(customer_id))["cue"] == "green"
    caught = api.score(chat_id=fresh("c"), **as_impostor(customer_id))
    assert caught["cue"] == "red"
    assert caught["score"] > 90
    assert caught["advice"]
    assert caught["expires_at"] > caught["scored_at"]
    assert all(reason["text"] != reason["code"] for reason in caught["reasons"])


def test_the_same_facts_again_return_the_same_decision(api: Api) -> None:
    facts = {"chat_id": fresh("c"), **at_home(api.settled_customer())}
    first, second = api.score(**facts), api.score(**facts)
    assert first["decision_id"] == second["decision_id"]
    assert {**first, "expires_at": ""} == {**second, "expires_at": ""}


def test_order_repetition_and_nulls_do_not_make_facts_new(api: Api) -> None:
    facts = {"chat_id": fresh("c"), "customer_id": fresh("u"), "ip": "192.0.2.4", "asks": ["card", "address"]}
    first = api.score(**facts)
    again = api.score(**facts | {"asks": ["address", "card", "address"], "user_agent": None, "fingerprint": None})
    assert first["decision_id"] == again["decision_id"]


def test_new_facts_score_the_chat_again(api: Api) -> None:
    customer_id, chat_id = api.settled_customer(), fresh("c")
    first = api.score(chat_id=chat_id, customer_id=customer_id, ip=at_home("")["ip"])
    second = api.score(chat_id=chat_id, **as_impostor(customer_id))
    assert first["decision_id"] != second["decision_id"]
    assert api.cue(chat_id)["decision_id"] == second["decision_id"]


def test_repetition_never_earns_trust(api: Api) -> None:
    customer_id = api.settled_customer()
    start = now() - timedelta(hours=20)
    scores = [
        api.score(chat_id=fresh("c"), occurred_at=stamp(start + timedelta(hours=2 * n)), **as_impostor(customer_id))[
            "score"
        ]
        for n in range(10)
    ]
    assert scores == sorted(scores)


@pytest.mark.parametrize("name", examples.SCORE_REQUESTS)
def test_every_documented_request_is_taken(api: Api, name: str) -> None:
    assert api.post("/score", examples.SCORE_REQUESTS[name]).status_code == 200


@pytest.mark.parametrize(
    ("sent", "identity"),
    [({}, "anonymous"), ({"customer_id": "u"}, "claimed"), ({"customer_id": "u", "identity": "anonymous"}, "anonymous"),
     ({"customer_id": "u", "identity": "verified"}, "verified")],
)  # fmt: skip
def test_identity_is_what_was_said_or_follows_from_the_customer(
    api: Api, service: object, sent: dict[str, str], identity: str
) -> None:
    from cuelight.app import Service
    from cuelight.core.chat import ChatKey

    assert isinstance(service, Service)
    chat_id = fresh("c")
    api.score(chat_id=chat_id, **sent)
    stored = service.stores.customers.find(ChatKey("api", "default", chat_id))
    assert stored is not None
    assert stored.chat.identity == identity
    assert (stored.chat.customer is None) == (not sent)


@pytest.mark.parametrize(
    "ip",
    ["::ffff:81.2.69.142", "10.0.0.1", "127.0.0.1", "fe80::1", "::", "0.0.0.0", "224.0.0.1", "2001:db8::1",
     "64:ff9b::5102:458e", "2002:5102:458e::1", "255.255.255.255"],
)  # fmt: skip
def test_every_well_formed_address_is_taken_and_none_is_trusted_for_its_form(api: Api, ip: str) -> None:
    decision = api.score(chat_id=fresh("c"), customer_id=fresh("u"), ip=ip)
    assert decision["cue"] != "green"


def test_an_idempotency_key_is_accepted(api: Api) -> None:
    facts = {"chat_id": fresh("c")}
    first = api.post("/score", facts, **{"Idempotency-Key": "a-1"}).get_json()
    second = api.post("/score", facts, **{"Idempotency-Key": "a-1"}).get_json()
    assert first["decision_id"] == second["decision_id"]


def test_charset_and_letter_case_of_the_content_type_do_not_matter(api: Api) -> None:
    for content_type in ("application/json; charset=utf-8", "Application/JSON", 'application/json;charset="UTF-8"'):
        assert api.raw("/score", b'{"chat_id": "ct-1"}', content_type).status_code == 200
