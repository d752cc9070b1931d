"""`POST /desks/…` over the real application and store: every desk's vectors, and the empty answer."""

from __future__ import annotations

import secrets as random
from collections.abc import Callable
from dataclasses import replace
from datetime import timedelta

import pytest
from tests.conftest import ABROAD_IP, Api, api_for, now
from tests.desks.samples import BY_DESK, Sample
from tests.web.desk_line import OLD, SECRET, Line, each, empty, refused

from cuelight.app import Service
from cuelight.core.chat import Identity
from cuelight.web import desk_hooks


@pytest.fixture
def line(service: Service) -> Callable[..., Line]:
    return lambda sample, **options: Line(service, BY_DESK[sample] if isinstance(sample, str) else sample, **options)


@each
def test_valid_facts_reach_the_chat(line: Callable[..., Line], sample: Sample) -> None:
    desk = line(sample)
    assert empty(desk.send())
    stored = desk.stored
    assert stored is not None
    assert (stored.chat.origin is None) == (sample.ip is None)
    assert (stored.chat.device is None) == (sample.agent is None)
    expected = desk.service.locator.customer(sample.customer_id) if sample.customer_id else None
    assert stored.chat.customer == expected
    assert stored.chat.identity is (
        Identity.VERIFIED if sample.proven else Identity.CLAIMED if sample.customer_id else Identity.ANONYMOUS
    )
    if sample.ip is None:
        assert stored.chat.unavailable["ip"] == "no_ip"
        assert stored.decision.cue != "green"


@each
def test_invalid_ones_are_refused_and_tell_an_impostor_nothing(line: Callable[..., Line], sample: Sample) -> None:
    """Signed by somebody else, tampered with, not signed, stale, another desk's address: one and the same answer."""
    desk = line(sample)
    answers = [desk.send(secret="somebody-elses"), desk.post(b"{}", {}), desk.post(b"", {})]
    if sample.timed:
        for seconds in (-360, 360):
            answers.append(desk.send(signed_at=now() + timedelta(seconds=seconds)))
    delivery = sample.delivery(SECRET, now(), desk.told(now()))
    if "x-cuelight-secret" not in delivery.headers and not sample.body_secret:
        answers.append(desk.post(delivery.body.replace(b":", b": ", 1), delivery.headers))
    desk.url = f"/desks/{sample.desk}/{random.token_hex(8)}"
    answers.append(desk.send())
    desk.url = f"/desks/{sample.desk}/ODD'{'x' * 300}"
    answers.append(desk.send())
    assert all(refused(answer) for answer in answers)
    assert len({answer.get_json(force=True)["detail"] for answer in answers}) == 1
    assert desk.stored is None


@each
def test_another_desks_hook_does_not_open_this_one(line: Callable[..., Line], sample: Sample) -> None:
    desk = line(sample)
    other = "zendesk" if sample.desk != "zendesk" else "chatwoot"
    desk.url = desk.url.replace(f"/{sample.desk}/", f"/{other}/")
    assert refused(desk.send())


@each
def test_both_live_secrets_are_good_and_no_third(line: Callable[..., Line], sample: Sample) -> None:
    desk = line(sample)
    assert empty(desk.send(secret=OLD))
    store = desk.service.stores.hooks
    store.put(replace(desk.hook, rotated_at=now() - timedelta(days=8)))
    assert refused(desk.send(secret=OLD))
    assert empty(desk.send(secret=SECRET))
    store.put(replace(desk.hook, secrets=()))
    assert refused(desk.send())
    store.remove(desk.hook.hook_id)
    assert refused(desk.send())


@each
def test_replayed_ones_change_nothing(line: Callable[..., Line], sample: Sample) -> None:
    """The first delivery again, after a newer one told something else."""
    desk = line(sample)
    at = now()
    told = desk.told(at)
    first = sample.delivery(SECRET, at, told)
    assert empty(desk.post(first.body, first.headers))
    before = desk.stored
    assert before is not None
    key = desk.key
    api = api_for(desk.service)
    api.score(chat_id=key.chat_id, desk=key.desk, account=key.account, ip=ABROAD_IP)
    changed = desk.stored
    assert changed is not None
    assert changed.chat.origin != before.chat.origin
    assert empty(desk.post(first.body, first.headers))
    assert desk.stored == changed


@each
def test_junk_and_a_hundred_kilobytes_are_taken_in_silence(line: Callable[..., Line], sample: Sample) -> None:
    desk = line(sample)
    for payload in (b"\xff\xfe", b"", b"[[[[", b"null", b"[]", b"{}", b'{"event": 1}', b"[" * 9000):
        if sample.body_secret:
            continue  # a body without the secret is not from there
        delivery = sample.delivery(SECRET, now(), payload)
        assert empty(desk.post(delivery.body, delivery.headers))
    at = now()
    told = desk.told(at)
    stuffed = [*told, {"text": "x" * 100_000}] if isinstance(told, list) else {**told, "text": "x" * 100_000}
    assert empty(desk.send(at, stuffed))
    assert desk.stored is not None


def test_over_the_limit_is_refused(line: Callable[..., Line]) -> None:
    desk = line("chatwoot")
    at = now()
    answer = desk.send(at, {**desk.told(at), "text": "x" * desk_hooks.MAX_DELIVERY_BYTES})
    assert (answer.status_code, answer.get_json(force=True)["code"]) == (413, "body_too_large")


def test_there_are_only_the_desks_there_are(api: Api) -> None:
    answer = api.client.post("/desks/nothing/0123456789abcdef", data=b"{}")
    assert answer.status_code == 404
    assert "zendesk" in answer.get_json(force=True)["detail"]
    assert api.client.get("/desks/zendesk/0123456789abcdef").status_code == 405


def test_events_of_another_account_or_of_no_use_are_taken_and_left(line: Callable[..., Line]) -> None:
    desk = line("chatwoot")
    at = now()
    other = {**desk.told(at), "account": {"id": 13}}
    assert empty(desk.send(at, other))
    assert desk.stored is None
    assert empty(desk.send(at, {"event": "contact_created", "id": 1}))


def test_an_event_of_yesterday_is_not_applied(line: Callable[..., Line]) -> None:
    """Kept back by the desk for a day, or replayed from a body that bears no signed time."""
    desk = line("libredesk")
    assert empty(desk.send(now() - timedelta(hours=25)))
    assert desk.stored is None
    assert empty(desk.send(now() - timedelta(hours=2)))
    assert desk.stored is not None


def test_a_chats_name_that_cannot_be_used_is_left(line: Callable[..., Line]) -> None:
    desk = line("live_helper_chat")
    at = now()
    assert empty(desk.send(at, {**desk.told(at), "chat_id": "ada@example.org"}))
    assert empty(desk.send(at, {**desk.told(at), "customer_id": "x", "user_agent": "a\u202eb", "ip": "1.2.3"}))
    assert desk.stored is not None
    assert (desk.stored.chat.origin, desk.stored.chat.device) == (None, None)
