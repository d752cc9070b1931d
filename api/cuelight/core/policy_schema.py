"""The JSON Schema of a policy document, for editors and pipelines; made from the same bounds as `policy_file` checks.

It tells the form. The meaning (amber below red) is checked by `policy_file` alone: a document that a schema accepts may
still be refused, but never the other way round.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from typing import Any

from cuelight.core import policy_file as form
from cuelight.core.chat import Ask
from cuelight.core.decision import Cue
from cuelight.core.policy import ADVICE

Json = dict[str, Any]


def schema(needs: Mapping[str, tuple[str, ...]], codes: frozenset[str]) -> Json:
    """`needs`: signal names with the constants each reads; `codes`: known findings. See `policy_file.parse`."""
    properties: Json = {
        "$schema": _text(form.NOTE_CHARS),
        "version": {
            "type": "string",
            "pattern": f"^{form.VERSION.pattern}$",
            "not": {"enum": list(form.RESERVED)},
            "description": "Named by every decision.",
        },
        "note": _text(form.NOTE_CHARS),
        **{name: _number(*bounds) for name, bounds in form.NUMBERS.items()},
        "thresholds": _object(
            {"amber": _number(*form.SCORES), "red": _number(*form.SCORES)},
            description="Scores from which a cue is amber and red. Amber must be below red.",
        ),
        "trust": _object({name: _number(*form.TRUST_RANGE) for name in sorted(form.TRUST)}),
        "stakes": _object(
            {ask.value: _number(*form.STAKES) for ask in Ask},
            required=(),
            description="Score points a sensitive ask takes off both thresholds.",
        ),
        "floors": {
            "type": "object",
            "propertyNames": {"enum": sorted(codes)},
            "additionalProperties": {"enum": [Cue.AMBER.value, Cue.RED.value]},
            "description": "The least cue a finding leaves, whatever speaks for the contact.",
        },
        "verified_ceiling": _ceiling(),
        "step_up_ceiling": _ceiling(),
        "crowd_prior": {
            "type": "object",
            "additionalProperties": {
                "type": "object",
                "additionalProperties": {"type": "number", "exclusiveMinimum": 0, "maximum": 1},
            },
        },
        "signals": _object({name: _signal(constants) for name, constants in needs.items()}),
        "advice": {
            "type": "object",
            "maxProperties": form.LOCALES,
            "propertyNames": {"pattern": f"^{form.LOCALE.pattern}$"},
            "additionalProperties": _object({code: _text(form.ADVICE_CHARS, 1) for code in ADVICE}, required=()),
            "description": "The company's own texts of advice, by language and code.",
        },
    }
    required = ["version", *form.NUMBERS, "thresholds", "trust", "signals"]
    return {
        "$schema": "https://json-schema.org/draft/2020-12/schema",
        "title": "Cuelight policy",
        **_object(properties, required=required),
    }


def _signal(constants: tuple[str, ...]) -> Json:
    required = ["weight", "min_points", "max_points", *(["constants"] if constants else [])]
    return _object(
        {
            "weight": _number(*form.WEIGHTS),
            "min_points": _number(*form.LEAST_POINTS),
            "max_points": _number(*form.MOST_POINTS),
            "why": _text(form.NOTE_CHARS),
            "constants": _object({name: _number(*form.CONSTANTS) for name in constants}),
        },
        required=required,
    )


def _object(properties: Json, *, required: Iterable[str] | None = None, description: str = "") -> Json:
    """All properties are required unless it is said which."""
    made: Json = {"type": "object", "properties": properties, "additionalProperties": False}
    if needed := list(properties if required is None else required):
        made["required"] = needed
    return made | ({"description": description} if description else {})


def _number(low: float, high: float) -> Json:
    return {"type": "number", "minimum": low, "maximum": high}


def _text(most: int, least: int = 0) -> Json:
    made: Json = {"type": "string", "maxLength": most, "pattern": r"^[^<>{}\u0000-\u001f\u007f]*$"}
    return made | ({"minLength": least} if least else {})


def _ceiling() -> Json:
    return {"enum": [Cue.GREEN.value, Cue.AMBER.value, None]}
