"""A policy document (parsed JSON) to a `Policy`, checked for form and meaning; every error names its field."""

from __future__ import annotations

import re
from collections.abc import Mapping
from typing import Any
from unicodedata import category

from cuelight.core.chat import Ask
from cuelight.core.decision import Cue
from cuelight.core.errors import PolicyInvalid
from cuelight.core.history import Proof
from cuelight.core.policy import ADVICE, Policy, SignalPolicy

VERSION = re.compile(r"[A-Za-z0-9][A-Za-z0-9._-]{0,63}")
RESERVED = ("installed", "live", "rollback", "shadow")
"""No versions: they mean something else in paths and commands."""

NUMBERS: Mapping[str, tuple[float, float]] = {
    "prior_log_odds": (-20, 20),
    "scale_nats": (0.01, 100),
    "incident_days": (1, 3650),
    "crowd_prior_weight": (1, 1e6),
}
SCORES = (0, 100)
WEIGHTS = (0, 10)
LEAST_POINTS, MOST_POINTS = (-50, 0), (0, 50)
CONSTANTS = (-1e6, 1e6)
TRUST_RANGE = (-100, 10_000)
STAKES = (0, 50)
"""From and to, both allowed."""

ALWAYS = {"lock.on": Cue.AMBER, "identity.other_account": Cue.AMBER}
"""Floors no policy is without: it may raise them. A lock that did nothing would be a promise broken, and where somebody
else is signed in than the agent sees, no green is theirs."""

NOTE_CHARS = 500
ADVICE_CHARS = 300
LOCALE = re.compile(r"[a-z]{2,3}")
LOCALES = 20
_NAME = re.compile(r"[\w .$-]{1,64}")
_CONTROLS = frozenset({"Cc", "Cf", "Cs", "Co", "Cn", "Zl", "Zp"})
_JOINERS = "\u200c\u200d"
"""Format characters that some scripts cannot do without; the others may turn a text around."""
TEXTS = {"version", "note", "$schema"}
_FIELDS = {
    *TEXTS,
    *NUMBERS,
    "thresholds",
    "signals",
    "trust",
    "stakes",
    "floors",
    "verified_ceiling",
    "step_up_ceiling",
    "crowd_prior",
    "advice",
}
_SIGNAL_FIELDS = {"weight", "min_points", "max_points", "constants", "why"}
TRUST = {
    *(p.value for p in Proof if p is not Proof.NONE),
    "unreported",
    "unreported_most",
    "unreported_after_d",
    "unreported_below_nats",
    "half_life_d",
    "risk_half_nats",
}


def parse(document: object, needs: Mapping[str, tuple[str, ...]], codes: frozenset[str]) -> Policy:
    """Raises `PolicyInvalid`. `needs`: signal names with the constants each reads; `codes`: known findings."""
    top = _object(document, "policy")
    _known(top, _FIELDS, "policy")
    thresholds = _object(top.get("thresholds"), "thresholds")
    _known(thresholds, {"amber", "red"}, "thresholds")
    amber, red = _number(thresholds, "thresholds.amber", *SCORES), _number(thresholds, "thresholds.red", *SCORES)
    if amber >= red:
        raise PolicyInvalid(f"thresholds.amber: must be below thresholds.red ({amber:g} is not below {red:g})")
    for name in ("note", "$schema"):
        _text(top.get(name, ""), name, NOTE_CHARS)
    trust = _object(top.get("trust"), "trust")
    _known(trust, TRUST, "trust")
    return Policy(
        version=_version(top.get("version")),
        prior_log_odds=round(_number(top, "prior_log_odds", *NUMBERS["prior_log_odds"]), 3),  # as the points it joins
        scale_nats=_number(top, "scale_nats", *NUMBERS["scale_nats"]),
        amber=amber,
        red=red,
        signals=_signals(_object(top.get("signals"), "signals"), needs),
        trust={name: _number(trust, f"trust.{name}", *TRUST_RANGE) for name in sorted(TRUST)},
        incident_days=_number(top, "incident_days", *NUMBERS["incident_days"]),
        stakes=_stakes(_object(top.get("stakes", {}), "stakes")),
        floors=_floors(_object(top.get("floors", {}), "floors"), codes),
        verified_ceiling=_ceiling(top, "verified_ceiling"),
        step_up_ceiling=_ceiling(top, "step_up_ceiling"),
        crowd_prior=_crowd(_object(top.get("crowd_prior", {}), "crowd_prior")),
        crowd_prior_weight=_number(top, "crowd_prior_weight", *NUMBERS["crowd_prior_weight"]),
        advice=_advice(_object(top.get("advice", {}), "advice")),
    )


def _version(value: object) -> str:
    if not isinstance(value, str) or not VERSION.fullmatch(value):
        raise PolicyInvalid("version: must be 1 to 64 letters, digits, dots, dashes and underscores (2026-11-24.1)")
    if value in RESERVED:
        raise PolicyInvalid(f"version: {value} means something else; choose another name")
    return value


def _advice(given: Mapping[str, Any]) -> dict[str, dict[str, str]]:
    if len(given) > LOCALES:
        raise PolicyInvalid(f"advice: has more than {LOCALES} languages")
    found = {}
    for locale, texts in given.items():
        if not LOCALE.fullmatch(locale):
            raise PolicyInvalid(f"advice.{_safe(locale)}: must be the code of a language (en, de)")
        where = f"advice.{locale}"
        _known(_object(texts, where), set(ADVICE), where)
        found[locale] = {code: _text(text, f"{where}.{code}", ADVICE_CHARS, least=1) for code, text in texts.items()}
    return found


def _text(value: object, where: str, most: int, least: int = 0) -> str:
    """Plain text on one line: agents read it beside the cue, and no markup or control character gets that far."""
    if not isinstance(value, str) or not least <= len(value.strip()) or len(value) > most:
        raise PolicyInvalid(f"{where}: must be a text of {least} to {most} characters")
    if any(char in "<>{}" or (category(char) in _CONTROLS and char not in _JOINERS) for char in value):
        raise PolicyInvalid(f"{where}: must be plain text on one line, without < > {{ }}")
    return value


def _signals(given: Mapping[str, Any], needs: Mapping[str, tuple[str, ...]]) -> dict[str, SignalPolicy]:
    _known(given, set(needs), "signals")
    parsed = {}
    for name, constants in needs.items():
        where = f"signals.{name}"
        one = _object(given.get(name), where)
        _known(one, _SIGNAL_FIELDS, where)
        values = _object(one.get("constants", {}), f"{where}.constants")
        _known(values, set(constants), f"{where}.constants")
        _text(one.get("why", ""), f"{where}.why", NOTE_CHARS)
        parsed[name] = SignalPolicy(
            weight=_number(one, f"{where}.weight", *WEIGHTS),
            min_points=_number(one, f"{where}.min_points", *LEAST_POINTS),
            max_points=_number(one, f"{where}.max_points", *MOST_POINTS),
            constants={c: _number(values, f"{where}.constants.{c}", *CONSTANTS) for c in constants},
        )
    return parsed


def _stakes(given: Mapping[str, Any]) -> dict[Ask, float]:
    _known(given, set(Ask), "stakes")
    return {Ask(name): _number(given, f"stakes.{name}", *STAKES) for name in given}


def _floors(given: Mapping[str, Any], codes: frozenset[str]) -> dict[str, Cue]:
    for code, cue in given.items():
        if code not in codes:
            raise PolicyInvalid(f"floors.{_safe(code)}: no signal gives this finding")
        if cue not in (Cue.AMBER, Cue.RED):
            raise PolicyInvalid(f"floors.{code}: must be amber or red")
    return {code: cue for code, cue in ALWAYS.items() if code in codes} | {
        code: Cue(cue) for code, cue in given.items()
    }


def _ceiling(top: Mapping[str, Any], name: str) -> Cue | None:
    given = top.get(name)
    if given is None:
        return None
    if given not in (Cue.GREEN, Cue.AMBER):
        raise PolicyInvalid(f"{name}: must be green, amber or null")
    return Cue(str(given))


def _crowd(given: Mapping[str, Any]) -> dict[str, dict[str, float]]:
    shares = {}
    for trait in given:
        where = f"crowd_prior.{_safe(trait)}"
        values = _object(given[trait], where)
        shares[trait] = {v: _share(values[v], f"{where}.{_safe(v)}" if v else f"{where} (others)") for v in values}
    return shares


def _share(value: object, where: str) -> float:
    if isinstance(value, bool) or not isinstance(value, int | float) or not 0 < value <= 1:
        raise PolicyInvalid(f"{where}: must be a share above 0 and at most 1")
    return float(value)


def _object(value: object, where: str) -> Mapping[str, Any]:
    if not isinstance(value, dict):
        raise PolicyInvalid(f"{where}: must be an object")
    return value


def _known(given: Mapping[str, Any], known: set[str], where: str) -> None:
    for name in given:
        if name not in known:
            raise PolicyInvalid(f"{where}.{_safe(name)}: unknown; known are {', '.join(sorted(known))}")


def _safe(name: str) -> str:
    """A name somebody made up, for a message: as it is if it looks like one."""
    return name if _NAME.fullmatch(name) else "(a strange name)"


def _number(given: Mapping[str, Any], where: str, low: float, high: float) -> float:
    name = where.rpartition(".")[2]
    value = given.get(name)
    if isinstance(value, bool) or not isinstance(value, int | float) or not low <= value <= high:
        raise PolicyInvalid(f"{where}: must be a number from {low:g} to {high:g}")
    return float(value)
