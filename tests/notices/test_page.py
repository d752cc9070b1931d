"""The page behind the link: what it tells, what answers, and what does not."""

from __future__ import annotations

import json
from concurrent.futures import ThreadPoolExecutor
from contextlib import closing
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

import pytest
from tests.conftest import client_of, fresh, stamp
from tests.mail_server import Mailbox
from tests.notices.conftest import House, noticing, open_house, text_of

from cuelight.core.announcing import about_notice
from cuelight.core.chat import ChatKey
from cuelight.core.history import Outcome, Proof
from cuelight.core.incident import Opener, OpenReason, StepKind
from cuelight.core.notice import Answer, name_of
from cuelight.notices.asking import ANSWERS_PER_MIN
from cuelight.sense.key_ring import rotate_file


def told_agents(house: House, chat: str) -> dict[str, Any] | None:
    """What an agent is told of a chat's notice."""
    answer = house.api.get(f"/cues/api/default/{chat}/details")
    assert answer.status_code == 200
    found: dict[str, Any] | None = answer.get_json()["notice"]
    return found


def announced(house: House, chat: str) -> list[str]:
    """What the outbox says of a chat, in its order."""
    taken = house.service.stores.outbox.take(10_000)
    return [one.alert.kind for one in taken if chat in json.dumps(dict(one.alert.body)).replace('"', "/").split("/")]


def test_it_says_when_and_roughly_where_from_and_nothing_else(house: House) -> None:
    chat, address = house.contact(desk="zendesk", account="acme")
    house.clock.pass_by(minutes=11)
    house.send()
    answer = house.pages.get(house.link(address))
    assert answer.status_code == 200
    for shown in ("Was this you?", "Acme support", "Sweden (roughly)", "Zendesk", "UTC"):
        assert shown in answer.text
    for hidden in (chat, address, address.partition("@")[0], "89.160.20", "acme/", "red"):
        assert hidden not in answer.text
    assert "Set-Cookie" not in answer.headers
    assert answer.headers["X-Robots-Tag"].startswith("noindex")
    assert answer.headers["Referrer-Policy"] == "no-referrer"
    assert answer.headers["Cache-Control"] == "no-store"
    policy = answer.headers["Content-Security-Policy"]
    assert "default-src 'none'" in policy
    assert "script-src" not in policy
    assert "unsafe" not in policy
    assert "<script" not in answer.text
    assert " style=" not in answer.text


@pytest.mark.parametrize(
    ("wanted", "said"),
    [
        ("de-CH, fr;q=0.5", "Waren Sie das?"),
        ("es", "¿Ha sido usted?"),
        ("fr-FR", "Était-ce vous"),
        ("sv", "Was this you?"),
    ],
)
def test_it_speaks_the_browsers_language(house: House, wanted: str, said: str) -> None:
    path = house.asked()
    answer = house.pages.get(path, headers={"Accept-Language": wanted})
    assert said in answer.text
    assert "Accept-Language" in answer.headers["Vary"]


def test_a_scanner_that_opens_it_a_hundred_times_answers_nothing(house: House) -> None:
    chat, address = house.contact()
    house.clock.pass_by(minutes=11)
    house.send()
    path = house.link(address)
    for _ in range(50):
        assert house.pages.get(path, headers={"User-Agent": "LinkScanner/1.0"}).status_code == 200
        assert house.pages.head(path).status_code == 200
    assert house.pages.options(path).status_code == 200
    once = house.pages.post(path, data={"answer": "no"})
    assert "Confirm: it was not me" in once.text, "a form sent once only asks back"
    notice = house.service.stores.notices.read(name_of(ChatKey("api", "default", chat)))
    assert notice is not None
    assert notice.answer is None
    assert house.api.cue(chat)["cue"] != "red"


def test_a_no_opens_an_incident_at_once(house: House) -> None:
    chat, address = house.contact()
    house.clock.pass_by(minutes=11)
    house.send()
    path = house.link(address)
    second, _ = house.contact(customer_id=address.partition("@")[0])
    before = house.api.cue(chat)
    assert before["cue"] != "red"
    answered = house.answer(path, "no")
    assert (answered.status_code, answered.headers["Location"]) == (303, path.rpartition("/")[2])
    assert "Your account is being secured" in house.pages.get(path).text
    cue = house.api.cue(chat)
    assert cue["cue"] == "red", "on the agent's next look"
    assert house.api.cue(second)["cue"] == "red", "and in the other chat that is open"
    customer = house.service.locator.customer(address.partition("@")[0])
    [incident] = house.service.stores.customers.history(customer).incidents
    assert (incident.opened_by, incident.reason) == (Opener.OWNER, OpenReason.DENIED)
    assert incident.is_open(house.clock())
    kinds = announced(house, chat)
    assert kinds.count("incident.opened") == kinds.count("notice.denied") == 1
    for answer in ("no", "yes"):
        again = house.pages.post(path, data={"answer": answer, "step": "confirm"})
        assert "Your account is being secured" in again.text, "a no is not taken back here"
    assert announced(house, chat) == kinds, "and counts once"
    house.clock.pass_by(days=8)
    assert house.pages.get(path).status_code == 410


def test_a_yes_is_noted_and_teaches_nothing(house: House) -> None:
    chat, address = house.contact()
    assert told_agents(house, chat) is None, "not asked yet"
    house.clock.pass_by(minutes=11)
    house.send()
    path, owner = house.link(address), address.partition("@")[0]
    key, customer = ChatKey("api", "default", chat), house.service.locator.customer(owner)
    before = house.api.cue(chat)
    sent_at = stamp(house.clock())
    assert told_agents(house, chat) == {"at": sent_at, "answer": None, "answered_at": None}
    house.clock.pass_by(minutes=2)
    assert house.answer(path, "yes").status_code == 303
    assert told_agents(house, chat) == {"at": sent_at, "answer": "yes", "answered_at": stamp(house.clock())}
    page = house.pages.get(path).text
    assert "Thank you: it was you" in page
    assert "I made a mistake" in page
    stored = house.service.stores.customers.find(key)
    assert stored is not None
    assert stored.outcome is None
    [entry] = [past for past in house.service.stores.customers.history(customer).sightings if past.chat == key]
    assert entry.proof is Proof.NONE
    after = house.api.cue(chat)
    assert {n: after[n] for n in ("cue", "score", "reasons")} == {n: before[n] for n in ("cue", "score", "reasons")}
    notice = house.service.stores.notices.read(name_of(key))
    assert notice is not None
    assert notice.answer is Answer.YES


def test_a_yes_can_be_corrected_for_a_day(house: House) -> None:
    late, soon = house.contact(), house.contact()
    house.clock.pass_by(minutes=11)
    house.send()
    paths = [house.link(address) for _, address in (late, soon)]
    for path in paths:
        house.answer(path, "yes")
    house.clock.pass_by(hours=23)
    assert house.answer(paths[1], "no").status_code == 303
    assert house.api.cue(soon[0])["cue"] == "red"
    house.clock.pass_by(hours=2)
    assert "I made a mistake" not in house.pages.get(paths[0]).text
    refused = house.pages.post(paths[0], data={"answer": "no", "step": "confirm"})
    assert "Thank you: it was you" in refused.text
    stored = house.service.stores.customers.find(ChatKey("api", "default", late[0]))
    assert stored is not None
    assert stored.outcome is None or stored.outcome.outcome is not Outcome.IMPERSONATION


def test_links_that_lead_nowhere_say_what_to_do(house: House, folder: Path, post: Mailbox) -> None:
    path = house.asked()
    chat, address = house.contact()
    house.clock.pass_by(minutes=11)
    house.send()
    void = house.link(address)
    house.service.stores.notices.forget([name_of(ChatKey("api", "default", chat))])
    garbled = [f"{path[:-1]}{'A' if path[-1] != 'A' else 'B'}", path[:-4], "/notice/x", "/notice/" + "%20" * 60]
    with closing((other := open_house(noticing(folder, post), house.clock, post)).service):
        garbled.append(other.asked())
    for wrong, status, said in [
        *((one, 404, "This link is not complete") for one in garbled),
        (void, 410, "This link is no longer valid"),
    ]:
        for answer in (house.pages.get(wrong), house.pages.post(wrong, data={"answer": "no", "step": "confirm"})):
            assert answer.status_code == status
            assert said in answer.text
            assert "https://acme.example/help" in answer.text
    house.clock.pass_by(days=7)
    expired = house.pages.post(path, data={"answer": "no", "step": "confirm"})
    assert expired.status_code == 410
    assert "This link has expired" in expired.text


def test_a_link_for_the_chats_former_customer_is_void(house: House) -> None:
    chat, address = house.contact()
    house.clock.pass_by(minutes=11)
    house.send()
    former = house.link(address)
    right = fresh("owner")
    assert told_agents(house, chat) is not None
    house.api.score(chat_id=chat, customer_id=right, ip="89.160.20.112")
    assert told_agents(house, chat) is None, "another customer's"
    facts = {"chat_id": chat, "customer_id": right, "ip": "89.160.20.112"}
    house.api.score(**facts, notice={"email": f"{right}@owner.example"})
    house.clock.pass_by(minutes=11)
    house.send()
    assert house.pages.get(former).status_code == 410
    assert house.answer(house.link(f"{right}@owner.example"), "no").status_code == 303
    wrong = house.service.locator.customer(address.partition("@")[0])
    assert not house.service.stores.customers.history(wrong).incidents


def test_another_page_cannot_answer_and_odd_forms_are_told_so(house: House) -> None:
    path = house.asked()
    confirmed = {"answer": "no", "step": "confirm"}
    other = house.pages.post(path, data=confirmed, headers={"Sec-Fetch-Site": "cross-site"})
    assert other.status_code == 403
    for data in ({}, {"answer": "maybe"}, {"step": "confirm"}):
        answer = house.pages.post(path, data=data)
        assert answer.status_code == 422
        assert "That did not work" in answer.text
    assert house.pages.post(path, data={"answer": "x" * 20_000}).status_code == 413
    assert house.pages.put(path).status_code == 405
    assert "Yes, that was me" in house.pages.get(path).text


def test_answers_are_bounded(house: House) -> None:
    path = house.asked()
    house.clock.at = house.clock.at.replace(second=0)
    answers = [house.pages.post(path, data={"answer": "yes"}).status_code for _ in range(ANSWERS_PER_MIN + 2)]
    assert answers == [200] * ANSWERS_PER_MIN + [429] * 2
    assert house.pages.get(path).status_code == 200
    house.clock.pass_by(minutes=1)
    assert house.pages.post(path, data={"answer": "yes"}).status_code == 200


def test_a_store_that_is_out_loses_no_answer(folder: Path, post: Mailbox, house: House) -> None:
    made = open_house(noticing(folder, post), house.clock, post)
    path = made.asked()
    made.service.close()
    plain: Any = made.service.app.test_client()
    for answer in (plain.get(path), plain.post(path, data={"answer": "no", "step": "confirm"})):
        assert answer.status_code == 503
        assert "Nothing was changed" in answer.text
        assert answer.headers["Retry-After"]
    with closing(open_house(noticing(folder, post), house.clock, post).service) as again:
        pages = client_of(again)
        assert "Yes, that was me" in pages.get(path).text
        assert pages.post(path, data={"answer": "no", "step": "confirm"}).status_code == 303


def test_two_answers_at_once_are_one_incident(house: House) -> None:
    chat, address = house.contact()
    house.clock.pass_by(minutes=11)
    house.send()
    path = house.link(address)
    with ThreadPoolExecutor(4) as pool:
        clients = [client_of(house.service) for _ in range(4)]
        answers = list(pool.map(lambda c: c.post(path, data={"answer": "no", "step": "confirm"}).status_code, clients))
    assert set(answers) <= {200, 303}
    assert 303 in answers
    customer = house.service.locator.customer(address.partition("@")[0])
    [incident] = house.service.stores.customers.history(customer).incidents
    assert [step.kind for step in incident.steps] == [StepKind.OPENED]
    assert announced(house, chat).count("incident.opened") == 1


def test_a_link_from_before_a_rotation_of_the_keys_still_counts(folder: Path, post: Mailbox, house: House) -> None:
    made = open_house(noticing(folder, post), house.clock, post)
    chat, address = made.contact()
    made.clock.pass_by(minutes=11)
    made.send()
    path, owner = made.link(address), address.partition("@")[0]
    made.service.close()
    rotate_file(folder / "var" / "hash.key", datetime.now(UTC) - timedelta(seconds=1))
    again = open_house(noticing(folder, post), house.clock, post)
    with closing(again.service):
        assert again.answer(path, "no").status_code == 303
        customer = again.service.locator.customer(owner)
        assert customer.startswith("2."), "under the new key"
        [incident] = again.service.stores.customers.history(customer).incidents
        assert incident.opened_by is Opener.OWNER
        assert again.api.cue(chat)["cue"] == "red"


def test_what_is_announced_of_a_notice_holds_no_link(house: House) -> None:
    key = ChatKey("zendesk", "acme", "7431")
    said = about_notice("notice.denied", key, house.clock(), "i_1")
    assert said.body == {"desk": "zendesk", "account": "acme", "chat_id": "7431", "incident_id": "i_1"}
    assert said.at - house.clock() == timedelta()


def test_every_text_is_filled(house: House) -> None:
    address = house.contact()[1]
    house.clock.pass_by(minutes=11)
    house.send()
    mail = house.post.to(address)[0]
    for text in (text_of(mail), house.pages.get(house.link(address)).text):
        assert "{" not in text
        assert "None" not in text
