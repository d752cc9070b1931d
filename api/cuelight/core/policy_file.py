"""A policy document (parsed JSON) to a `Policy`, checked for form and meaning; every error names its field."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from cuelight.core.chat import Ask
from cuelight.core.decision import Cue
from cuelight.core.errors import PolicyInvalid
from cuelight.core.history import Proof
from cuelight.core.policy import Policy, SignalPolicy

_FIELDS = {
    "version",
    "note",
    "prior_log_odds",
    "scale_nats",
    "thresholds",
    "signals",
    "trust",
    "incident_days",
    "stakes",
    "floors",
    "verified_ceiling",
    "step_up_ceiling",
    "crowd_prior",
    "crowd_prior_weight",
}
_SIGNAL_FIELDS = {"weight", "min_points", "max_points", "constants", "why"}
_TRUST = {
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
    amber, red = _number(thresholds, "thresholds.amber", 0, 100), _number(thresholds, "thresholds.red", 0, 100)
    if amber >= red:
        raise PolicyInvalid(f"thresholds.amber: must be below thresholds.red ({amber} is not below {red})")
    version = top.get("version")
    if not isinstance(version, str) or not 1 <= len(version) <= 64:
        raise PolicyInvalid("version: must be a text of 1 to 64 characters")
    trust = _object(top.get("trust"), "trust")
    _known(trust, _TRUST, "trust")
    return Policy(
        version=version,
        prior_log_odds=round(_number(top, "prior_log_odds", -20, 20), 3),  # as the points it is added to
        scale_nats=_number(top, "scale_nats", 0.01, 100),
        amber=amber,
        red=red,
        signals=_signals(_object(top.get("signals"), "signals"), needs),
        trust={name: _number(trust, f"trust.{name}", -100, 10_000) for name in sorted(_TRUST)},
        incident_days=_number(top, "incident_days", 1, 3650),
        stakes=_stakes(_object(top.get("stakes", {}), "stakes")),
        floors=_floors(_object(top.get("floors", {}), "floors"), codes),
        verified_ceiling=_ceiling(top, "verified_ceiling"),
        step_up_ceiling=_ceiling(top, "step_up_ceiling"),
        crowd_prior=_crowd(_object(top.get("crowd_prior", {}), "crowd_prior")),
        crowd_prior_weight=_number(top, "crowd_prior_weight", 1, 1e6),
    )


def _signals(given: Mapping[str, Any], needs: Mapping[str, tuple[str, ...]]) -> dict[str, SignalPolicy]:
    _known(given, set(needs), "signals")
    parsed = {}
    for name, constants in needs.items():
        where = f"signals.{name}"
        one = _object(given.get(name), where)
        _known(one, _SIGNAL_FIELDS, where)
        values = _object(one.get("constants", {}), f"{where}.constants")
        _known(values, set(constants), f"{where}.constants")
        low, high = _number(one, f"{where}.min_points", -50, 0), _number(one, f"{where}.max_points", 0, 50)
        parsed[name] = SignalPolicy(
            weight=_number(one, f"{where}.weight", 0, 10),
            min_points=low,
            max_points=high,
            constants={c: _number(values, f"{where}.constants.{c}", -1e6, 1e6) for c in constants},
        )
    return parsed


def _stakes(given: Mapping[str, Any]) -> dict[Ask, float]:
    _known(given, set(Ask), "stakes")
    return {Ask(name): _number(given, f"stakes.{name}", 0, 50) for name in given}


def _floors(given: Mapping[str, Any], codes: frozenset[str]) -> dict[str, Cue]:
    for code, cue in given.items():
        if code not in codes:
            raise PolicyInvalid(f"floors.{code}: no signal gives this finding")
        if cue not in (Cue.AMBER, Cue.RED):
            raise PolicyInvalid(f"floors.{code}: must be amber or red")
    return {code: Cue(cue) for code, cue in given.items()}


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
        values = _object(given[trait], f"crowd_prior.{trait}")
        shares[trait] = {v: _share(values[v], f"crowd_prior.{trait}.{v}") for v in values}
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
            raise PolicyInvalid(f"{where}.{name}: unknown; known are {', '.join(sorted(known))}")


def _number(given: Mapping[str, Any], where: str, low: float, high: float) -> float:
    name = where.rpartition(".")[2]
    value = given.get(name)
    if isinstance(value, bool) or not isinstance(value, int | float) or not low <= value <= high:
        raise PolicyInvalid(f"{where}: must be a number from {low:g} to {high:g}")
    return float(value)
