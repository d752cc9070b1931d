"""Advice: what agents are told to do, in every language; the company's own texts become a new version of the policy."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass

from flask import Response, redirect, request
from flask.typing import ResponseReturnValue

from cuelight.core.errors import InvalidInput, PolicyInvalid
from cuelight.core.policy import ADVICE
from cuelight.core.policy_file import ADVICE_CHARS
from cuelight.web.console import session
from cuelight.web.console.session import signed_in
from cuelight.web.console.shell import Page, as_csv, wants_csv
from cuelight.web.parts import parts
from cuelight.web.wording import DEFAULT_LOCALE

page = Page("advice", "Advice", "Decide", reads="policies.read")

LANGUAGES = {"en": "English", "de": "German", "es": "Spanish", "fr": "French"}
WHEN = {
    "usual_care": "under a green cue",
    "disclose_nothing": "under a red cue",
    "disclose_no_personal_data": "under an amber or grey cue",
    "general_help_only": "where nobody said whose account it is about",
    "sign_in": "where the contact is not signed in",
    "one_time_code": "where signing in would not be enough, or cannot be asked for",
    "call_back": "under a red cue, or while an incident is open",
    "incident_hand_over": "while an incident is open",
    "nothing_until_signed_in": "for a customer whose account is locked for chats",
}


@dataclass(frozen=True, slots=True)
class Line:
    """One advice in one language: the catalogue's text, the company's own (empty: none), what was wrong with it."""

    code: str
    when: str
    usual: str
    own: str
    wrong: str | None = None


@page.get()
def show() -> ResponseReturnValue:
    """The live policy's texts, or those of another version (`?base=`)."""
    made = parts().policies.read(request.args.get("base", "live"))
    advice = (made.document or {}).get("advice", {})
    if wants_csv():
        heads = ("language", "code", "catalogue", "own")
        rows = [
            (locale, line.code, line.usual, line.own)
            for locale in parts().catalogues.by_locale
            for line in _lines(locale, advice.get(locale, {}))
        ]
        return as_csv("advice", heads, rows)
    locale = _locale(request.args.get("locale", DEFAULT_LOCALE))
    return _page(made.version, locale, _lines(locale, advice.get(locale, {})))


@page.post("/save", does="policies.draft")
def save() -> ResponseReturnValue:
    """Keep one language's texts as a draft; the other languages stay as they are in the version it is made from."""
    policies, locale = parts().policies, _locale(request.form.get("locale", ""))
    base = request.form.get("base", "live")
    own = {code: text for code in ADVICE if (text := request.form.get(code, "").strip())}
    note = request.form.get("note", "").strip()
    document = policies.based_on(base, {})
    others = {each: texts for each, texts in document.get("advice", {}).items() if each != locale}
    document["advice"] = others | ({locale: own} if own else {})
    try:
        made = policies.draft(document, signed_in().by, note or f"Advice in {LANGUAGES.get(locale, locale)}")
    except (PolicyInvalid, InvalidInput) as error:
        lines = _lines(locale, own, {error.field.rpartition(".")[2]: error.problem})
        return _page(policies.read(base).version, locale, lines, str(error))
    session.say(f"{made.version} is kept as a draft. Agents read the new texts once it is published.")
    return redirect(f"/console/policies/{made.version}", 303)


def _page(base: str, locale: str, lines: list[Line], wrong: str | None = None) -> ResponseReturnValue:
    html = page.render(
        "advice.html",
        base=base,
        locale=locale,
        languages=[(each, LANGUAGES.get(each, each)) for each in parts().catalogues.by_locale],
        lines=lines,
        wrong=wrong,
        most=ADVICE_CHARS,
        live=parts().policy().version,
        note=request.form.get("note", ""),
    )
    return Response(html, 422 if wrong else 200, content_type="text/html; charset=utf-8")


def _lines(locale: str, own: Mapping[str, str], wrong: Mapping[str, str] | None = None) -> list[Line]:
    usual = parts().catalogues.by_locale[locale].advice
    return [
        Line(code, WHEN[code], usual.get(code, code), own.get(code, ""), (wrong or {}).get(code)) for code in ADVICE
    ]


def _locale(asked: str) -> str:
    if asked not in parts().catalogues.by_locale:
        raise InvalidInput("locale", "is none of the languages there are texts in")
    return asked
