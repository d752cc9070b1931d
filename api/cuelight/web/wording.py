"""The wording catalogue: codes and parameters to sentences for agents.

Templates hold `{name}` places and nothing else. They are filled by plain substitution, never by `str.format`: a
catalogue is edited by hand, and `{x.__class__}` in it must be text, not a way into the program.
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field, replace
from pathlib import Path

import orjson
import structlog

from cuelight.core.errors import DataFileInvalid

_log = structlog.get_logger("cuelight.web")

_PLACE = re.compile(r"\{([a-z][a-z0-9_]*)\}")
DEFAULT_LOCALE = "en"
_SECTIONS = ("reasons", "not_assessed", "advice", "would_be", "signals")

Param = str | int | float | bool


@dataclass(frozen=True, slots=True)
class Wording:
    """One locale's sentences. `signals` names the questions that may go unanswered; `names[param][value]` says a
    parameter's value in words (`country`: `NL`)."""

    locale: str
    reasons: Mapping[str, str]
    not_assessed: Mapping[str, str]
    advice: Mapping[str, str]
    would_be: Mapping[str, str]
    signals: Mapping[str, str]
    names: Mapping[str, Mapping[str, str]]
    phrases: Mapping[str, str] = field(default_factory=dict)

    def reason(self, code: str, params: Mapping[str, Param]) -> str:
        return self._say("reasons", code, self.reasons.get(code), params)

    def why_not(self, signal: str, why: str) -> str:
        """What was not assessed, and why: "Travel: the place is not known."."""
        name = self._say("signals", signal, self.signals.get(signal), {})
        return f"{name}: {self._say('not_assessed', why, self.not_assessed.get(why), {})}."

    def advised(self, own: Mapping[str, Mapping[str, str]]) -> Wording:
        """With the company's own texts of advice (by locale and code) before the catalogue's."""
        return replace(self, advice={**self.advice, **own[self.locale]}) if self.locale in own else self

    def advise(self, code: str) -> str:
        return self._say("advice", code, self.advice.get(code), {})

    def would(self, cue: str, if_: str) -> str:
        return self._say("would_be", if_, self.would_be.get(if_), {"cue": cue})

    def name(self, param: str, value: str) -> str:
        """A value in words; itself where the catalogue has none (a brand, say)."""
        return self.names.get(param, {}).get(value, value)

    def fill(self, phrase: str, **params: Param) -> str:
        return self._say("phrases", phrase, self.phrases.get(phrase), params)

    def _say(self, section: str, code: str, template: str | None, params: Mapping[str, Param]) -> str:
        if template is None:
            # The code itself is the honest fallback: visible, true, and it tells whoever reports it what is missing.
            _log.warning("wording_missing", section=section, code=code, locale=self.locale)
            return code
        parts = _PLACE.split(template)
        parts[1::2] = [self._value(name, params.get(name)) for name in parts[1::2]]
        return "".join(parts)

    def _value(self, name: str, value: Param | None) -> str:
        match value:
            case None:
                return "?"
            case bool():
                text = "yes" if value else "no"
            case float():
                text = f"{value:.0f}" if abs(value) >= 10 or value == int(value) else f"{value:.1f}"
            case _:
                text = str(value)
        return self.names.get(name, {}).get(text, text)


@dataclass(frozen=True, slots=True)
class Catalogues:
    """Every locale there is; `DEFAULT_LOCALE` is always among them."""

    by_locale: Mapping[str, Wording]

    def best(self, wanted: Iterable[str]) -> Wording:
        """The first of these language tags (`de-AT`, `de`) there is a catalogue for; else the default."""
        for tag in wanted:
            language = tag.replace("_", "-").split("-")[0].lower()
            if language in self.by_locale:
                return self.by_locale[language]
        return self.by_locale[DEFAULT_LOCALE]


def load_all(folder: Path) -> Catalogues:
    """Every catalogue of a folder, by its file's name. Raises `DataFileInvalid`, also where the default is missing."""
    found = {path.stem: load(path) for path in sorted(folder.glob("*.json"))}
    if DEFAULT_LOCALE not in found:
        raise DataFileInvalid(f"{DEFAULT_LOCALE}.json: cannot be read")
    return Catalogues(found)


def load(path: Path) -> Wording:
    """Read a catalogue. Raises `DataFileInvalid` naming the file and the entry that cannot be used."""
    try:
        document = orjson.loads(path.read_bytes())
    except OSError:
        raise DataFileInvalid(f"{path.name}: cannot be read") from None
    except orjson.JSONDecodeError as error:
        raise DataFileInvalid(f"{path.name}: line {error.lineno}: {error.msg}") from None
    if not isinstance(document, dict):
        raise DataFileInvalid(f"{path.name}: must be a JSON object")
    sections = {name: _texts(path, name, document.get(name)) for name in _SECTIONS}
    names = document.get("names", {})
    if not isinstance(names, dict):
        raise DataFileInvalid(f"{path.name}: names: must be an object of objects")
    return Wording(
        locale=path.stem,
        reasons=sections["reasons"],
        not_assessed=sections["not_assessed"],
        advice=sections["advice"],
        would_be=sections["would_be"],
        signals=sections["signals"],
        names={param: _texts(path, f"names.{param}", values) for param, values in names.items()},
        phrases=_texts(path, "phrases", document.get("phrases", {})),
    )


def _texts(path: Path, section: str, value: object) -> dict[str, str]:
    if not isinstance(value, dict):
        raise DataFileInvalid(f"{path.name}: {section}: must be an object of texts")
    for code, text in value.items():
        if not isinstance(text, str) or not text.strip():
            raise DataFileInvalid(f"{path.name}: {section}.{code}: must be a text")
        if re.search(r"[{}]", _PLACE.sub("", text)):
            raise DataFileInvalid(f"{path.name}: {section}.{code}: has a brace that is no {{place}}")
    return value
