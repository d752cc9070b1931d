"""The notices' half of `app`: their terms from the settings, and the sender that runs in the worker's process."""

from __future__ import annotations

import re
import threading
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from hashlib import blake2b
from urllib.parse import urlsplit

from cuelight.channels import notice_mail
from cuelight.channels.deliver import Deliverer, Result
from cuelight.channels.model import MailMessage
from cuelight.channels.target import AllowedPrivate
from cuelight.core.errors import InvalidInput
from cuelight.core.notice import After, Notice, NoticeTo, Terms, Way
from cuelight.core.outbox import Alert
from cuelight.customers.rekeyed import Keyed, keyed
from cuelight.notices.asking import Links, Notices, Offers, Opens
from cuelight.notices.sending import NoticeSender, Post, Posted
from cuelight.sense.hash_keys import HashKeys
from cuelight.sense.sealing import KeyedSeals
from cuelight.settings import Settings
from cuelight.stores import Stores
from cuelight.web import notice_words
from cuelight.web.notice_parts import NoticePages
from cuelight.web.notice_words import NoticeTexts
from cuelight.wiring.opening import hash_keys, locator_of

Clock = Callable[[], datetime]

_URL = re.compile(r"(https://[^\s/?#@]+|http://(127\.0\.0\.1|localhost|\[::1\])(:\d+)?)(/[^\s?#]*)?")
_MAX_URL = 120
"""A link has to fit into a line of a channel's message."""


def terms_of(settings: Settings) -> Terms:
    """Raises `InvalidInput` naming the setting that is missing or wrong: rather no service than links to nowhere."""
    public_url = (settings.public_url or "").rstrip("/")
    way = Way(settings.notices)
    if (way is not Way.OFF or public_url) and not (len(public_url) <= _MAX_URL and _URL.fullmatch(public_url)):
        raise InvalidInput(
            "CUELIGHT_PUBLIC_URL", "notices need it: https:// and where customers reach this server, 120 characters"
        )
    if settings.notice_help_url and not _URL.fullmatch(settings.notice_help_url):
        raise InvalidInput("CUELIGHT_NOTICE_HELP_URL", "must begin with https://")
    if way is Way.MAIL:
        server = settings.notice_smtp.get_secret_value() if settings.notice_smtp else ""
        notice_mail.check(server, settings.notice_from or "")
    if not settings.brand.isprintable() or len(settings.brand) > 60:
        raise InvalidInput("CUELIGHT_BRAND", "must be your company's name, at most 60 characters")
    return Terms(
        way=way,
        after=After(settings.notice_after),
        delay=settings.notice_delay,
        per_day=settings.notices_per_day,
        life=timedelta(days=settings.notice_link_days),
        public_url=public_url,
        brand=settings.brand or urlsplit(public_url).hostname or "",
        help_url=settings.notice_help_url or "",
    )


def poster(
    settings: Settings, terms: Terms, texts: NoticeTexts, send: Callable[[MailMessage], Result], clock: Clock
) -> Post:
    """Mail by the installation's own server."""
    server = settings.notice_smtp.get_secret_value() if settings.notice_smtp else ""
    password = settings.notice_smtp_password.get_secret_value() if settings.notice_smtp_password else ""

    def post(notice: Notice, to: NoticeTo, link: str) -> Posted:
        words = texts.best([to.locale])
        said = ("lead", "ask", "button", "calm", "safe", "subject")
        values = {name: words.say(f"mail.{name}", brand=terms.brand) for name in said}
        values |= {"lang": words.locale, "brand": terms.brand, "link": link, "title": words.say("page.title")}
        values["until"] = words.say("mail.until", date=words.date(notice.expires_at or clock()))
        # The same in every attempt, so that a mail program shows a repetition once; says nothing.
        name = blake2b(f"{notice.name}|{notice.nonce}".encode(), digest_size=12).hexdigest()
        sender, forms = (terms.brand, settings.notice_from or ""), (texts.mail_text, texts.mail_html)
        mail = notice_mail.render(server, password, sender, to.email or "", values, forms, f"notice.{name}", clock())
        result = send(mail)
        if result.ok:
            return Posted.SENT
        return Posted.NEVER if result.reached and result.what[:1] == "5" else Posted.LATER

    return post


@dataclass(frozen=True, slots=True)
class Asking:
    """The serving half: what is offered after a chat, and the page once incidents can be opened."""

    offers: Offers
    pages: Callable[[Opens], NoticePages]


def noticing(settings: Settings, stores: Stores, has: Keyed, keys: HashKeys, clock: Clock) -> Asking:
    terms, texts = terms_of(settings), notice_words.load(settings.data_dir / "notices")
    seals = KeyedSeals(keys)
    offers = Offers(has.customers, stores.notices, seals, terms, clock)

    def pages(incidents: Opens) -> NoticePages:
        notices = Notices(has.locator, stores.notices, seals, incidents, stores.outbox, terms, clock)
        return NoticePages(notices, offers, texts)

    return Asking(offers, pages)


@contextmanager
def sending_notices(settings: Settings, stores: Stores, timeout_s: float = 5.0) -> Iterator[NoticeSender]:
    """A notice sender in a thread of its own, as long as the block lasts. Errors: as `open_service`."""
    terms, texts = terms_of(settings), notice_words.load(settings.data_dir / "notices")
    deliverer = Deliverer(AllowedPrivate.parse(settings.allow_private_targets), timeout_s=timeout_s)
    sender = sender_of(settings, stores, terms, poster(settings, terms, texts, deliverer.send, _now), _now)
    thread = threading.Thread(target=sender.run, name="notices", daemon=True)
    if terms.way is not Way.OFF:
        thread.start()
    try:
        yield sender
    finally:
        sender.stop()
        if thread.is_alive():
            thread.join(12)


def sender_of(settings: Settings, stores: Stores, terms: Terms, post: Post, clock: Clock) -> NoticeSender:
    locator = locator_of(settings)
    has = keyed(locator, stores.customers, stores.crowd)
    links = Links(stores.notices, KeyedSeals(locator.keys), terms)
    return NoticeSender(has.locator, has.customers, stores.notices, links, stores.outbox, post, terms, clock)


def completer(settings: Settings, stores: Stores) -> Callable[[Alert], Alert]:
    """Puts links into `notice.due` when it is delivered."""
    return Links(stores.notices, KeyedSeals(hash_keys(settings)), terms_of(settings)).complete


def _now() -> datetime:
    return datetime.now(UTC)
