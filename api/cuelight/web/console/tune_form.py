"""The form of the Tune page: fields from a policy's document, and a document from the fields. PURE."""

from __future__ import annotations

import copy
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from cuelight.core.chat import Ask
from cuelight.core.errors import PolicyInvalid
from cuelight.signals import SIGNALS

_OWN = frozenset({"version", "note"})
CEILINGS = ("verified_ceiling", "step_up_ceiling")


@dataclass(frozen=True, slots=True)
class Field:
    """One field as shown. `live` is what it is in the live policy, so that a change can be seen and taken back."""

    name: str
    label: str
    value: str
    live: str
    help: str = ""

    @property
    def changed(self) -> bool:
        return self.value != self.live


@dataclass(frozen=True, slots=True)
class Form:
    """Everything on the page but the thresholds' picture, in groups."""

    amber: Field
    red: Field
    weights: tuple[Field, ...]
    floors: tuple[tuple[str, tuple[Field, ...]], ...]
    ceilings: tuple[Field, ...]
    stakes: tuple[Field, ...]
    incident_days: Field

    @property
    def changed(self) -> int:
        rest = (self.amber, self.red, self.incident_days, *self.weights, *self.ceilings, *self.stakes)
        return sum(f.changed for f in (*rest, *(f for _, fields in self.floors for f in fields)))


def shown(live: Mapping[str, Any], given: Mapping[str, str]) -> Form:
    """The form with what was typed, wherever something was."""

    def field(name: str, label: str, value: object, why: str = "") -> Field:
        told = _text(value)
        return Field(name, label, given.get(name, told).strip(), told, why)

    floors, stakes, thresholds = live.get("floors", {}), live.get("stakes", {}), live["thresholds"]
    names = {"verified_ceiling": "Signed in by company or desk", "step_up_ceiling": "Proven in the chat (step-up)"}
    return Form(
        amber=field("amber", "Amber from", thresholds["amber"]),
        red=field("red", "Red from", thresholds["red"]),
        weights=tuple(
            field(f"weight.{name}", name, part["weight"], part.get("why", ""))
            for name, part in live["signals"].items()
            if part["max_points"] or part["min_points"]
        ),
        floors=tuple(
            (
                signal.name,
                tuple(field(f"floor.{code}", finding(code), floors.get(code, "")) for code in signal.codes),
            )
            for signal in SIGNALS
        ),
        ceilings=tuple(field(name, names[name], live.get(name) or "") for name in CEILINGS),
        stakes=tuple(field(f"stakes.{ask}", ask.value.replace("_", " "), stakes.get(ask, 0)) for ask in Ask),
        incident_days=field("incident_days", "An incident stays open for (days)", live["incident_days"]),
    )


def document(live: Mapping[str, Any], given: Mapping[str, str]) -> dict[str, Any]:
    """The live document with what was typed. Raises `PolicyInvalid` naming the field for what is no number; its range
    and meaning are for who reads the document."""
    made: dict[str, Any] = copy.deepcopy({name: value for name, value in live.items() if name not in _OWN})
    form = shown(live, given)
    for name, field in (("amber", form.amber), ("red", form.red)):
        made["thresholds"][name] = _number(f"thresholds.{name}", field)
    for field in form.weights:
        name = field.name.removeprefix("weight.")
        made["signals"][name]["weight"] = _number(f"signals.{name}.weight", field)
    made["incident_days"] = _number("incident_days", form.incident_days)
    floors = {f.name.removeprefix("floor."): f.value for _, fields in form.floors for f in fields if f.value}
    made["floors"] = floors
    stakes = {f.name.removeprefix("stakes."): _number(f.name, f) for f in form.stakes}
    known = live.get("stakes", {})
    made["stakes"] = {name: value for name, value in stakes.items() if value or name in known}
    for field in form.ceilings:
        made[field.name] = field.value or None
    return made


def finding(code: str) -> str:
    """A finding's code as words."""
    return code.partition(".")[2].replace("_", " ") or code


def _number(where: str, field: Field) -> float:
    if not field.changed:
        return float(field.live)
    try:
        return float(field.value.replace(",", "."))
    except ValueError:
        raise PolicyInvalid(f"{where}: must be a number") from None


def _text(value: object) -> str:
    return f"{value:g}" if isinstance(value, int | float) else str(value)
