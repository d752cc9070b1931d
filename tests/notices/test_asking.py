"""Who is asked, when, and how often."""

from __future__ import annotations

from tests.conftest import CHROME_ON_MAC
from tests.notices.conftest import PUBLIC, House, text_of


def test_the_owner_is_asked_once_after_a_while(house: House) -> None:
    chat, address = house.contact()
    house.send()
    assert not house.post.to(address), "a chat that is proven soon needs no notice"
    house.clock.pass_by(minutes=11)
    house.send()
    [mail] = house.post.to(address)
    assert mail["Subject"] == "Someone contacted Acme support. Was this you?"
    assert mail["From"] == "Acme <security@acme.example>"
    assert mail["Auto-Submitted"] == "auto-generated"
    html = mail.get_body(("html",))
    assert html is not None
    link = PUBLIC + house.link(address)
    assert html.get_content().count(link) == 1
    told = text_of(mail) + str(html.get_content())
    assert chat not in told
    assert "Sweden" not in told, "where from is said on the page, behind the link"
    house.clock.pass_by(minutes=11)
    house.api.score(chat_id=chat, customer_id=address.partition("@")[0], user_agent=CHROME_ON_MAC,
                    notice={"email": address})  # fmt: skip
    house.clock.pass_by(minutes=11)
    house.send()
    assert len(house.post.to(address)) == 1, "new facts of the same chat are no new contact"
