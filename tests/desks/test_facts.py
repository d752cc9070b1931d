"""What single desks tell beyond their sample: audits of the requester, secure attributes, batches, old addresses."""

from __future__ import annotations

import json
from datetime import UTC, datetime, timedelta
from typing import Any

import pytest
from tests.desks.samples import AGENT, BY_DESK, CRISP_SITE, IP, chatwoot, crisp, hubspot, iso, live_helper_chat

from cuelight.core.hooks import DeskMessage
from cuelight.desks import BY_NAME, reading

AT = datetime(2026, 11, 24, 12, tzinfo=UTC)


def parse(desk: str, payload: Any, **options: str) -> list[DeskMessage]:
    return list(BY_NAME[desk].parse(payload, {**BY_DESK[desk].all_options, **options}))


def audit(author: int | str, minutes: int, ip: Any = IP, client: Any = AGENT, **more: Any) -> dict[str, Any]:
    system = {"ip_address": ip, "client": client, "location": "London, H9, United Kingdom", "latitude": 51.5}
    return {"id": minutes, "ticket_id": 35436, "author_id": author, "created_at": iso(AT + timedelta(minutes=minutes)),
            "metadata": {"system": system, "custom": {}}, "events": [{"type": "Comment"}], **more}  # fmt: skip


def completed(*audits: Any) -> DeskMessage:
    desk, options = BY_NAME["zendesk"], {"account": "acme", "api_user": "a@b.example", "api_token": "canary"}
    [message] = parse("zendesk", BY_DESK["zendesk"].payload(AT))
    assert desk.pull is not None
    request = desk.pull.request(message, options)
    assert request is not None
    assert request.url == "https://acme.zendesk.com/api/v2/tickets/35436/audits.json?sort_order=desc"
    assert request.auth == ("a@b.example/token", "canary")
    assert "canary" not in repr(request)
    return desk.pull.complete(message, {"audits": list(audits), "count": len(audits)}, options)


def test_zendesk_takes_the_newest_audit_of_the_requester() -> None:
    message = completed(audit(20978392, 1, "203.0.113.1"), audit("20978392", 9), audit(20978392, 5, "203.0.113.2"))
    assert (message.ip, message.user_agent, message.at) == (IP, AGENT, AT + timedelta(minutes=9))


def test_zendesk_never_takes_an_agents_address() -> None:
    message = completed(audit(555, 9, "203.0.113.1"), audit(20978392, 1), audit(-1, 10, "203.0.113.2"))
    assert message.ip == IP
    assert completed(audit(555, 9)).ip is None
    assert completed(audit(None, 9)).ip is None  # type: ignore[arg-type]


def test_zendesk_goes_without_what_the_audits_lack() -> None:
    assert completed().ip is None
    assert completed(audit(20978392, 1, None, None)).at is None
    assert completed(audit(20978392, 1, "not an address")).user_agent == AGENT
    assert completed({"author_id": 20978392, "metadata": None}, "junk", None).ip is None


def test_zendesk_needs_a_token_and_a_requester_to_ask() -> None:
    pull = BY_NAME["zendesk"].pull
    assert pull is not None
    [message] = parse("zendesk", BY_DESK["zendesk"].payload(AT))
    assert pull.request(message, {"account": "acme"}) is None
    [nobody] = parse("zendesk", {"ticket_id": "1", "requester_id": "../users"})
    assert pull.request(nobody, {"account": "acme", "api_token": "t"}) is None
    assert parse("zendesk", {"ticket_id": "../../users/me"}) == []


def test_zendesk_events_of_its_own_are_read_as_well() -> None:
    event = {"type": "zen:event-type:ticket.created", "detail": {"id": "35436", "requester_id": "20978392"}}
    [message] = parse("zendesk", event)
    assert (message.chat_id, message.ask) == ("35436", {"requester": "20978392"})


def attributes(*items: dict[str, Any]) -> DeskMessage:
    [message] = parse("live_helper_chat", {**live_helper_chat(AT), "attributes": list(items)})
    return message


def test_live_helper_chat_trusts_secure_attributes_only() -> None:
    plain = {"identifier": "customer_id", "value": "u-2"}
    secure = {"identifier": "customer_id", "value": "u-1", "secure": True}
    assert (attributes(plain).customer_id, attributes(plain).proven) == ("u-2", False)
    assert (attributes(plain, secure).customer_id, attributes(plain, secure).proven) == ("u-1", True)
    assert attributes({**secure, "secure": "true"}).proven is False
    assert attributes({"identifier": "plan", "value": "u-1", "secure": True}).customer_id is None


def test_live_helper_chat_attributes_may_come_as_text() -> None:
    told = live_helper_chat(AT)
    [message] = parse("live_helper_chat", {**told, "attributes": json.dumps(told["attributes"])})
    assert message.proven


def test_chatwoot_takes_a_first_address_only_where_asked_to_and_only_then() -> None:
    [asked] = parse("chatwoot", chatwoot(AT), first_ip="yes")
    assert asked.ip == IP
    [update] = parse("chatwoot", {**chatwoot(AT), "event": "conversation_updated"}, first_ip="yes")
    assert update.ip is None
    assert update.proven


def test_chatwoot_reads_incoming_messages_and_no_others() -> None:
    told = chatwoot(AT)
    message = {"event": "message_created", "id": 9, "message_type": "incoming", "account": told["account"],
               "conversation": told, "content": "hello"}  # fmt: skip
    [found] = parse("chatwoot", message)
    assert (found.chat_id, found.customer_id, found.at) == ("318", "u-1001", None)
    assert parse("chatwoot", {**message, "message_type": "outgoing"}) == []
    assert parse("chatwoot", {**told, "event": "contact_created"}) == []


def test_libredesk_visitors_and_mail_prove_nothing() -> None:
    told = BY_DESK["libredesk"].payload(AT)
    told["payload"]["contact"]["type"] = "visitor"
    assert not parse("libredesk", told)[0].proven
    told["payload"]["contact"]["type"], told["payload"]["meta"] = "contact", {}
    [mail] = parse("libredesk", told)
    assert (mail.proven, mail.customer_id, mail.ip) == (False, "u-1001", None)


def test_intercom_leads_are_nobodys_customers() -> None:
    told = BY_DESK["intercom"].payload(AT)
    told["data"]["item"]["contacts"]["contacts"][0]["role"] = "lead"
    told["data"]["item"]["source"]["author"]["type"] = "lead"
    assert parse("intercom", told)[0].customer_id is None
    assert BY_NAME["intercom"].event_id(told) == "notif_7b0d3c1e"


def test_crisp_e_mails_need_a_verification_of_that_very_e_mail() -> None:
    told = crisp(AT)
    assert parse("crisp", told)[0].proven
    told["data"]["meta"]["email"] = "somebody@example.org"
    [other] = parse("crisp", told)
    assert (other.customer_id, other.proven) == ("somebody@example.org", False)
    told["data"]["meta"]["data"]["customer_id"] = "u-9"
    [by_id] = parse("crisp", told, customer="customer_id")
    assert (by_id.customer_id, by_id.proven, by_id.languages) == ("u-9", False, ("en-GB", "en"))


def test_crisp_asks_for_the_conversations_meta() -> None:
    told = crisp(AT)
    meta = told["data"].pop("meta")
    [message] = parse("crisp", told)
    pull = BY_NAME["crisp"].pull
    assert (message.ip, pull is not None) == (None, True)
    assert pull is not None
    request = pull.request(message, {"api_token": "id:key"})
    assert request is not None
    assert request.url == f"https://api.crisp.chat/v1/website/{CRISP_SITE}/conversation/{message.chat_id}"
    assert request.auth == ("id", "key")
    full = pull.complete(message, {"error": False, "data": {**told["data"], "meta": meta}}, {"customer": "email"})
    assert (full.ip, full.user_agent, full.proven) == (IP, AGENT, True)
    assert pull.complete(message, None, {}) == message


def test_hubspot_batches_name_each_thread_once() -> None:
    [event] = hubspot(AT)
    other = {**event, "objectId": 99, "subscriptionType": "conversation.newMessage"}
    gone = {**event, "objectId": 100, "subscriptionType": "conversation.deletion"}
    found = parse("hubspot", [event, {**event, "eventId": 4}, other, gone, "junk"])
    assert [message.chat_id for message in found] == ["5544332211", "99"]


@pytest.mark.parametrize(
    ("pointer", "value"),
    [
        ("", {"a": [{"b~/": 1}]}),
        ("/a/0/b~0~1", 1),
        ("/a/1", None),
        ("/a/x", None),
        ("/b", None),
        ("/a/0/b~0~1/c", None),
    ],
)
def test_json_pointers(pointer: str, value: object) -> None:
    assert reading.pointer({"a": [{"b~/": 1}]}, pointer) == value


def test_a_generic_hook_must_sign_the_body() -> None:
    from tests.desks.samples import SAMPLES

    from cuelight.desks.signatures import Refused

    sample = SAMPLES[-1]
    with pytest.raises(Refused, match="body_not_signed"):
        BY_NAME["generic"].verify(sample.delivery("s", AT), ("s",), sample.all_options | {"signed": "{timestamp}"}, AT)
