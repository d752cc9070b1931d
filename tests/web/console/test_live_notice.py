"""A chat's page tells whether its owner was asked, and what a yes is worth."""

from __future__ import annotations

from dataclasses import replace
from datetime import timedelta

from tests.conftest import ABROAD_IP, api_for, fresh
from tests.web.console.people import Site, shows

from cuelight.core.chat import ChatKey
from cuelight.core.notice import Answer, Notice, State


def test_what_the_owner_said_is_on_the_chats_page(site: Site) -> None:
    service, now = site.service, site.clock()
    chat_id, customer_id = fresh("asked"), fresh("owner")
    api_for(service).score(chat_id=chat_id, customer_id=customer_id, ip=ABROAD_IP)
    browser, path = site.signed_in(), f"/console/live/api/default/{chat_id}"
    assert "The owner was asked" not in browser.get(path).text
    notice = Notice(ChatKey("api", "default", chat_id), service.locator.customer(customer_id), "nonce", now)
    service.stores.notices.offer(notice, now)
    sent = replace(notice, state=State.SENT, sent_at=now, expires_at=now + timedelta(days=7))
    assert service.stores.notices.change(notice, sent, done=True)
    assert shows(browser.get(path), "no answer so far")
    for answer in (Answer.YES, Answer.NO):
        answered = sent.answered(answer, now + timedelta(minutes=3))
        assert service.stores.notices.change(sent, answered)
        page = browser.get(path)
        assert shows(page, "The owner was asked")
        assert shows(page, f"UTC: {answer}, ")
        assert shows(page, "no proof: whoever reads") == (answer is Answer.YES)
        sent = answered
