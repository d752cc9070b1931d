"""A chat's background as JSON: codes for programs, the catalogue's words for agents, nothing personal."""

from __future__ import annotations

from collections.abc import Iterable
from urllib.parse import quote

from cuelight.core.chat import ChatKey
from cuelight.core.disclosure import Disclosure
from cuelight.core.notice import Notice
from cuelight.customers.casebook import Contact, Details
from cuelight.signals.habits import Habit
from cuelight.web.render import Json, instant
from cuelight.web.wording import Wording


def view(found: Details, notice: Notice | None, wording: Wording, days: int, console_url: str | None) -> Json:
    """`GET /cues/…/details`'s answer."""
    return {
        "chat": chat(found.key),
        "habits": [_habit(each, wording) for each in found.habits],
        "contacts": [_contact(each) for each in found.contacts],
        "contact_days": days,
        "disclosures": lines(found.disclosures, wording),
        "notice": None if notice is None else _asked(notice),
        "kinds": [{"code": code, "text": text} for code, text in wording.names.get("kind", {}).items()],
        "console_url": _in_console(console_url, found.key),
    }


def _in_console(console_url: str | None, key: ChatKey) -> str | None:
    """The chat's own page there: whoever follows the link wants to know about this one."""
    path = "/".join(quote(part, safe="") for part in (key.desk, key.account, key.chat_id))
    return f"{console_url.rstrip('/')}/live/{path}" if console_url else None


def chat(key: ChatKey) -> Json:
    return {"desk": key.desk, "account": key.account, "chat_id": key.chat_id}


def lines(ledger: Iterable[Disclosure], wording: Wording) -> list[Json]:
    return [
        {"kind": line.kind.value, "text": wording.name("kind", line.kind), "at": instant(line.at), "by": line.by}
        for line in ledger
    ]


def _asked(notice: Notice) -> Json:
    """What the owner said when asked about this chat. A "yes" is whoever reads the owner's mail: a hint, no proof."""
    return {
        "at": instant(notice.sent_at) if notice.sent_at else None,
        "answer": notice.answer.value if notice.answer else None,
        "answered_at": instant(notice.answered_at) if notice.answered_at else None,
    }


def _habit(habit: Habit, wording: Wording) -> Json:
    def said(value: str) -> str:
        if habit.fact != "device":
            return wording.name(habit.fact, value)
        browser, _, system = value.partition("/")
        return wording.fill("device", browser=wording.name("browser", browser), system=wording.name("system", system))

    return {
        "fact": habit.fact,
        "label": wording.name("fact", habit.fact),
        "usual": [said(value) for value in habit.usual],
        "now": None if habit.now is None else said(habit.now),
        "differs": habit.differs,
    }


def _contact(contact: Contact) -> Json:
    return {
        "at": instant(contact.at),
        "desk": contact.desk,
        "cue": contact.cue.value if contact.cue else None,
        "outcome": contact.outcome.value if contact.outcome else None,
        "method": contact.method.value if contact.method else None,
        "disclosed": [kind.value for kind in contact.disclosed],
    }
