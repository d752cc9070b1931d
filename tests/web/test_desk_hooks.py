"""`POST /desks/…` over the real application and store: every desk's vectors, the empty answer, joining, and the log."""

from __future__ import annotations

import json
import secrets as random
from collections.abc import Callable, Iterator
from dataclasses import replace
from datetime import datetime, timedelta
from typing import Any

import pytest
from tests.conftest import ABROAD_IP, HOME_IP, Api, api_for, at_home, fresh, now
from tests.desks.desk_server import DeskServer, desk_server
from tests.desks.samples import AGENT, BY_DESK, IP, SAMPLES, Sample, iso
from werkzeug.test import TestResponse

from cuelight.app import Service
from cuelight.core.chat import ChatKey, Identity
from cuelight.core.history import Proof
from cuelight.core.hooks import Hook
from cuelight.core.ports import StoredChat
from cuelight.desks.notes import desk_name
from cuelight.web import desk_hooks, logs

SECRET, OLD = "the-secret-of-this-hook", "the-secret-before"
each = pytest.mark.parametrize("sample", SAMPLES, ids=lambda s: s.desk)


class Line:
    """A desk's line to the service: one hook, deliveries on it, and what became of the chat."""

    def __init__(self, service: Service, sample: Sample, **options: str) -> None:
        self.service, self.sample = service, sample
        hook_id = random.token_hex(8)
        self.url = f"/desks/{sample.desk}/{hook_id}"
        self.hook = Hook(hook_id, sample.desk, sample.account, now(), (SECRET, OLD), now(),
                         {**sample.all_options, "desk": fresh("own"), **options})  # fmt: skip
        service.stores.hooks.put(self.hook)

    def send(self, at: datetime | None = None, payload: Any = None, secret: str = SECRET, **more: Any) -> TestResponse:
        at = at or now()
        told = self.told(at) if payload is None else payload
        delivery = self.sample.delivery(secret, at, told, **more)
        return self.post(delivery.body, delivery.headers)

    def post(self, body: bytes, headers: dict[str, str]) -> TestResponse:
        client = api_for(self.service).client
        return client.post(self.url, data=body, headers=headers, content_type="application/json")

    chat_id = ""

    def told(self, at: datetime, **facts: Any) -> Any:
        """The sample with a chat id nobody else uses (and other facts by their text)."""
        if not self.chat_id:
            self.chat_id = _like(self.sample.chat_id)
        text = json.dumps(self.sample.payload(at)).replace(self.sample.chat_id, self.chat_id)
        for old, new in facts.items():
            text = text.replace({"ip": IP, "customer": "u-1001", "agent": AGENT}[old], new)
        return json.loads(text)

    @property
    def key(self) -> ChatKey:
        return ChatKey(desk_name(self.hook), self.hook.account, self.chat_id)

    @property
    def stored(self) -> StoredChat | None:
        return self.service.stores.customers.find(self.key)


def _like(chat_id: str) -> str:
    """An id of the same form: digits stay digits."""
    if chat_id.isdigit():
        return str(10**12 + random.randbelow(10**12))
    return chat_id[:-12] + random.token_hex(6) if len(chat_id) > 20 else "C" + random.token_hex(6)


@pytest.fixture
def line(service: Service) -> Callable[..., Line]:
    return lambda sample, **options: Line(service, BY_DESK[sample] if isinstance(sample, str) else sample, **options)


def empty(answer: TestResponse, status: int = 200) -> bool:
    return (answer.status_code, answer.data) == (status, b"")


def refused(answer: TestResponse) -> bool:
    problem = answer.get_json(force=True)
    assert (answer.status_code, problem["code"]) == (401, "webhook_refused"), answer.text
    assert "cuelight hooks rotate" in problem["detail"]
    return True


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


def test_a_webhook_after_collector_and_backend_joins_their_chat(line: Callable[..., Line], api: Api) -> None:
    """Three senders, one chat: the device from the page, the customer from the backend, the network from the desk."""
    customer_id = api.settled_customer()
    desk = line("livechat")
    at = now()
    told = desk.told(at, ip=HOME_IP, customer=customer_id)
    key = {"desk": desk.key.desk, "account": desk.key.account}
    home = at_home(customer_id)
    first = api.score(chat_id=desk.chat_id, **key, fingerprint=home["fingerprint"], user_agent=home["user_agent"])
    second = api.score(chat_id=desk.chat_id, **key, customer_id=customer_id, identity="verified")
    path = f"/cues/{key['desk']}/{key['account']}/{desk.chat_id}"
    before = api.get(path)
    told["payload"]["chat"]["users"][1]["last_visit"]["user_agent"] = home["user_agent"]
    assert empty(desk.send(at, told))
    after = api.get(path)
    assert before.headers["ETag"] != after.headers["ETag"]
    assert (first["cue"], second["cue"], after.get_json()["cue"]) == ("grey", "grey", "green")
    assert desk.stored is not None
    assert desk.stored.chat.identity is Identity.VERIFIED


def test_a_verified_webhook_teaches_and_a_claimed_one_does_not(line: Callable[..., Line]) -> None:
    for name, proof in (("libredesk", Proof.VERIFIED), ("livechat", Proof.NONE)):
        desk = line(name)
        customer_id = fresh("u")
        at = now()
        assert empty(desk.send(at, desk.told(at, customer=customer_id)))
        history = desk.service.stores.customers.history(desk.service.locator.customer(customer_id))
        assert [entry.proof for entry in history.sightings] == [proof]


@pytest.fixture
def zendesk_api() -> Iterator[DeskServer]:
    with desk_server() as server:
        yield server


def audits(at: datetime, author: int = 20978392) -> bytes:
    system = {"ip_address": HOME_IP, "client": AGENT, "location": "London"}
    found = [
        {"author_id": author, "created_at": iso(at - timedelta(minutes=1)), "metadata": {"system": system}},
        {"author_id": 1, "created_at": iso(at), "metadata": {"system": {**system, "ip_address": ABROAD_IP}}},
    ]
    return json.dumps({"audits": found, "count": 2}).encode()


def test_zendesk_facts_are_pulled_from_the_audits(line: Callable[..., Line], zendesk_api: DeskServer) -> None:
    desk = line("zendesk", api_url=zendesk_api.url, api_user="a@b.example", api_token="t")
    zendesk_api.answer = lambda _: (200, {}, audits(now()))
    assert empty(desk.send())
    [asked] = zendesk_api.asked
    assert asked.path == f"/api/v2/tickets/{desk.chat_id}/audits.json?sort_order=desc"
    assert desk.stored is not None
    assert desk.stored.chat.origin is not None
    assert desk.stored.chat.origin.country == "GB"


def test_zendesk_without_its_api_says_what_is_missing(line: Callable[..., Line], zendesk_api: DeskServer) -> None:
    desk = line("zendesk", api_url=zendesk_api.url, api_token="t")
    zendesk_api.answer = lambda _: (500, {}, b"")
    assert empty(desk.send())
    assert desk.stored is not None
    assert desk.stored.chat.unavailable["ip"] == "no_ip"
    zendesk_api.answer = lambda _: (200, {}, audits(now(), author=77))
    assert empty(desk.send())
    assert desk.stored is not None
    assert desk.stored.chat.origin is None


def test_a_store_that_is_out_is_an_empty_503_and_the_delivery_can_come_again(own_service: Service) -> None:
    desk = Line(own_service, BY_DESK["libredesk"])
    at = now()
    sample = desk.sample
    delivery = sample.delivery(SECRET, at, desk.told(at))
    assert own_service.stores.server is not None
    own_service.stores.server.close()
    client = own_service.app.test_client()
    answer = client.post(desk.url, data=delivery.body, headers=delivery.headers)
    assert empty(answer, 503)
    assert answer.headers["Retry-After"]


def test_a_crash_between_recording_and_marking_loses_nothing(
    line: Callable[..., Line], monkeypatch: pytest.MonkeyPatch
) -> None:
    """The process dies after the facts were recorded: the desk got no 200, sends again, and nothing is there twice."""
    desk = line("libredesk")
    at = now()
    delivery = desk.sample.delivery(SECRET, at, desk.told(at))
    with monkeypatch.context() as broken:
        broken.setattr(type(desk.service.stores.hooks), "mark", lambda *_: (_ for _ in ()).throw(SystemExit))
        with pytest.raises(SystemExit):
            desk.post(delivery.body, delivery.headers)
    before = desk.stored
    assert before is not None
    assert empty(desk.post(delivery.body, delivery.headers))
    assert desk.stored == before


def test_nothing_of_a_payload_or_a_secret_reaches_the_log(
    line: Callable[..., Line], capsys: pytest.CaptureFixture[str], zendesk_api: DeskServer
) -> None:
    logs.configure("DEBUG")
    zendesk_api.answer = lambda _: (500, {}, b"canary-answer")
    for sample in SAMPLES:
        desk = line(sample, api_url=zendesk_api.url, api_token="canary-token")
        desk.send()
        desk.send(secret="canary-guess")
        desk.send(now(), b"canary-junk") if not sample.body_secret else None
    written = capsys.readouterr()
    text = written.err + written.out
    assert "desk_hook_refused" in text
    assert "desk_api_unreachable" in text
    for secret in (IP, "u-1001", "Ada", "ada@example.org", "Windows NT", SECRET, OLD, "canary", desk.chat_id):
        assert secret not in text
