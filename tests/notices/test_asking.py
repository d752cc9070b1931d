"""Who is asked, when, and how often; and what is kept of where to ask."""

from __future__ import annotations

import time
from contextlib import closing
from dataclasses import replace
from pathlib import Path

import pytest
from tests.clock import Clock
from tests.conftest import CHROME_ON_MAC, HOME_IP, api_for, at_home, fresh, settings_for
from tests.mail_server import Mailbox
from tests.notices.conftest import PUBLIC, House, noticing, open_house, text_of

from cuelight.core.chat import ChatKey
from cuelight.core.decision import Cue
from cuelight.core.errors import InvalidInput
from cuelight.core.notice import After, Notice, NoticeTo, State, name_of
from cuelight.notices.sending import LONGEST_RETRY, Posted, retry_after
from cuelight.wiring.notices import sender_of, sending_notices, terms_of


def kept(house: House, chat: str) -> Notice | None:
    return house.service.stores.notices.read(name_of(ChatKey("api", "default", chat)))


def later(house: House, **span: float) -> None:
    house.clock.pass_by(**(span or {"minutes": 11}))
    house.send()


def test_the_owner_is_asked_once_after_a_while(house: House) -> None:
    chat, address = house.contact()
    house.send()
    assert not house.post.to(address), "a chat that is proven soon needs no notice"
    later(house)
    [mail] = house.post.to(address)
    assert mail["Subject"] == "Someone contacted Acme support. Was this you?"
    assert mail["From"] == "Acme <security@acme.example>"
    assert mail["Auto-Submitted"] == "auto-generated"
    html = mail.get_body(("html",))
    assert html is not None
    assert str(html.get_content()).count(PUBLIC + house.link(address)) == 1
    told = text_of(mail) + str(html.get_content())
    assert chat not in told
    assert "Sweden" not in told, "where from is said on the page, behind the link"
    owner = address.partition("@")[0]
    house.api.score(chat_id=chat, customer_id=owner, user_agent=CHROME_ON_MAC, notice={"email": address})
    later(house)
    assert len(house.post.to(address)) == 1, "new facts of the same chat are no new contact"


@pytest.mark.parametrize("locale", ["de", "es-MX", "fr_CA", "xx"])
def test_the_mail_speaks_the_customers_language(house: House, locale: str) -> None:
    owner = fresh("owner")
    address = f"{owner}@owner.example"
    house.contact(customer_id=owner, notice={"email": address, "locale": locale})
    later(house)
    subject = {"de": "Waren Sie das?", "es-MX": "¿Ha sido usted?", "fr_CA": "Était-ce vous ?"}
    assert subject.get(locale, "Was this you?") in house.post.to(address)[0]["Subject"]


def test_proof_in_the_meantime_spares_the_notice(house: House) -> None:
    signed_in, stepped_up = house.contact(), house.contact()
    owner = signed_in[1].partition("@")[0]
    house.api.score(chat_id=signed_in[0], customer_id=owner, identity="verified", ip="89.160.20.112")
    assert kept(house, signed_in[0]) is None, "at once, with where it would have gone"
    assert house.api.outcome(stepped_up[0], outcome="genuine", method="one_time_code").status_code == 200
    later(house)
    assert not house.post.to(signed_in[1])
    assert not house.post.to(stepped_up[1])
    assert kept(house, stepped_up[0]) is None


def test_nobody_is_asked_about_a_chat_that_is_nobodys_or_looks_like_the_owner(house: House) -> None:
    house.api.score(chat_id=fresh("chat"), ip=HOME_IP, notice={"email": "nobody@owner.example"})
    calm, chat = house.api.settled_customer("calm"), fresh("chat")
    facts = at_home(calm, chat_id=chat, notice={"email": f"{calm}@owner.example"})
    assert house.api.score(**facts)["cue"] == "green"
    assert kept(house, chat) is None
    later(house)
    assert not house.post.to("nobody@owner.example")
    assert not house.post.to(f"{calm}@owner.example")


def test_after_which_chats_is_a_setting() -> None:
    asked = {after: [cue for cue in Cue if after.asks(cue, proven=False)] for after in After}
    assert asked == {
        After.RED: [Cue.RED],
        After.AMBER: [Cue.RED, Cue.AMBER],
        After.GREY: [Cue.RED, Cue.AMBER, Cue.GREY],
        After.UNPROVEN: [Cue.RED, Cue.AMBER, Cue.GREEN, Cue.GREY],
    }
    assert not any(after.asks(cue, proven=True) for after in After for cue in Cue)


def test_an_impostor_cannot_flood_the_owner(house: House) -> None:
    owner = fresh("owner")
    address = f"{owner}@owner.example"
    for _ in range(30):
        house.contact(customer_id=owner)
    other = house.contact()[1]
    later(house)
    assert len(house.post.to(address)) == 3
    assert len(house.post.to(other)) == 1, "one customer's flood is not another's silence"
    later(house, hours=25)
    assert len(house.post.to(address)) == 3, "what was withheld is not made up for"
    house.contact(customer_id=owner)
    later(house)
    assert len(house.post.to(address)) == 4


def test_a_notice_goes_to_the_customer_the_chat_is_about(house: House) -> None:
    chat, wrong = house.contact()
    right = fresh("owner")
    house.api.score(chat_id=chat, customer_id=right, ip="89.160.20.112", notice={"email": f"{right}@owner.example"})
    later(house)
    assert not house.post.to(wrong)
    assert len(house.post.to(f"{right}@owner.example")) == 1
    moved, first = house.contact()
    house.api.score(chat_id=moved, customer_id=fresh("owner"), ip="89.160.20.112")
    later(house)
    assert not house.post.to(first), "nobody said where to find the other one"


def test_a_mail_server_that_is_busy_is_tried_again_and_a_refusal_is_not(house: House, post: Mailbox) -> None:
    busy, refused = house.contact()[1], house.contact()
    post.refuse = "451 try later"
    later(house)
    assert not post.to(busy)
    post.refuse = "550 no such mailbox"
    later(house, minutes=2)
    post.refuse = ""
    later(house, hours=2)
    assert not post.to(refused[1])
    notice = kept(house, refused[0])
    assert notice is not None
    assert (notice.state, notice.reason) == (State.WITHHELD, "refused")
    again = house.contact()[1]
    post.refuse = "451 try later"
    later(house)
    later(house, minutes=1)
    post.refuse = ""
    later(house, minutes=2)
    assert len(post.to(again)) == 1
    assert retry_after(1).total_seconds() == 60
    assert retry_after(99) == LONGEST_RETRY


def test_an_address_is_sealed_and_forgotten_and_never_logged(house: House, logged: pytest.CaptureFixture[str]) -> None:
    link = house.service.stores.link
    assert link is not None
    chat, address = house.contact(customer_id=fresh("canary-owner"))

    def everywhere() -> bytes:
        found = b""
        for key in link.client.scan_iter(count=5000):
            found += key + (link.client.dump(key) or b"")
        return found

    assert b"owner.example" not in everywhere()
    assert house.service.stores.notices.sealed(name_of(ChatKey("api", "default", chat))) is not None
    later(house)
    assert house.service.stores.notices.sealed(name_of(ChatKey("api", "default", chat))) is None, "sent"
    path = house.link(address)
    assert house.answer(path, "no").status_code == 303
    told = logged.readouterr()
    assert "notice_sent" in told.err
    for secret in (address, address.partition("@")[0], path, "89.160.20.112", chat):
        assert secret not in told.err + told.out
    assert "owner.example" not in repr(NoticeTo(address))


def test_an_erased_customer_leaves_neither_notice_nor_address(house: House) -> None:
    sent = house.asked()
    chat, address = house.contact()
    owner = address.partition("@")[0]
    name = name_of(ChatKey("api", "default", chat))
    assert house.service.stores.notices.sealed(name) is not None
    assert house.api.client.delete(f"/customers/{owner}", headers=house.api.headers()).status_code in (200, 202)
    assert house.service.stores.notices.read(name) is house.service.stores.notices.sealed(name) is None
    later(house)
    assert not [mail for mail in house.post.to(address) if chat in str(mail)]
    assert house.pages.get(sent).status_code == 200, "the others' stay"


def test_without_notices_nothing_is_kept(folder: Path, post: Mailbox, house: House) -> None:
    with closing(open_house(settings_for(folder), house.clock, post).service) as service:
        made = replace(house, service=service)
        chat = fresh("chat")
        api_for(service).score(chat_id=chat, customer_id=fresh("owner"), notice={"email": "a@owner.example"})
        assert kept(made, chat) is None
        assert service.stores.notices.sealed(name_of(ChatKey("api", "default", chat))) is None


@pytest.mark.parametrize(
    ("wrong", "named"),
    [
        ({"public_url": None}, "CUELIGHT_PUBLIC_URL"),
        ({"public_url": "http://check.acme.example"}, "CUELIGHT_PUBLIC_URL"),
        ({"public_url": "https://check.acme.example/" + "x" * 120}, "CUELIGHT_PUBLIC_URL"),
        ({"notice_smtp": None}, "CUELIGHT_NOTICE_SMTP"),
        ({"notice_smtp": "https://mail.acme.example"}, "CUELIGHT_NOTICE_SMTP"),
        ({"notice_from": "Acme"}, "CUELIGHT_NOTICE_FROM"),
        ({"notice_help_url": "javascript:alert(1)"}, "CUELIGHT_NOTICE_HELP_URL"),
        ({"brand": "Acme\nBcc: x@evil.example"}, "CUELIGHT_BRAND"),
    ],
)
def test_half_set_up_it_does_not_start(folder: Path, post: Mailbox, wrong: dict[str, str], named: str) -> None:
    with pytest.raises(InvalidInput, match=named):
        terms_of(noticing(folder, post, **wrong))


@pytest.mark.parametrize(
    "notice",
    [{"email": "no address"}, {"email": "a@b\r\nBcc: c@d"}, {"email": "a" * 65 + "@b.example"}, {"ref": "with space"},
     {"locale": "../en"}, {"phone": "1"}, {"email": 7}, []],
)  # fmt: skip
def test_what_is_no_address_is_refused_and_not_repeated(house: House, notice: object) -> None:
    answer = house.api.post("/score", {"chat_id": fresh("chat"), "notice": notice})
    assert answer.status_code == 422
    assert "Bcc" not in answer.text
    assert "no address" not in answer.text


def test_the_workers_own_thread_sends(folder: Path, post: Mailbox) -> None:
    settings = noticing(folder, post, notice_delay=0)
    with closing((made := open_house(settings, Clock(), post)).service):
        _, address = made.contact()
        with sending_notices(settings, made.service.stores, 30):
            deadline = time.monotonic() + 60
            while not post.to(address) and time.monotonic() < deadline:
                time.sleep(0.05)
        assert len(post.to(address)) == 1


def test_a_fault_over_one_notice_holds_up_no_other(house: House, folder: Path, post: Mailbox) -> None:
    first, second = house.contact(), house.contact()

    def fail(notice: Notice, to: NoticeTo, link: str) -> Posted:
        if to.email == first[1]:
            raise ValueError("nobody thought of this")
        return Posted.SENT

    stores, terms = house.service.stores, terms_of(house.settings)
    sender = sender_of(house.settings, stores, terms, fail, house.clock)
    house.clock.pass_by(minutes=11)
    while sender.serve():
        pass
    done = kept(house, second[0])
    assert done is not None
    assert done.attempts == 1
    assert not house.post.to(first[1])
    later(house, hours=2)
    assert len(house.post.to(first[1])) == 1
