"""The company's own mailer: `notice.due` by a signed webhook, with a link that lies nowhere before."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from contextlib import closing, contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import pytest
from standardwebhooks import Webhook
from tests.channels.conftest import LOOPBACK, PATIENT_S, WORDS
from tests.clock import Clock
from tests.conftest import fresh
from tests.mail_server import Mailbox
from tests.notices.conftest import PUBLIC, House, noticing, open_house, path_in
from tests.receiver import Answer, Receiver

from cuelight.channels.deliver import Deliverer
from cuelight.channels.new import new_channel
from cuelight.channels.worker import Worker
from cuelight.core.chat import ChatKey
from cuelight.core.errors import InvalidInput
from cuelight.core.notice import State, name_of
from cuelight.core.outbox import Channel
from cuelight.stores import keys_notices
from cuelight.wiring.notices import completer


@dataclass
class Mailer:
    """A house that tells a company's mailer, which is a receiver on loopback."""

    house: House
    receiver: Receiver
    channel: Channel
    worker: Worker

    def deliver(self) -> None:
        self.house.clock.pass_by(minutes=11)
        self.house.send()
        for _ in range(50):
            while self.worker.spread():
                pass
            if not sum(self.worker.serve(channel) for channel in self.house.service.stores.channels.list()):
                return

    def told(self, chat: str) -> list[dict[str, Any]]:
        got = [each.json for each in self.receiver.got]
        return [
            one["data"] for one in got if one["type"] == "notice.due" and any(chat in c for c in one["data"]["chats"])
        ]


@contextmanager
def mailing(folder: Path, post: Mailbox) -> Iterator[Mailer]:
    clock = Clock()
    settings = noticing(folder, post, notices="webhook", notice_smtp=None, notice_from=None)
    house = open_house(settings, clock, post)
    receiver = Receiver()
    with closing(house.service), closing(receiver):
        stores = house.service.stores
        channel = new_channel("webhook", receiver.url, clock(), kinds=["notice.due"])
        stores.channels.add(channel)
        complete = completer(settings, stores)
        worker = Worker(
            stores.outbox, stores.channels, Deliverer(LOOPBACK, timeout_s=PATIENT_S), WORDS, clock, complete=complete
        )
        yield Mailer(house, receiver, channel, worker)


@pytest.fixture
def mailer(folder: Path, post: Mailbox) -> Iterator[Mailer]:
    with mailing(folder, post) as made:
        yield made


def unproven(mailer: Mailer, **facts: Any) -> str:
    chat = fresh("chat")
    mailer.house.api.score(chat_id=chat, desk="zendesk", account="acme", ip="89.160.20.112", **facts)
    return chat


def test_the_mailer_is_told_once_with_a_link_and_its_own_reference(mailer: Mailer) -> None:
    owner = fresh("owner")
    chat = unproven(mailer, customer_id=owner, notice={"ref": "crm:4711", "locale": "de"})
    without = unproven(mailer, customer_id=fresh("owner"))
    mailer.deliver()
    [told] = mailer.told(chat)
    assert told["chats"] == [f"zendesk/acme/{chat}"]
    assert (told["notice"]["ref"], told["notice"]["locale"]) == ("crm:4711", "de")
    assert owner not in str(told)
    assert mailer.house.pages.get(path_in(told["notice"]["link"])).status_code == 200
    assert "ref" not in mailer.told(without)[0]["notice"], "the chat's name is enough for a company that knows it"
    got = next(one for one in mailer.receiver.got if chat in one.body.decode())
    signed = Webhook(mailer.channel.secrets["signing"]).sign(
        got.headers["webhook-id"], mailer.house.clock(), got.body.decode()
    )
    assert got.headers["webhook-signature"] == signed
    mailer.deliver()
    assert len(mailer.told(chat)) == 1


def test_neither_link_nor_reference_waits_in_a_queue(mailer: Mailer) -> None:
    mailer.receiver.answer = lambda _: Answer(400)
    chat = unproven(mailer, customer_id=fresh("owner"), notice={"ref": "crm:canary"})
    mailer.deliver()
    [told] = mailer.told(chat)
    link = mailer.house.service.stores.link
    assert link is not None
    stored = b"".join(link.client.dump(key) or b"" for key in link.client.scan_iter(count=5000))
    assert b"crm:canary" not in stored
    assert told["notice"]["link"].rpartition("/")[2].encode() not in stored
    assert PUBLIC.encode() not in stored


def test_a_reference_is_told_for_a_day_and_an_erased_customers_notice_not_at_all(mailer: Mailer) -> None:
    mailer.receiver.answer = lambda _: Answer(400)
    stores = mailer.house.service.stores
    late, owner = unproven(mailer, customer_id=fresh("owner"), notice={"ref": "crm:late"}), fresh("owner")
    gone = unproven(mailer, customer_id=owner, notice={"ref": "crm:gone"})
    mailer.deliver()
    assert stores.link is not None
    address = keys_notices.notice(name_of(ChatKey("zendesk", "acme", late)))[1]
    assert 0 < stores.link.call("TTL", address) <= 86_400
    stores.link.call("DEL", address)  # as the store does by itself
    mailer.house.service.dossier.erase(owner)
    mailer.receiver.got.clear()
    mailer.receiver.answer = lambda _: Answer(200)
    mailer.house.clock.pass_by(hours=13)
    mailer.deliver()
    [told] = mailer.told(late)
    assert "ref" not in told["notice"]
    assert told["notice"]["link"]
    assert not mailer.told(gone)


def test_after_an_answer_there_is_nothing_to_send(mailer: Mailer) -> None:
    chat = unproven(mailer, customer_id=fresh("owner"))
    mailer.deliver()
    path = path_in(mailer.told(chat)[0]["notice"]["link"])
    assert mailer.house.answer(path, "no").status_code == 303
    mailer.receiver.got.clear()
    mailer.house.service.stores.notices.put_off(name_of(ChatKey("zendesk", "acme", chat)), mailer.house.clock())
    mailer.deliver()
    assert not mailer.told(chat)


def test_only_a_channel_that_asks_for_it_is_told(mailer: Mailer, receive: Callable[[], Receiver]) -> None:
    everything = receive()
    stores = mailer.house.service.stores
    stores.channels.add(new_channel("webhook", everything.url, mailer.house.clock()))
    chat = unproven(mailer, customer_id=fresh("owner"))
    mailer.deliver()
    assert mailer.told(chat)
    assert "notice.due" not in [got.json["type"] for got in everything.got]
    notice = stores.notices.read(name_of(ChatKey("zendesk", "acme", chat)))
    assert notice is not None
    assert notice.state is State.SENT


@pytest.mark.parametrize("kind", ["slack", "email", "syslog"])
def test_a_chat_room_is_never_told_of_links(kind: str) -> None:
    target = {"slack": "https://x.example", "email": "smtps://x.example", "syslog": "syslog+tls://x.example"}[kind]
    options = {"from": "a@x.example", "to": "b@x.example"} if kind == "email" else {}
    with pytest.raises(InvalidInput, match="signed webhooks only"):
        new_channel(kind, target, Clock()(), options=options, kinds=["notice.due"])


@pytest.fixture
def receive() -> Iterator[Callable[[], Receiver]]:
    made: list[Receiver] = []

    def make() -> Receiver:
        made.append(Receiver())
        return made[-1]

    yield make
    for receiver in made:
        receiver.close()
