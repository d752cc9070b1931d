"""The words of notices, for their mail and their page: `data/notices/`, one file a language, all of them whole."""

from __future__ import annotations

import re
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from datetime import UTC, datetime
from pathlib import Path

import orjson

from cuelight.core.errors import DataFileInvalid

LOCALES = ("en", "de", "es", "fr")
DEFAULT_LOCALE = "en"
_PLACE = re.compile(r"\{([a-z]+)\}")
_PLACES = frozenset({"brand", "country", "date", "day", "month", "year", "time"})


@dataclass(frozen=True, slots=True)
class NoticeWords:
    """One language's texts. They are filled by plain substitution: text in braces is never a way into the program."""

    locale: str
    texts: Mapping[str, str]

    def say(self, name: str, **values: str) -> str:
        return _PLACE.sub(lambda place: values.get(place[1], ""), self.texts[name])

    def date(self, at: datetime) -> str:
        """To the minute, in UTC: where the customer is, nobody here knows."""
        utc = at.astimezone(UTC)
        month = self.texts["months"].split()[utc.month - 1]
        return self.say("date", day=str(utc.day), month=month, year=str(utc.year), time=f"{utc:%H:%M}")


@dataclass(frozen=True, slots=True)
class NoticeTexts:
    """All languages, and the two forms of the mail."""

    by_locale: Mapping[str, NoticeWords]
    mail_text: str
    mail_html: str

    def best(self, wanted: Iterable[str]) -> NoticeWords:
        """The first of these language tags (`de-AT`, `de`) there are words for; else English."""
        for tag in wanted:
            if (found := self.by_locale.get(re.split("[-_]", tag, maxsplit=1)[0].lower())) is not None:
                return found
        return self.by_locale[DEFAULT_LOCALE]


def load(folder: Path) -> NoticeTexts:
    """Raises `DataFileInvalid` naming the file, and the text that is missing or cannot be used."""
    words = {locale: NoticeWords(locale, _texts(folder / f"{locale}.json")) for locale in LOCALES}
    for locale, each in words.items():
        if odd := sorted(each.texts.keys() ^ words[DEFAULT_LOCALE].texts.keys()):
            raise DataFileInvalid(f"notices/{locale}.json: {odd[0]}: all languages must have the same texts")
        if len(each.texts.get("months", "").split()) != 12:
            raise DataFileInvalid(f"notices/{locale}.json: months: must name twelve, with spaces between")
    return NoticeTexts(words, _read(folder / "mail.txt"), _read(folder / "mail.html"))


def _texts(path: Path) -> dict[str, str]:
    try:
        found = orjson.loads(_read(path))
    except orjson.JSONDecodeError as error:
        raise DataFileInvalid(f"notices/{path.name}: line {error.lineno}: {error.msg}") from None
    if not isinstance(found, dict):
        raise DataFileInvalid(f"notices/{path.name}: must be an object of texts")
    for name, text in found.items():
        if not isinstance(text, str) or not text.strip():
            raise DataFileInvalid(f"notices/{path.name}: {name}: must be a text")
        if odd := sorted({place[1] for place in _PLACE.finditer(text)} - _PLACES):
            raise DataFileInvalid(f"notices/{path.name}: {name}: there is no {{{odd[0]}}}")
    return found


def _read(path: Path) -> str:
    try:
        return path.read_text("utf-8")
    except (OSError, UnicodeDecodeError):
        raise DataFileInvalid(f"notices/{path.name}: cannot be read") from None
