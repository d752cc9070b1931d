"""What pydantic finds wrong, in plain words: no pattern, no name of a type, never a value that was sent."""

from __future__ import annotations

import re
from collections.abc import Mapping
from typing import Final

FORMS: Final[Mapping[str, str]] = {
    r"^[a-z0-9][a-z0-9_-]{0,31}$": "takes 1 to 32 small letters, digits, - and _, a letter or digit first",
    r"^[A-Za-z0-9][A-Za-z0-9._-]{0,63}$": "takes 1 to 64 letters, digits, dots, - and _, a letter or digit first",
    r"^[A-Za-z0-9][A-Za-z0-9._:=+~-]{0,127}$": (
        "takes 1 to 128 letters, digits and . _ : = + ~ -, a letter or digit first"
    ),
    r"^[Ss][Ee][Cc]-[Cc][Hh]-[A-Za-z-]{1,40}$": "is no name of a client hint: they begin with Sec-CH-",
    r"^[ -~]{0,512}$": "takes at most 512 characters of plain ASCII",
    r"^[A-Za-z]{2,3}([_-][A-Za-z0-9]{1,8}){0,3}$": "is no language tag like en or pt-BR",
    r"^[!-~]{1,128}$": "takes 1 to 128 characters of plain ASCII without spaces",
    r"^[A-Za-z][A-Za-z0-9_.-]{0,63}$": "takes names of 1 to 64 letters, digits, dots, - and _, a letter first",
    r"^[A-Za-z0-9_-]{43}$": "is not 256 random bits in base64url without padding (43 characters)",
    r"^[A-Za-z0-9._ -]{1,16}$": "takes 1 to 16 letters, digits, dots, spaces, - and _, such as 1.3 or TLSv1.3",
    r"^[A-Za-z0-9./]{1,16}$": "takes 1 to 16 letters, digits, dots and slashes, such as 2 or HTTP/1.1",
    r"^[A-Za-z0-9_]{1,64}$": "takes 1 to 64 letters, digits and _",
    r"^[0-9A-Za-z -]{20,40}$": "is no code as `cuelight agents invite` prints it, like 7KQ3M-P2XNA-4D9TW-EH6RC",
    r"^pk_[a-z0-9]{24}$": "is no publishable key: pk_ and 24 small letters and digits",
    r"^i_[0-9a-f]{12,64}$": "is no incident's id: i_ and what follows, as the list of incidents names it",
    "^(open|all)$": "must be open or all",
}
"""What each pattern of a field asks for. The contract test knows every pattern there is."""
_MAIL: Final = "is no mail address like sam@example.com"

_KINDS: Final[Mapping[str, str]] = {
    "missing": "is required",
    "extra_forbidden": "is not a known field; remove it or correct its name",
    "model_type": "must be a JSON object",
    "dict_type": "must be a JSON object",
    "string_type": "must be a string",
    "list_type": "must be a list",
    "int_type": "must be a whole number",
    "int_parsing": "must be a whole number",
    "int_from_float": "must be a whole number",
    "bool_type": "must be true or false",
    "bool_parsing": "must be true or false",
    "float_type": "must be a number",
}


def said(kind: str, message: str, context: Mapping[str, object]) -> str:
    """One error of pydantic's: its type, its own message (ours, where a check of ours raised it), and its bounds."""
    if kind in _KINDS:
        return _KINDS[kind]
    match kind:
        case "string_pattern_mismatch":
            pattern = str(context["pattern"])
            return _MAIL if "@" in pattern else FORMS.get(pattern, "has characters or a length that are not taken here")
        case "string_too_long" | "too_long":
            return f"is longer than {context['max_length']} {_unit(context)}"
        case "string_too_short" | "too_short":
            least = context["min_length"]
            return "is empty" if least == 1 else f"is shorter than {least} {_unit(context)}"
        case "enum" | "literal_error" if "expected" in context:
            # Asked for as pydantic writes a list: 'a', 'b' or 'c'.
            return "must be one of " + ", ".join(re.findall(r"'([^']*)'", str(context["expected"])))
        case "greater_than_equal":
            return f"must be at least {context['ge']}"
        case "less_than_equal":
            return f"must be at most {context['le']}"
        case _:
            return message.replace("Input should be", "must be")


def _unit(context: Mapping[str, object]) -> str:
    """A string that a check of ours had seen before is of no type that pydantic names."""
    return "entries" if context.get("field_type") in ("List", "Dictionary") else "characters"
