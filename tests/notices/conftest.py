"""A service with notices on, a clock that stands still, and a mail server that is one."""

from __future__ import annotations

import re
import tempfile
from collections.abc import Callable, Iterator
from contextlib import closing, contextmanager
from dataclasses import dataclass
from email.message import EmailMessage
from pathlib import Path
from threading import Thread
from typing import Any

import pytest
from flask.testing import FlaskClient
from tests.clock import Clock
from tests.conftest import Api, api_for, client_of, fresh, settings_for
from tests.mail_server import Mailbox
from tests.unhurried import nobody_waits, unhurried
from werkzeug.serving import make_server
from werkzeug.test import TestResponse

from cuelight.app import Service, open_service
from cuelight.channels.deliver import Deliverer
from cuelight.channels.target import AllowedPrivate
from cuelight.notices.sending import NoticeSender
from cuelight.settings import Settings
from cuelight.web import notice_words
from cuelight.wiring.notices import completer, poster, sender_of, terms_of

LOOPBACK = "127.0.0.0/8"
PUBLIC = "https://check.acme.example"


@dataclass
class House:
    """One service with its sender, as `cuelight run` and its worker are."""

    service: Service
    settings: Settings
    clock: Clock
    post: Mailbox
    sender: NoticeSender
    api: Api
    pages: FlaskClient

    def send(self) -> None:
        while self.sender.serve():
            pass

    def contact(self, **facts: Any) -> tuple[str, str]:
        """An unproven chat about a new customer who has a mail address. Returns its id and the address."""
        chat, customer = fresh("chat"), facts.pop("customer_id", None) or fresh("owner")
        address = f"{customer}@owner.example"
        notice = {"email": address, "locale": "en"}
        self.api.score(**{"chat_id": chat, "customer_id": customer, "notice": notice, "ip": "89.160.20.112"} | facts)
        return chat, address

    def link(self, address: str) -> str:
        """The path in the newest mail to this address."""
        return path_in(text_of(self.post.to(address)[-1]))

    def asked(self, **facts: Any) -> str:
        """A contact, the wait, the mail: its link."""
        _, address = self.contact(**facts)
        self.clock.pass_by(minutes=11)
        self.send()
        return self.link(address)

    def answer(self, path: str, answer: str) -> TestResponse:
        asked_back = self.pages.post(path, data={"answer": answer})
        assert asked_back.status_code == 200
        return self.pages.post(path, data={"answer": answer, "step": "confirm"})


def text_of(mail: EmailMessage) -> str:
    body = mail.get_body(("plain",))
    assert body is not None
    return str(body.get_content())


def path_in(text: str) -> str:
    found = re.search(rf"{re.escape(PUBLIC)}(/notice/\S+)", text)
    assert found is not None
    return found[1]


@pytest.fixture(scope="module")
def post() -> Iterator[Mailbox]:
    with closing(Mailbox()) as box:
        yield box


@contextmanager
def served(house: House) -> Iterator[str]:
    """The service on a loopback port, for browsers."""
    server = make_server("127.0.0.1", 0, house.service.app, threaded=True)
    thread = Thread(target=server.serve_forever, daemon=True)
    thread.start()
    yield f"http://127.0.0.1:{server.server_port}"
    server.shutdown()
    thread.join()


def noticing(folder: Path, post: Mailbox, **more: Any) -> Settings:
    values = {
        "notices": "mail",
        "public_url": PUBLIC,
        "brand": "Acme",
        "notice_smtp": post.url,
        "notice_from": "security@acme.example",
        "notice_help_url": "https://acme.example/help",
        "allow_private_targets": LOOPBACK,
    }
    return settings_for(folder, **(values | more))


def open_house(settings: Settings, clock: Clock, post: Mailbox) -> House:
    with unhurried():
        service = nobody_waits(open_service(settings, clock))
        service.stores.customers.ping()
    terms, texts = terms_of(settings), notice_words.load(settings.data_dir / "notices")
    deliverer = Deliverer(AllowedPrivate.parse(LOOPBACK), timeout_s=30)
    sender = sender_of(settings, service.stores, terms, poster(settings, terms, texts, deliverer.send, clock), clock)
    return House(service, settings, clock, post, sender, api_for(service), client_of(service))


@pytest.fixture(scope="module")
def house(post: Mailbox) -> Iterator[House]:
    with tempfile.TemporaryDirectory(prefix="cue") as folder:
        made = open_house(noticing(Path(folder), post), Clock(), post)
        with closing(made.service):
            yield made


@pytest.fixture
def complete(house: House) -> Callable[..., Any]:
    return completer(house.settings, house.service.stores)
