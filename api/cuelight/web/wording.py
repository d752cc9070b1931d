"""The wording catalogue: codes and parameters to sentences for agents.

Templates hold `{name}` places and nothing else. They are filled by plain substitution, never by `str.format`: a
catalogue is edited by hand, and `{x.__class__}` in it must be text, not a way into the program.
"""

from __future__ import annotations

import re
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path

import orjson
import structlog

from cuelight.core.errors import DataFileInvalid

_log = structlog.get_logger("cuelight.web")

_PLACE = re.compile(r"\{([a-z][a-z0-9_]*)\}")
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

    def reason(self, code: str, params: Mapping[str, Param]) -> str:
        return self._say("reasons", code, self.reasons.get(code), params)

    def why_not(self, signal: str, why: str) -> str:
        """What was not assessed, and why: "Travel: the place is not known."."""
        name = self._say("signals", signal, self.signals.get(signal), {})
        return f"{name}: {self._say('not_assessed', why, self.not_assessed.get(why), {})}."

    def advise(self, code: str) -> str:
        return self._say("advice", code, self.advice.get(code), {})

    def would(self, cue: str, if_: str) -> str:
        return self._say("would_be", if_, self.would_be.get(if_), {"cue": cue})

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
