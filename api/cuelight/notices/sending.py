"""Sends the notices that are due: looks at each chat again, keeps the day's bound, and hands over to mail or channel.

A notice is marked as sent before it goes out, so that its link works whenever it arrives, and stays due until somebody
has it: whoever dies in between leaves it to the next, and a customer rather gets a notice twice than never.
"""

from __future__ import annotations

import threading
from collections.abc import Callable
from dataclasses import replace
from datetime import datetime, timedelta
from enum import StrEnum

import structlog

from cuelight.core import announcing
from cuelight.core.errors import StoreUnavailable
from cuelight.core.notice import Notice, NoticeStore, NoticeTo, State, Terms, Told, Way
from cuelight.core.outbox import Outbox
from cuelight.core.ports import CustomerStore, Locator
from cuelight.notices.asking import Links, still_asks

_log = structlog.get_logger("cuelight.notices.asking")

LEASE = timedelta(minutes=3)
AT_ONCE = 4
"""Sending one takes 15 seconds at most: all of them are done well before they fall back."""
FIRST_RETRY = timedelta(minutes=1)
LONGEST_RETRY = timedelta(hours=1)
_DAY_S = 86_400


class Posted(StrEnum):
    """What became of a mail."""

    SENT = "sent"
    LATER = "later"
    NEVER = "never"  # the server will not take it for this address


Post = Callable[[Notice, NoticeTo, str], Posted]
"""Sends a notice with its link to an address."""


def retry_after(attempts: int) -> timedelta:
    """After so many attempts: a minute, twice as long each time, an hour at most."""
    return min(LONGEST_RETRY, FIRST_RETRY * (1 << min(attempts - 1, 10)))


class NoticeSender:
    """Any number may run."""

    def __init__(
        self,
        locator: Locator,
        customers: CustomerStore,
        store: NoticeStore,
        links: Links,
        outbox: Outbox,
        post: Post,
        terms: Terms,
        clock: Callable[[], datetime],
    ) -> None:
        self._present = locator.present_customer
        self._customers = customers
        self._store = store
        self._links = links
        self._outbox = outbox
        self._post = post
        self._terms = terms
        self._clock = clock
        self._stop = threading.Event()

    def serve(self) -> int:
        """Send a few. Returns how many were looked at. Raises `StoreUnavailable`."""
        if self._terms.way is Way.OFF:
            return 0
        now = self._clock()
        names = self._store.take_due(now, now + LEASE, AT_ONCE)
        for name in names:
            try:
                self._one(name, now)
            except StoreUnavailable:
                raise
            except Exception as error:
                # A fault over one notice must not hold up the others; it may be over the next time.
                _log.error("notice_fault", exc_info=error)
                self._store.put_off(name, now + LONGEST_RETRY)
        return len(names)

    def _one(self, name: str, now: datetime) -> None:
        notice = self._store.read(name)
        if notice is None or notice.state is State.WITHHELD or notice.answer is not None:
            self._end(name, notice)
        elif not self._still_wanted(notice):
            # As if it had never been offered: the same chat may give another reason to ask.
            if not self._store.withdraw(name):
                self._withhold(notice, "not_wanted")
        elif (ready := self._ready(notice, now)) is not None:
            self._send(ready, now)

    def _still_wanted(self, notice: Notice) -> bool:
        stored = self._customers.find(notice.key)
        if stored is None or stored.chat.customer is None:
            return False
        return self._present(stored.chat.customer) == self._present(notice.customer) and still_asks(self._terms, stored)

    def _ready(self, notice: Notice, now: datetime) -> Notice | None:
        """The notice, counted and with an end; None if it is not to be sent."""
        if notice.state is State.SENT:
            return notice
        stored = self._customers.find(notice.key)
        if stored is None:
            return None
        if self._terms.way is Way.MAIL and self._links.where(notice) is None:
            self._withhold(notice, "no_address")
            return None
        day = f"{self._present(notice.customer)}|{now:%Y-%m-%d}"
        if not self._store.admit(day, self._terms.per_day, _DAY_S):
            self._withhold(notice, "day_is_full")
            return None
        ready = replace(
            notice,
            state=State.SENT,
            told=Told.of(stored.chat),
            sent_at=now,
            expires_at=(now + self._terms.life).replace(microsecond=0),
        )
        return ready if self._store.change(notice, ready) else None

    def _send(self, notice: Notice, now: datetime) -> None:
        if self._terms.way is Way.WEBHOOK:
            said = announcing.about_notice("notice.due", notice.key, now)
            self._outbox.announce(said, self._present(notice.customer))
            self._store.change(notice, notice, done=True, keep=True)
            _log.info("notice_announced", desk=notice.key.desk)
            return
        to = self._links.where(notice)
        if to is None:
            self._withhold(notice, "too_late")
            return
        posted = self._post(notice, to, self._links.to(notice))
        tried = replace(notice, attempts=notice.attempts + 1)
        _log.info("notice_" + posted.value, desk=notice.key.desk, attempt=tried.attempts)
        match posted:
            case Posted.SENT:
                if not self._store.change(notice, tried, done=True):
                    # It was answered already: the answer stays, and only the rest ends here.
                    self._end(notice.name, self._store.read(notice.name))
            case Posted.NEVER:
                self._withhold(notice, "refused")
            case Posted.LATER:
                self._store.change(notice, tried)
                self._store.put_off(notice.name, now + retry_after(tried.attempts))

    def _withhold(self, notice: Notice, reason: str) -> None:
        self._store.change(notice, replace(notice, state=State.WITHHELD, reason=reason), done=True)
        _log.info("notice_withheld", desk=notice.key.desk, reason=reason)

    def _end(self, name: str, notice: Notice | None) -> None:
        if notice is None:
            self._store.forget([name])
        else:
            self._store.change(notice, notice, done=True)

    def run(self, pause_s: float = 2.0) -> None:
        """Until `stop`. A store that is out is waited for."""
        while not self._stop.is_set():
            try:
                busy = self.serve() == AT_ONCE
            except StoreUnavailable as error:
                _log.warning("notices_wait", why=type(error).__name__)
                busy = False
            except Exception as error:
                _log.error("notices_fault", exc_info=error)
                busy = False
            if not busy:
                self._stop.wait(pause_s)

    def stop(self) -> None:
        self._stop.set()
