"""What webhooks do beyond one chat's facts: joining, teaching, pulling, an outage, a crash, and the log."""

from __future__ import annotations

import json
from collections.abc import Callable, Iterator
from contextlib import closing
from datetime import datetime, timedelta

import pytest
from structlog.testing import capture_logs
from tests.conftest import ABROAD_IP, HOME_IP, Api, at_home, fresh, now
from tests.desks.samples import AGENT, BY_DESK, IP, SAMPLES, iso
from tests.receiver import Answer, Receiver
from tests.web.desk_line import OLD, SECRET, Line, empty

from cuelight.app import Service
from cuelight.core.chat import Identity
from cuelight.core.history import Proof
from cuelight.settings import Settings
from cuelight.wiring.desk_api import desk_api


@pytest.fixture
def line(service: Service) -> Callable[..., Line]:
    return lambda sample, **options: Line(service, BY_DESK[sample] if isinstance(sample, str) else sample, **options)


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
def zendesk_api(service: Service, monkeypatch: pytest.MonkeyPatch) -> Iterator[Receiver]:
    """An API on loopback, which the service may reach here, and waits for as long as a busy machine takes."""
    allowed = Settings(allow_private_targets="127.0.0.1", redis_url=None)
    own = service.app.extensions["cuelight"].desk_hooks.api
    monkeypatch.setattr(own, "send", desk_api(allowed, 30.0).send)
    with closing(Receiver()) as server:
        yield server


def audits(at: datetime, author: int = 20978392) -> bytes:
    system = {"ip_address": HOME_IP, "client": AGENT, "location": "London"}
    found = [
        {"author_id": author, "created_at": iso(at - timedelta(minutes=1)), "metadata": {"system": system}},
        {"author_id": 1, "created_at": iso(at), "metadata": {"system": {**system, "ip_address": ABROAD_IP}}},
    ]
    return json.dumps({"audits": found, "count": 2}).encode()


def test_zendesk_facts_are_pulled_from_the_audits(line: Callable[..., Line], zendesk_api: Receiver) -> None:
    desk = line("zendesk", api_url=zendesk_api.origin, api_user="a@b.example", api_token="t")
    zendesk_api.answer = lambda _: Answer(200, {}, audits(now()))
    assert empty(desk.send())
    [asked] = zendesk_api.got
    assert asked.path == f"/api/v2/tickets/{desk.chat_id}/audits.json?sort_order=desc"
    assert desk.stored is not None
    assert desk.stored.chat.origin is not None
    assert desk.stored.chat.origin.country == "GB"


def test_zendesk_without_its_api_says_what_is_missing(line: Callable[..., Line], zendesk_api: Receiver) -> None:
    desk = line("zendesk", api_url=zendesk_api.origin, api_token="t")
    zendesk_api.answer = lambda _: Answer(500, {}, b"")
    assert empty(desk.send())
    assert desk.stored is not None
    assert desk.stored.chat.unavailable["ip"] == "no_ip"
    zendesk_api.answer = lambda _: Answer(200, {}, audits(now(), author=77))
    assert empty(desk.send())
    assert desk.stored is not None
    assert desk.stored.chat.origin is None


def test_a_desks_api_is_no_way_to_what_is_inside(line: Callable[..., Line]) -> None:
    """Whoever may set up a desk names its address; only what operations lists is reached besides public ones."""
    with closing(Receiver()) as inside:
        desk = line("zendesk", api_url=inside.origin, api_user="a@b.example", api_token="t")
        with capture_logs() as said:
            assert empty(desk.send())
        assert (inside.connections, desk.stored is not None) == (0, True)
    assert [one["why"] for one in said if one["event"] == "desk_api_unreachable"] == ["target_refused"]


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
    line: Callable[..., Line], logged: pytest.CaptureFixture[str], zendesk_api: Receiver
) -> None:
    zendesk_api.answer = lambda _: Answer(500, {}, b"canary-answer")
    for sample in SAMPLES:
        desk = line(sample, api_url=zendesk_api.origin, api_token="canary-token")
        desk.send()
        desk.send(secret="canary-guess")
        desk.send(now(), b"canary-junk") if not sample.body_secret else None
    written = logged.readouterr()
    text = written.err + written.out
    assert "desk_hook_refused" in text
    assert "desk_api_unreachable" in text
    for secret in (IP, "u-1001", "Ada", "ada@example.org", "Windows NT", SECRET, OLD, "canary", desk.chat_id):
        assert secret not in text
