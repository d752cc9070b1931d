"""The epoch of a store, `cuelight:<schema>:<id>`: whose it is, and in which schema its keys are written.

While a store is being brought to a newer schema it says `cuelight:<old>><new>:<id>`, which no version takes for its
own: neither the old nor the new one answers from what is half rewritten.
"""

from __future__ import annotations

import re
from dataclasses import dataclass

from cuelight.stores.keys import SCHEMA

PREFIX = f"cuelight:{SCHEMA}:"
NOT_OURS = (
    "the store is empty, lost its data, or is of another version: it has no epoch of this version "
    "(`cuelight doctor` says more). If it is meant to be new, claim it once (`cuelight store claim`); else restore it "
    "from its append-only file"
)
_FORM = re.compile(r"cuelight:(\d{1,6})(?:>(\d{1,6}))?:([0-9a-f]{1,64})")


@dataclass(frozen=True, slots=True)
class Epoch:
    """`towards`: the schema it is being brought to, if it is. `ident` stays the same for the life of a store."""

    schema: int
    ident: str
    towards: int | None = None

    @property
    def is_current(self) -> bool:
        return self.schema == SCHEMA and self.towards is None

    def __str__(self) -> str:
        return f"cuelight:{self.schema}{'' if self.towards is None else f'>{self.towards}'}:{self.ident}"


def parse(value: bytes | str | None) -> Epoch | None:
    """None for what is no epoch of ours."""
    text = value.decode("utf-8", "replace") if isinstance(value, bytes) else value or ""
    found = _FORM.fullmatch(text.strip())
    if found is None:
        return None
    return Epoch(int(found[1]), found[3], int(found[2]) if found[2] else None)


def complaint(value: bytes | str | None) -> str:
    """Why a store with this epoch cannot be used, and what to do."""
    epoch = parse(value)
    if epoch is None or epoch.is_current:
        return NOT_OURS
    if max(epoch.schema, epoch.towards or 0) > SCHEMA:
        return (
            f"the store was written by a newer version of Cuelight (schema {epoch.towards or epoch.schema}; this one "
            f"knows {SCHEMA}): upgrade this one, or restore the backup made before the upgrade"
        )
    if epoch.towards is not None:
        return (
            f"the store is being brought from schema {epoch.schema} to {epoch.towards}: wait until "
            f"`cuelight store migrate` has finished, or run it again if it was cut short"
        )
    return (
        f"the store was written by an older version of Cuelight (schema {epoch.schema}; this one needs {SCHEMA}): back "
        f"it up, stop the older version everywhere, and run `cuelight store migrate`"
    )
